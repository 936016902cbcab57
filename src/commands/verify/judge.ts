import type { PreconditionResult } from '../../domain/check.js';
import { asInput } from '../../domain/cure.js';
import type { PromotionEvent } from '../../domain/event.js';
import type { ModelVersion } from '../../domain/version.js';
import type { Tenure } from '../../log/history.js';
import { eventsAbout, LoggedVersion } from '../../log/logged-version.js';
import { concerns } from '../../promotion/judge/agreement.js';
import type { Reading } from '../../promotion/context.js';
import { describeOperation, howToFinish } from '../../promotion/operation/describe.js';

/** What there is to judge by whether a version holds a stage. */
export interface Claim {
  readonly model: string;
  readonly stage: string;
  /** The version that is said to hold it; undefined where none was named and none holds it. */
  readonly version: ModelVersion | undefined;
  readonly reading: Reading;
  /** What there is to say where registry and log disagree about the stage; undefined where they agree. */
  readonly disagreement: PreconditionResult | undefined;
  /** The evidence that was brought: the file as it was named, and the digest of its bytes. */
  readonly evidence?: { readonly path: string; readonly digest: string };
}

/**
 * Whether the version holds the stage by the promotion log, and the evidence is the log's. In the order in which a
 * reader would mend them. Pure.
 */
export function judgeClaim(claim: Claim): readonly PreconditionResult[] {
  return [
    logThere(claim),
    nothingOpen(claim),
    agreement(claim),
    isHolder(claim),
    sameIdentity(claim),
    sameEvidence(claim),
  ].filter((result) => result !== undefined);
}

/** The version's time in the stage, where the log says that this very version holds it. */
export function tenureOf({ stage, version, reading: { history } }: Claim): Tenure | undefined {
  const holder = history?.holder(stage);
  return version !== undefined && holder?.version.is(version) === true ? holder : undefined;
}

/**
 * The event by which the version last earned the stage with evidence: what was rolled back to has earned it before,
 * and the rollback has no evidence of its own.
 */
export function earnedBy({
  stage,
  version,
  reading: { history },
}: Pick<Claim, 'stage' | 'version' | 'reading'>): PromotionEvent | undefined {
  if (version === undefined || history === undefined) return undefined;
  return eventsAbout(version, history.events).findLast(
    (event) => event.stage === stage && event.type === 'deployed' && event.evidenceDigest !== undefined,
  );
}

function logThere({ model, reading: { history }, stage }: Claim): PreconditionResult {
  if (history !== undefined) return result('promotion log', 'passed', 'There is a promotion log of the model.');
  return result(
    'promotion log',
    'error',
    `There is no promotion log of '${model}', so nothing says who holds ${stage} and why.`,
    `The first promotion begins one; ${asInput('adopt', { stage })} records the version that holds the stage now. Where the model's log is in another repository, check that one out and name its folder with 'path'.`,
  );
}

function nothingOpen({ stage, reading: { operation } }: Claim): PreconditionResult {
  if (operation === undefined || !concerns(operation, stage))
    return result('no open operation', 'passed', `No operation on ${stage} is open.`);
  const isOver = operation.interrupted;
  return result(
    'no open operation',
    'inconclusive',
    `${describeOperation(operation)} ${isOver ? 'was interrupted and is still open' : 'is open'}.`,
    isOver ? howToFinish(operation) : 'Verify again when it has ended.',
  );
}

function agreement({ stage, reading: { faults, history }, disagreement }: Claim): PreconditionResult | undefined {
  const name = 'registry and log agree';
  const fault = faults.get(stage);
  if (fault !== undefined) return result(name, 'inconclusive', fault.message, fault.cure);
  if (disagreement !== undefined) return { ...disagreement, name };
  if (history === undefined) return undefined; // Said already: there is nothing to compare with.
  return result(name, 'passed', `Registry and promotion log name the same holder of ${stage}.`);
}

function isHolder({ model, stage, version, reading: { history } }: Claim): PreconditionResult | undefined {
  if (history === undefined) return undefined;
  const name = `holds ${stage}`;
  const holder = history.holder(stage);
  if (holder === undefined) {
    const last = history.lastBefore(stage);
    const since = last === undefined ? 'and none ever did' : `${last.version.name} did until ${last.until ?? ''}`;
    return result(
      name,
      'failed',
      `By the promotion log no version of ${model} holds ${stage}: ${since}.`,
      `Promote one with ${asInput('promote', { stage })}.`,
    );
  }
  const is = holder.version.name;
  if (version === undefined || version.version === is)
    return result(name, 'passed', `By the promotion log ${is} holds ${stage} since ${holder.since}.`);
  const left = history.left(version, stage);
  const past = left === undefined ? '' : ` ${version.version} held it until ${left.until ?? ''}.`;
  return result(
    name,
    'failed',
    `${model} ${version.version} does not hold ${stage}: by the promotion log ${is} does, since ${holder.since}.${past}`,
    `Deploy ${is}, or leave 'version' empty: then it is the version that holds the stage.`,
  );
}

function sameIdentity({ model, stage, version, reading: { history } }: Claim): PreconditionResult | undefined {
  const holder = history?.holder(stage)?.version;
  if (version === undefined || holder?.name !== version.version) return undefined;
  const name = 'identity';
  const what = `${model} ${version.version}`;
  const { identity } = LoggedVersion.of(version);
  if (version.isGone === true)
    return result(name, 'failed', `${what} no longer exists in the registry.`, goBack(stage));
  if (holder.identity === undefined) {
    return result(
      name,
      'inconclusive',
      `The promotion log does not say which version ${version.version} was meant: an older version of this action wrote the entry.`,
      `Look at ${what}, and record it with ${asInput('register', { version: version.version })}.`,
    );
  }
  if (holder.identity === identity) return result(name, 'passed', `${what} is the very version that was promoted.`);
  return result(
    name,
    'failed',
    `${what} is not the version that was promoted to ${stage}: it was deleted and recreated on ${version.createdAt}.`,
    `Do not deploy it. ${goBack(stage)}`,
  );
}

function goBack(stage: string): string {
  return `Put a good version back with ${asInput('rollback', { stage })}.`;
}

function sameEvidence(claim: Claim): PreconditionResult | undefined {
  const { evidence, stage, version } = claim;
  if (evidence === undefined) return undefined;
  const name = 'evidence';
  const event = earnedBy(claim);
  if (event === undefined) {
    const how = tenureOf(claim)?.event.type === 'adopted' ? ': it was adopted, not promoted' : '';
    return result(
      name,
      'failed',
      `The promotion log names no evidence for ${version?.version ?? 'the version'} in ${stage}${how}.`,
      "Leave 'evidence' empty, or promote a version that has proved what the policy asks.",
    );
  }
  if (event.evidenceDigest === evidence.digest)
    return result(name, 'passed', `${evidence.path} is the evidence that the promotion log names.`);
  return result(
    name,
    'failed',
    `${evidence.path} is not the evidence that the promotion log names: its digest is ${evidence.digest}, the log's ${event.evidenceDigest ?? ''}.`,
    event.run === undefined
      ? 'Take the file from the run that promoted the version.'
      : `Take the artifact of the run that promoted the version: ${event.run}`,
  );
}

function result(
  name: string,
  outcome: PreconditionResult['outcome'],
  reason: string,
  cure?: string,
): PreconditionResult {
  return { kind: 'precondition', name, outcome, reason, ...(cure === undefined ? {} : { cure }) };
}
