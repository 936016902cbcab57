import { statusOf, githubError, type Github } from './client.js';

/** A pull request as GitHub associates it with a commit. */
export interface AssociatedPull {
  readonly number: number;
  readonly state: string;
  readonly merged_at?: string | null;
  readonly merge_commit_sha?: string | null;
  readonly head: { readonly sha: string };
  readonly base: { readonly ref: string };
  /** Null where the account is gone. */
  readonly user: { readonly login: string } | null;
}

/**
 * All pull requests that contain a commit, or brought it; none for what is no commit of the repository.
 * @see https://docs.github.com/rest/commits/commits#list-pull-requests-associated-with-a-commit
 * @throws PromotionError `GITHUB_DENIED` naming `pull-requests: read`, `GITHUB_ANSWER`
 */
export async function pullRequestsOf(
  { octokit, owner, repo }: Github,
  sha: string | undefined,
): Promise<readonly AssociatedPull[]> {
  // GitHub takes a branch's name too, and a registry's tag may say anything.
  if (sha === undefined || !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(sha)) return [];
  try {
    return await octokit.paginate(octokit.rest.repos.listPullRequestsAssociatedWithCommit, {
      owner,
      repo,
      commit_sha: sha,
      per_page: 100,
    });
  } catch (thrown) {
    // "No commit found for SHA": a model may be trained from another repository.
    if (statusOf(thrown) === 422) return [];
    throw githubError(
      `The pull requests with commit ${sha.slice(0, 8)} could not be listed`,
      thrown,
      'pull-requests: read',
    );
  }
}
