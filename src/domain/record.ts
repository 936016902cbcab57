import { readJson } from './json.js';
import type { ModelVersion } from './version.js';
import { newestRecord, STATE } from './promotion-state.js';

/** The tag that says where in its life a version is. */
export const stateTag = STATE;

/** The tag with the latest record of a stage; Databricks allows none of `. , - = / :` in keys. */
export function recordTag(stage: string): string {
  return `promotion_${stage.replaceAll(/[^A-Za-z0-9_]/g, '_')}`;
}

export type StageState = 'approved' | 'deployed' | 'rejected' | 'failed';

/** `Production` and `deployed` make `production_deployed`. */
export function stateOf(stage: string, state: StageState): string {
  return `${stage.toLowerCase()}_${state}`;
}

/** The version's state, in lower case: those written before kept the stage's own spelling. */
export function stateIn({ tags }: ModelVersion): string {
  return tags.get(stateTag)?.toLowerCase() ?? 'registered';
}

/** The latest record of a stage, as the registry keeps it for people who look there. */
export interface StageRecord {
  /** What was done, in lower case: `production_deployed`, `archived`. */
  readonly state: string;
  /** Absent for what concerns the version as a whole: that it was registered, or archived while it held nothing. */
  readonly stage?: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly actor?: string;
  /** Who agreed, where the stage has an approval. */
  readonly approvers?: readonly string[];
  readonly run?: string;
  readonly commit?: string;
  /** Digest of the policy that judged. */
  readonly policy?: string;
  /** Digest of the evidence it was judged by. */
  readonly evidence?: string;
  /** Who held the stage before. */
  readonly previous?: string;
  readonly reason?: string;
  /** What was measured, by metric id: for later comparisons with what only a candidate's job can measure. */
  readonly metrics?: Readonly<Record<string, string>>;
}

/** The record as a tag's value, whole: the log keeps it so, and a store that has a limit shortens its own copy. */
export function writeRecord(record: StageRecord): string {
  return JSON.stringify(record);
}

/** The stage's record on a version, or undefined where there is none or it is not one. */
export function readRecord(version: ModelVersion, stage: string): StageRecord | undefined {
  const text = version.tags.get(recordTag(stage));
  if (text === undefined) return undefined;
  try {
    const data = readJson(text) as Partial<StageRecord> | null;
    if (typeof data?.state !== 'string' || typeof data.at !== 'string') return undefined;
    return { ...(data as StageRecord), state: data.state.toLowerCase() };
  } catch {
    return undefined; // Another tool's tag of that name: no record.
  }
}

/** Whether the version's own tags say that it passed the stage and was deployed there, now or once. */
export function hasPassed(version: ModelVersion, stage: string): boolean {
  const record = readRecord(version, stage);
  // Archived from a stage is only what held it.
  return record?.stage === stage && [stateOf(stage, 'deployed'), 'adopted', 'archived'].includes(record.state);
}

/**
 * Whether `latest` may choose it: not rejected, rolled back or archived, be it that it holds another stage still, and
 * has that one's state.
 */
export function isEligible(version: ModelVersion): boolean {
  const state = stateIn(version);
  if (state === 'archived' || state === 'rolled_back' || state.endsWith('_rejected')) return false;
  return newestRecord(version.tags) !== 'archived';
}
