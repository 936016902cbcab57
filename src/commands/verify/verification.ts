import type { Report } from '../../domain/report.js';
import { fingerprintOf } from '../../domain/version.js';
import { type Claim, earnedBy, tenureOf } from './judge.js';

/** What was verified, for scripts: names are those of the output's JSON. What is not known is `null`. */
export interface Verification {
  readonly verified: boolean;
  readonly decision: Report['decision'];
  readonly reason: string;
  readonly cure: string | null;
  readonly model: string;
  readonly stage: string;
  readonly version: string | null;
  readonly uri: string | null;
  readonly identity: string | null;
  /** ISO 8601, UTC. */
  readonly since: string | null;
  /** Who moved it there, who approved it, in which run. */
  readonly by: string | null;
  readonly approvers: readonly string[];
  readonly run: string | null;
  /** `local`: from a terminal, not from a workflow. */
  readonly origin: string | null;
  /** Digests by the promotion log. */
  readonly policy: string | null;
  readonly evidence: string | null;
  readonly checks: readonly { readonly name: string; readonly outcome: string; readonly reason: string }[];
}

/** The verification as data. Pure. */
export function verificationOf(claim: Claim, report: Report): Verification {
  const tenure = tenureOf(claim);
  const earned = earnedBy(claim);
  const { version } = claim;
  return {
    verified: report.decision === 'promote',
    decision: report.decision,
    reason: report.reason,
    cure: report.cure ?? null,
    model: claim.model,
    stage: claim.stage,
    version: version?.version ?? null,
    uri: version === undefined || version.uri === '' ? null : version.uri,
    identity: version === undefined ? null : fingerprintOf(version),
    since: tenure?.since ?? null,
    by: tenure?.event.actor ?? null,
    approvers: (earned ?? tenure?.event)?.approvers ?? [],
    run: tenure?.event.run ?? null,
    origin: tenure?.event.origin ?? null,
    policy: (earned ?? tenure?.event)?.policyDigest ?? null,
    evidence: earned?.evidenceDigest ?? null,
    checks: report.checks.map(({ name, outcome, reason }) => ({ name, outcome, reason })),
  };
}

/** What a version that holds its stage is said to be, in one line. Pure. */
export function verifiedInWords(claim: Claim): string {
  const { model, stage, version } = claim;
  const { since = '', event } = tenureOf(claim) ?? {};
  const earned = earnedBy(claim);
  const by = event?.actor === undefined ? '' : ` by ${event.actor}`;
  const how = event?.type === 'adopted' ? `, adopted${by}` : by;
  const approvers = (earned ?? event)?.approvers ?? [];
  const agreed = approvers.length === 0 ? '' : `, approved by ${approvers.join(' and ')}`;
  const proof =
    earned?.evidenceDigest === undefined ? ', without evidence' : `, with evidence ${earned.evidenceDigest}`;
  return `By the promotion log ${model} ${version?.version ?? ''} holds ${stage} since ${since}${how}${agreed}${proof}.`;
}
