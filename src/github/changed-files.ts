import { whyNot, type Github } from './client.js';

/** GitHub lists no more: https://docs.github.com/rest/pulls/pulls#list-pull-requests-files */
const most = 3000;

/**
 * The files that a pull request touches, old names of moved ones among them; undefined where they are more than
 * GitHub lists. Throws `GITHUB_DENIED`, `GITHUB_ANSWER`.
 */
export async function changedFiles(github: Github, pull: number): Promise<readonly string[] | undefined> {
  const { octokit, owner, repo } = github;
  try {
    const files = await octokit.paginate(octokit.rest.pulls.listFiles, {
      owner,
      repo,
      pull_number: pull,
      per_page: 100,
    });
    if (files.length >= most) return undefined;
    return files.flatMap(({ filename, previous_filename: before }) =>
      before === undefined ? [filename] : [filename, before],
    );
  } catch (thrown) {
    throw whyNot(`The files of #${pull} could not be listed`, thrown, 'pull-requests: read');
  }
}
