import type { CommandName } from '../domain/command-name.js';
import type { ExecutionContext } from '../evidence/exec/run-command.js';
import type { GroupedLog } from '../evidence/command-check.js';
import type { History } from '../log/history.js';
import type { Operation, Owner } from '../log/operation.js';
import type { Policy, Stage } from '../policy/policy.js';
import type { PolicySource, Report } from '../domain/report.js';
import type { PromotionRequest } from '../policy/request-file.js';
import type { Registry } from '../registry/registry.js';
import type { Holders, ModelVersion } from '../domain/version.js';
import type { ApprovalVerdict } from '../domain/approval.js';
import { PromotionError } from '../domain/errors.js';
import type { ReportBuilder } from './report-builder.js';

/** What the post step of the job is told of an operation that was open when the step ended. */
export interface PostState {
  readonly model: string;
  /** The operation's id. */
  readonly operation: string;
  /** Its owner's token: that one has ended. */
  readonly owner: string;
}

/** Who works here, and how to tell whether another does still. */
export interface RunOwner {
  readonly owner: Owner;
  /** Whether the workflow run of another owner has ended, as far as GitHub can be asked. */
  readonly ownerHasEnded: (owner: Owner) => Promise<boolean>;
  /** Keeps what is open for the post step; undefined: nothing is. */
  readonly remember: (open: PostState | undefined) => void;
  /** Ends what the commands of an ended run left running here. */
  readonly killProcesses: (operation: string) => void;
  readonly pause: (ms: number) => Promise<unknown>;
  readonly cancelled: AbortSignal;
}

/** Everything one operation on a stage needs, resolved; what touches the world is passed in. */
export interface PromotionContext {
  readonly command: CommandName;
  readonly dryRun: boolean;
  readonly model: string;
  readonly stage: Stage;
  readonly policy: Policy;
  readonly source: PolicySource;
  readonly registry: Registry;
  readonly execution: Omit<ExecutionContext, 'log'>;
  readonly log: GroupedLog;
  readonly now: () => Date;
  /** Who runs this, where, on which commit: for the record. */
  readonly author: {
    readonly actor?: string;
    /** `local`: at a terminal, not in a workflow. */
    readonly origin?: 'local';
    readonly run?: string;
    readonly commit?: string;
  };
  /** For the report's reader: what differs here from what counts. */
  readonly remarks?: readonly string[];
  /** Recorded; required by some commands. */
  readonly reason?: string;
  /** What is lifted, by a reason that is recorded. */
  readonly override: readonly Override[];
  /**
   * Asks whether the stage's approval has been given for that version.
   * @param since ISO 8601: an approval that was given before this moment does not count
   */
  readonly approval: (candidate: ModelVersion, since?: string) => Promise<ApprovalVerdict>;
  /** Reads the stage's promotion request, where it has one: the change's own in a pull request, else what is merged. */
  readonly request?: () => Promise<PromotionRequest>;
  /** Seals the evidence before anything is moved; returns its digest. */
  readonly seal: (report: Report) => Promise<string>;
  readonly runOwner: RunOwner;
  /** What is known so far: a report can be made of it whatever is thrown later. */
  readonly report: ReportBuilder;
}

/** Who stands where before the judgement. */
export interface CurrentState {
  readonly candidate: ModelVersion;
  /** The holder of the policy's champion stage. */
  readonly champion: ModelVersion | undefined;
  /** The holder of the stage in question. */
  readonly previous: ModelVersion | undefined;
  /** What the promotion log says; undefined while the model has none. */
  readonly history: History | undefined;
  /** What all of it was read from, at one moment; absent for who stood where at another time. */
  readonly reading?: Reading;
}

/** What a person may lift, with a reason. */
export type Override = 'freeze' | 'soak' | 'champion';

/** Who holds which stage, as the registry and the promotion log say at one moment. */
export interface Reading {
  readonly holders: Holders;
  /** Stages in disorder: why nobody can be named as their holder. */
  readonly faults: ReadonlyMap<string, PromotionError>;
  /** Undefined while the model has no log. */
  readonly history: History | undefined;
  /** What is open in the log. */
  readonly operation: Operation | undefined;
  /** Those of the stages asked for about which registry and log disagree. */
  readonly disputed: readonly string[];
}
