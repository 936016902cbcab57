import { PromotionError } from '../domain/errors.js';
import { GitFailure, isUnreachable } from './failure.js';
import { isLastAttempt, remotePause, type GitCommand } from './git-command.js';
import { refuseOption } from './names.js';

/** One ref to be moved, on the remote or here. */
export interface RefChange {
  /** Full name, e.g. `refs/tags/churn@v1.2.0`. */
  readonly ref: string;
  /** The object it shall point at; undefined deletes it. */
  readonly to: string | undefined;
  /** What it must point at until then; null: it must not exist yet. */
  readonly from: string | null;
}

/** `moved`: someone else was faster; nothing was changed. Read again and decide anew. */
export type ChangeResult = 'changed' | 'moved';

/**
 * Reasons of a refused ref that mean "someone else was faster". git's own words, checked against 2.39 and GitHub:
 * the lease (`stale info`), a tag of this name (`already exists`), not a fast-forward, or, when both came at
 * the same time, the receiving side's ref lock.
 */
const FASTER =
  /stale info|already exists|fetch first|non-fast-forward|needs force|failed to update ref|cannot lock ref|failed to lock|incorrect old value|reference already exists|remote ref updated since checkout/i;
/** Said of the refs that were fine but went down with the refused one. */
const DRAGGED = /atomic (?:push|transaction) fail/i;

/** Reads `git push --porcelain`: whether every refusal was a lost race. Anything else is for a person. */
export function lostRace(porcelain: string): boolean {
  const refusals = porcelain.split('\n').filter((line) => line.startsWith('!\t'));
  const own = refusals.filter((line) => !DRAGGED.test(line));
  if (own.length > 0) return own.every((line) => FASTER.test(line));
  // The receiving side names no culprit when its own atomic transaction fails: only a ref lock can do that.
  return refusals.length > 0;
}

/** Whether `git update-ref --stdin` failed because a ref was not where it was expected. */
export function lostLock(stderr: string): boolean {
  return /cannot lock ref|but expected|reference already exists|unable to resolve reference|File exists/i.test(stderr);
}

/** For `GitRepository.push`. */
export async function pushRefs(git: GitCommand, changes: readonly RefChange[]): Promise<ChangeResult> {
  const args = changes.flatMap(({ ref, from }) => {
    refuseOption(ref);
    return [`--force-with-lease=${ref}:${from ?? ''}`];
  });
  const command = [
    'push',
    '--porcelain',
    '--atomic',
    '--no-verify',
    '--no-follow-tags',
    '--no-signed',
    '--recurse-submodules=no',
    ...args,
    'origin',
    ...changes.map(({ ref, to }) => `${to ?? ''}:${ref}`),
  ];
  const begun = performance.now();
  for (let attempt = 1; ; attempt++) {
    const output = await git.run(command, { remote: true });
    if (output.exitCode === 0) return 'changed';
    const told = output.stdout.toString('utf8');
    // The server's own lines (stderr) explain more than the one-word reason in the porcelain lines.
    const failed = git.failed('push to the remote', {
      ...output,
      stderr: `${output.stderr}\n${told.replaceAll('\t', ' ')}`,
    });
    const raced = lostRace(told);
    if (!raced && !isUnreachable(output.stderr)) throw failed;
    // Also after a lost race: curl sends a request again whose connection was cut, and then the faster one was we.
    const result = await readBack(git, changes, failed);
    if (result !== 'unchanged') return result;
    if (raced) return 'moved';
    if (isLastAttempt(attempt, begun)) throw failed;
    await git.pause(remotePause(attempt));
  }
}

/** For `GitRepository.mayPush`. */
export async function mayPush(git: GitCommand, ref: string): Promise<boolean> {
  refuseOption(ref);
  const nothing = await git.text('write an object', ['hash-object', '-w', '--stdin'], { input: Buffer.from('') });
  const output = await git.ask(['push', '--dry-run', '--porcelain', '--no-verify', 'origin', `+${nothing}:${ref}`]);
  if (output.exitCode === 0) return true;
  const failure = git.failed('ask whether it may push', output);
  if (failure.cause instanceof GitFailure && ['denied', 'protected', 'credentials'].includes(failure.cause.kind))
    return false;
  throw failure;
}

/** What became of a push whose answer was lost, or says that another was faster. Throws where the remote does not say. */
async function readBack(
  git: GitCommand,
  changes: readonly RefChange[],
  lost: PromotionError,
): Promise<ChangeResult | 'unchanged'> {
  const output = await git.ask(['ls-remote', '--refs', 'origin', ...changes.map(({ ref }) => ref)]);
  if (output.exitCode !== 0) {
    throw new PromotionError(
      lost.code,
      `${lost.message} Whether the remote took the push is not known: it cannot be read back.`,
      {
        cure: 'Run the job again once the remote answers: what has been done is found, and not done twice.',
        cause: lost.cause,
      },
    );
  }
  const lines = output.stdout.toString('utf8').split('\n');
  const present = new Map(lines.map((line) => line.split('\t').reverse() as [string, string]));
  const isAll = (side: (change: RefChange) => string | null | undefined): boolean =>
    changes.every((change) => present.get(change.ref) === (side(change) ?? undefined));
  if (isAll(({ to }) => to)) return 'changed';
  // Pushed all or none: what is neither before nor after is another writer's.
  return isAll(({ from }) => from) ? 'unchanged' : 'moved';
}
