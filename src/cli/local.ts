import { userInfo } from 'node:os';
import type { Environment } from '../domain/environment.js';
import { PromotionError } from '../domain/errors.js';
import type { GitRepository } from '../git/repository.js';
import { type GithubContext, readContext } from '../github/context.js';

/** The environment without what a runner says: a `run` step of a workflow may start this, and is no action. */
export function withoutRunner(environment: Environment): Environment {
  const isRunners = (name: string): boolean => /^(?:INPUT_|STATE_|ACTIONS_|GITHUB_)/i.test(name);
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !isRunners(name)));
}

/** Who runs it, on which commit. The run sends nothing to GitHub and asks it nothing. */
export async function localContext(repository: GitRepository | undefined): Promise<GithubContext> {
  const actor = (await repository?.userName()) ?? systemUser();
  const head = await repository?.head();
  const nobody = await readContext({});
  return { ...nobody, actor, authors: [actor], origin: 'local', ...(head === undefined ? {} : { commit: head }) };
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return 'local'; // A container may run as a user that has no name.
  }
}

/**
 * Whether what is checked out is what the default branch has: only then a terminal may write.
 * @throws PromotionError `INPUT_INVALID` saying what to do first
 */
export async function refuseUnmerged(repository: GitRepository | undefined): Promise<void> {
  if (repository === undefined) {
    throw new PromotionError(
      'INPUT_INVALID',
      "'--yes' needs a git repository, which keeps the promotion log, and this folder is none.",
      {
        cure: 'Run it in a clone of the repository, or give its folder as --path.',
      },
    );
  }
  const [first, ...more] = await repository.changes();
  if (first !== undefined) {
    const others = more.length === 0 ? '' : ` and ${more.length} more`;
    throw new PromotionError(
      'INPUT_INVALID',
      `'--yes' needs a clean work tree, and ${first}${others} is changed or not committed.`,
      {
        cure: "Commit it, or put it aside with 'git stash --include-untracked'.",
      },
    );
  }
  if ((await repository.remote()) === undefined) return;
  const tip = await repository.defaultBranchFromRemote();
  const head = await repository.head();
  const commit = tip === undefined ? undefined : await repository.bringTip(tip.branch, tip.commit);
  if (head !== undefined && commit !== undefined && (await repository.isAncestor(head, commit))) return;
  const branch = tip?.branch ?? 'the default branch';
  throw new PromotionError(
    'INPUT_INVALID',
    `'--yes' needs a commit of the remote's ${branch}, and HEAD ${head?.slice(0, 8) ?? ''} is not on it.`,
    {
      cure: `Push or merge it first, or check out what is there with 'git switch --detach origin/${branch}' after a 'git fetch'.`,
    },
  );
}
