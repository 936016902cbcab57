import pLimit from 'p-limit';
import type { Check, ConditionCheck, Metric, Policy, Stage } from '../policy/policy.js';
import type { CheckResult, CommandResult, ConditionResult, PreconditionResult, Role } from '../domain/check.js';
import type { Phase } from '../domain/metric-source.js';
import type { Registry } from '../registry/registry.js';
import type { MetricReading } from '../domain/version.js';
import { completeResults, evaluationName } from '../verdict/complete.js';
import type { ExecutionContext } from './exec/run-command.js';
import { checkCondition, type ConditionContext } from './condition-check.js';
import { MetricSources } from './metrics/lookup.js';
import { CommandRunner, type GroupedLog, judgeCommand, judgeEvaluation, skippedCommand } from './command-check.js';

/** The models under judgement and what stands around them. */
export interface Evaluation extends ConditionContext {
  readonly policy: Policy;
  readonly stage: Stage;
  /** What the champion's own promotion recorded. */
  readonly recorded: ReadonlyMap<string, MetricReading>;
  /** Conditions of the gate itself, judged already. */
  readonly preconditions: readonly PreconditionResult[];
  /** `MODEL_*` and the like, for a role. */
  readonly environment: (role: Role) => Readonly<Record<string, string>>;
}

/**
 * Gathers the evidence and judges it, in the order that costs least: conditions on what is already logged, then
 * commands as written, then `evaluate`, which is not started once something has failed, then what these measured.
 * Every check of the stage has a result, in the policy's order. Throws what the registry throws.
 */
export async function evaluateChecks(
  evaluation: Evaluation,
  registry: Registry,
  execution: Omit<ExecutionContext, 'log'>,
  log: GroupedLog,
): Promise<readonly CheckResult[]> {
  const { stage, policy } = evaluation;
  const unmet = evaluation.preconditions.find((result) => result.outcome !== 'passed');
  const conditions = stage.checks.filter((check) => check.kind === 'condition');
  const runKeys = [
    ...new Set(
      conditions
        .map((check) => metricOf(policy, check))
        .filter((metric) => metric.source.isAskedAtOnce && metric.slices === undefined)
        .map((metric) => metric.key),
    ),
  ];
  const sources = new MetricSources(registry, execution.workspace, runKeys, evaluation.recorded);
  const commands = stage.checks.filter((check) => check.kind === 'command');
  const results = new Map<Check, CheckResult>();
  const judge = async (phase: Phase): Promise<void> => {
    for (const check of conditions) {
      const metric = metricOf(policy, check);
      if (metric.source.phase !== phase) continue;
      const result = await checkCondition(check, metric, evaluation, sources, registry);
      const why = metric.source.writtenBy === 'command' && result.candidate === undefined ? notWritten() : undefined;
      results.set(check, why === undefined ? result : skippedCondition(check, why));
    }
  };
  // What a command that did not pass has not measured is no second mistake.
  const notWritten = (): string | undefined => {
    if (unmet !== undefined) return `no command was started, because ${unmet.name} is not met`;
    const stuck = commands.find((check) => results.get(check)?.outcome !== 'passed');
    return stuck === undefined ? undefined : `'${stuck.name}' did not pass`;
  };

  await judge('logged');
  const limit = pLimit(stage.parallel);
  const runner = new CommandRunner(
    { ...execution, passEnv: [...execution.passEnv, ...policy.passEnv] },
    log,
    stage.parallel > 1,
  );
  await Promise.all(
    commands.map((check) =>
      limit(async () => {
        if (unmet !== undefined) {
          results.set(check, skippedCommand(check.name, check.command, `not started: ${unmet.name} is not met`));
          return;
        }
        const run = await runner.run(check.name, check.command, evaluation.environment('candidate'));
        sources.addCommand(check.name, run.metrics);
        results.set(check, judgeCommand(check.name, check.command, run));
      }),
    ),
  );
  await judge('commands');

  const evaluations: CommandResult[] = [];
  if (stage.evaluate !== undefined) {
    const stop =
      unmet ?? [...results.values()].find((result) => result.outcome === 'failed' || result.outcome === 'error');
    for (const role of stage.evaluate.roles) {
      const name = evaluationName(role);
      const before = stop ?? evaluations.find((result) => result.outcome === 'error');
      const reason =
        before !== undefined
          ? `not started: ${before.name} ${before === unmet ? 'is not met' : `${before.outcome === 'error' ? 'could not be judged' : 'failed'} already`}`
          : noBaseline(role, evaluation);
      if (reason !== undefined) {
        evaluations.push({ ...skippedCommand(name, stage.evaluate.command, reason), measures: role });
        continue;
      }
      const run = await runner.run(name, stage.evaluate.command, evaluation.environment(role), () => false);
      sources.addEvaluation(role, run.metrics);
      evaluations.push({ ...judgeEvaluation(name, stage.evaluate.command, run), measures: role });
    }
    if (stop === undefined && evaluations.every((result) => result.outcome !== 'error')) await judge('evaluate');
    const broken = evaluations.find((result) => result.outcome === 'error');
    for (const check of conditions) {
      if (results.has(check) || metricOf(policy, check).source.phase !== 'evaluate') continue;
      const why =
        stop === undefined
          ? `${broken?.name ?? 'evaluate'} did not succeed`
          : `evaluate was not started, because ${stop.name} ${stop === unmet ? 'is not met' : 'did not pass'}`;
      results.set(check, skippedCondition(check, why));
    }
  }
  const inOrder = completeResults(stage.checks, (check) => results.get(check));
  return [...evaluation.preconditions, ...inOrder, ...evaluations];
}

function metricOf(policy: Policy, check: ConditionCheck): Metric {
  const metric = policy.metrics.get(check.condition.metric);
  if (metric === undefined) throw new TypeError(`'${check.condition.metric}' is not declared`); // compile() has seen to it
  return metric;
}

function noBaseline(role: Role, evaluation: Evaluation): string | undefined {
  return role === 'champion' && evaluation.champion === undefined ? 'there is no champion' : undefined;
}

function skippedCondition(check: ConditionCheck, why: string): ConditionResult {
  return {
    kind: 'condition',
    name: check.name,
    outcome: 'skipped',
    reason: `Not measured: ${why}.`,
    severity: check.severity,
    required: check.condition.text,
    at: check.at,
  };
}
