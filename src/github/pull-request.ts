import type { Github } from './client.js';

/** The pull request that brought a commit to its branch, or that is open with it; undefined where there is none. */
export async function pullRequestOf(github: Github, sha: string): Promise<number | undefined> {
  const { octokit, owner, repo } = github;
  const { data } = await octokit.rest.repos.listPullRequestsAssociatedWithCommit({ owner, repo, commit_sha: sha });
  const found =
    data.find((pull) => pull.merge_commit_sha === sha && pull.merged_at !== null) ??
    data.find((pull) => pull.merged_at !== null) ??
    data.find((pull) => pull.state === 'open');
  return found?.number;
}
