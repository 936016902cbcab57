import { posix } from 'node:path';
import { PromotionError } from '../domain/errors.js';
import type { CentralPlace } from '../policy/central-policy.js';
import { openGithub, statusOf, githubError, type Github } from './client.js';
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
      throw githubError(`The policy '${path}' could not be read`, thrown, 'contents: read');
    }
  };
}

/**
 * Reads a policy of another repository: what its ref is now, at that commit.
 * @throws PromotionError `POLICY_MISSING` naming what of it does not exist; `GITHUB_DENIED`, `GITHUB_ANSWER`
 */
export async function readCentral(github: Github, { owner, repo, path, ref }: CentralPlace): Promise<FileAtTip> {
  const where = `${owner}/${repo}`;
  const { rest } = github.octokit;
  await asked(
    rest.repos.get({ owner, repo }),
    `The policy's repository '${where}' does not exist, or the token may not see it.`,
    "A workflow's own token sees its own and public repositories: give 'github-token' one of a GitHub App that may read this one.",
  );
  const commit = await asked(
    rest.repos.getCommit({ owner, repo, ref }),
    `The policy's repository '${where}' has no '${ref}'.`,
    'Name a branch, a tag or a whole commit of it behind the @.',
  );
  const { data } = await asked(
    rest.repos.getContent({ owner, repo, path, ref: commit.data.sha }),
    `There is no policy at '${path}' in ${where} at '${ref}' (${commit.data.sha.slice(0, 8)}).`,
    "Correct the input 'policy'.",
  );
  if (Array.isArray(data) || data.type !== 'file' || !('content' in data) || data.encoding !== 'base64') {
    throw new PromotionError('POLICY_MISSING', `'${path}' in ${where} is no file that can be read as a policy.`, {
      cure: "Correct the input 'policy'; a file of more than 1 MB is none, either.",
    });
  }
  return { text: Buffer.from(data.content, 'base64').toString('utf8'), commit: commit.data.sha, branch: ref };
}

/** What stands at a path of a commit; a link is never followed. */
export interface FileThere {
  /** Undefined where there is no such file. */
  readonly text: string | undefined;
  readonly isLink: boolean;
  /** e.g. `main (1a2b3c4d)` */
  readonly where: string;
}

/**
 * A file at a commit, or at the default branch's tip. GitHub gives what a link leads to: only the list of its folder tells
 * one, and what that does not list counts as one.
 * @throws PromotionError `GITHUB_DENIED`, `GITHUB_ANSWER`
 */
export async function fileAt(
  { octokit: { rest }, owner, repo }: Github,
  path: string,
  given: { readonly commit: string; readonly name: string } | undefined,
): Promise<FileThere> {
  try {
    const name = given?.name ?? (await rest.repos.get({ owner, repo })).data.default_branch;
    const ref = given?.commit ?? (await rest.repos.getBranch({ owner, repo, branch: name })).data.commit.sha;
    const where = `${name} (${ref.slice(0, 8)})`;
    const text = await textAt({ rest, owner, repo }, path, ref);
    if (text === undefined) return { text, where, isLink: false };
    const folder = posix.dirname(path);
    const { data: list } = await rest.repos.getContent({ owner, repo, path: folder === '.' ? '' : folder, ref });
    const entry = Array.isArray(list) ? list.find((each) => each.path === path) : undefined;
    return { text, where, isLink: entry?.type !== 'file' };
  } catch (thrown) {
    throw githubError(`The promotion request '${path}' could not be read`, thrown, 'contents: read');
  }
}

/** The text of a file at a commit; undefined where there is none. Throws what Octokit throws. */
export async function textAt(
  { rest, owner, repo }: { readonly rest: Github['octokit']['rest']; readonly owner: string; readonly repo: string },
  path: string,
  ref: string,
): Promise<string | undefined> {
  try {
    const { data } = await rest.repos.getContent({ owner, repo, path, ref });
    if (Array.isArray(data) || data.type !== 'file' || !('content' in data)) return undefined;
    return Buffer.from(data.content, 'base64').toString('utf8');
  } catch (thrown) {
    if (statusOf(thrown) === 404) return undefined;
    throw thrown;
  }
}

async function asked<T>(answer: Promise<T>, missing: string, cure: string): Promise<T> {
  try {
    return await answer;
  } catch (thrown) {
    // GitHub says 422 of a ref that cannot be one.
    if ([404, 409, 422].includes(statusOf(thrown) ?? 0)) throw new PromotionError('POLICY_MISSING', missing, { cure });
    throw githubError('The central policy could not be read', thrown, 'contents: read');
  }
}

/** Whether a commit is in the history of the repository's default branch. Throws `GITHUB_DENIED`, `GITHUB_ANSWER`. */
export async function isMerged({ octokit, owner, repo }: Github, commit: string): Promise<boolean> {
  try {
    const { data: home } = await octokit.rest.repos.get({ owner, repo });
    const basehead = `${home.default_branch}...${commit}`;
    const { data } = await octokit.rest.repos.compareCommitsWithBasehead({ owner, repo, basehead, per_page: 1 });
    return data.status === 'behind' || data.status === 'identical';
  } catch (thrown) {
    if (statusOf(thrown) === 404) return false;
    throw githubError('Whether the workflow is of the default branch could not be found out', thrown, 'contents: read');
  }
}
