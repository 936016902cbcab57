import { assertNever } from '../domain/assert-never.js';
import { PromotionError } from '../domain/errors.js';
import { approvedByEnvironment, runApprovals } from '../github/approvals.js';
import { type Author, authorsOf } from '../github/authors.js';
import { type Github, openGithub } from '../github/client.js';
import { approvedByReviews } from '../github/reviews.js';
import { reviewOfCommit, reviewOfRequest, type VersionReview } from '../github/version-review.js';
import { centralPlace } from '../policy/central-policy.js';
import type { Approval, Policy, Stage } from '../policy/policy.js';
import type { PolicySource } from '../domain/report.js';
import type { PromotionRequest } from '../policy/request-file.js';
import { mismatch } from '../promotion/judge/request.js';
import type { ApprovalVerdict, RunApproval } from '../domain/approval.js';
import type { ModelVersion } from '../domain/version.js';
import type { RunContext } from './context.js';

export interface ApprovalQuestion {
  readonly stage: Stage;
  readonly policy: Policy;
  readonly source: PolicySource;
  /** What is to be approved: an approval is of a version. */
  readonly candidate: ModelVersion;
  /** Reads the promotion request that is merged, where the stage has one. */
  readonly request: (() => Promise<PromotionRequest>) | undefined;
  /** The run's approvals that a plan found already there: only later ones answer it. */
  readonly before: readonly RunApproval[];
  /** ISO 8601: an approval that was given before this moment does not count. */
  readonly since: string | undefined;
  /** Who started what made the plan. */
  readonly planned: readonly string[];
}

/**
 * Asks GitHub whether the stage's approval has been given for that version. What GitHub does not let us see is no
 * approval.
 * @throws PromotionError `GITHUB_ANSWER`, `REQUEST_INVALID`
 */
export async function askApproval(run: RunContext, question: ApprovalQuestion): Promise<ApprovalVerdict> {
  const { approval } = question.stage;
  if (approval === undefined) return { approved: true, approvers: [], how: 'No approval is needed' };
  if (run.context.origin === 'local') return approvedLocally(run, approval, question.policy);
  const github = await openGithub(run.context, run.inputs.githubToken);
  if (github === undefined || run.context.runId === undefined) {
    return no(
      'Nobody can be asked: this does not run on GitHub, or it has no token.',
      "Run it in a GitHub workflow, and leave the input 'github-token' as it is.",
    );
  }
  try {
    return await asked(run, github, run.context.runId, approval, question);
  } catch (thrown) {
    if (!(thrown instanceof PromotionError) || !['GITHUB_DENIED', 'REQUEST_MISSING'].includes(thrown.code))
      throw thrown;
    return no(thrown.message, thrown.cure ?? '');
  }
}

/** At a terminal nobody else can be asked: its user approves, where the policy lets that count. */
function approvedLocally(
  { context: { actor = '' } }: RunContext,
  { notAuthor }: Approval,
  { local }: Policy,
): ApprovalVerdict {
  if (local !== 'allow') {
    return no(
      'The stage needs an approval, and a terminal cannot ask for one.',
      "Promote it in a workflow; or the policy says 'local: allow', and then the terminal's user approves.",
    );
  }
  if (notAuthor) {
    return no(
      `The stage asks for the approval of another person ('not_author: true'), and ${actor} starts this run.`,
      'Promote it in a workflow.',
    );
  }
  return { approved: true, approvers: [actor], how: `Approved by ${actor} at a terminal, as 'local: allow' lets it` };
}

async function asked(
  run: RunContext,
  github: Github,
  runId: string,
  approval: Approval,
  question: ApprovalQuestion,
): Promise<ApprovalVerdict> {
  const { notAuthor } = approval;
  switch (approval.kind) {
    case 'environment': {
      const { environment } = approval;
      const authors = await authorsFor(run, github, notAuthor, question);
      const logins = authors.map(({ login }) => login);
      const { before } = question;
      const verdict = approvedByEnvironment({ github, runId, environment, notAuthor, authors: logins, before });
      return withAuthors(await verdict, authors);
    }
    case 'reviews': {
      const review = await reviewOf(github, question);
      if (!review.found) return no(review.reason, review.cure);
      const authors = [...review.authors, ...(await authorsFor(run, github, notAuthor, question))];
      const logins = authors.map(({ login }) => login);
      const { pull, of } = review;
      const since = question.since === undefined ? {} : { since: question.since };
      const verdict = await approvedByReviews({
        github,
        pull,
        min: approval.min,
        notAuthor,
        authors: logins,
        ...since,
      });
      if (verdict.approved) return { ...verdict, how: `${verdict.how}, which ${of}` };
      return withAuthors(verdict, notAuthor ? authors : []);
    }
    default:
      return assertNever(approval, 'kind of approval');
  }
}

/** The pull request whose reviews are of the candidate. */
async function reviewOf(github: Github, { candidate, request }: ApprovalQuestion): Promise<VersionReview> {
  if (request !== undefined) {
    const given = await request();
    const wrong = mismatch(given, candidate);
    return wrong === undefined ? reviewOfRequest(github, given) : { found: false, ...wrong };
  }
  const { commit, source, model, version } = candidate;
  // Only where the version is a commit: elsewhere it is what somebody has said of it.
  if (commit !== undefined && commit === source) return reviewOfCommit(github, commit, `${model} ${version}`);
  return {
    found: false,
    reason: `${model} ${version} is no commit, so no pull request's reviewers have seen it.`,
    cure: "Add 'request' to the policy's 'reviews'.",
  };
}

/** Nobody, where the policy lets authors approve: then nothing need be asked. */
async function authorsFor(
  { inputs, context: { authors, sha } }: RunContext,
  github: Github,
  notAuthor: boolean,
  { candidate, policy, source, planned }: ApprovalQuestion,
): Promise<readonly Author[]> {
  if (!notAuthor) return [];
  const own = centralPlace(inputs.policy) === undefined ? [source.path] : [];
  return authorsOf({
    github,
    starters: [...authors, ...planned],
    versionCommit: candidate.commit,
    runCommit: sha,
    judges: [...own, ...policy.trusted],
  });
}

/** Why GitHub's logins are authors is not to be seen from a verdict otherwise. */
function withAuthors(verdict: ApprovalVerdict, authors: readonly Author[]): ApprovalVerdict {
  if (verdict.approved || authors.length === 0) return verdict;
  const told = new Map<string, string>();
  for (const { login, why } of authors)
    if (!told.has(login.toLowerCase())) told.set(login.toLowerCase(), `${login} (${why})`);
  return { ...verdict, reason: `${verdict.reason} Authors: ${[...told.values()].join(', ')}.` };
}

function no(reason: string, cure: string): ApprovalVerdict {
  return { approved: false, reason, cure };
}

/**
 * The run's approvals as they are now, where the stage asks for one; none outside GitHub, and none in a run for what is
 * not merged: no plan of it can be applied, so there is nothing that an approval could answer.
 */
export async function approvalsSoFar(
  { inputs, context }: RunContext,
  { approval }: Stage,
): Promise<readonly RunApproval[]> {
  if (approval?.kind !== 'environment' || context.runId === undefined || context.isPullRequest) return [];
  const github = await openGithub(context, inputs.githubToken);
  return github === undefined ? [] : runApprovals(github, context.runId);
}
