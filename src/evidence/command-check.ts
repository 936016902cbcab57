import type { Command } from '../policy/policy.js';
import { callsPytest } from '../policy/pytest.js';
import type { CommandResult } from '../domain/check.js';
import {
  type ExecutionContext,
  type CommandRun,
  describeEnding,
  type Ending,
  judgedAndFoundWanting,
  runCommand,
} from './exec/run-command.js';

/** How many of a command's last lines stand in its verdict, and how long each may be. */
const lastShown = 3;
const longestShown = 160;

/** The log as commands see it: a foldable group each. */
export interface GroupedLog {
  readonly start: (title: string) => void;
  readonly line: (line: string) => void;
  readonly end: () => void;
}

/** Runs commands with their output in the log: live in a group, or in one piece where several run at a time. */
export class CommandRunner {
  constructor(
    private readonly execution: Omit<ExecutionContext, 'log'>,
    private readonly log: GroupedLog,
    private readonly together: boolean,
  ) {}

  async run(
    name: string,
    command: Command,
    given: Readonly<Record<string, string>>,
    isFailure = (ending: Ending) => judgedAndFoundWanting(ending, command),
  ): Promise<CommandRun> {
    const lines: string[] = [];
    if (!this.together) this.log.start(name);
    const write = this.together ? (line: string): void => void lines.push(line) : this.log.line;
    const run = await runCommand(command, given, { ...this.execution, log: write }, isFailure);
    if (this.together) {
      this.log.start(name);
      lines.forEach(this.log.line);
    }
    this.log.end();
    const took = run.ending.kind === 'refused' ? '' : ` after ${seconds(run.durationMs)}`;
    this.log.line(`${name} ${describeEnding(run.ending)}${took}.`);
    return run;
  }
}

/** A command as a check: any exit but 0 is a failure, unless it could not be judged. */
export function judgeCommand(name: string, command: Command, run: CommandRun): CommandResult {
  const passed = run.ending.kind === 'exit' && run.ending.code === 0;
  const unreadable = run.metrics !== undefined && 'unreadable' in run.metrics ? run.metrics.unreadable : undefined;
  if (passed && unreadable !== undefined)
    return commandResult(name, command, run, 'error', `succeeded, but ${unreadable}`);
  const outcome = passed ? 'passed' : judgedAndFoundWanting(run.ending, command) ? 'failed' : 'error';
  return commandResult(
    name,
    command,
    run,
    outcome,
    `${describeEnding(run.ending)}${byErrorCodes(run.ending, command)}`,
  );
}

/** `evaluate` measures and does not judge: when it does not succeed, there is nothing to judge by. */
export function judgeEvaluation(name: string, command: Command, run: CommandRun): CommandResult {
  const passed = run.ending.kind === 'exit' && run.ending.code === 0;
  return commandResult(name, command, run, passed ? 'passed' : 'error', describeEnding(run.ending));
}

/** Why an exit code is an error that would else be a failure: the policy says so. */
function byErrorCodes(ending: Ending, { errorCodes = [] }: Command): string {
  const isOwn = ending.kind === 'exit' && errorCodes.includes(ending.code);
  return isOwn ? ", which is one of its 'error_codes': it could not judge" : '';
}

/** What pytest means by its codes: https://docs.pytest.org/en/stable/reference/exit-codes.html */
const pytestCodes: Readonly<Record<number, string>> = {
  2: 'It was interrupted: often a test file that cannot be imported. Install what is missing, or mend that file.',
  3: 'It failed inside: look at its last lines for a plugin or a fixture.',
  4: 'It was called wrongly: check the path and the options.',
  5: 'It found no test: check the path and the names.',
};

function cureOfErrorCode(ending: Ending, { run, errorCodes = [] }: Command): string | undefined {
  if (ending.kind !== 'exit' || !errorCodes.includes(ending.code)) return undefined;
  const known = callsPytest(run) ? pytestCodes[ending.code] : undefined;
  return known ?? 'Look at its last lines for what it could not do, mend that, and run again.';
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
  const ofItsOwn = 'cure' in ending ? ending.cure : undefined;
  const cure =
    ofItsOwn ?? cureOfErrorCode(ending, command) ?? cures[ending.kind === 'exit' ? String(ending.code) : ending.kind];
  const tries = run.attempts > 1 ? ` (${run.attempts} attempts)` : '';
  // The shell's own words for 126 and 127 are told already.
  const isTold = outcome === 'passed' || (ending.kind === 'exit' && [126, 127].includes(ending.code));
  const last = isTold ? '' : lastLines(run.tail);
  return {
    kind: 'command',
    name,
    outcome,
    reason: `The command ${how}${tries}.${last === '' ? '' : ` Its last lines: '${last}'.`}`,
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

/** What it said last, in one line: most often why it ended so. The report has more of it. */
function lastLines(tail: string): string {
  const lines = tail.split('\n').map((line) => line.replaceAll(/^[\s=!_-]+|[\s=!_-]+$/g, ''));
  return lines
    .filter((line) => line !== '')
    .slice(-lastShown)
    .map((line) => (line.length > longestShown ? `${line.slice(0, longestShown - 1)}…` : line))
    .join(' | ');
}

/** A command that was not started, and why. */
export function skippedCommand(name: string, command: Command, why: string): CommandResult {
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

function seconds(ms: number): string {
  return ms < 120_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}
