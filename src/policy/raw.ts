import type { Role } from '../domain/check.js';
import type { RawLife } from './lifecycle.js';
import type { RawSource } from './metric-source.js';
import type { EvidenceRule, Goal, Shell } from './policy.js';

/** The policy's data once the schema has passed it: the shapes of `schema/policy.schema.json`. */
export interface RawCommand {
  readonly run: string;
  readonly shell?: Shell;
  readonly working_directory?: string;
  readonly timeout?: string;
  readonly retries?: number;
  readonly retry_failures?: boolean;
  readonly error_codes?: readonly number[];
  readonly pass_env?: readonly string[];
}

export interface RawCheck extends Partial<RawCommand> {
  readonly name?: string;
  readonly require?: string | readonly string[];
  readonly warn?: string | readonly string[];
  readonly hold_if?: string | readonly string[];
}

export interface RawMetric extends RawSource {
  readonly goal: Goal;
  readonly key?: string;
  readonly min?: number;
  readonly max?: number;
  readonly min_count?: number;
}

export interface RawStage extends RawLife<RawCheck> {
  readonly evidence?: RawEvidence;
  readonly after?: string;
  readonly environment?: string;
  readonly evaluate?: RawCommand & { readonly for?: readonly Role[] };
  readonly checks?: readonly RawCheck[];
  readonly parallel?: number;
  readonly archive?: 'previous' | 'never';
}

export interface RawPolicy {
  readonly registry: { readonly type: string } & Readonly<Record<string, unknown>>;
  readonly model?: string;
  readonly models?: Readonly<Record<string, unknown>>;
  readonly champion?: string;
  readonly first_promotion?: 'hold' | 'allow';
  readonly local?: 'hold' | 'allow';
  readonly trusted_branches?: readonly string[];
  readonly trusted?: readonly string[];
  readonly pass_env?: readonly string[];
  readonly metrics?: Readonly<Record<string, RawMetric>>;
  readonly evidence?: RawEvidence;
  readonly anchors?: Readonly<Record<string, string | number>>;
  readonly best?: { readonly metric: string; readonly passed?: string; readonly tag?: string };
  readonly stages: Readonly<Record<string, RawStage | null>>;
}

export interface RawEvidence {
  readonly match?: EvidenceRule['match'];
  readonly max_age?: string;
}
