import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { closing } from './closing.js';
import { node24, root } from './tools.js';

export interface CommandLineRun {
  readonly folder: string;
  readonly args: readonly string[];
  /** Over what a person's shell has; undefined removes a variable. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Sent to the process as soon as it has written the text. */
  readonly signal?: { readonly name: NodeJS.Signals; readonly after: string };
  /** The file that is started, instead of the bundle's own. */
  readonly file?: string;
}

export interface CommandLineResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line as a person in a shell does: no runner's variables, output into a pipe. */
export async function runCommandLine(run: CommandLineRun): Promise<CommandLineResult> {
  const kept = ['PATH', 'HOME', 'LANG', 'TMPDIR'].map((name) => [name, process.env[name]] as const);
  const child = spawn(node24, [run.file ?? join(root, 'dist/cli.js'), ...run.args], {
    cwd: run.folder,
    env: { ...Object.fromEntries(kept), ...run.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 240_000,
    killSignal: 'SIGKILL',
  });
  const end = closing(() => {
    child.kill('SIGKILL');
  });
  const said = { stdout: '', stderr: '' };
  let isSignalled = false;
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text;
      if (run.signal === undefined || isSignalled || !said[stream].includes(run.signal.after)) return;
      isSignalled = true;
      child.kill(run.signal.name);
    });
  }
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('close', resolve).once('error', reject),
  ).finally(() => void end());
  return { code, ...said };
}
