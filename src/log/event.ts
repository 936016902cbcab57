import { PromotionError } from '../errors.js';
import { readJson } from '../json.js';
import { ENTRY_TYPES, faultOfEntry, isEntry, type OperationEntry } from './operation.js';

export const EVENT_TYPES = [
  'registered',
  'approved',
  'deployed',
  'rejected',
  'failed',
  'archived',
  'rolled_back',
  'adopted',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** One thing that happened to a version. Field names are those of the stored JSON. */
export interface PromotionEvent {
  readonly type: EventType;
  /** As the registry writes it: `12`, `v1.2.0`. */
  readonly version: string;
  readonly stage?: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly actor?: string;
  readonly approvers?: readonly string[];
  /** URL of the workflow run. */
  readonly run?: string;
  readonly commit?: string;
  readonly policyDigest?: string;
  readonly evidenceDigest?: string;
  /** The version that held the stage until then. */
  readonly previous?: string;
  readonly reason?: string;
  readonly metrics?: Readonly<Record<string, number | string>>;
  /** git: the assignment tag pushed together with this event. */
  readonly tag?: string;
  /**
   * `archived`: nobody retired the version, its stage was found empty and recorded so by `adopt`. It is an archival,
   * and not an adoption, so that older versions of this action read it as what it says: nobody holds the stage.
   */
  readonly vacated?: boolean;
  /** Fingerprint of the very version this is about: one deleted and made anew has its number and another one. */
  readonly identity?: string;
}

/** An event as the log holds it. */
export interface LoggedEvent extends PromotionEvent {
  /** The log's own commit that records it, not the model's. */
  readonly id: string;
}

const TEXTS = [
  'stage',
  'actor',
  'run',
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
