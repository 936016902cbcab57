import { PromotionError } from '../domain/errors.js';

/** A policy of another repository, as the input `policy` names it: `owner/repo/path@ref`. */
export interface CentralPlace {
  readonly owner: string;
  readonly repo: string;
  readonly path: string;
  /** A branch, a tag or a whole commit. */
  readonly ref: string;
}

/**
 * The place of a central policy; undefined for a path in the repository itself, which has no `@` behind its ending.
 * @throws PromotionError `INPUT_INVALID` for an abbreviated commit: a branch may bear that name
 */
export function centralPlace(given: string): CentralPlace | undefined {
  const found = /^(?<owner>[A-Za-z0-9][A-Za-z0-9-]*)\/(?<repo>[\w.-]+)\/(?<path>.+\.ya?ml)@(?<ref>[^@\s]+)$/i.exec(
    given,
  );
  const { owner = '', repo = '', path = '', ref = '' } = found?.groups ?? {};
  if (found === null) return undefined;
  if (/^[0-9a-f]{7,39}$/i.test(ref)) {
    throw new PromotionError(
      'INPUT_INVALID',
      `Input 'policy' ends in '@${ref}', which may be a branch as well as a commit.`,
      {
        cure: 'Give all 40 digits of the commit, a tag or a branch.',
      },
    );
  }
  return { owner, repo, path, ref };
}
