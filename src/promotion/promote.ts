import { asInput } from '../cure.js';
import { asPromotionError } from '../errors.js';
import type { Operation } from '../log/operation.js';
import type { Stage } from '../policy/policy.js';
import { fingerprintOf } from '../registry/identity.js';
import type { ModelVersion, Unregistered } from '../registry/registry.js';
import { decide } from '../verdict/decide.js';
import type { PreconditionResult, Report } from '../verdict/verdict.js';
import { alreadyThere, draftReport } from './draft.js';
import { anchorsOf, examine } from './examine.js';
import { firstRecords, firstUseNotes } from './first-use.js';
import { move } from './move.js';
import { approvalGiven, isUnknownModel, preconditions } from './preconditions.js';
import { measuredMetrics, recordBase, tagsOf } from './record.js';
import { inWords } from './interrupted.js';
import { afterRecovery, undoLeft, type Left } from './recover.js';
import { latestFor, type Nothing } from './latest.js';
import { isRequest, requested, requestFor } from './request.js';
import { resolveVersion, unregisteredOf } from './resolve.js';
import { isThere, standingOf } from './standing.js';
import { stateOf } from './states.js';
import type { ApprovalVerdict, Standing, Undertaking } from './undertaking.js';

/** A judgement and what it stands on. */
export interface Judgement {
  readonly report: Report;
  /** Undefined where there was nothing to judge. */
  readonly standing: Standing | undefined;
  /** Digest of the sealed evidence. */
  readonly evidence: string;
}

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

/**
 * Judges and writes nothing to the registry. An approval that the stage asks for is still to come: it is no hold,
 * and it answers what only a person can decide.
 */
export async function gate(undertaking: Undertaking, version: string): Promise<Judgement> {
  const given = unregisteredOf(version);
  if (given !== undefined) return judgeUnregistered(undertaking, given);
  const judgement = await judge(undertaking, version);
  const { report } = judgement;
  const answerable =
    report.decision === 'hold' &&
    report.checks.every((check) => check.outcome !== 'inconclusive' || check.kind !== 'precondition');
  const approvalRequired =
    undertaking.stage.approval !== undefined && !report.alreadyThere && (report.decision === 'promote' || answerable);
  const request = requestOf(undertaking.stage);
  return { ...judgement, report: { ...report, approvalRequired, ...(request === undefined ? {} : { request }) } };
}

function requestOf({ approval }: Stage): string | undefined {
  return approval?.kind === 'reviews' ? approval.request : undefined;
}

/** What has no version yet is judged by the checks alone: it cannot be moved, so nothing stands in its way. */
async function judgeUnregistered(undertaking: Undertaking, given: Unregistered): Promise<Judgement> {
  const { registry, model } = undertaking;
  const candidate = await registry.unregistered(model, given);
  const standing = await standingOf(undertaking, candidate).catch((thrown: unknown): Standing => {
    if (!isUnknownModel(thrown)) throw thrown;
    return { candidate, champion: undefined, previous: undefined, history: undefined };
  });
  const draft = draftReport(undertaking, standing);
  const begun: Report = {
    ...draft,
    notes: [...draft.notes, "It is not registered yet: 'command: register' makes a version of it."],
  };
  undertaking.progress(begun);
  return concluded(undertaking, standing, begun, []);
}

/** Judges and seals the evidence. */
async function judge(
  undertaking: Undertaking,
  version: string,
  more: (candidate: ModelVersion) => Promise<readonly PreconditionResult[]> = () => Promise.resolve([]),
): Promise<Judgement> {
  const { registry, policy, model, now } = undertaking;
  const asked = isRequest(version) ? await requested(undertaking) : undefined;
  const chosen =
    asked ??
    (isLatest(version) ? await latestFor(undertaking) : await resolveVersion(registry, policy, model, version));
  if ('decision' in chosen) return nothing(undertaking, chosen);
  const { version: candidate, remarks } = chosen;
  const standing = await standingOf(undertaking, candidate);
  const draft = draftReport(undertaking, standing);
  const begun: Report = { ...draft, identity: fingerprintOf(candidate), notes: [...draft.notes, ...remarks] };
  undertaking.progress(begun);
  if (isThere(undertaking.stage, standing)) {
    const open = await registry.operation(model);
    const report =
      open?.stage === undertaking.stage.name ? notSettled(begun, now, open) : alreadyThere(begun, now, standing);
    return { report, standing, evidence: await undertaking.seal(report) };
  }
  const met = [
    ...(asked === undefined ? [] : [requestFor(asked.request, candidate)]),
    ...(await preconditions(undertaking, standing)),
    ...(await more(candidate)),
  ];
  return concluded(undertaking, standing, begun, met);
}

function isLatest(version: string): boolean {
  return version.toLowerCase() === 'latest';
}

/** There is no version to judge: a success that changes nothing, unless the stage is not as the log says. */
async function nothing(undertaking: Undertaking, { previous, ...why }: Nothing): Promise<Judgement> {
  const { stage, policy, now } = undertaking;
  const standing = previous === undefined || previous.isGone === true ? {} : { previous };
  const champion = stage.name === policy.champion && 'previous' in standing ? { champion: previous } : {};
  const draft = draftReport(undertaking, { ...standing, ...champion });
  const report: Report = { ...draft, ...why, endedAt: now().toISOString() };
  undertaking.progress(report);
  return { report, standing: undefined, evidence: await undertaking.seal(report) };
}

/** Who holds the stage while an operation is open there may have to leave it again. */
function notSettled(draft: Report, now: () => Date, open: Operation): Report {
  return {
    ...draft,
    decision: 'hold',
    reason: `${inWords(open)} has not ended: whether it stays in ${open.stage ?? ''} is not known yet.`,
    cure: "Run again when it has ended; 'command: status' shows how far it is. A run that writes finishes or undoes what was interrupted.",
    endedAt: now().toISOString(),
  };
}

async function concluded(
  undertaking: Undertaking,
  standing: Standing,
  begun: Report,
  met: readonly PreconditionResult[],
): Promise<Judgement> {
  const { now } = undertaking;
  const anchors = await anchorsOf(undertaking);
  const checks = await examine(undertaking, standing, met, anchors);
  const compared = new Map([...anchors].map(([name, { version }]) => [name, version]));
  const report: Report = {
    ...begun,
    ...decide(checks),
    checks,
    ...(compared.size === 0 ? {} : { anchors: compared }),
    endedAt: now().toISOString(),
  };
  undertaking.progress(report);
  return { report, standing, evidence: await undertaking.seal(report) };
}

/** Records that the version was judged and found wanting. The verdict stands where that cannot be recorded. */
async function markRejected(
  undertaking: Undertaking,
  { candidate }: Pick<Standing, 'candidate'>,
  found: Report,
  evidence: string,
): Promise<Report> {
  const { registry, stage, model } = undertaking;
  const again = `'latest' passes it over from now on; if it was rejected by mistake, ${asInput('promote', { stage: stage.name, version: candidate.version })} judges it again.`;
  const judged = { ...found, cure: found.cure === undefined ? again : `${found.cure} ${again}` };
  const base = recordBase(undertaking, stage.name, evidence);
  try {
    const tags = tagsOf({ ...base, state: stateOf(stage.name, 'rejected'), reason: judged.reason });
    const adopted: string[] = [];
    await registry.tell(model, async () => {
      adopted.length = 0;
      return [...(await firstRecords(undertaking, adopted, true)), { version: candidate, tags }];
    });
    return { ...judged, notes: [...new Set([...judged.notes, ...firstUseNotes(adopted), ...registry.remarks()])] };
  } catch (thrown) {
    const why = asPromotionError(thrown).sentence;
    return { ...judged, notes: [...judged.notes, `The rejection could not be recorded: ${why}`] };
  }
}
