import { posix } from 'node:path';
import { changedFiles } from './changed-files.js';
import type { Github } from './client.js';
import { pullRequestsOf, type AssociatedPull } from './associated-pulls.js';

/** A person who may not approve under `not_author`, and why. */
export interface Author {
  readonly login: string;
  /** e.g. `opened #7, which contains the version's commit`. */
  readonly why: string;
}

export interface AuthorsQuestion {
  readonly github: Github;
  /** What started the run, or made its plan: logins. */
  readonly starters: readonly string[];
  /** The commit that the version is of, as far as anything says it. */
  readonly versionCommit: string | undefined;
  /** The commit that the workflow runs for. */
  readonly runCommit: string | undefined;
  /** The policy's file and the trusted paths, relative to the repository's root. */
  readonly judges: readonly string[];
}

/**
 * Everybody who had a hand in what is to be approved: who started the run, who opened a pull request that contains the
 * version's commit, and who opened that of the run's commit where it changed the policy, a trusted file or a workflow.
 * @throws PromotionError `GITHUB_DENIED` naming `pull-requests: read`, `GITHUB_ANSWER`
 */
export async function authorsOf(question: AuthorsQuestion): Promise<readonly Author[]> {
  const { github, starters, versionCommit, runCommit, judges } = question;
  const authors = starters.map((login): Author => ({ login, why: 'started the run' }));
  for (const pull of await pullRequestsOf(github, versionCommit)) {
    authors.push(...openerOf(pull, "contains the version's commit"));
  }
  for (const pull of await pullRequestsOf(github, runCommit)) {
    const changed = judgesIn(await changedFiles(github, pull.number), judges);
    if (changed !== undefined) authors.push(...openerOf(pull, `changed ${changed}`));
  }
  return authors;
}

/** Who opened a pull request; nobody where the account is gone. */
export function openerOf({ number, user }: AssociatedPull, what: string): readonly Author[] {
  return user === null ? [] : [{ login: user.login, why: `opened #${number}, which ${what}` }];
}

/** Which of a change's files is a judge; undefined for none. A change too large to be listed may have changed any. */
function judgesIn(files: readonly string[] | undefined, judges: readonly string[]): string | undefined {
  if (files === undefined) return 'more files than GitHub lists';
  const guarded = ['.github/workflows', ...judges].map((path) => posix.normalize(path).replace(/\/$/, ''));
  return files.find(
    (file) =>
      // A workflow's own actions are part of it.
      /(^|\/)action\.ya?ml$/.test(file) || guarded.some((path) => file === path || file.startsWith(`${path}/`)),
  );
}
