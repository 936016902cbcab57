import type { ModelVersion } from '../domain/version.js';
import type { Report } from '../domain/report.js';
import type { PreconditionResult } from '../domain/check.js';
import { move } from './move/move.js';
import { approvalGiven } from './judge/preconditions.js';
import { measuredMetrics } from './move/record.js';
import { afterRecovery, type Left, undoLeft } from './recovery/recover.js';
import type { Undertaking } from './context.js';
import type { ApprovalVerdict } from '../domain/approval.js';
import { isLatest, judge } from './judge/judge.js';
import { markRejected } from './move/reject.js';

/**
 * Judges a version for a stage and, when nothing stands against it, moves it there.
 * @param version as the user named it
 * Throws what cannot be told as a verdict: unknown names, an unreachable registry.
 */
export function promote(undertaking: Undertaking, version: string): Promise<Report> {
  const part = { stage: undertaking.stage.name };
  return afterRecovery(undertaking, (left) => judgeAndMove(undertaking, version, left), part);
}

async function judgeAndMove(undertaking: Undertaking, version: string, left: Left): Promise<Report> {
  const { stage, policy, dryRun } = undertaking;
  let approval: ApprovalVerdict | undefined;
  // Asked of the version, and so once it is known which one.
  const approved = async (candidate: ModelVersion): Promise<readonly PreconditionResult[]> => {
    if (stage.approval === undefined || dryRun) return [];
    approval = await undertaking.approval(candidate);
    return [approvalGiven(approval)];
  };
  // What another run had all but done was finished here: it is this one's to tell of.
  const { finished } = left;
  const wanted = isLatest(version) && finished?.stage === stage.name ? finished.version : version;
  const { report, standing, evidence } = await judge(undertaking, wanted, approved);
  if (standing === undefined || report.alreadyThere || dryRun) return report;
  // A version that had no business here yet was not found wanting.
  const entitled = report.checks.every(({ kind, outcome }) => kind !== 'precondition' || outcome === 'passed');
  if (report.decision === 'reject' && entitled) {
    // Last of all, or what is undone would have the last word on it.
    const undone = await undoLeft(undertaking, left);
    const noted = { ...report, notes: [...report.notes, ...undone] };
    return markRejected(undertaking, standing, noted, evidence);
  }
  if (report.decision !== 'promote') return report;
  const given = {
    judged: report,
    evidence,
    approvers: approversOf(approval),
    metrics: measuredMetrics(policy, stage, report.checks),
    replaced: stage.archive === 'previous' ? ('archived' as const) : undefined,
    ...(undertaking.reason === undefined ? {} : { reason: undertaking.reason }),
  };
  return move(undertaking, standing, given, left);
}

function approversOf(approval: ApprovalVerdict | undefined): readonly string[] {
  return approval?.approved === true ? approval.approvers : [];
}
