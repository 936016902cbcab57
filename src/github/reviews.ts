import type { ApprovalVerdict } from '../domain/approval.js';
import { type Github, statusOf, githubError } from './client.js';

export interface ReviewQuestion {
  readonly github: Github;
  /** The pull request that brought the commit; undefined where there is none. */
  readonly pull: number | undefined;
  /** How many people must have approved. */
  readonly min: number;
  readonly notAuthor: boolean;
  /** Logins that `notAuthor` leaves out, beside the pull request's author. */
  readonly authors: readonly string[];
  /** ISO 8601: only approvals that were given after this moment count. */
  readonly since?: string;
}

interface Review {
  readonly state: string;
  readonly commit_id?: string | null;
  /** ISO 8601. */
  readonly submitted_at?: string | null;
  readonly user: { readonly login: string; readonly type: string } | null;
}

/**
 * Whether enough people with write access have approved the pull request as it was merged: the latest review of
 * each person counts, and only on the head that was merged.
 * @see https://docs.github.com/rest/pulls/reviews#list-reviews-for-a-pull-request
 * @throws PromotionError `GITHUB_DENIED` where the token may not ask, `GITHUB_ANSWER`
 */
export async function approvedByReviews(question: ReviewQuestion): Promise<ApprovalVerdict> {
  const { github, pull: number, min } = question;
  if (number === undefined) {
    return no(
      'No pull request brought this commit, so nobody has reviewed it.',
      'Change the branch by pull requests only.',
    );
  }
  try {
    return await reviewed(question, github, number, min);
  } catch (thrown) {
    throw githubError(`The reviews of #${number} could not be read`, thrown, 'pull-requests: read');
  }
}

async function reviewed(
  { notAuthor, authors, since }: ReviewQuestion,
  github: Github,
  number: number,
  min: number,
): Promise<ApprovalVerdict> {
  const { octokit, owner, repo } = github;
  const { data: pull } = await octokit.rest.pulls.get({ owner, repo, pull_number: number });
  if (!pull.merged) return no(`The pull request #${number} is not merged.`, 'Merge it first.');
  const { ref, repo: base } = pull.base;
  // Its reviewers saw what it changes there, not what else is there.
  if (ref !== base.default_branch) {
    return no(
      `The pull request #${number} was merged into '${ref}', not into '${base.default_branch}': nobody has reviewed it for that.`,
      `Change '${base.default_branch}' by pull requests to it only.`,
    );
  }
  const reviews: readonly Review[] = await octokit.paginate(octokit.rest.pulls.listReviews, {
    owner,
    repo,
    pull_number: number,
    per_page: 100,
  });
  // The account of the author may be gone.
  const author = (pull.user as { readonly login: string } | null)?.login ?? '';
  const own = new Set([author, ...authors].map((login) => login.toLowerCase()));
  const approvers: string[] = [];
  const others: string[] = [];
  const objectors: string[] = [];
  for (const [login, review] of latest(reviews)) {
    if (review.state === 'DISMISSED') continue;
    const isAuthor = notAuthor && own.has(login.toLowerCase());
    const why = await whyNotCounted(github, review, login, { head: pull.head.sha, isAuthor, since });
    if (review.state === 'APPROVED' && why === undefined) approvers.push(login);
    else if (review.state === 'APPROVED') others.push(`${login} (${why})`);
    else if (why === undefined) objectors.push(login);
  }
  if (objectors.length > 0) {
    return no(
      `${objectors.join(' and ')} ${objectors.length === 1 ? 'has' : 'have'} requested changes to #${number}.`,
      `Settle that, and ask them to approve #${number}.`,
    );
  }
  if (approvers.length >= min) {
    return { approved: true, approvers, how: `Approved by ${approvers.join(' and ')} in the pull request #${number}` };
  }
  const rest = others.length === 0 ? '' : `; not counted: ${others.join(', ')}`;
  return no(
    `${approvers.length} of ${min} reviewers have approved #${number}${approvers.length === 0 ? '' : ` (${approvers.join(', ')})`}${rest}.`,
    since === undefined
      ? 'Have the next change approved before it is merged; reviews count on the head that was merged.'
      : `Ask for a new review of #${number}, or of a new pull request that changes the same: only an approval that is given after ${since} counts.`,
  );
}

function no(reason: string, cure: string): ApprovalVerdict {
  return { approved: false, reason, cure };
}

/** Each person's last word, in the order of GitHub's list, which is that of time; a mere comment is none. */
function latest(reviews: readonly Review[]): ReadonlyMap<string, Review> {
  const last = new Map<string, Review>();
  for (const review of reviews) {
    const said = ['APPROVED', 'CHANGES_REQUESTED', 'DISMISSED'].includes(review.state);
    if (said && review.user !== null) last.set(review.user.login, review);
  }
  return last;
}

async function whyNotCounted(
  github: Github,
  review: Review,
  login: string,
  { head, isAuthor, since }: { readonly head: string; readonly isAuthor: boolean; readonly since: string | undefined },
): Promise<string | undefined> {
  if (review.user?.type === 'Bot') return 'a bot';
  // Requested changes stay requested, whatever was pushed since, and whether an author or another reviewer asked for them.
  if (review.state === 'APPROVED') {
    if (isAuthor) return 'an author';
    if (review.commit_id !== head) return 'approved an earlier commit';
    if (since !== undefined && !isAfter(review.submitted_at, since)) return `approved before ${since}`;
  }
  return (await mayWrite(github, login)) ? undefined : 'has no write access';
}

/** What has no readable date was not given after anything. */
function isAfter(submitted: string | null | undefined, since: string): boolean {
  return Date.parse(submitted ?? '') > Date.parse(since);
}

async function mayWrite({ octokit, owner, repo }: Github, username: string): Promise<boolean> {
  try {
    const { data } = await octokit.rest.repos.getCollaboratorPermissionLevel({ owner, repo, username });
    // `permission` is the base of a role that the organisation has made itself.
    return ['write', 'maintain', 'admin'].some((role) => role === data.permission || role === data.role_name);
  } catch (thrown) {
    if (statusOf(thrown) === 404) return false; // No collaborator at all.
    throw thrown;
  }
}
