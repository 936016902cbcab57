import { githubError, type Github } from './client.js';

/** GitHub lists no more. https://docs.github.com/rest/pulls/pulls#list-pull-requests-files */
const most = 3000;

/**
 * The files that a pull request touches, a renamed one by both names; undefined where GitHub does not list them all.
 * @throws PromotionError `GITHUB_DENIED`, `GITHUB_ANSWER`
 */
export async function changedFiles(
  { octokit, owner, repo }: Github,
  pull: number,
): Promise<readonly string[] | undefined> {
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
    throw githubError(`The files of pull request #${pull} were not listed`, thrown, 'pull-requests: read');
  }
}
