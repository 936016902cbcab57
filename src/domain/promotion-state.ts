import { readJson } from './json.js';
import { EVENT_TYPES, type EventType } from './event.js';

/** The tag that says where in its life a version is. */
export const STATE = 'promotion_state';

/** What was last said of a version. */
export interface LastWord {
  readonly type: EventType;
  readonly stage?: string | undefined;
}

/** Which stages a version holds, and which one it left last. */
export interface Holdings {
  /** The furthest one last. */
  readonly held: readonly string[];
  readonly left?: string | undefined;
}

const staged: readonly EventType[] = ['approved', 'deployed', 'rejected', 'failed'];
/** What was found or decided of a version stands, whatever it holds beside; `registered` takes such a word back. */
const standing: readonly EventType[] = ['registered', 'approved', 'rejected', 'failed', 'rolled_back'];

/** `Production` and `deployed` make `production_deployed`; a state is in lower case, however the policy spells the stage. */
export function stateOf({ type, stage }: LastWord): string {
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
  if (isVerdict(last)) return stateOf(last);
  const furthest = held.at(-1);
  if (furthest !== undefined) return stateOf({ type: 'deployed', stage: furthest });
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

/** What the newest of a version's records tells, in lower case: `archived`, though it holds another stage still. */
export function newestRecord(tags: ReadonlyMap<string, string>): string | undefined {
  const records = [...tags].flatMap(([key, value]) =>
    key.startsWith('promotion_') && key !== STATE ? readStateAndTime(value) : [],
  );
  return records.toSorted((a, b) => a.time - b.time).at(-1)?.state;
}

function readStateAndTime(value: string): readonly { readonly state: string; readonly time: number }[] {
  try {
    const { state, at } = readJson(value) as { readonly state?: unknown; readonly at?: unknown };
    const time = typeof at === 'string' ? Date.parse(at) : NaN;
    return typeof state !== 'string' || Number.isNaN(time) ? [] : [{ state: state.toLowerCase(), time }];
  } catch {
    return []; // Another tool's tag: no record.
  }
}
