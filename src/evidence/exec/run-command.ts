import { randomUUID } from 'node:crypto';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { exec } from '@actions/exec';
import { assertNever } from '../../domain/assert-never.js';
import type { Environment } from '../../domain/environment.js';
import type { Command, Shell } from '../../policy/policy.js';
import { Redactor } from '../../domain/redactor.js';
import { childEnvironment, type CredentialAccess, secretsIn } from './environment.js';
import { readMetricsFile } from '../metrics/metrics-file.js';
import type { MetricsFile } from '../../domain/metrics-file.js';
import { Output } from './output.js';
import { endTree } from './processes.js';
import { findShell } from './shell.js';
import { leadsOut } from '../../git/workspace.js';

/** How a command ended, before anybody judges it. */
export type Ending =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'not-started'; readonly why: string; readonly cure?: string }
  | ({ readonly kind: 'refused' } & Blocked);

/** Why no command may be started now, as a sentence without its end, and what helps. */
export interface Blocked {
  readonly why: string;
  readonly cure: string;
}

export interface CommandRun {
  readonly ending: Ending;
  readonly durationMs: number;
  readonly attempts: number;
  readonly tail: string;
  /** What it wrote to METRICS_FILE, if anything. */
  readonly metrics: MetricsFile | undefined;
}

/** What every command of one run of the action shares. */
export interface ExecutionContext extends CredentialAccess {
  readonly workspace: string;
  /** An empty folder of ours, removed afterwards. */
  readonly temporary: string;
  readonly environment: Environment;
  readonly passEnv: readonly string[];
  /** What no command's output may show, beside what `pass_env` hands on. */
  readonly secrets: readonly string[];
  /** Ends the command that runs, and starts no other. */
  readonly cancelled: AbortSignal;
  /** Asked before each attempt of each command: the one before may have changed what this one runs. */
  readonly blocked: () => Promise<Blocked | undefined>;
  readonly log: (line: string) => void;
}

/**
 * The shells as the runner itself calls them for `run:` steps; no profile, stop at the first error.
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
 */
const shells: Readonly<
  Record<Shell, { readonly file: string; readonly extension: string; readonly args: readonly string[] }>
> = {
  bash: { file: 'bash', extension: 'sh', args: ['--noprofile', '--norc', '-eo', 'pipefail'] },
  sh: { file: 'sh', extension: 'sh', args: ['-e'] },
  pwsh: { file: 'pwsh', extension: 'ps1', args: ['-NoProfile', '-NonInteractive', '-File'] },
  python: { file: 'python', extension: 'py', args: [] },
};

/**
 * Runs a command of the policy, again after an error as often as its `retries` allow. Never throws for
 * what the command does. Values reach it as environment variables, never inside the shell's text.
 * @throws PromotionError `CANCELLED` where the run was; the command has ended then
 */
export async function runCommand(
  command: Command,
  given: Readonly<Record<string, string>>,
  execution: ExecutionContext,
  isFailure: (ending: Ending) => boolean = (ending) => judgedAndFoundWanting(ending, command),
): Promise<CommandRun> {
  let attempts = 0;
  for (;;) {
    execution.cancelled.throwIfAborted();
    const blocked = await execution.blocked();
    if (blocked !== undefined) {
      return { ending: { kind: 'refused', ...blocked }, durationMs: 0, attempts, tail: '', metrics: undefined };
    }
    attempts += 1;
    const run = await attempt(command, given, execution);
    execution.cancelled.throwIfAborted();
    const passed = run.ending.kind === 'exit' && run.ending.code === 0;
    const again = !passed && attempts <= command.retries && (command.retryFailures || !isFailure(run.ending));
    if (!again) return { ...run, attempts };
    execution.log(`${describeEnding(run.ending)}: trying again (${attempts} of ${command.retries}).`);
  }
}

async function attempt(
  command: Command,
  given: Readonly<Record<string, string>>,
  execution: ExecutionContext,
): Promise<Omit<CommandRun, 'attempts'>> {
  const folder = await mkdtemp(join(execution.temporary, 'command-'));
  const shell = shells[command.shell];
  const script = join(folder, `script.${shell.extension}`);
  const metricsFile = join(folder, 'metrics.json');
  const mark = randomUUID();
  const passEnv = [...execution.passEnv, ...command.passEnv];
  const environment = childEnvironment(execution.environment, passEnv, execution, {
    ...given,
    METRICS_FILE: metricsFile,
    PREDICTIONS_FILE: join(folder, 'predictions.csv'),
    PROMOTION_COMMAND_ID: mark,
  });
  const redactor = new Redactor([...execution.secrets, ...secretsIn(execution.environment, passEnv, execution)]);
  const output = new Output(execution.log, redactor);
  const startedAt = performance.now();
  try {
    await writeFile(script, command.run.endsWith('\n') ? command.run : `${command.run}\n`);
    const ending = await supervise(
      command,
      shell.file,
      [...shell.args, script],
      script,
      mark,
      environment,
      execution,
      output,
    );
    output.end();
    const durationMs = Math.round(performance.now() - startedAt);
    // Whatever it left running could still write over the evidence: end it before that is read, however the command ended.
    await endTree(script, `PROMOTION_COMMAND_ID=${mark}`);
    return { ending, durationMs, tail: output.tail, metrics: await readMetricsFile(metricsFile, redactor) };
  } finally {
    // What it left there that cannot be removed says nothing of how it ended.
    await rm(folder, { recursive: true, force: true }).catch((thrown: unknown) => {
      execution.log(`'${folder}' could not be removed: ${String(thrown)}`);
    });
  }
}

async function supervise(
  command: Command,
  file: string,
  args: readonly string[],
  script: string,
  mark: string,
  environment: Record<string, string>,
  execution: ExecutionContext,
  output: Output,
): Promise<Ending> {
  const shell = await findShell(file);
  if ('kind' in shell) return shell;
  const folder = await folderOf(command, execution.workspace);
  if (typeof folder !== 'string') return folder;
  const deadline = new AbortController();
  const end = (): void => void endTree(script, `PROMOTION_COMMAND_ID=${mark}`);
  const timer = setTimeout(() => {
    deadline.abort();
    end();
  }, command.timeoutMs);
  execution.cancelled.addEventListener('abort', end);
  try {
    const [launcher, ...launch] = withoutInput(shell.path, args);
    // Typed as a number, and null where a signal ended the process.
    const code = (await exec(`"${launcher}"`, launch, {
      cwd: folder,
      env: environment,
      silent: true,
      ignoreReturnCode: true,
      delay: 1_000,
      listeners: {
        stdout: (data) => output.add('out', data),
        stderr: (data) => output.add('err', data),
      },
    })) as number | null;
    if (deadline.signal.aborted) return { kind: 'timeout' };
    return code === null ? { kind: 'signal', signal: 'a signal' } : { kind: 'exit', code };
  } catch (error) {
    if (deadline.signal.aborted) return { kind: 'timeout' };
    return { kind: 'not-started', why: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
    execution.cancelled.removeEventListener('abort', end);
  }
}

/** Where it runs, without links: a change could make any folder one, to elsewhere. Or why it cannot run there. */
async function folderOf({ workingDirectory = '.' }: Command, workspace: string): Promise<string | Ending> {
  const folder = await realpath(resolve(workspace, workingDirectory)).catch(() => undefined);
  if (folder === undefined) {
    return { kind: 'not-started', why: `its 'working_directory' ${workingDirectory} does not exist` };
  }
  if (!(await leadsOut(workspace, folder))) return folder;
  return {
    kind: 'not-started',
    why: `its 'working_directory' ${workingDirectory} leads out of the workspace`,
    cure: 'Name a folder inside the workspace, and look whether a link was put in its place.',
  };
}

/**
 * Standard input at its end at once: a command that reads it would wait for ever. By a shell, because what
 * `@actions/exec` writes to a command that has ended already is an error that nobody can catch.
 */
function withoutInput(tool: string, args: readonly string[]): [string, ...string[]] {
  return process.platform === 'win32' ? [tool, ...args] : ['/bin/sh', '-c', 'exec "$0" "$@" </dev/null', tool, ...args];
}

/** What Windows ends with for a command that it does not find, and for its placeholder of Python. */
const windowsNotFound = 9009;

/**
 * Whether the command judged and found wanting: not where it could not judge, by its own `error_codes` or by the shell's
 * (POSIX 2.8.2: 126 not executable, 127 not found, 128 + n ended by signal n).
 */
export function judgedAndFoundWanting(ending: Ending, { errorCodes = [] }: Pick<Command, 'errorCodes'> = {}): boolean {
  return (
    ending.kind === 'exit' &&
    ending.code !== 0 &&
    !errorCodes.includes(ending.code) &&
    ending.code !== 126 &&
    ending.code !== 127 &&
    ending.code !== windowsNotFound &&
    signalOf(ending.code) === undefined
  );
}

/** The signal's number in a shell's exit code, if there is one. */
export function signalOf(code: number): number | undefined {
  return code > 128 && code <= 128 + 64 ? code - 128 : undefined;
}

/** How it ended, in words, for a sentence that begins with the command. */
export function describeEnding(ending: Ending): string {
  switch (ending.kind) {
    case 'timeout':
      return 'ran out of time';
    case 'signal':
      return `was ended by ${ending.signal}`;
    case 'not-started':
      return `could not be started: ${ending.why}`;
    case 'refused':
      return `was not started: ${ending.why}`;
    case 'exit': {
      if (ending.code === 0) return 'succeeded';
      if (ending.code === 126) return 'ended with exit code 126: something in it is not executable';
      if (ending.code === windowsNotFound)
        return `ended with exit code ${windowsNotFound}: Windows did not find a command in it`;
      if (ending.code === 127) return 'ended with exit code 127: a command in it was not found';
      const signal = signalOf(ending.code);
      return signal === undefined
        ? `ended with exit code ${ending.code}`
        : `was ended by signal ${signal}${signal === 9 ? ' (SIGKILL: often out of memory)' : ''}`;
    }
    default:
      return assertNever(ending, 'ending of a command');
  }
}
