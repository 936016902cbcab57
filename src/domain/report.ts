import type { CommandName } from './command-name.js';
import type { ErrorCode, Position } from './errors.js';
import type { ModelVersion } from './version.js';
import type { CheckResult } from './check.js';

/** What becomes of the version; `none`: there is none to judge, nothing newer than what holds the stage. */
export type Decision = Ruling | 'none';
/** What a judgement comes to. */
export type Ruling = 'promote' | 'reject' | 'hold' | 'error';

/** What was decided and what was done: the one model that every report is made from. */
export interface Report {
  readonly command: CommandName;
  readonly dryRun: boolean;
  readonly decision: Decision;
  /** The first cause, one line; for a promotion what happened. */
  readonly reason: string;
  readonly cure?: string;
  /** The error's code, where the run ended in one. */
  readonly code?: ErrorCode;
  /** The page of the action's files, such as `https://github.com/your-org/gated-model-promotion/blob/v1`; undefined where it is not known. */
  readonly docs?: string;
  /** Whether this run moved the version. */
  readonly promoted: boolean;
  /** Whether this run began the stage's deployment, however that ended. */
  readonly deployed?: boolean;
  /** The version held the stage already: nothing was to be done. */
  readonly alreadyThere: boolean;
  /** With `alreadyThere`: it is an earlier attempt of this run, or this run's recovery, that put it there. */
  readonly byThisRun?: boolean;
  /** `gate`: whether the stage's approval is still to come, and all that is. */
  readonly approvalRequired: boolean;
  /** The candidate's fingerprint, where it was judged as a registered version. */
  readonly identity?: string;
  /** `gate`: the file that asks for the promotion, where the stage's approval is by one. */
  readonly request?: string;
  readonly model: string;
  /** How many models the policy is for. */
  readonly models: number;
  /** Undefined when the run failed before it was known. */
  readonly stage?: string;
  readonly stages: readonly string[];
  readonly candidate?: ModelVersion;
  /** Whom the candidate is compared with: the holder of the champion's stage. */
  readonly champion?: ModelVersion;
  /** Whom conditions name beside the champion, by the name that the policy gives; absent where there are none. */
  readonly anchors?: ReadonlyMap<string, ModelVersion>;
  /** Who held the stage before. */
  readonly previous?: ModelVersion;
  /** Whether `previous` was archived by this run. */
  readonly archived: boolean;
  readonly checks: readonly CheckResult[];
  /** Remarks for the reader: first use, what could not be told, what was pinned. */
  readonly notes: readonly string[];
  /** `MLflow at https://…`. */
  readonly registry?: string;
  readonly policy?: PolicySource;
  /** Every mistake where several were found at once (inputs, policy). */
  readonly problems: readonly { readonly message: string; readonly at?: Position }[];
  readonly actor?: string;
  /** The run's page. */
  readonly runPage?: string;
  readonly commit?: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endedAt: string;
}

/** The text of a policy and where it came from; what the evidence quotes. */
export interface PolicySource {
  /** As the user named it. */
  readonly path: string;
  readonly text: string;
  /** `main`, or `workspace`. */
  readonly ref: string;
  /** The commit it was read from; undefined for the workspace's. */
  readonly commit?: string;
  /** `sha256:` and the hex digest of the text's bytes. */
  readonly digest: string;
  /** How the checkout's file differs, as `git diff` shows it; absent where it does not. */
  readonly difference?: string;
}
