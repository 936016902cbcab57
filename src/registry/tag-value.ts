/** A record's copy as a store's tag can hold it, and what of the record has no room there. */
export interface TagValue {
  readonly text: string;
  /** As words for a sentence; absent where the copy is whole. */
  readonly leftOut?: string;
}

type Fields = Readonly<Record<string, unknown>>;

const longestReason = 160;

/**
 * A tag's value of at most `limit` characters. A record stays one: approvers, reason and metrics are left out as far
 * as they have no room, and `shortened` marks the copy. The record itself is the promotion log's, which has no such limit.
 */
export function tagValue(text: string, limit: number): TagValue {
  if (text.length <= limit) return { text };
  const record = recordIn(text);
  if (record === undefined) return { text: cut(text, limit), leftOut: 'the end of the text' };
  const { reason, metrics, approvers, ...core } = record;
  const leftOut: string[] = [];
  const copy: Record<string, unknown> = { ...core, shortened: true };
  if (!fits(copy, limit)) return { text: bare(record), leftOut: 'all but state, stage and time' };
  const people = Array.isArray(approvers) ? (approvers as readonly unknown[]) : [];
  const somePeople = longest(people, (some) => fits({ ...copy, approvers: some }, limit));
  if (somePeople.length > 0) copy['approvers'] = somePeople;
  if (somePeople.length < people.length)
    leftOut.push(`${people.length - somePeople.length} of ${people.length} approvers`);
  if (typeof reason === 'string') {
    const short = cut(reason, longestReason);
    const hasRoom = fits({ ...copy, reason: short }, limit);
    if (hasRoom) copy['reason'] = short;
    if (!hasRoom || short !== reason) leftOut.push(hasRoom ? 'the end of the reason' : 'the reason');
  }
  const values = typeof metrics === 'object' && metrics !== null ? Object.entries(metrics) : [];
  const someValues = longest(values, (some) => fits({ ...copy, metrics: Object.fromEntries(some) }, limit));
  if (someValues.length > 0) copy['metrics'] = Object.fromEntries(someValues);
  if (someValues.length < values.length)
    leftOut.push(`${values.length - someValues.length} of ${values.length} metrics`);
  return { text: JSON.stringify(copy), leftOut: leftOut.join(', ') };
}

/** As many of the first as `accepts` takes. */
function longest<T>(all: readonly T[], accepts: (some: readonly T[]) => boolean): readonly T[] {
  let count = 0;
  while (count < all.length && accepts(all.slice(0, count + 1))) count += 1;
  return all.slice(0, count);
}

function fits(fields: Fields, limit: number): boolean {
  return JSON.stringify(fields).length <= limit;
}

function bare({ state, stage, at }: Fields): string {
  return JSON.stringify({ state, stage, at, shortened: true });
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

function recordIn(text: string): Fields | undefined {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === 'object' && found !== null && !Array.isArray(found) ? { ...found } : undefined;
  } catch {
    return undefined; // Not a record: text, which may be cut anywhere.
  }
}
