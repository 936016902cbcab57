import type { ModelVersion } from '../domain/version.js';
import type { Report } from '../domain/report.js';
import type { PreconditionResult } from '../domain/check.js';
import { move } from './move/move.js';
import { approvalGiven } from './judge/preconditions.js';
import { measuredMetrics } from './move/record.js';
import type { OpenOperation } from './operation/open-operation.js';
import { recoverFirst, undoAfter, undoOpen, undoUnlessSame } from './recovery/recover.js';
import type { PromotionContext } from './context.js';
import type { ApprovalVerdict } from '../domain/approval.js';
import { isLatest, judge } from './judge/judge.js';
import { markRejected } from './move/reject.js';

/**
 * Judges a version for a stage and, when nothing stands against it, moves it there.
 * @param version as the user named it
 * Throws what cannot be told as a verdict: unknown names, an unreachable registry.
 */
export async function promote(work: PromotionContext, version: string): Promise<Report> {
  const open = await recoverFirst(work, { stage: work.stage.name });
  return undoAfter(work, open, judgeAndMove(work, version, open));
}

async function judgeAndMove(work: PromotionContext, version: string, open: OpenOperation): Promise<Report> {
  const { stage, policy, dryRun } = work;
  let approval: ApprovalVerdict | undefined;
  // Asked of the version, and so once it is known which one.
  const approved = async (candidate: ModelVersion): Promise<readonly PreconditionResult[]> => {
    if (stage.approval === undefined || dryRun) return [];
    approval = await work.approval(candidate);
    return [approvalGiven(approval)];
  };
  // What another run had all but done was finished here: it is this one's to tell of.
  const { finished } = open;
  const wanted = isLatest(version) && finished?.stage === stage.name ? finished.version : version;
  const { report, currentState, evidence } = await judge(work, wanted, approved);
  if (currentState === undefined || report.alreadyThere || dryRun) return report;
  // A version that had no business here yet was not found wanting.
  const entitled = report.checks.every(({ kind, outcome }) => kind !== 'precondition' || outcome === 'passed');
  if (report.decision === 'reject' && entitled) {
    // Last of all, or what is undone would have the last word on it.
    work.report.note(...(await undoOpen(work, open)));
    return markRejected(work, currentState, report, evidence);
  }
  if (report.decision !== 'promote') return report;
  const given = {
    why: report.reason,
    evidence,
    approvers: approversOf(approval),
    metrics: measuredMetrics(policy, stage, report.checks),
    replaced: stage.archive === 'previous' ? ('archived' as const) : undefined,
    ...(work.reason === undefined ? {} : { reason: work.reason }),
  };
  return (await undoUnlessSame(work, currentState, open)) ?? move(work, currentState, given, open);
}

function approversOf(approval: ApprovalVerdict | undefined): readonly string[] {
  return approval?.approved === true ? approval.approvers : [];
}
