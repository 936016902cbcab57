import type { EventType, PromotionEvent } from './event.js';
import { type LastWord, stateOf, tagsOf } from './record.js';

/** Which stages a version holds, and which one it left last. */
export interface Holdings {
  /** The furthest one last. */
  readonly held: readonly string[];
  readonly left?: string | undefined;
}

/** What was found or decided of a version stands, whatever it holds beside; `registered` takes such a word back. */
const standing: readonly EventType[] = ['registered', 'approved', 'rejected', 'failed', 'rolled_back'];

/** Whether it stands as the version's state, whatever that holds beside. */
export function isVerdict({ type }: LastWord): boolean {
  return standing.includes(type);
}

/**
 * A version's state. What was decided or found of it last stands: that it was registered, approved, rejected or rolled
 * back, or that it failed. Else it is the furthest stage that the version holds; where it holds none, that it was
 * archived, or the stage that it left last.
 */
export function stateNow(last: LastWord, { held, left = last.stage }: Holdings): string {
  if (isVerdict(last)) return stateOf(last.stage, last.type);
  const furthest = held.at(-1);
  if (furthest !== undefined) return stateOf(furthest, 'deployed');
  if (last.type === 'archived' || left === undefined) return last.type;
  return `${left.toLowerCase()}_replaced`;
}

/**
 * Stages with the furthest last.
 * @param order the policy's stages; one that it no longer has is the least
 */
export function inOrder(stages: readonly string[], order: readonly string[]): readonly string[] {
  const names = order.map((name) => name.toLowerCase());
  const place = (stage: string): number => names.indexOf(stage.toLowerCase());
  return stages.toSorted((a, b) => place(a) - place(b));
}

/**
 * The tags of a version of which `events` tell, oldest first; none where they tell nothing.
 * @param holdings what it holds now
 */
export function tagsNow(events: readonly PromotionEvent[], holdings: Holdings): ReadonlyMap<string, string> {
  const last = events.at(-1);
  return last === undefined ? new Map() : tagsOf(events, stateNow(last, holdings));
}
