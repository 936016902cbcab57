import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

/** What one git process left behind. Standard output is bytes: file contents pass through it. */
export interface GitOutput {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface GitCall {
  readonly cwd: string;
  /** The whole environment of the process; nothing is inherited beside it. */
  readonly env: Readonly<Record<string, string>>;
  readonly input?: Buffer;
  /** When it is ended, with all it has started. */
  readonly timeoutMs?: number;
}

/** Runs git once. Injected, so that tests can count, delay or falsify calls. */
export type RunGit = (args: readonly string[], call: GitCall) => Promise<GitOutput>;

/** As a shell says of a process that a signal has ended. */
const killed = 137;

/**
 * git as a process: no shell, nothing echoed to the log, a non-zero exit is an answer; so is one that did not end in
 * time. Rejects where git cannot be started.
 */
export const runGit: RunGit = (args, { cwd, env, input, timeoutMs }) =>
  new Promise((resolve, reject) => {
    // A group of its own: git's helpers (remote-https, ssh) hold the connection, and would outlive git alone.
    const child = spawn('git', args, { cwd, env: { ...env }, detached: process.platform !== 'win32' });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let late = false;
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            late = true;
            end(child.pid);
            // The run does not wait for a process that keeps the pipes open.
            child.stdout.destroy();
            child.stderr.destroy();
          }, timeoutMs);
    child.once('error', (error) => {
      clearTimeout(timer);
      // Node blames the program for a folder that is not there.
      reject(existsSync(cwd) ? error : new Error(`The cwd '${cwd}' does not exist.`));
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      const told = Buffer.concat(stderr).toString('utf8');
      const why = late ? `fatal: no end after ${(timeoutMs ?? 0) / 1000} s\n` : '';
      resolve({ exitCode: late ? killed : (code ?? killed), stdout: Buffer.concat(stdout), stderr: `${why}${told}` });
    });
    child.stdout.on('data', (chunk: Buffer) => void stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => void stderr.push(chunk));
    // git may end without reading: what it has to say of that is in its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });

/** Ends the process and all of its group. */
function end(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    return; // It has ended by itself.
  }
}
