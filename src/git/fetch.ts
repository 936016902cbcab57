import type { GitCommand } from './git-command.js';
import { refuseOption } from './names.js';
import { lostLock } from './push.js';

const FETCH_ATTEMPTS = 8;

export interface FetchOptions {
  readonly prune?: boolean;
  readonly depth?: number;
}

/** For `GitRepository.fetch`. */
export async function fetchRefs(git: GitCommand, refspecs: readonly string[], options: FetchOptions): Promise<void> {
  refspecs.forEach(refuseOption);
  const args = [
    'fetch',
    '--quiet',
    '--no-tags',
    // Without a right side the only trace is FETCH_HEAD; with one, FETCH_HEAD stays as its user left it.
    ...(refspecs.every((refspec) => refspec.includes(':')) && (await git.isAtLeast(29))
      ? ['--no-write-fetch-head']
      : []),
    '--no-recurse-submodules',
    options.prune === true ? '--prune' : '--no-prune',
    '--no-prune-tags',
    ...(options.depth === undefined ? [] : [`--depth=${options.depth}`]),
    'origin',
    ...refspecs,
  ];
  // Another fetch into the same refs of this folder, of ours or of a step beside us, has them locked for a moment.
  for (let attempt = 1; ; attempt++) {
    const output = await git.ask(args);
    if (output.exitCode === 0) return;
    if (attempt === FETCH_ATTEMPTS || !lostLock(output.stderr)) throw git.failed('fetch from the remote', output);
    await git.pause(20 * attempt * (0.5 + Math.random()));
  }
}

/** The tip of a branch of `origin`; undefined where it has no such branch. */
export async function branchTip(git: GitCommand, branch: string): Promise<string | undefined> {
  const output = await git.ask(['ls-remote', '--refs', 'origin', `refs/heads/${branch}`]);
  if (output.exitCode !== 0) throw git.failed('ask the remote for a branch', output);
  return /^([0-9a-f]{40,64})\t/.exec(output.stdout.toString('utf8'))?.[1];
}

/** Whether a commit is here already; a partial clone is not to fetch it alone. */
export async function hasCommit(git: GitCommand, commit: string): Promise<boolean> {
  const env = { GIT_NO_LAZY_FETCH: '1' };
  return (await git.run(['cat-file', '-e', `${commit}^{commit}`], { env, remote: true })).exitCode === 0;
}

/** For `GitRepository.defaultBranchFromRemote`. */
export async function defaultBranch(
  git: GitCommand,
): Promise<{ readonly branch: string; readonly commit: string } | undefined> {
  const output = await git.ask(['ls-remote', '--symref', 'origin', 'HEAD']);
  if (output.exitCode !== 0) throw git.failed('ask the remote for its default branch', output);
  const listed = output.stdout.toString('utf8');
  const branch = /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(listed)?.[1];
  const commit = /^([0-9a-f]{40,64})\tHEAD$/m.exec(listed)?.[1];
  return branch === undefined || commit === undefined ? undefined : { branch, commit };
}
