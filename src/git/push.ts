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
