import type { Operation } from '../../log/operation.js';
import { fingerprintOf, type ModelVersion, type Unregistered } from '../../domain/version.js';
import { decide } from '../../verdict/decide.js';
import type { Report } from '../../domain/report.js';
import type { PreconditionResult } from '../../domain/check.js';
import { alreadyThere, startReport } from '../report-builder.js';
import { anchorsOf, examine } from './evaluate.js';
import { isUnknownModel, preconditions } from './preconditions.js';
import { describeOperation } from '../recovery/interrupted.js';
import { latestFor, type NothingToJudge } from './latest.js';
import { isRequest, requested, requestFor } from './request.js';
import { resolveOrSettle } from './left-behind.js';
import { isAlreadyHeld, readCurrentState } from './current-state.js';
import type { CurrentState, PromotionContext } from '../context.js';

/** A judgement and what it stands on. */
export interface Judgement {
  readonly report: Report;
  /** Undefined where there was nothing to judge. */
  readonly currentState: CurrentState | undefined;
  /** Digest of the sealed evidence. */
  readonly evidence: string;
}

/** What has no version yet is judged by the checks alone: it cannot be moved, so nothing stands in its way. */
export async function judgeUnregistered(work: PromotionContext, given: Unregistered): Promise<Judgement> {
  const { registry, model } = work;
  const candidate = await registry.unregistered(model, given);
  const currentState = await readCurrentState(work, candidate).catch((thrown: unknown): CurrentState => {
    if (!isUnknownModel(thrown)) throw thrown;
    return { candidate, champion: undefined, previous: undefined, history: undefined };
  });
  const draft = startReport(work, currentState);
  const begun: Report = {
    ...draft,
    notes: [...draft.notes, "It is not registered yet: 'command: register' makes a version of it."],
  };
  work.progress(begun);
  return concluded(work, currentState, begun, []);
}

/** Judges and seals the evidence. */
export async function judge(
  work: PromotionContext,
  version: string,
  more: (candidate: ModelVersion) => Promise<readonly PreconditionResult[]> = () => Promise.resolve([]),
): Promise<Judgement> {
  const { registry, model, now } = work;
  const asked = isRequest(version) ? await requested(work) : undefined;
  const chosen = asked ?? (isLatest(version) ? await latestFor(work) : await resolveOrSettle(work, version));
  if ('decision' in chosen) return nothing(work, chosen);
  const { version: candidate, remarks } = chosen;
  const currentState = await readCurrentState(work, candidate);
  const draft = startReport(work, currentState);
  const begun: Report = { ...draft, identity: fingerprintOf(candidate), notes: [...draft.notes, ...remarks] };
  work.progress(begun);
  if (isAlreadyHeld(work.stage, currentState)) {
    const open = await registry.operation(model);
    const report =
      open?.stage === work.stage.name ? notSettled(begun, now, open) : alreadyThere(begun, now, currentState);
    return { report, currentState, evidence: await work.seal(report) };
  }
  const met = [
    ...(asked === undefined ? [] : [requestFor(asked.request, candidate)]),
    ...(await preconditions(work, currentState)),
    ...(await more(candidate)),
  ];
  return concluded(work, currentState, begun, met);
}

export function isLatest(version: string): boolean {
  return version.toLowerCase() === 'latest';
}

/** There is no version to judge: a success that changes nothing, unless the stage is not as the log says. */
async function nothing(work: PromotionContext, { previous, ...why }: NothingToJudge): Promise<Judgement> {
  const { stage, policy, now } = work;
  const currentState = previous === undefined || previous.isGone === true ? {} : { previous };
  const champion = stage.name === policy.champion && 'previous' in currentState ? { champion: previous } : {};
  const draft = startReport(work, { ...currentState, ...champion });
  const report: Report = { ...draft, ...why, endedAt: now().toISOString() };
  work.progress(report);
  return { report, currentState: undefined, evidence: await work.seal(report) };
}

/** Who holds the stage while an operation is open there may have to leave it again. */
function notSettled(draft: Report, now: () => Date, open: Operation): Report {
  return {
    ...draft,
    decision: 'hold',
    reason: `${describeOperation(open)} has not ended: whether it stays in ${open.stage ?? ''} is not known yet.`,
    cure: "Run again when it has ended; 'command: status' shows how far it is. A run that writes finishes or undoes what was interrupted.",
    endedAt: now().toISOString(),
  };
}

async function concluded(
  work: PromotionContext,
  currentState: CurrentState,
  begun: Report,
  met: readonly PreconditionResult[],
): Promise<Judgement> {
  const { now } = work;
  const anchors = await anchorsOf(work);
  const checks = await examine(work, currentState, met, anchors);
  const compared = new Map([...anchors].map(([name, { version }]) => [name, version]));
  const report: Report = {
    ...begun,
    ...decide(checks),
    checks,
    ...(compared.size === 0 ? {} : { anchors: compared }),
    endedAt: now().toISOString(),
  };
  work.progress(report);
  return { report, currentState, evidence: await work.seal(report) };
}
