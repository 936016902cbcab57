import { createHash } from 'node:crypto';
import { PromotionError } from '../domain/errors.js';
import { JsonError, readJson } from '../domain/json.js';
import { fingerprintOf, type ModelVersion } from '../domain/version.js';
import type { Decision, Report } from '../domain/report.js';
import type { CheckResult } from '../domain/check.js';
import { faultInPlan } from './plan-shape.js';
import type { RunApproval } from '../domain/approval.js';

/** A version as a plan pins it. */
export interface Pinned {
  readonly version: string;
  /** Its fingerprint: what it is made of may hold a password. */
  readonly identity: string;
}

/**
 * What `gate` found, sealed for `apply` in a later job of the same run: it holds no more than what must not have
 * changed in between. Its digest travels as an output, by another way than the file.
 */
export interface Plan {
  readonly format: 1;
  /** `owner/name`, and the run: a plan is of use nowhere else. Empty outside GitHub. */
  readonly repository: string;
  readonly run: string;
  readonly model: string;
  readonly stage: string;
  readonly policy: { readonly path: string; readonly digest: string };
  readonly candidate: Pinned;
  readonly champion: Pinned | null;
  readonly previous: Pinned | null;
  /** The versions that conditions name, by the name that the policy gives them; absent where there are none. */
  readonly anchors?: Readonly<Record<string, Pinned>>;
  readonly decision: Decision;
  readonly reason: string;
  readonly checks: readonly CheckResult[];
  /** Digest of the evidence file beside the plan. */
  readonly evidence: string;
  /** The run's approvals at that time: only later ones count. */
  readonly approvals: readonly RunApproval[];
  /** Logins of who started the run, or the attempt of it, that made the plan; absent in older plans. */
  readonly authors?: readonly string[];
  readonly commit: string;
  /** When the judgement began: what was done to the candidate later, it did not see. Absent in older plans. */
  readonly judgedAt?: string;
  readonly madeAt: string;
  readonly expiresAt: string;
}

/** Longer than an approval should wait: GitHub itself gives up after thirty days. */
const lifetimeMs = 7 * 86_400_000;

export interface PlanOrigin {
  readonly repository: string;
  readonly run: string;
  readonly commit: string;
  readonly approvals: readonly RunApproval[];
  readonly authors?: readonly string[];
}

/** Makes the plan of a judgement that has a candidate, a stage and a policy. */
export function makePlan(report: Report, evidence: string, origin: PlanOrigin, now: Date): Plan {
  const { candidate, stage, policy } = report;
  if (candidate === undefined || stage === undefined || policy === undefined) {
    throw new TypeError('A plan needs a candidate, a stage and a policy.');
  }
  return {
    format: 1,
    repository: origin.repository,
    run: origin.run,
    model: report.model,
    stage,
    policy: { path: policy.path, digest: policy.digest },
    candidate: pinned(candidate),
    champion: report.champion === undefined ? null : pinned(report.champion),
    previous: report.previous === undefined ? null : pinned(report.previous),
    ...(report.anchors === undefined
      ? {}
      : { anchors: Object.fromEntries([...report.anchors].map(([name, version]) => [name, pinned(version)])) }),
    decision: report.decision,
    reason: report.reason,
    checks: report.checks,
    evidence,
    approvals: origin.approvals,
    ...(origin.authors === undefined ? {} : { authors: origin.authors }),
    commit: origin.commit,
    judgedAt: report.startedAt,
    madeAt: now.toISOString(),
    expiresAt: new Date(now.getTime() + lifetimeMs).toISOString(),
  };
}

export function pinned(version: ModelVersion): Pinned {
  return { version: version.version, identity: fingerprintOf(version) };
}

export function writePlan(plan: Plan): string {
  return `${JSON.stringify(plan, null, 2)}\n`;
}

/** `sha256:` and the hex digest of the file's bytes. */
export function planDigest(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/**
 * Reads a plan that must be the one whose digest `gate` gave.
 * @throws PromotionError `PLAN_REFUSED` naming the file and why
 */
export function readPlan(path: string, text: string, digest: string): Plan {
  if (planDigest(text) !== digest.trim()) {
    throw new PromotionError(
      'PLAN_REFUSED',
      `The plan ${path} is not the one that 'gate' made: its digest is ${planDigest(text)}, not ${digest.trim()}.`,
      {
        cure: "Pass the gate job's output 'plan-digest' as it is, and the plan it uploaded; if both are, the file was changed in between: run the gate again.",
      },
    );
  }
  const plan = parsed(path, text);
  const { format } = (plan ?? {}) as { readonly format?: unknown };
  if (format !== 1) {
    throw new PromotionError('PLAN_REFUSED', `The plan ${path} was made by another version of this action.`, {
      cure: 'Use the same version in both jobs.',
    });
  }
  const fault = faultInPlan(plan as object);
  if (fault !== undefined) throw notWhole(path, fault);
  return plan as Plan;
}

function parsed(path: string, text: string): unknown {
  try {
    return readJson(text);
  } catch (thrown) {
    if (!(thrown instanceof JsonError)) throw thrown;
    throw notWhole(path, thrown.message);
  }
}

function notWhole(path: string, fault: string): PromotionError {
  return new PromotionError('PLAN_REFUSED', `The plan ${path} is not as 'gate' writes it: ${fault}.`, {
    cure: "Pass the gate job's output 'plan-digest' as it is, with the plan that it uploaded; run the gate again.",
  });
}
