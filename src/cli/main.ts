import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { post } from '../commands/post.js';
import { changesHolders, isReadOnly } from '../domain/command-name.js';
import type { Environment } from '../domain/environment.js';
import { asPromotionError } from '../domain/errors.js';
import { checkoutFolder } from '../git/checkout-folder.js';
import { GitRepository } from '../git/repository.js';
import type { GithubContext } from '../github/context.js';
import { reportTo } from '../run/host.js';
import { readArguments, type Typed, UsageError } from './arguments.js';
import { exitCodeOf } from './exit-code.js';
import { commandHelp, overview } from './help.js';
import { init } from './init.js';
import { localContext, refuseUnmerged, withoutRunner } from './local.js';
import { type Manual, readManual } from './options.js';
import { inert, inertJson, Terminal, widthOf } from './terminal.js';
import { TerminalHost } from './terminal-host.js';

type Run = Extract<Typed, { readonly kind: 'run' }>;

/** Runs a command by its inputs in the environment. */
type Main = (environment: Environment, contextOf: () => Promise<GithubContext>) => Promise<void>;

/**
 * The command line: the same commands, with a terminal as the place to report to. Sets the process's exit code.
 * @param main what the action runs, too
 */
export async function cli(args: readonly string[], main: Main): Promise<void> {
  const manual = readManual(readFileSync(join(dirname(realpathSync(process.argv[1] ?? '')), '../action.yml'), 'utf8'));
  try {
    const typed = readArguments(args, manual);
    if (typed.kind === 'help') process.stdout.write(inert(help(typed.command, manual, process.stdout)));
    else process.exitCode = await run(typed, main);
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown;
    const terminal = new Terminal(process.stderr, process.env);
    terminal.line(thrown.message);
    terminal.line(`Help: gated-model-promotion ${thrown.command === undefined ? '' : `${thrown.command} `}--help`);
    process.exitCode = 2;
  }
}

function help(command: Typed['command'], manual: Manual, stream: typeof process.stdout): string {
  const width = Math.min(widthOf(stream, process.env) ?? 80, 100);
  return command === undefined ? overview(manual, width) : commandHelp(command, manual, width);
}

async function run(typed: Run, main: Main): Promise<number> {
  const terminal = new Terminal(typed.json ? process.stderr : process.stdout, process.env);
  const host = new TerminalHost(terminal);
  reportTo(host);
  const environment = withoutRunner(process.env);
  const interrupted = new AbortController();
  process.once('SIGINT', () => {
    interrupted.abort();
  });
  try {
    const folder = await checkoutFolder(process.cwd(), typed.inputs.get('path'));
    const opened = new GitRepository({ folder, environment });
    const repository = (await opened.isRepository()) ? opened : undefined;
    const context = await localContext(repository);
    if (typed.command === 'init') {
      await init({ inputs: typed.inputs, terminal, environment, repository, folder });
      return 0;
    }
    if (typed.yes && !isReadOnly(typed.command)) await refuseUnmerged(repository);
    const given = { ...environment, ...inputsOf(typed) };
    await main(given, () => Promise.resolve(context));
    await recover(host, terminal, given, context);
    if (!typed.yes && changesWhatIsThere(typed))
      terminal.line("Nothing was written. Add --yes to do it; then the default branch's policy counts.");
    host.conclude();
  } catch (thrown) {
    const { code, sentence } = asPromotionError(thrown);
    terminal.line(`error: ${sentence}`);
    return exitCodeOf(undefined, true, code);
  }
  if (typed.json) process.stdout.write(`${inertJson(Object.fromEntries(host.outputs))}\n`);
  return interrupted.signal.aborted && host.exitCode !== 0 ? 130 : host.exitCode;
}

/** The inputs as the runner would pass them. */
function inputsOf({ command, inputs, yes }: Run): Environment {
  const isPreview = !yes && !isReadOnly(command as Exclude<Run['command'], 'init'>);
  const values = new Map([
    ['command', command],
    // What is only tried is tried with the policy that one has before oneself.
    ...(yes || inputs.has('policy-ref') ? [] : ([['policy-ref', 'workspace']] as const)),
    ...inputs,
    ...(isPreview ? ([['dry-run', 'true']] as const) : []),
  ]);
  return Object.fromEntries([...values].map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]));
}

function changesWhatIsThere({ command, inputs }: Run): boolean {
  return command !== 'init' && (changesHolders(command) || command === 'register') && inputs.get('dry-run') !== 'true';
}

/** What a runner's post step does at the end of a job: what was interrupted is finished or undone. */
async function recover(
  host: TerminalHost,
  terminal: Terminal,
  environment: Environment,
  context: GithubContext,
): Promise<void> {
  const open = host.openOperation;
  if (open === undefined) return;
  terminal.line('An operation is open: it is finished or undone now. Ctrl-C once more leaves it open.');
  const leave = (): void => {
    terminal.line("It is left open. The next run with --yes finishes or undoes it; 'status' shows it.");
  };
  process.once('exit', leave);
  await post({ ...environment, STATE_operation: open }, context);
  process.off('exit', leave);
}
