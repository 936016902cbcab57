import { closest, distance } from 'fastest-levenshtein';

/** The name in `known` that `given` was most likely meant to be, or undefined when none is near. */
export function nearest(given: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const lower = given.toLowerCase();
  const byLower = new Map(known.map((name) => [name.toLowerCase(), name]));
  const prefixed = [...byLower.keys()].find(
    (name) => lower.length >= 3 && (name.startsWith(lower) || lower.startsWith(name)),
  );
  const best = prefixed ?? closest(lower, [...byLower.keys()]);
  const near = prefixed !== undefined || distance(lower, best) <= Math.max(1, Math.floor(lower.length / 3));
  return near ? byLower.get(best) : undefined;
}

/**
 * The second half of every "unknown name" message: what exists, and which of it is nearest.
 * @param what plural of the thing, e.g. `stages`
 */
export function whatExists(what: string, given: string, known: readonly string[], limit = 20): string {
  if (known.length === 0) return `There are no ${what}.`;
  const shown = known.slice(0, limit).map((name) => `'${name}'`).join(', ');
  const more = known.length > limit ? ` and ${known.length - limit} more` : '';
  const guess = nearest(given, known);
  return `Existing ${what}: ${shown}${more}.${guess === undefined ? '' : ` Did you mean '${guess}'?`}`;
}
