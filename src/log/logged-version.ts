import { fingerprintOf, type ModelVersion } from '../domain/version.js';
import type { PromotionEvent } from '../domain/event.js';
import type { Operation } from './operation.js';

/** A version as the registry tells it now, or as the log means it: never its name alone. */
export type WhichVersion = ModelVersion | LoggedVersion;

/**
 * The version that the log means. Names are given again: a tag is moved, a version is deleted and another one gets its
 * number. What the log says is true of the one that it was said of, so two of them are compared by `is`, not by name.
 */
export class LoggedVersion {
  /**
   * @param name for people, and to look it up in the registry: what is found there must be compared by `is`
   * @param identity its fingerprint; undefined in logs that an older version of this action wrote, which mean any
   *   version of that name
   */
  constructor(
    readonly name: string,
    readonly identity: string | undefined,
  ) {}

  static of(which: WhichVersion): LoggedVersion {
    return which instanceof LoggedVersion ? which : new LoggedVersion(which.version, fingerprintOf(which));
  }

  /** The version that the operation moves. */
  static movedBy({ version, intent }: Operation): LoggedVersion {
    return new LoggedVersion(version, intent.identity);
  }

  /** The version that held the operation's stage when it began; undefined where nobody did. */
  static replacedBy({ intent }: Operation): LoggedVersion | undefined {
    return intent.previous === undefined ? undefined : new LoggedVersion(intent.previous, intent.previousIdentity);
  }

  is(other: WhichVersion): boolean {
    const { name, identity } = LoggedVersion.of(other);
    if (this.name !== name) return false;
    return this.identity === undefined || identity === undefined || this.identity === identity;
  }

  /** Whether it is another version that has, or had, the same name. */
  isNamesakeOf(other: WhichVersion): boolean {
    return this.name === LoggedVersion.of(other).name && !this.is(other);
  }
}

/**
 * Which version each event is about, in the events' order. An event without identity is about the version that the
 * log meant by the name just then; where it had not said yet, about the first that it did.
 */
export function subjectsOf(events: readonly PromotionEvent[]): readonly LoggedVersion[] {
  const said = new Map<string, string>();
  for (const { version, identity } of events) {
    if (identity !== undefined && !said.has(version)) said.set(version, identity);
  }
  return events.map(({ version, identity = said.get(version) }) => {
    if (identity !== undefined) said.set(version, identity);
    return new LoggedVersion(version, identity);
  });
}

/** The events that are about this very version. */
export function eventsAbout<T extends PromotionEvent>(which: WhichVersion, events: readonly T[]): T[] {
  const { name } = LoggedVersion.of(which);
  const namesakes = events.filter(({ version }) => version === name);
  const subjects = subjectsOf(namesakes);
  return namesakes.filter((_, index) => subjects[index]?.is(which) === true);
}
