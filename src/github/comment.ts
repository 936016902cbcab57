import { createHash } from 'node:crypto';
import { statusOf, type Github } from './client.js';
import { createOnce } from './create-once.js';

/** What one comment may hold. https://github.com/orgs/community/discussions/27190 */
export const commentLimit = 65_536;

/** The hidden mark of the comment for one model and stage; hashed, because names come from outside. */
export function marker(model: string, stage: string): string {
  const key = createHash('sha256')
    .update(JSON.stringify([model, stage.toLowerCase()]))
    .digest('hex')
    .slice(0, 24);
  return `<!-- gated-model-promotion:${key} -->`;
}

/**
 * The marks under which this model and stage may have been told before, the own one first: a run that failed
 * before it knew its model has commented under less, and what it said is to be taken back by the next.
 */
export function earlierMarkers(model: string, stage: string): readonly string[] {
  return [...new Set([marker(model, stage), marker('', stage), marker('', '')])];
}

interface Comment {
  readonly id: number;
  readonly body?: string | undefined;
  readonly user: { readonly login: string; readonly type: string } | null;
}

/**
 * Our own comments that begin with one of the marks, in the marks' order. All pages are searched. A mark that
 * another account wrote is not ours: taken over, it would carry our verdict, and its author could edit it.
 */
export async function findComments(
  github: Github,
  number: number,
  marks: readonly string[],
): Promise<readonly Comment[]> {
  const { octokit, owner, repo } = github;
  const comments: readonly Comment[] = await octokit.paginate(octokit.rest.issues.listComments, {
    owner,
    repo,
    issue_number: number,
    per_page: 100,
  });
  const marked = marks.flatMap((mark) => comments.filter(({ body }) => body?.startsWith(mark) === true));
  if (marked.length === 0) return [];
  const login = await ownLogin(github);
  return marked.filter(({ user }) => (login === undefined ? user?.type === 'Bot' : user?.login === login));
}

/**
 * Who the token is. A workflow's own token and an app's may not ask for their user, but GraphQL's `viewer`
 * answers them; where neither answers, any bot's comment is taken for ours, and no person's.
 */
export async function ownLogin({ octokit }: Github): Promise<string | undefined> {
  const ways = [
    async () => (await octokit.graphql<{ viewer: { login: string } }>('{ viewer { login } }')).viewer.login,
    async () => (await octokit.rest.users.getAuthenticated()).data.login,
  ];
  for (const ask of ways) {
    try {
      return await ask();
    } catch {
      continue; // Decided by the kind of account in the end: see above.
    }
  }
  return undefined;
}

/** Updates our comment where there is one, else creates it, unless `onlyUpdate`. There is never more than one. */
export async function putComment(
  github: Github,
  number: number,
  marks: readonly string[],
  body: string,
  onlyUpdate: boolean,
): Promise<void> {
  const { octokit, owner, repo } = github;
  const text = `${marks[0] ?? ''}\n${body}`;
  const [existing, ...repeated] = await findComments(github, number, marks);
  // Two runs at once may each have made one, or a failed run one under less than it should have known.
  for (const { id } of repeated) await removeComment(github, id);
  if (existing !== undefined) {
    if (existing.body === text) return;
    await octokit.rest.issues.updateComment({ owner, repo, comment_id: existing.id, body: text });
  } else if (!onlyUpdate) {
    await createOnce(
      async () => (await octokit.rest.issues.createComment({ owner, repo, issue_number: number, body: text })).data,
      async () => (await findComments(github, number, marks)).find((comment) => comment.body === text),
    );
  }
}

async function removeComment({ octokit, owner, repo }: Github, id: number): Promise<void> {
  try {
    await octokit.rest.issues.deleteComment({ owner, repo, comment_id: id });
  } catch (thrown) {
    if (statusOf(thrown) !== 404) throw thrown; // Gone is what was wanted.
  }
}
