import { readJson } from '../../domain/json.js';
import type { EventType, PromotionEvent } from '../../domain/event.js';
import { eventsAbout, LoggedVersion, type WhichVersion } from '../../log/logged-version.js';
import { type Holdings, STATE, stateNow, stateOf, wordOf } from '../../domain/promotion-state.js';
import type { Assignment } from './artifact.js';

/**
 * git has no tags on a version, so the tags of the `Registry` interface are a view of the promotion log, as it
 * would look in MLflow:
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
const PREFIX = 'promotion_';
/** Event fields that a record tells by another name, or by where it stands. */
const NOT_TOLD = new Set(['type', 'version', 'id', 'policyDigest', 'evidenceDigest']);

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
    const split = said === undefined ? undefined : wordOf(said);
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
    const split = wordOf(state);
    // The state is in lower case, and the stage as the policy spells it.
    const stage = stages.find((name) => name.toLowerCase() === split?.stage?.toLowerCase()) ?? split?.stage;
    if (split !== undefined) events.push(eventFrom({}, split.type, version, stage, at));
  }
  return events;
}

/**
 * The tags of a version: what the log says of this very one, and, for assignments that the log does not know (made
 * with `gto assign`), that it was deployed there.
 * @param holdings what it holds: by the log, in git by the registry's tags
 */
export function tagsOf(
  which: WhichVersion,
  logged: readonly PromotionEvent[],
  assignments: readonly Assignment[],
  holdings: Holdings,
): ReadonlyMap<string, string> {
  const events = eventsOn(which, logged, assignments);
  const last = events.at(-1);
  if (last === undefined) return new Map();
  const tags = new Map([[STATE, stateNow(last, holdings)]]);
  for (const event of events) tags.set(stageKey(event.stage ?? event.type), JSON.stringify(recordOf(event)));
  return tags;
}

/** What the log says of this very version, and the assignments that it does not know, in their order. */
export function eventsOn(
  which: WhichVersion,
  logged: readonly PromotionEvent[],
  assignments: readonly Assignment[],
): readonly PromotionEvent[] {
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
  return foreign.length === 0 ? own : [...own, ...foreign].sort((a, b) => seconds(a) - seconds(b));
}

function seconds(event: PromotionEvent): number {
  return Math.floor(Date.parse(event.at) / 1000);
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
