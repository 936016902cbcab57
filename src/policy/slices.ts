/** A metric that is logged once for each slice of the data: `auc/{country}` stands for `auc/DE`, `auc/FR` … */
export interface Slices {
  /** What the slices differ in: `country`. */
  readonly dimensions: readonly string[];
  /** The pattern of the keys under which a slice's size is logged. */
  readonly count?: string;
  /** A slice with fewer is too small to tell. */
  readonly minCount?: number;
}

const placeholder = /\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** The names in braces, in the key's order. */
export function dimensionsOf(key: string): readonly string[] {
  return [...key.matchAll(placeholder)].map(([, name]) => name ?? '');
}

/** The slices that `keys` hold of a pattern, each as its dimensions' values, which may be empty, in the keys' order. */
export function slicesIn(pattern: string, keys: readonly string[]): readonly ReadonlyMap<string, string>[] {
  const parts = pattern.split(placeholder);
  const dimensions = dimensionsOf(pattern);
  const text = parts.map((part, index) => (index % 2 === 1 ? '(.*?)' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')));
  const form = new RegExp(`^${text.join('')}$`, 's');
  return keys.flatMap((key) => {
    const found = form.exec(key);
    return found === null ? [] : [new Map(dimensions.map((name, index) => [name, found[index + 1] ?? '']))];
  });
}

/** The pattern with a slice's values in their places. */
export function keyOf(pattern: string, slice: ReadonlyMap<string, string>): string {
  return pattern.replaceAll(placeholder, (whole, name: string) => slice.get(name) ?? whole);
}

/** The name under which a promotion records a slice: its key, after the metric's id where that is another. */
export function recordedAs({ id, key: pattern }: { readonly id: string; readonly key: string }, key: string): string {
  return id === pattern ? key : `${id}[${key}]`;
}

/** The key of the slice that was recorded under this name; undefined where it is none of the metric's. */
export function recordedKey(metric: { readonly id: string; readonly key: string }, name: string): string | undefined {
  const { id, key: pattern } = metric;
  const key = id === pattern ? name : name.startsWith(`${id}[`) ? name.slice(id.length + 1, -1) : undefined;
  return key !== undefined && recordedAs(metric, key) === name && slicesIn(pattern, [key]).length === 1
    ? key
    : undefined;
}

/**
 * What a reader sees of a slice's name, for comparison: spellings that differ in case, blanks, invisible characters or
 * Unicode's forms alone are one to him.
 */
export function shownName(name: string): string {
  return name.normalize('NFKC').replaceAll(/\p{C}/gu, '').replaceAll(/\s+/g, ' ').trim().toLowerCase();
}

/** `country=DE, device=web`. */
export function sliceName(slice: ReadonlyMap<string, string>): string {
  return [...slice].map(([dimension, value]) => `${dimension}=${value}`).join(', ');
}
