import type { PromotionRequest } from '../policy/request-file.js';
import { openerOf, type Author } from './authors.js';
import { githubError, type Github } from './client.js';
import { textAt } from './contents.js';
import { pullRequestsOf, type AssociatedPull } from './associated-pulls.js';

/** The pull request whose reviews are of the version, or why there is none. */
export type VersionReview =
  | { readonly found: true; readonly pull: number; readonly of: string; readonly authors: readonly Author[] }
  | { readonly found: false; readonly reason: string; readonly cure: string };

/**
 * git: the merged pull request whose head or merge commit is the version's own. One that merely contains the commit was
 * reviewed for what it became later.
 * @throws PromotionError `GITHUB_DENIED`, `GITHUB_ANSWER`
 */
export async function reviewOfCommit(github: Github, commit: string, what: string): Promise<VersionReview> {
  const all = await pullRequestsOf(github, commit);
  const short = commit.slice(0, 8);
  const [pull, other] = await mergedIntoDefault(
    github,
    all.filter(({ head, merge_commit_sha: merge }) => head.sha === commit || merge === commit),
  );
  if (pull !== undefined) return one(pull, other, `is ${what}`, "has the version's commit");
  const [near] = all;
  if (near === undefined) {
    return none(
      `No pull request brought ${what} (commit ${short}), so nobody has reviewed it.`,
      `Bring it to the default branch by a pull request, and put the version's tag on the commit that merges it.`,
    );
  }
  const isOpen = near.merged_at === null || near.merged_at === undefined;
  return none(
    isOpen
      ? `The pull request #${near.number} with ${what} (commit ${short}) is not merged.`
      : `The pull request #${near.number} contains ${what} (commit ${short}), which is neither its head nor what merged it into the default branch: its reviewers approved another state.`,
    isOpen
      ? 'Merge it first.'
      : `Put the version's tag on the commit that merges a reviewed pull request, or on its head.`,
  );
}

/**
 * The merged pull request that last changed the promotion request, where its reviewers saw the file as it is now.
 * @throws PromotionError `GITHUB_DENIED`, `GITHUB_ANSWER`
 */
export async function reviewOfRequest(github: Github, { file, text }: PromotionRequest): Promise<VersionReview> {
  const { octokit, owner, repo } = github;
  const { data } = await octokit.rest.repos
    .listCommits({ owner, repo, path: file, per_page: 1 })
    .catch((thrown: unknown) => {
      throw githubError(`What last changed ${file} could not be read`, thrown, 'contents: read');
    });
  const commit = data[0]?.sha;
  const cure = `Change the file by a pull request to the default branch, and have that approved.`;
  if (commit === undefined) return none(`GitHub knows no commit of the default branch that changed ${file}.`, cure);
  const all = await mergedIntoDefault(github, await pullRequestsOf(github, commit));
  const [pull, other] = all.some((each) => each.merge_commit_sha === commit)
    ? all.filter((each) => each.merge_commit_sha === commit)
    : all;
  if (pull === undefined) {
    return none(
      `Commit ${commit.slice(0, 8)} last changed ${file}, and no merged pull request brought it: nobody has reviewed it.`,
      cure,
    );
  }
  const seen = await textAt({ rest: octokit.rest, owner, repo }, file, pull.head.sha).catch((thrown: unknown) => {
    throw githubError(`${file} of #${pull.number} could not be read`, thrown, 'contents: read');
  });
  if (seen !== text) {
    return none(
      `${file} is not what the reviewers of #${pull.number} saw: at its head ${pull.head.sha.slice(0, 8)} it ${seen === undefined ? 'does not exist' : 'has another content'}.`,
      cure,
    );
  }
  return one(pull, other, `last changed ${file}`, `changed ${file}`);
}

function one(pull: AssociatedPull, other: AssociatedPull | undefined, of: string, what: string): VersionReview {
  if (other === undefined) return { found: true, pull: pull.number, of, authors: openerOf(pull, what) };
  return none(
    `Several pull requests have the same commit, #${pull.number} and #${other.number}: whose reviews count is not known.`,
    'Make the change by one pull request to the default branch.',
  );
}

async function mergedIntoDefault(
  { octokit, owner, repo }: Github,
  pulls: readonly AssociatedPull[],
): Promise<readonly AssociatedPull[]> {
  const merged = pulls.filter(({ merged_at: at }) => at !== null && at !== undefined);
  // Where all go to one branch, `approvedByReviews` sees to it that it is the default one.
  if (new Set(merged.map(({ base }) => base.ref)).size < 2) return merged;
  try {
    const { default_branch: home } = (await octokit.rest.repos.get({ owner, repo })).data;
    return merged.filter(({ base }) => base.ref === home);
  } catch (thrown) {
    throw githubError('The default branch could not be asked for', thrown, 'contents: read');
  }
}

function none(reason: string, cure: string): VersionReview {
  return { found: false, reason, cure };
}
