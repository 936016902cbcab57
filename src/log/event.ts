import { PromotionError } from '../domain/errors.js';
import { readJson } from '../domain/json.js';
import { ENTRY_TYPES, faultOfEntry, isEntry, type OperationEntry } from './operation.js';
import { EVENT_TYPES, type PromotionEvent } from '../domain/event.js';
import { fingerprintOf, type Identified } from '../domain/version.js';

/** An event as the log holds it. */
export interface LoggedEvent extends PromotionEvent {
  /** The log's own commit that records it, not the model's. */
  readonly id: string;
}

const TEXTS = [
  'stage',
  'actor',
  'run',
  'origin',
  'commit',
  'policyDigest',
  'evidenceDigest',
  'previous',
  'reason',
  'tag',
  'identity',
] as const;

/**
 * An event, or an operation's entry, from its stored text. Fields this version does not know are kept: a later one may have written them.
 * Throws `REGISTRY_ANSWER` naming the commit; a log that cannot be read decides nothing.
 */
export function parseEntry(text: string, id: string): LoggedEvent | OperationEntry {
  const wrong = (what: string): PromotionError =>
    new PromotionError('REGISTRY_ANSWER', `The promotion log's commit ${id} is malformed: ${what}.`, {
      cure: `Look at it with 'git show ${id}:event.json'; the log is written by this action alone.`,
    });
  let found: unknown;
  try {
    found = readJson(text);
  } catch (cause) {
    throw wrong(`event.json is not JSON (${cause instanceof Error ? cause.message : String(cause)})`);
  }
  if (typeof found !== 'object' || found === null || Array.isArray(found)) throw wrong('event.json is not an object');
  const event = found as Record<string, unknown>;
  const known: readonly string[] = [...EVENT_TYPES, ...ENTRY_TYPES];
  if (!known.some((type) => type === event['type']))
    throw wrong(`type ${JSON.stringify(event['type'])} is not one of ${known.join(', ')}`);
  if (typeof event['version'] !== 'string' || event['version'] === '') throw wrong('it names no version');
  if (typeof event['at'] !== 'string' || Number.isNaN(Date.parse(event['at']))) throw wrong("'at' is not a time");
  for (const field of TEXTS) {
    if (event[field] !== undefined && typeof event[field] !== 'string') throw wrong(`'${field}' is not text`);
  }
  if (isEntry(event as { type: string })) {
    const fault = faultOfEntry(event);
    if (fault !== undefined) throw wrong(fault);
    return event as unknown as OperationEntry;
  }
  const { approvers, metrics, vacated } = event;
  if (vacated !== undefined && typeof vacated !== 'boolean') throw wrong("'vacated' is neither true nor false");
  if (approvers !== undefined && !(Array.isArray(approvers) && approvers.every((name) => typeof name === 'string'))) {
    throw wrong("'approvers' is not a list of names");
  }
  if (metrics !== undefined && (typeof metrics !== 'object' || metrics === null || Array.isArray(metrics)))
    throw wrong("'metrics' is not an object");
  return { ...(event as unknown as PromotionEvent), id };
}

/** The events with the identity of the version they are about. */
export function identified(events: readonly PromotionEvent[], version: Identified): PromotionEvent[] {
  return events.map((event) => ({ ...event, identity: fingerprintOf(version) }));
}
