import type { Operation } from '../../log/operation.js';
import { fingerprintOf, type ModelVersion, type Unregistered } from '../../domain/version.js';
import { decide } from '../../verdict/decide.js';
import type { Report } from '../../domain/report.js';
import type { PreconditionResult } from '../../domain/check.js';
import { alreadyThere, draftReport } from '../report-builder.js';
import { anchorsOf, examine } from './evaluate.js';
import { isUnknownModel, preconditions } from './preconditions.js';
import { inWords } from '../recovery/interrupted.js';
import { latestFor, type Nothing } from './latest.js';
import { isRequest, requested, requestFor } from './request.js';
import { resolveVersion } from './resolve.js';
import { isThere, standingOf } from './current-state.js';
import type { Standing, Undertaking } from '../context.js';

/** A judgement and what it stands on. */
export interface Judgement {
  readonly report: Report;
  /** Undefined where there was nothing to judge. */
  readonly standing: Standing | undefined;
  /** Digest of the sealed evidence. */
  readonly evidence: string;
}

/** What has no version yet is judged by the checks alone: it cannot be moved, so nothing stands in its way. */
export async function judgeUnregistered(undertaking: Undertaking, given: Unregistered): Promise<Judgement> {
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
export async function judge(
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

export function isLatest(version: string): boolean {
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
