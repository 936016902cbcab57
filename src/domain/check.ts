import type { Position } from './errors.js';

export type Severity = 'require' | 'warn' | 'hold_if';

export type Role = 'candidate' | 'champion';

/**
 * How one check ended. The words follow Argo Rollouts: `failed` was judged and found wanting; `error`
 * could not be judged; `inconclusive` was judged and is for a person to decide.
 */
export type Outcome = 'passed' | 'failed' | 'warned' | 'inconclusive' | 'error' | 'skipped';

/** A value that a condition looked at. */
export interface Measured {
  /** As the source gave it: `0.91`, `NaN`. */
  readonly value: string;
  /** `run 3f2a…, step 10`; `reports/latency.json at /p99`. */
  readonly origin: string;
  readonly at?: string;
  readonly page?: string;
  /** What a reader should know of it. */
  readonly remark?: string;
}

interface ResultBase {
  readonly name: string;
  readonly outcome: Outcome;
  /** Why it ended so, one sentence that a newcomer understands; for `skipped`, what stood in the way. */
  readonly reason: string;
  /** What to do about it, where something is to be done. */
  readonly cure?: string;
  /** Where the policy asks for it. */
  readonly at?: Position;
}

/** One slice of a family of metrics, as it was judged by itself. */
export interface SliceResult {
  /** `country=DE`. */
  readonly slice: string;
  /** What it is logged as: `auc/DE`. */
  readonly key?: string;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly value?: string;
  /** What it was compared with. */
  readonly champion?: string;
  readonly count?: string;
  readonly margin?: string;
}

export interface ConditionResult extends ResultBase {
  readonly kind: 'condition';
  /** The candidate's own value is there and sane, and there never was a champion to compare it with. */
  readonly uncompared?: boolean;
  readonly severity: Severity;
  /** As written: `auc >= champion - 0.005`. */
  readonly required: string;
  /** The number that `required` came to, where it differs from what is written: `0.905`. */
  readonly threshold?: string;
  readonly candidate?: Measured;
  readonly champion?: Measured;
  /** Candidate less champion, signed, exact: `-0.012`; only where the condition looked at both. */
  readonly difference?: string;
  /** How far on the good side of the threshold (negative: short of it): `0.007`. */
  readonly margin?: string;
  /** Where the metric is logged for each slice of the data: the worst of them first. */
  readonly slices?: readonly SliceResult[];
}

export interface CommandResult extends ResultBase {
  readonly kind: 'command';
  /** Whom it measured, where it is `evaluate`: that proves nothing by itself. */
  readonly measures?: Role;
  readonly command: string;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly durationMs: number;
  readonly attempts: number;
  /** The last lines of its output, masked, without terminal escapes. Untrusted text. */
  readonly tail: string;
}

/** A condition of the gate itself, not of the policy's checks: the stage before, the holder unchanged. */
export interface PreconditionResult extends ResultBase {
  readonly kind: 'precondition';
}

export type CheckResult = ConditionResult | CommandResult | PreconditionResult;
