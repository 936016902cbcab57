import { listKnownNames } from '../domain/suggest.js';
import type { ApprovalVerdict, RunApproval } from '../domain/approval.js';
import { type Github, statusOf, githubError } from './client.js';

/** How an environment is protected; for one that does not exist, what to say of it. */
export type EnvironmentRules = { readonly exists: false; readonly reason: string } | Protection;
export interface Protection {
  readonly exists: true;
  readonly name: string;
  /** Whether it has a required reviewer, a person or a team. */
  readonly reviewed: boolean;
  readonly preventSelfReview: boolean;
  readonly kinds: readonly string[];
}

export interface EnvironmentQuestion {
  readonly github: Github;
  readonly runId: string;
  readonly environment: string;
  readonly notAuthor: boolean;
  /** Logins that `notAuthor` leaves out. */
  readonly authors: readonly string[];
  /** The run's approvals that were there before the plan: they were given for something else. */
  readonly before: readonly RunApproval[];
}

/**
 * The reviews of a run's jobs that waited for an environment, in GitHub's order.
 * @see https://docs.github.com/rest/actions/workflow-runs#get-the-review-history-for-a-workflow-run
 * @throws PromotionError `GITHUB_DENIED` where the token may not ask, `GITHUB_ANSWER`
 */
export async function runApprovals({ octokit, owner, repo }: Github, runId: string): Promise<readonly RunApproval[]> {
  try {
    const { data } = await octokit.rest.actions.getReviewsForRun({ owner, repo, run_id: Number(runId) });
    return data.map(({ state, user, environments, comment }) => ({
      state,
      user: (user as { readonly login: string } | null)?.login ?? '',
      environments: environments.flatMap(({ name }) => name ?? []),
      comment,
    }));
  } catch (thrown) {
    throw githubError("The run's approvals could not be read", thrown, 'actions: read');
  }
}

/**
 * Whether a required reviewer of the environment has approved this run since the plan was made. An environment
 * without required reviewers lets every job through, so being in it says nothing.
 * @throws PromotionError as `runApprovals`
 */
export async function approvedByEnvironment(question: EnvironmentQuestion): Promise<ApprovalVerdict> {
  const { github, runId, environment, notAuthor, authors, before } = question;
  const rules = await environmentRules(github, environment);
  if (!rules.exists)
    return no(rules.reason, "Correct the policy's 'approval', or make the environment in the repository's settings.");
  if (!rules.reviewed)
    return no(
      `The environment '${environment}' has no required reviewer${rules.kinds.length === 0 ? '' : ` (only ${rules.kinds.join(', ')})`}: it lets every job through, so it approves nothing.`,
      "Add 'Required reviewers' to it in the repository's settings, under Environments; a private repository needs a plan that has them.",
    );
  const isMeant = (name: string): boolean => name.toLowerCase() === rules.name.toLowerCase();
  const named = (await runApprovals(github, runId)).filter(({ environments }) => environments.some(isMeant));
  const since = without(named, before);
  // GitHub promises no order, so a rejection cannot be known to be answered by an approval.
  const rejection = since.find(({ state }) => state === 'rejected');
  if (rejection !== undefined) {
    return no(
      `${rejection.user || 'A deleted account'} rejected the run for the environment '${environment}'.`,
      "When that is settled, run the gate again, or start a new run where 'promote' has no gate.",
    );
  }
  const approved = since.filter(({ state, user }) => state === 'approved' && user !== '');
  const whose = [...new Set(approved.map(({ user }) => user))];
  const own = new Set(notAuthor ? authors.map((author) => author.toLowerCase()) : []);
  const approvers = whose.filter((user) => !own.has(user.toLowerCase()));
  if (approvers.length > 0) {
    const how = `Approved by ${approvers.join(' and ')} for the environment '${environment}'`;
    return { approved: true, approvers, how };
  }
  if (whose.length > 0)
    return no(
      `Only ${whose.join(' and ')} ${whose.length === 1 ? 'has approved it, who is an author' : 'have approved it, who are authors'} of what is judged, and the policy says 'not_author'.`,
      `Let another reviewer of the environment '${environment}' approve it.${rules.preventSelfReview ? '' : " With 'Prevent self-review' in its settings, GitHub itself keeps the person who started a run from it."}`,
    );
  return no(
    `Nobody has approved this run for the environment '${environment}'${before.length === 0 ? '' : ' since the plan was made'}.`,
    `Give the job 'environment: ${environment}', so that it waits for a reviewer.`,
  );
}

const no = (reason: string, cure: string): ApprovalVerdict => ({ approved: false, reason, cure });

/** Those of `all` that are not among `earlier`; a run tried again may be approved by the same person in the same words. */
function without(all: readonly RunApproval[], earlier: readonly RunApproval[]): readonly RunApproval[] {
  const key = ({ state, user, environments, comment }: RunApproval): string =>
    JSON.stringify([state, user, [...environments].sort(), comment]);
  const left = earlier.map(key);
  return all.filter((approval) => {
    const index = left.indexOf(key(approval));
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}

/**
 * How an environment is protected, or which environments there are instead.
 * @see https://docs.github.com/rest/deployments/environments#get-an-environment
 * @throws PromotionError as `runApprovals`
 */
export async function environmentRules(github: Github, environment: string): Promise<EnvironmentRules> {
  const { octokit, owner, repo } = github;
  try {
    const { data } = await octokit.rest.repos.getEnvironment({ owner, repo, environment_name: environment });
    const rules = data.protection_rules ?? [];
    const review = rules.find((rule) => 'reviewers' in rule && (rule.reviewers ?? []).length > 0);
    return {
      exists: true,
      name: data.name,
      reviewed: review?.type === 'required_reviewers',
      preventSelfReview:
        review !== undefined && 'prevent_self_review' in review && (review.prevent_self_review ?? false),
      kinds: rules.map(({ type }) => type),
    };
  } catch (thrown) {
    if (statusOf(thrown) !== 404)
      throw githubError(`The environment '${environment}' could not be read`, thrown, 'actions: read');
  }
  const others = listKnownNames('environments', environment, await environmentNames(github));
  return { exists: false, reason: `The repository has no environment '${environment}'. ${others}` };
}

/** @see https://docs.github.com/rest/deployments/environments#list-environments */
async function environmentNames({ octokit, owner, repo }: Github): Promise<readonly string[]> {
  try {
    const all = await octokit.paginate(octokit.rest.repos.getAllEnvironments, { owner, repo, per_page: 100 });
    // Octokit unwraps every list, but its types do not say so where the list may be missing.
    return (all as unknown as readonly { readonly name: string }[]).map(({ name }) => name);
  } catch (thrown) {
    throw githubError('The environments could not be read', thrown, 'actions: read');
  }
}
