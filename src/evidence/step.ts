import type { Command } from '../policy/policy.js';
import type { CommandResult } from '../verdict/verdict.js';
import { describeEnding, judgedAndFoundWanting, runCommand, type Bench, type CommandRun } from './command.js';

/** The log as commands see it: a foldable group each. */
export interface GroupedLog {
  readonly start: (title: string) => void;
  readonly line: (line: string) => void;
  readonly end: () => void;
}

/** Runs commands with their output in the log: live in a group, or in one piece where several run at a time. */
export class CommandRunner {
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
  const outcome = passed ? 'passed' : judgedAndFoundWanting(run.ending) ? 'failed' : 'error';
  return commandResult(name, command, run, outcome, describeEnding(run.ending));
}

/** `evaluate` measures and does not judge: when it does not succeed, there is nothing to judge by. */
export function judgeEvaluation(name: string, command: Command, run: CommandRun): CommandResult {
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
  const ofItsOwn = 'cure' in ending ? ending.cure : undefined;
  const cure = ofItsOwn ?? cures[ending.kind === 'exit' ? String(ending.code) : ending.kind];
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
