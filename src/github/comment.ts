import { createHash } from 'node:crypto';
import type { Github } from './client.js';

/** What one comment may hold. https://github.com/orgs/community/discussions/27190 */
export const commentLimit = 65_536;

/** The hidden mark of the comment for one model and stage; hashed, because names come from outside. */
export function marker(model: string, stage: string): string {
  const key = createHash('sha256').update(JSON.stringify([model, stage])).digest('hex').slice(0, 24);
  return `<!-- gated-model-promotion:${key} -->`;
}

interface Comment {
  readonly id: number;
  readonly body?: string | undefined;
  readonly user: { readonly login: string; readonly type: string } | null;
}

/** Our own comment on a pull request; all pages are searched, and a marker that somebody else wrote is not ours. */
export async function findComment(github: Github, number: number, mark: string): Promise<Comment | undefined> {
  const { octokit, owner, repo } = github;
  const comments = await octokit.paginate(octokit.rest.issues.listComments, { owner, repo, issue_number: number, per_page: 100 });
  const marked = comments.filter((comment) => comment.body?.startsWith(mark) === true);
  if (marked.length === 0) return undefined;
  const login = await ownLogin(github);
  return marked.find((comment) => (login === undefined ? comment.user?.type === 'Bot' : comment.user?.login === login));
}

/** Who the token is; a workflow's own token may not ask, and writes as a bot. */
async function ownLogin({ octokit }: Github): Promise<string | undefined> {
  try {
    return (await octokit.rest.users.getAuthenticated()).data.login;
  } catch {
    return undefined; // An app's token: its comments are a bot's.
  }
}

/** Updates the comment where there is one, else creates it, unless `onlyUpdate`. */
export async function putComment(github: Github, number: number, mark: string, body: string, onlyUpdate: boolean): Promise<void> {
  const { octokit, owner, repo } = github;
  const text = `${mark}\n${body}`;
  const existing = await findComment(github, number, mark);
  if (existing !== undefined) {
    if (existing.body !== text) await octokit.rest.issues.updateComment({ owner, repo, comment_id: existing.id, body: text });
  } else if (!onlyUpdate) {
    await octokit.rest.issues.createComment({ owner, repo, issue_number: number, body: text });
  }
}

/** The pull request that brought a commit to its branch, or undefined. */
export async function pullRequestOf(github: Github, sha: string): Promise<number | undefined> {
  const { octokit, owner, repo } = github;
  const { data } = await octokit.rest.repos.listPullRequestsAssociatedWithCommit({ owner, repo, commit_sha: sha });
  const merged = data.find((pull) => pull.merge_commit_sha === sha);
  return (merged ?? data[0])?.number;
}
