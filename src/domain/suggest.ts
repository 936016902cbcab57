import { distance } from 'fastest-levenshtein';

/** The name in `known` that `given` was most likely meant to be, or undefined when none is near. */
export function closestName(given: string, known: readonly string[]): string | undefined {
  // A number is no misspelling of another: version 9 is not nearly version 1.
  if (isNumber(given)) return undefined;
  const swapped = known.find((name) => letters(name) === letters(given));
  if (swapped !== undefined) return swapped;
  const [best] = byNearness(given, known);
  if (best === undefined) return undefined;
  const lower = given.toLowerCase();
  // One for names so short that two letters make another.
  const near = lower.length < 4 ? 1 : Math.max(2, Math.floor(lower.length / 3));
  if (distance(lower, best.toLowerCase()) <= near) return best;
  // 'prod' for 'production': far in letters, near in mind.
  return lower.length < 3
    ? undefined
    : known.find((name) => name.toLowerCase().startsWith(lower) || lower.startsWith(name.toLowerCase()));
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}

/** Equal for names that differ by swapped letters. */
function letters(name: string): string {
  return Array.from(name.toLowerCase()).sort().join('');
}

function byNearness(given: string, known: readonly string[]): readonly string[] {
  const lower = given.toLowerCase();
  return known
    .map((name) => ({ name, far: distance(lower, name.toLowerCase()) }))
    .sort((a, b) => a.far - b.far)
    .map(({ name }) => name);
}

/** More names than a reader takes in at a glance. */
const few = 8;

/**
 * The second half of every "unknown name" message: what exists, and which of it is nearest. A long list has the nearest
 * first, behind the suggestion: who reads the first line of an annotation shall see it.
 * @param what plural of the thing, e.g. `stages`
 */
export function listKnownNames(what: string, given: string, known: readonly string[], limit = 20): string {
  if (known.length === 0) return `There are no ${what}.`;
  const isLong = known.length > few;
  const first = (isLong && !isNumber(given) ? byNearness(given, known) : known).slice(0, limit);
  const more = known.length > limit ? ` and ${known.length - limit} more` : '';
  const exist = `Existing ${what}: ${first.map((name) => `'${name}'`).join(', ')}${more}.`;
  const guess = closestName(given, known);
  if (guess === undefined) return exist;
  return isLong ? `Did you mean '${guess}'? ${exist}` : `${exist} Did you mean '${guess}'?`;
}

/**
 * Which metrics there are, the nearest first, and what to write where one of them is meant.
 * @param id the metric's name in the policy, where that is known
 */
export function metricsThatExist(id: string | undefined, key: string, known: readonly string[]): string {
  if (known.length === 0) return 'It has no metrics at all.';
  const shown = byLikeness(key, known).slice(0, 10);
  const [first = ''] = shown;
  const more = known.length > shown.length ? ` and ${known.length - shown.length} more` : '';
  const name = /^[A-Za-z][\w./-]*$/.test(first) ? first : JSON.stringify(first);
  return `Its metrics, nearest first: ${shown.map((each) => `'${each}'`).join(', ')}${more}. Where '${first}' is meant, add 'key: ${name}' to ${id === undefined ? 'the metric' : `'${id}'`}.`;
}

/** Equal but for case; then names with the given one among their words (`val_auc`, `eval.auc`); then by distance. */
function byLikeness(given: string, known: readonly string[]): readonly string[] {
  const lower = given.toLowerCase();
  const rank = (name: string): number => {
    const other = name.toLowerCase();
    if (other === lower) return 0;
    if (other.split(/[^a-z0-9]+/).includes(lower)) return 1;
    return other.includes(lower) || lower.includes(other) ? 2 : 3;
  };
  return byNearness(given, known).toSorted((a, b) => rank(a) - rank(b));
}
