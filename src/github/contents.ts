import { openGithub, statusOf, whyNot } from './client.js';
import type { GithubContext } from './context.js';

export interface FileAtTip {
  readonly text: string;
  readonly commit: string;
  readonly branch: string;
}

/** Reads files at a branch's tip through GitHub's API; undefined without a token or outside GitHub. */
export function fileReader(
  context: GithubContext,
  token: string | undefined,
): ((path: string, branch: string | undefined) => Promise<FileAtTip | undefined>) | undefined {
  if (token === undefined || context.repository === undefined) return undefined;
  return async (path, wanted) => {
    const github = await openGithub(context, token);
    if (github === undefined) return undefined;
    const { octokit, owner, repo } = github;
    try {
      const branch = wanted ?? (await octokit.rest.repos.get({ owner, repo })).data.default_branch;
      const commit = (await octokit.rest.repos.getBranch({ owner, repo, branch })).data.commit.sha;
      const { data } = await octokit.rest.repos.getContent({ owner, repo, path, ref: commit });
      if (Array.isArray(data) || data.type !== 'file' || !('content' in data)) return undefined;
      return { text: Buffer.from(data.content, 'base64').toString('utf8'), commit, branch };
    } catch (thrown) {
      if (statusOf(thrown) === 404) return undefined;
      throw whyNot(`The policy '${path}' could not be read`, thrown, 'contents: read');
    }
  };
}
