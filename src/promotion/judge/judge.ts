import type { Operation } from '../../log/operation.js';
import { fingerprintOf, type ModelVersion, type Unregistered } from '../../domain/version.js';
import { decide } from '../../verdict/decide.js';
import type { Report } from '../../domain/report.js';
import type { PreconditionResult } from '../../domain/check.js';
import { anchorsOf, examine } from './evaluate.js';
import { isUnknownModel, preconditions } from './preconditions.js';
import { describeOperation } from '../operation/describe.js';
import { latestFor, type NothingToJudge } from './latest.js';
import { isRequest, requested, requestFor } from './request.js';
import { resolveOrSettle } from './left-behind.js';
import { isAlreadyHeld, readCurrentState } from './current-state.js';
import type { CurrentState, PromotionContext } from '../context.js';
import type { ReportBuilder } from '../report-builder.js';

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
  work.report.begin(work, currentState).note("It is not registered yet: 'command: register' makes a version of it.");
  return concluded(work, currentState, []);
}

/** Judges and seals the evidence. */
export async function judge(
  work: PromotionContext,
  version: string,
  more: (candidate: ModelVersion) => Promise<readonly PreconditionResult[]> = () => Promise.resolve([]),
): Promise<Judgement> {
  const { registry, model, report } = work;
  const asked = isRequest(version) ? await requested(work) : undefined;
  const chosen = asked ?? (isLatest(version) ? await latestFor(work) : await resolveOrSettle(work, version));
  if ('decision' in chosen) return nothing(work, chosen);
  const { version: candidate, remarks } = chosen;
  const currentState = await readCurrentState(work, candidate);
  report
    .begin(work, currentState)
    .add({ identity: fingerprintOf(candidate) })
    .note(...remarks);
  if (isAlreadyHeld(work.stage, currentState)) {
    const open = await registry.operation(model);
    const known = open?.stage === work.stage.name ? notSettled(report, open) : report.alreadyThere(currentState);
    return { report: known, currentState, evidence: await work.seal(known) };
  }
  const met = [
    ...(asked === undefined ? [] : [requestFor(asked.request, candidate)]),
    ...(await preconditions(work, currentState)),
    ...(await more(candidate)),
  ];
  return concluded(work, currentState, met);
}

export function isLatest(version: string): boolean {
  return version.toLowerCase() === 'latest';
}

/** There is no version to judge: a success that changes nothing, unless the stage is not as the log says. */
async function nothing(work: PromotionContext, { previous, ...why }: NothingToJudge): Promise<Judgement> {
  const { stage, policy } = work;
  const currentState = previous === undefined || previous.isGone === true ? {} : { previous };
  const champion = stage.name === policy.champion && 'previous' in currentState ? { champion: previous } : {};
  const report = work.report.begin(work, { ...currentState, ...champion }).end(why);
  return { report, currentState: undefined, evidence: await work.seal(report) };
}

/** Who holds the stage while an operation is open there may have to leave it again. */
function notSettled(report: ReportBuilder, open: Operation): Report {
  return report.end({
    decision: 'hold',
    reason: `${describeOperation(open)} has not ended: whether it stays in ${open.stage ?? ''} is not known yet.`,
    cure: "Run again when it has ended; 'command: status' shows how far it is. A run that writes finishes or undoes what was interrupted.",
  });
}

async function concluded(
  work: PromotionContext,
  currentState: CurrentState,
  met: readonly PreconditionResult[],
): Promise<Judgement> {
  const anchors = await anchorsOf(work);
  const checks = await examine(work, currentState, met, anchors);
  const compared = new Map([...anchors].map(([name, { version }]) => [name, version]));
  const report = work.report.end({
    ...decide(checks),
    checks,
    ...(compared.size === 0 ? {} : { anchors: compared }),
  });
  return { report, currentState, evidence: await work.seal(report) };
}
