import type { Position } from '../domain/errors.js';
import type { Condition } from '../domain/condition.js';
import type { Slices } from './slices.js';
import type { Role, Severity } from '../domain/check.js';
import type { PolicySource } from '../domain/report.js';
import type { MetricSource } from '../domain/metric-source.js';
import type { RegistrySettings } from '../domain/registry-descriptor.js';

export type Goal = 'maximize' | 'minimize';

export type FileFormat = 'json' | 'yaml' | 'toml' | 'csv' | 'junit';

/** Which data row of a CSV file: by place, or the only one that has these texts in these columns. */
export type Row = 'first' | 'last' | number | Readonly<Record<string, string | number>>;

export interface Metric {
  /** The name conditions use. */
  readonly id: string;
  /** The name the source uses; the id unless `key` says otherwise. */
  readonly key: string;
  readonly goal: Goal;
  /** The sane range: a value outside was not measured, it is a fault. */
  readonly min?: number;
  readonly max?: number;
  readonly source: MetricSource;
  /** Where it is a family of metrics, one for each slice of the data. */
  readonly slices?: Slices;
  readonly at: Position;
}

export type Shell = 'bash' | 'sh' | 'pwsh' | 'python';

/** A command as the policy gives it, with what bounds it. */
export interface Command {
  readonly run: string;
  readonly shell: Shell;
  /** Relative to the workspace. */
  readonly workingDirectory?: string;
  readonly timeoutMs: number;
  /** How often an `error` is tried again; a failure only with `retryFailures`. */
  readonly retries: number;
  readonly retryFailures: boolean;
  /** Exit codes with which it says that it could not judge, beside those of the shell. */
  readonly errorCodes?: readonly number[];
  /** Names and globs of environment variables handed on, beyond the allow-list; `registry` for its credentials. */
  readonly passEnv: readonly string[];
  readonly at: Position;
}

export interface CommandCheck {
  readonly kind: 'command';
  readonly name: string;
  readonly command: Command;
}

export interface ConditionCheck {
  readonly kind: 'condition';
  readonly name: string;
  readonly severity: Severity;
  readonly condition: Condition;
  readonly at: Position;
}

export type Check = CommandCheck | ConditionCheck;

export interface Evaluate {
  readonly command: Command;
  readonly roles: readonly Role[];
}

/** Who must agree before a version may take a stage. */
export type Approval =
  | {
      readonly kind: 'environment';
      /** The GitHub environment whose required reviewers approve the job. */
      readonly environment: string;
      readonly notAuthor: boolean;
    }
  | {
      readonly kind: 'reviews';
      /** How many people with write access must have approved the pull request's merged head. */
      readonly min: number;
      readonly notAuthor: boolean;
      /** The file on the default branch that names the approved version; without it the version's own commit is what was reviewed. */
      readonly request?: string;
    };

/** How a version is put to work once it may be, and taken out again when that fails. */
export interface Deploy {
  readonly run: Command;
  readonly smokeTest?: Command;
  readonly rollback?: Command;
  /** Whether the stage moves once the smoke test has passed (the default), or before the deployment. */
  readonly transition: 'after-smoke-test' | 'before-deploy';
}

export interface Monitor {
  readonly checks: readonly Check[];
  readonly then: 'rollback' | 'alert';
}

export type Weekday = 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday';

/** When nothing moves. */
export interface Freeze {
  /** IANA name, e.g. `Europe/Berlin`. */
  readonly timeZone: string;
  readonly days: readonly Weekday[];
  /** Whole days, `YYYY-MM-DD`, both included, in the time zone. */
  readonly windows: readonly { readonly from: string; readonly to: string; readonly reason?: string }[];
}

/** What `version: best` chooses by, and among whom. */
export interface Best {
  readonly metric: string;
  /** Among versions that passed this stage, or that carry this tag (`name` or `name=value`). */
  readonly among: { readonly passed: string } | { readonly tag: string; readonly value?: string };
}

/** Which measurements count. */
export interface EvidenceRule {
  /** What they must have in common with the candidate; for `dataset`, with what it is compared with. */
  readonly match: readonly ('version' | 'commit' | 'dataset')[];
  readonly maxAgeMs?: number;
}

export interface Stage {
  readonly name: string;
  /** The stage a version must have passed before this one. */
  readonly after?: string;
  /** The GitHub environment that is told. */
  readonly environment?: string;
  readonly checks: readonly Check[];
  /** How many commands may run at a time. */
  readonly parallel: number;
  readonly evaluate?: Evaluate;
  readonly approval?: Approval;
  readonly deploy?: Deploy;
  readonly monitor?: Monitor;
  readonly evidence?: EvidenceRule;
  /** How long ago the record of the stage before must be. */
  readonly soakMs?: number;
  readonly freeze?: Freeze;
  /** What becomes of the version that held the stage. */
  readonly archive: 'previous' | 'never';
  readonly at: Position;
}

/** A policy, validated and whole: nothing in it needs looking up or defaulting any more. */
export interface Policy {
  /** The models it is for; one when the policy has `model`. Values are the conditions' `vars`. */
  readonly models: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Each model's own policy, where there is more than one; empty otherwise. Read it through `policyFor`. */
  readonly variants: ReadonlyMap<string, Variant>;
  readonly registry: RegistrySettings;
  /** The stage whose holder candidates are compared with. */
  readonly champion: string;
  readonly firstPromotion: 'hold' | 'allow';
  /** Whether what was done at a terminal counts as the stage before, and its user as an approval. */
  readonly local: 'hold' | 'allow';
  readonly passEnv: readonly string[];
  readonly metrics: ReadonlyMap<string, Metric>;
  /** In the policy's order. */
  readonly stages: ReadonlyMap<string, Stage>;
  readonly trustedBranches: readonly string[];
  /** Files and folders that commands find as they are at the policy's commit. */
  readonly trusted: readonly string[];
  readonly best?: Best;
  /** Versions to compare with beside the champion, by the name that conditions use. */
  readonly anchors: ReadonlyMap<string, string>;
}

/** What one of several models has of its own. */
export interface Variant {
  readonly policy: Policy;
  /** Globs of the files that concern it; none: every file does. */
  readonly paths: readonly string[];
  /** Whether a profile or the model itself changes a stage. */
  readonly isOwn: boolean;
}

export interface LoadedPolicy {
  readonly policy: Policy;
  readonly source: PolicySource;
}
