import { EVENT_TYPES, type EventType, type PromotionEvent } from './event.js';
import { readJson } from './json.js';
import type { ModelVersion } from './version.js';

/*
 * What the log tells as events, a registry holds as tags on a version:
 *
 * | tag | log |
 * |---|---|
 * | `promotion_state` | what the version's last event decided, or the furthest stage that it holds: `stateNow` |
 * | `promotion_<stage>` | the version's last event for the stage, as JSON |
 * | `promotion_registered`, `promotion_archived` | the same, for an event without a stage |
 *
 * and a record's fields are an event's: `state` ↔ `type` and `stage`; `policy` ↔ `policyDigest`; `evidence` ↔
 * `evidenceDigest`; `at`, `actor`, `approvers`, `run`, `commit`, `previous`, `reason`, `metrics` by their own names.
 */

const prefix = 'promotion_';

/** The tag that says where in its life a version is. */
export const stateTag = `${prefix}state`;

/** Event fields that a record tells by another name, or by where it stands. */
const eventAlone = new Set(['type', 'version', 'id', 'policyDigest', 'evidenceDigest']);
const staged: readonly EventType[] = ['approved', 'deployed', 'rejected', 'failed'];

/** The tag with the latest record of a stage; Databricks allows none of `. , - = / :` in keys. */
export function recordTag(stage: string): string {
  return `${prefix}${stage.replaceAll(/[^A-Za-z0-9_]/g, '_')}`;
}

/** What was last said of a version. */
export interface LastWord {
  readonly type: EventType;
  readonly stage?: string | undefined;
}

/** `Production` and `deployed` make `production_deployed`; a state is in lower case, however the policy spells the stage. */
export function stateOf(stage: string | undefined, type: EventType): string {
  if (stage === undefined) return type;
  // What was adopted holds its stage as if it had been deployed there.
  const as = type === 'adopted' ? 'deployed' : type;
  return staged.includes(as) ? `${stage.toLowerCase()}_${as}` : as;
}

/** The word that a state stands for, in any case; undefined for `staging_replaced`, which no event stands for. */
export function wordOf(state: string): LastWord | undefined {
  const plain = EVENT_TYPES.find((type) => type === state.toLowerCase());
  if (plain !== undefined) return { type: plain };
  const type = staged.find((name) => state.toLowerCase().endsWith(`_${name}`));
  return type === undefined ? undefined : { type, stage: state.slice(0, -type.length - 1) };
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
  /** `local`: written at a terminal, not by a workflow. */
  readonly origin?: string;
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
  const { state, at, ...told } = (text === undefined ? undefined : fieldsOf(text)) ?? {};
  // Another program's tag of that name is no record.
  if (typeof state !== 'string' || typeof at !== 'string') return undefined;
  return { ...told, state: state.toLowerCase(), at };
}

/** What the newest of a version's records tells, in lower case: `archived`, though it holds another stage still. */
export function newestRecord(tags: ReadonlyMap<string, string>): string | undefined {
  const records = [...tags].flatMap(([key, value]) => {
    if (!key.startsWith(prefix) || key === stateTag) return [];
    const { state, at } = fieldsOf(value) ?? {};
    const time = typeof at === 'string' ? Date.parse(at) : NaN;
    return typeof state !== 'string' || Number.isNaN(time) ? [] : [{ state: state.toLowerCase(), time }];
  });
  return records.toSorted((a, b) => a.time - b.time).at(-1)?.state;
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

/**
 * The events that `tags`, set on `version`, stand for: one for each `promotion_<stage>` record, or, where there
 * is none, one for `promotion_state` alone. Other tags are no record and give no event.
 * @param stages names that a key may stand for, since `eu-prod` and `eu_prod` share one
 * @param at the time of events whose record names none
 */
export function eventsOf(
  version: string,
  tags: ReadonlyMap<string, string>,
  stages: readonly string[],
  at: string,
): PromotionEvent[] {
  const state = tags.get(stateTag);
  const events: PromotionEvent[] = [];
  for (const [key, value] of tags) {
    if (key === stateTag || !key.startsWith(prefix)) continue;
    // What is no JSON object is kept as the reason, so that nothing written is lost.
    const record = fieldsOf(value) ?? { reason: value };
    const said = text(record['state']) ?? state;
    const split = said === undefined ? undefined : wordOf(said);
    if (split === undefined) continue;
    const suffix = key.slice(prefix.length);
    if (suffix === split.type && record['stage'] === undefined) {
      events.push(eventFrom(record, split.type, version, undefined, at));
      continue;
    }
    const stage =
      text(record['stage']) ??
      [...stages, ...(split.stage === undefined ? [] : [split.stage])].find((name) => recordTag(name) === key) ??
      suffix;
    events.push(eventFrom(record, split.type, version, stage, at));
  }
  if (events.length === 0 && state !== undefined) {
    const split = wordOf(state);
    // The state is in lower case, and the stage as the policy spells it.
    const stage = stages.find((name) => name.toLowerCase() === split?.stage?.toLowerCase()) ?? split?.stage;
    if (split !== undefined) events.push(eventFrom({}, split.type, version, stage, at));
  }
  return events;
}

/** The tags that `events` stand for: the version's state, and its last record for each stage. */
export function tagsOf(events: readonly PromotionEvent[], state: string): ReadonlyMap<string, string> {
  const tags = new Map([[stateTag, state]]);
  for (const event of events) tags.set(recordTag(event.stage ?? event.type), JSON.stringify(recordOf(event)));
  return tags;
}

function recordOf(event: PromotionEvent): Record<string, unknown> {
  const { policyDigest, evidenceDigest } = event;
  const told = Object.entries(event).filter(([name]) => !eventAlone.has(name));
  return {
    state: stateOf(event.stage, event.type),
    ...Object.fromEntries(told),
    ...(policyDigest === undefined ? {} : { policy: policyDigest }),
    ...(evidenceDigest === undefined ? {} : { evidence: evidenceDigest }),
  };
}

function eventFrom(
  record: Readonly<Record<string, unknown>>,
  type: EventType,
  version: string,
  stage: string | undefined,
  at: string,
): PromotionEvent {
  const optional = (name: string, value: unknown): Record<string, unknown> =>
    value === undefined || value === null || value === '' ? {} : { [name]: value };
  const approvers = Array.isArray(record['approvers'])
    ? record['approvers'].filter((name) => typeof name === 'string')
    : undefined;
  const metrics =
    typeof record['metrics'] === 'object' && !Array.isArray(record['metrics']) ? record['metrics'] : undefined;
  return {
    type,
    version,
    ...optional('stage', stage),
    at: text(record['at']) !== undefined && !Number.isNaN(Date.parse(String(record['at']))) ? String(record['at']) : at,
    ...optional('actor', text(record['actor'])),
    ...optional('approvers', approvers),
    ...optional('run', text(record['run'])),
    ...optional('origin', text(record['origin'])),
    ...optional('commit', text(record['commit'])),
    ...optional('policyDigest', text(record['policy'])),
    ...optional('evidenceDigest', text(record['evidence'])),
    ...optional('previous', text(record['previous'])),
    ...optional('reason', text(record['reason'])),
    ...optional('metrics', metrics),
  };
}

/** A record's fields; undefined for a value that is no JSON object. */
function fieldsOf(value: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const found = readJson(value);
    return typeof found === 'object' && found !== null && !Array.isArray(found) ? { ...found } : undefined;
  } catch {
    return undefined;
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
