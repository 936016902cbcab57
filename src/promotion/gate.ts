import { unregisteredOf } from './judge/resolve.js';
import type { PromotionContext } from './context.js';
import { judge, type Judgement, judgeUnregistered } from './judge/judge.js';
import type { Stage } from '../policy/policy.js';

/**
 * Judges and writes nothing to the registry. An approval that the stage asks for is still to come: it is no hold,
 * and it answers what only a person can decide.
 */
export async function gate(work: PromotionContext, version: string): Promise<Judgement> {
  const given = unregisteredOf(version);
  if (given !== undefined) return judgeUnregistered(work, given);
  const judgement = await judge(work, version);
  const { report } = judgement;
  const answerable =
    report.decision === 'hold' &&
    report.checks.every((check) => check.outcome !== 'inconclusive' || check.kind !== 'precondition');
  const approvalRequired =
    work.stage.approval !== undefined && !report.alreadyThere && (report.decision === 'promote' || answerable);
  const request = requestOf(work.stage);
  const ofGate = { approvalRequired, ...(request === undefined ? {} : { request }) };
  return { ...judgement, report: work.report.add(ofGate).current };
}

function requestOf({ approval }: Stage): string | undefined {
  return approval?.kind === 'reviews' ? approval.request : undefined;
}
