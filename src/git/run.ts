import { getExecOutput } from '@actions/exec';

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
}

/** Runs git once. Injected, so that tests can count, delay or falsify calls. */
export type RunGit = (args: readonly string[], call: GitCall) => Promise<GitOutput>;

/** git as `@actions/exec` runs it: no shell, nothing echoed to the log, a non-zero exit is an answer. */
export const runGit: RunGit = async (args, call) => {
  const chunks: Buffer[] = [];
  const { exitCode, stderr } = await getExecOutput('git', [...args], {
    cwd: call.cwd,
    env: { ...call.env },
    silent: true,
    ignoreReturnCode: true,
    ...(call.input === undefined ? {} : { input: call.input }),
    listeners: { stdout: (data) => void chunks.push(data) },
  });
  return { exitCode, stdout: Buffer.concat(chunks), stderr };
};
