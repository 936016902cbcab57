import { assertNever } from './assert-never.js';
import { issueAlarm } from './github/alert.js';
import { approvedByEnvironment, runApprovals } from './github/approvals.js';
import { openGithub } from './github/client.js';
import { pullRequestOf } from './github/pull-request.js';
import { approvedByReviews } from './github/reviews.js';
import type { Stage } from './policy/policy.js';
import type { Alarm } from './promotion/monitor.js';
import type { ApprovalVerdict, RunApproval } from './promotion/undertaking.js';
import type { Session } from './session.js';

/**
 * Asks GitHub whether the stage's approval has been given for this run.
 * @param before the run's approvals that a plan found already there: only later ones answer it
 */
export async function askApproval(
  { inputs, context }: Session,
  { approval }: Stage,
  before: readonly RunApproval[],
): Promise<ApprovalVerdict> {
  if (approval === undefined) return { approved: true, approvers: [], how: 'No approval is needed' };
  const github = await openGithub(context, inputs.githubToken);
  const { authors, runId, sha } = context;
  if (github === undefined || runId === undefined) {
    return {
      approved: false,
      reason: 'Nobody can be asked: this does not run on GitHub, or it has no token.',
      cure: "Run it in a GitHub workflow, and leave the input 'github-token' as it is.",
    };
  }
  const { notAuthor } = approval;
  switch (approval.kind) {
    case 'environment': {
      const { environment } = approval;
      return approvedByEnvironment({ github, runId, environment, notAuthor, authors, before });
    }
    case 'reviews': {
      const pull = sha === undefined ? undefined : await pullRequestOf(github, sha);
      return approvedByReviews({ github, pull, min: approval.min, notAuthor, authors });
    }
    default:
      return assertNever(approval, 'kind of approval');
  }
}

/** The run's approvals as they are now, where the stage asks for one; none outside GitHub. */
export async function approvalsSoFar(
  { inputs, context }: Session,
  { approval }: Stage,
): Promise<readonly RunApproval[]> {
  if (approval?.kind !== 'environment' || context.runId === undefined) return [];
  const github = await openGithub(context, inputs.githubToken);
  return github === undefined ? [] : runApprovals(github, context.runId);
}

/** Tells people by an issue in the repository; outside GitHub only the report does. */
export async function openAlarm({ inputs, context, veil }: Session): Promise<Alarm> {
  const github = await openGithub(context, inputs.githubToken);
  const untold = (): Promise<readonly string[]> =>
    Promise.resolve(['No issue was opened: this does not run on GitHub, or it has no token.']);
  if (github === undefined) return { raise: untold, clear: () => Promise.resolve([]) };
  const alarm = issueAlarm(github);
  return {
    raise: (report) => alarm.raise(veil.overData(report)),
    clear: (report) => alarm.clear(veil.overData(report)),
  };
}
