import { readJson } from '../../json.js';
import { EVENT_TYPES, type EventType, type PromotionEvent } from '../../log/event.js';
import { eventsAbout, LoggedVersion, type WhichVersion } from '../../log/logged-version.js';
import type { Assignment } from './artifact.js';

/**
 * git has no tags on a version, so the tags of the `Registry` interface are a view of the promotion log, as it
 * would look in MLflow:
 *
 * | tag | log |
 * |---|---|
 * | `promotion_state` | type (and stage) of the version's last event: `production_deployed`, `archived` |
 * | `promotion_<stage>` | the version's last event for the stage, as JSON |
 * | `promotion_registered`, `promotion_archived` | the same, for an event without a stage |
 *
 * and a record's fields are an event's: `state` ↔ `type` and `stage`; `policy` ↔ `policyDigest`; `evidence` ↔
 * `evidenceDigest`; `at`, `actor`, `approvers`, `run`, `commit`, `previous`, `reason`, `metrics` by their own names.
 */
const STATE = 'promotion_state';
const PREFIX = 'promotion_';
/** Event fields that a record tells by another name, or by where it stands. */
const NOT_TOLD = new Set(['type', 'version', 'id', 'policyDigest', 'evidenceDigest']);
const STAGED: readonly EventType[] = ['approved', 'deployed', 'rejected', 'failed'];

/** A stage's name inside a tag's key: Databricks allows no `. , - = / :` there. */
export function stageKey(stage: string): string {
  return `${PREFIX}${stage.replace(/[^A-Za-z0-9_]/g, '_')}`;
}

/**
 * The events that `tags`, set on `version`, stand for: one for each `promotion_<stage>` record, or, where there
 * is none, one for `promotion_state` alone. Other tags have no place in git and give no event.
 * @param stages names that a key may stand for, since `eu-prod` and `eu_prod` share one
 * @param at the time of events whose record names none
 */
export function eventsOf(
  version: string,
  tags: ReadonlyMap<string, string>,
  stages: readonly string[],
  at: string,
): PromotionEvent[] {
  const state = tags.get(STATE);
  const events: PromotionEvent[] = [];
  for (const [key, value] of tags) {
    if (key === STATE || !key.startsWith(PREFIX)) continue;
    const record = readRecord(value);
    const said = text(record['state']) ?? state;
    const split = said === undefined ? undefined : splitState(said);
    if (split === undefined) continue;
    const suffix = key.slice(PREFIX.length);
    if (suffix === split.type && record['stage'] === undefined) {
      events.push(eventFrom(record, split.type, version, undefined, at));
      continue;
    }
    const stage =
      text(record['stage']) ??
      [...stages, ...(split.stage === undefined ? [] : [split.stage])].find((name) => stageKey(name) === key) ??
      suffix;
    events.push(eventFrom(record, split.type, version, stage, at));
  }
  if (events.length === 0 && state !== undefined) {
    const split = splitState(state);
    if (split !== undefined) events.push(eventFrom({}, split.type, version, split.stage, at));
  }
  return events;
}

/**
 * The tags of a version: what the log says of this very one, and, for assignments that the log does not know (made
 * with `gto assign`), that it was deployed there.
 */
export function tagsOf(
  which: WhichVersion,
  logged: readonly PromotionEvent[],
  assignments: readonly Assignment[],
): ReadonlyMap<string, string> {
  const { name: version } = LoggedVersion.of(which);
  const known = new Set(logged.map(({ tag }) => tag));
  const foreign = assignments
    .filter((assignment) => assignment.version === version && !known.has(assignment.tag.name))
    .map((assignment): PromotionEvent => ({
      type: 'deployed',
      version,
      stage: assignment.stage,
      at: new Date(assignment.time * 1000).toISOString(),
      actor: assignment.tag.tagger,
      tag: assignment.tag.name,
    }));
  const own = eventsAbout(which, logged);
  // Foreign ones find their place by time; the log's own order stays as it is (sorting is stable).
  const events = foreign.length === 0 ? own : [...own, ...foreign].sort((a, b) => seconds(a) - seconds(b));
  const tags = new Map<string, string>();
  for (const event of events) {
    tags.set(STATE, stateOf(event));
    tags.set(stageKey(event.stage ?? event.type), JSON.stringify(recordOf(event)));
  }
  return tags;
}

function seconds(event: PromotionEvent): number {
  return Math.floor(Date.parse(event.at) / 1000);
}

function stateOf({ type, stage }: PromotionEvent): string {
  if (stage === undefined) return type;
  // What was adopted holds its stage as if it had been deployed there.
  const as = type === 'adopted' ? 'deployed' : type;
  return STAGED.includes(as) ? `${stage}_${as}` : as;
}

function splitState(state: string): { readonly type: EventType; readonly stage?: string } | undefined {
  const plain = EVENT_TYPES.find((type) => type === state);
  if (plain !== undefined) return { type: plain };
  const type = STAGED.find((name) => state.endsWith(`_${name}`));
  return type === undefined ? undefined : { type, stage: state.slice(0, -type.length - 1) };
}

function recordOf(event: PromotionEvent): Record<string, unknown> {
  const { policyDigest, evidenceDigest } = event;
  const told = Object.entries(event).filter(([name]) => !NOT_TOLD.has(name));
  return {
    state: stateOf(event),
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
    ...optional('commit', text(record['commit'])),
    ...optional('policyDigest', text(record['policy'])),
    ...optional('evidenceDigest', text(record['evidence'])),
    ...optional('previous', text(record['previous'])),
    ...optional('reason', text(record['reason'])),
    ...optional('metrics', metrics),
  };
}

/** A record's fields; a value that is no JSON object is kept as the reason, so that nothing written is lost. */
function readRecord(value: string): Readonly<Record<string, unknown>> {
  try {
    const found = readJson(value);
    if (typeof found === 'object' && found !== null && !Array.isArray(found)) return { ...found };
    return { reason: value };
  } catch {
    return { reason: value };
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
