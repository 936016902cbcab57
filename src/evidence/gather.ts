import pLimit from 'p-limit';
import type { Command, CommandCheck, ConditionCheck, Metric, Policy, Role, Stage } from '../policy/policy.js';
import type { MetricReading, ModelVersion, Registry } from '../registry/registry.js';
import { judgeCondition, type Opponent } from '../verdict/judge.js';
import type { CheckResult, CommandResult, ConditionResult, PreconditionResult } from '../verdict/verdict.js';
import { describeEnding, judgedAndFoundWanting, runCommand, type Bench, type CommandRun } from './command.js';
import { MetricSources } from './sources.js';

/** The models under judgement and what stands around them. */
export interface Contest {
  readonly policy: Policy;
  readonly stage: Stage;
  readonly candidate: ModelVersion;
  readonly champion: ModelVersion | undefined;
  /** What comparisons do where there is no champion. */
  readonly noChampion: Exclude<Opponent, { kind: 'champion' }>;
  /** What the champion's own promotion recorded. */
  readonly recorded: ReadonlyMap<string, MetricReading>;
  /** Conditions of the gate itself, judged already. */
  readonly preconditions: readonly PreconditionResult[];
  readonly vars: ReadonlyMap<string, number>;
  /** `MODEL_*` and the like, for a role. */
  readonly environment: (role: Role) => Readonly<Record<string, string>>;
}

/** The log as commands see it: a foldable group each. */
export interface GroupedLog {
  readonly start: (title: string) => void;
  readonly line: (line: string) => void;
  readonly end: () => void;
}

/**
 * Gathers the evidence and judges it, in the order that costs least: conditions on what is already logged, then
 * commands as written, then `evaluate`, which is not started once something has failed, then what these measured.
 * Results stand in the policy's order. Throws what the registry throws.
 */
export async function gather(
  contest: Contest,
  registry: Registry,
  bench: Omit<Bench, 'log'>,
  log: GroupedLog,
): Promise<readonly CheckResult[]> {
  const { stage, policy } = contest;
  const unmet = contest.preconditions.find((result) => result.outcome !== 'passed');
  const conditions = stage.checks.filter((check) => check.kind === 'condition');
  const runKeys = [
    ...new Set(
      conditions
        .map((check) => metricOf(policy, check))
        .filter((metric) => metric.source.from === 'run')
        .map((metric) => metric.key),
    ),
  ];
  const sources = new MetricSources(registry, bench.workspace, runKeys, contest.recorded);
  const commands = stage.checks.filter((check) => check.kind === 'command');
  const results = new Map<string, CheckResult>();
  const judge = async (from: readonly Metric['source']['from'][]): Promise<void> => {
    for (const check of conditions) {
      const metric = metricOf(policy, check);
      if (!from.includes(metric.source.from)) continue;
      const result = await judgeOne(check, metric, contest, sources);
      const why = metric.source.from === 'command' && result.candidate === undefined ? notWritten() : undefined;
      results.set(check.name, why === undefined ? result : skippedCondition(check, why));
    }
  };
  // What a command that did not pass has not measured is no second mistake.
  const notWritten = (): string | undefined => {
    if (unmet !== undefined) return `no command was started, because ${unmet.name} is not met`;
    const stuck = commands.find((check) => results.get(check.name)?.outcome !== 'passed');
    return stuck === undefined ? undefined : `'${stuck.name}' did not pass`;
  };

  await judge(['run']);
  const limit = pLimit(stage.parallel);
  const runner = new CommandRunner(
    { ...bench, passEnv: [...bench.passEnv, ...policy.passEnv] },
    log,
    stage.parallel > 1,
  );
  await Promise.all(
    commands.map((check) =>
      limit(async () => {
        if (unmet !== undefined) {
          results.set(check.name, skippedCommand(check.name, check.command, `not started: ${unmet.name} is not met`));
          return;
        }
        const run = await runner.run(check.name, check.command, contest.environment('candidate'));
        sources.addCommand(check.name, run.metrics);
        results.set(check.name, judgeCommand(check, run));
      }),
    ),
  );
  await judge(['command', 'file']);

  const evaluations: CommandResult[] = [];
  if (stage.evaluate !== undefined) {
    const stop =
      unmet ?? [...results.values()].find((result) => result.outcome === 'failed' || result.outcome === 'error');
    for (const role of stage.evaluate.roles) {
      const name = `evaluate (${role})`;
      const before = stop ?? evaluations.find((result) => result.outcome === 'error');
      const reason =
        before !== undefined
          ? `not started: ${before.name} ${before === unmet ? 'is not met' : `${before.outcome === 'error' ? 'could not be judged' : 'failed'} already`}`
          : noOpponent(role, contest);
      if (reason !== undefined) {
        evaluations.push({ ...skippedCommand(name, stage.evaluate.command, reason), measures: role });
        continue;
      }
      const run = await runner.run(name, stage.evaluate.command, contest.environment(role), () => false);
      sources.addEvaluation(role, run.metrics);
      evaluations.push({ ...judgeEvaluation(name, stage.evaluate.command, run), measures: role });
    }
    if (stop === undefined && evaluations.every((result) => result.outcome !== 'error')) await judge(['evaluate']);
    const broken = evaluations.find((result) => result.outcome === 'error');
    for (const check of conditions) {
      if (results.has(check.name)) continue;
      const why =
        stop === undefined
          ? `${broken?.name ?? 'evaluate'} did not succeed`
          : `evaluate was not started, because ${stop.name} ${stop === unmet ? 'is not met' : 'did not pass'}`;
      results.set(check.name, skippedCondition(check, why));
    }
  }
  const inOrder = stage.checks.map((check) => results.get(check.name)).filter((result) => result !== undefined);
  return [...contest.preconditions, ...inOrder, ...evaluations];
}

/** Whether a condition compares with the champion. */
function compares(check: ConditionCheck): boolean {
  return check.condition.operand.kind === 'champion';
}

function metricOf(policy: Policy, check: ConditionCheck): Metric {
  const metric = policy.metrics.get(check.condition.metric);
  if (metric === undefined) throw new TypeError(`'${check.condition.metric}' is not declared`); // compile() has seen to it
  return metric;
}

function noOpponent(role: Role, contest: Contest): string | undefined {
  return role === 'champion' && contest.champion === undefined ? 'there is no champion' : undefined;
}

async function judgeOne(
  check: ConditionCheck,
  metric: Metric,
  contest: Contest,
  sources: MetricSources,
): Promise<ConditionResult> {
  const candidate = await sources.lookup(metric, 'candidate', contest.candidate);
  const { champion } = contest;
  const opponent: Opponent =
    champion === undefined || !compares(check)
      ? contest.noChampion
      : { kind: 'champion', version: champion.version, lookup: await sources.lookup(metric, 'champion', champion) };
  return judgeCondition(check, metric, candidate, opponent, contest.vars);
}

/** Runs commands with their output in the log: live in a group, or in one piece where several run at a time. */
class CommandRunner {
  constructor(
    private readonly bench: Omit<Bench, 'log'>,
    private readonly log: GroupedLog,
    private readonly together: boolean,
  ) {}

  async run(
    name: string,
    command: Command,
    given: Readonly<Record<string, string>>,
    isFailure = judgedAndFoundWanting,
  ): Promise<CommandRun> {
    const lines: string[] = [];
    if (!this.together) this.log.start(name);
    const write = this.together ? (line: string): void => void lines.push(line) : this.log.line;
    const run = await runCommand(command, given, { ...this.bench, log: write }, isFailure);
    if (this.together) {
      this.log.start(name);
      lines.forEach(this.log.line);
    }
    this.log.end();
    this.log.line(`${name} ${describeEnding(run.ending)} after ${seconds(run.durationMs)}.`);
    return run;
  }
}

function judgeCommand(check: CommandCheck, run: CommandRun): CommandResult {
  const passed = run.ending.kind === 'exit' && run.ending.code === 0;
  const unreadable = run.metrics !== undefined && 'unreadable' in run.metrics ? run.metrics.unreadable : undefined;
  if (passed && unreadable !== undefined)
    return commandResult(check.name, check.command, run, 'error', `it succeeded, but ${unreadable}`);
  const outcome = passed ? 'passed' : judgedAndFoundWanting(run.ending) ? 'failed' : 'error';
  return commandResult(check.name, check.command, run, outcome, describeEnding(run.ending));
}

/** `evaluate` measures and does not judge: when it does not succeed, there is nothing to judge by. */
function judgeEvaluation(name: string, command: Command, run: CommandRun): CommandResult {
  const passed = run.ending.kind === 'exit' && run.ending.code === 0;
  return commandResult(name, command, run, passed ? 'passed' : 'error', describeEnding(run.ending));
}

function commandResult(
  name: string,
  command: Command,
  run: CommandRun,
  outcome: CommandResult['outcome'],
  how: string,
): CommandResult {
  const cures: Readonly<Record<string, string>> = {
    timeout: `Give it more than its 'timeout' of ${seconds(command.timeoutMs)}, or find out where it hangs.`,
    'not-started': "Check 'shell' and 'working_directory', and that an earlier step installs what is missing.",
    '126': 'Make the file executable (chmod +x), or call its interpreter.',
    '127': 'Install the command in an earlier step, or correct its name.',
  };
  const { ending } = run;
  const cure = cures[ending.kind === 'exit' ? String(ending.code) : ending.kind];
  const tries = run.attempts > 1 ? ` (${run.attempts} attempts)` : '';
  return {
    kind: 'command',
    name,
    outcome,
    reason: `The command ${how}${tries}.`,
    ...(outcome === 'passed' || cure === undefined ? {} : { cure }),
    at: command.at,
    command: command.run,
    ...(ending.kind === 'exit' ? { exitCode: ending.code } : {}),
    ...(ending.kind === 'signal' ? { signal: ending.signal } : {}),
    durationMs: run.durationMs,
    attempts: run.attempts,
    tail: run.tail,
  };
}

function skippedCommand(name: string, command: Command, why: string): CommandResult {
  return {
    kind: 'command',
    name,
    outcome: 'skipped',
    reason: `${why.charAt(0).toUpperCase()}${why.slice(1)}.`,
    at: command.at,
    command: command.run,
    durationMs: 0,
    attempts: 0,
    tail: '',
  };
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

function seconds(ms: number): string {
  return ms < 120_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}
