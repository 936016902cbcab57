import type { Problem } from '../../domain/errors.js';
import type { Command, Policy, Stage } from '../policy.js';
import { callsPytest, pytestErrorCodes } from '../pytest.js';
import { better } from './rule.js';

const minute = 60_000;
const hour = 60 * minute;
/** After which GitHub ends a job on a runner of its own. */
const jobMs = 6 * hour;

/** Commands whose retries or time-outs cannot be as they say. */
export function remarkOnCommands(policy: Policy): readonly Problem[] {
  return [...policy.stages.values()].flatMap(commandsOf).flatMap((command) => [...idle(command), ...endless(command)]);
}

/** An `evaluate` whose measurements no condition looks at. */
export function remarkOnEvaluate(policy: Policy): readonly Problem[] {
  return [...policy.stages.values()].flatMap(({ name, evaluate, checks, monitor }) => {
    const isUsed = [...checks, ...(monitor?.checks ?? [])].some(
      (check) =>
        check.kind === 'condition' && policy.metrics.get(check.condition.metric)?.source.writtenBy === 'evaluate',
    );
    if (evaluate === undefined || isUsed) return [];
    const metric = [...policy.metrics.values()].find(({ source }) => source.writtenBy === 'evaluate');
    const other = evaluate.roles.includes('champion') ? 'champion' : 'NUMBER';
    const cure =
      metric === undefined
        ? `Declare what it writes to METRICS_FILE, such as 'val_auc: { goal: maximize, from: evaluate }', and add 'require: val_auc >= ${other}'`
        : `Add a check such as 'require: ${metric.id} ${better(metric)} ${other}'`;
    const message = `What 'evaluate' of '${name}' measures decides nothing: no condition there is on a metric with 'from: evaluate'. ${cure}, or remove 'evaluate'.`;
    return [{ message, at: evaluate.command.at }];
  });
}

/** Checks whose exit code may say that nothing was tested, and would reject the version; or the other way round. */
export function remarkOnErrorCodes(policy: Policy): readonly Problem[] {
  const checks = [...policy.stages.values()].flatMap((stage) => [...stage.checks, ...(stage.monitor?.checks ?? [])]);
  return checks.flatMap((check) => {
    if (check.kind !== 'command') return [];
    const { run, errorCodes, at } = check.command;
    const codes = `error_codes: [${pytestErrorCodes.join(', ')}]`;
    if (errorCodes?.includes(1) === true) {
      const cure = callsPytest(run) ? `Write '${codes}'.` : "Leave 1 out of 'error_codes'.";
      const message = `Most tools end with 1 where a test has failed: with 1 among its 'error_codes' this check calls a bad version an error, and never rejects it. ${cure}`;
      return [{ message, at }];
    }
    if (errorCodes !== undefined || !callsPytest(run)) return [];
    const message = `pytest ends with 1 where a test has failed, and with 2 to 5 where it could not test, as after a failed import or with a wrong path: these reject the version as well. Add '${codes}', so that they are errors.`;
    return [{ message, at }];
  });
}

/** Everything that a stage runs. */
export function commandsOf({
  checks,
  monitor,
  evaluate,
  deploy,
}: Pick<Stage, 'checks' | 'monitor' | 'evaluate' | 'deploy'>): readonly Command[] {
  const checked = [...checks, ...(monitor?.checks ?? [])].map((check) =>
    check.kind === 'command' ? check.command : undefined,
  );
  const all = [...checked, evaluate?.command, deploy?.run, deploy?.smokeTest, deploy?.rollback];
  return all.filter((command) => command !== undefined);
}

function idle({ retries, retryFailures, at }: Command): readonly Problem[] {
  if (!retryFailures || retries > 0) return [];
  const message = "'retry_failures: true' does nothing while 'retries' is 0. Add 'retries: 2', or remove it.";
  return [{ message, at }];
}

function endless({ timeoutMs, retries, at }: Command): readonly Problem[] {
  const attempts = retries + 1;
  if (timeoutMs * attempts <= jobMs) return [];
  // An hour is left for the job's other steps.
  const fitting = Math.floor((jobMs - hour) / attempts / (5 * minute)) * 5;
  const timeout = fitting % 60 === 0 ? `${fitting / 60}h` : `${fitting}m`;
  const long = attempts === 1 ? '' : `${attempts} attempts of at most ${shown(timeoutMs)} each may take `;
  const what = attempts === 1 ? `A 'timeout' of ${shown(timeoutMs)}` : `${long}${shown(timeoutMs * attempts)}, which`;
  const fewer = attempts === 1 ? '' : ' or fewer retries';
  const message = `${what} is more than the 6h after which GitHub ends a job on its own runners. Write 'timeout: ${timeout}'${fewer}, unless the runner is yours.`;
  return [{ message, at }];
}

function shown(ms: number): string {
  const minutes = Math.floor(ms / minute);
  const parts = [
    [Math.floor(minutes / 60), 'h'],
    [minutes % 60, 'm'],
    [(ms % minute) / 1_000, 's'],
  ] as const;
  return parts.flatMap(([count, unit]) => (count === 0 ? [] : [`${count}${unit}`])).join(' ');
}
