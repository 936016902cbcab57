import { PromotionError } from '../../errors.js';
import { parseToml } from '../../evidence/file/toml.js';
import { parseYaml } from '../../evidence/file/yaml.js';
import { parseNumbers, scalar } from '../../json.js';

/** What DVC reads metrics from. https://dvc.org/doc/command-reference/metrics */
export type MetricsFormat = 'json' | 'yaml' | 'toml';

const parsers: Readonly<Record<MetricsFormat, (text: string, where: string) => unknown>> = {
  json: parseNumbers,
  yaml: parseYaml,
  toml: parseToml,
};

/**
 * A metrics file's values by key. Nested objects are read by dotted path (`train.auc`), as DVC names them; an
 * exact key goes before a path. Numbers and texts are handed on unjudged; what is no number at all (`true`,
 * `null`) becomes its JSON text, so that a judge refuses it instead of not finding it.
 *
 * Throws `METRIC_UNREADABLE`, naming `where`, for a file that is not an object.
 */
export function readMetrics(
  text: string,
  keys: readonly string[],
  where: string,
  format: MetricsFormat = 'json',
): ReadonlyMap<string, number | string> {
  const found = parsed(text, where, format);
  const values = new Map<string, number | string>();
  for (const key of keys) {
    const value = lookUp(found, key);
    if (value === undefined || (typeof value === 'object' && value !== null)) continue;
    values.set(key, scalar(value));
  }
  return values;
}

/** The names of all values in a metrics file, nested ones by their dotted path. Throws as `readMetrics`. */
export function metricKeys(text: string, where: string, format: MetricsFormat = 'json'): readonly string[] {
  return namesIn(parsed(text, where, format), '');
}

function namesIn(object: Readonly<Record<string, unknown>>, prefix: string): readonly string[] {
  return Object.entries(object).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? namesIn(value as Record<string, unknown>, `${prefix}${key}.`)
      : [`${prefix}${key}`],
  );
}

function parsed(text: string, where: string, format: MetricsFormat): Readonly<Record<string, unknown>> {
  const unreadable = (what: string): PromotionError =>
    new PromotionError('METRIC_UNREADABLE', `The metrics file ${where} ${what}.`, {
      cure: 'Write it as one object of keys and values, e.g. {"auc": 0.91}; set registry.metrics_file when another file holds the metrics.',
    });
  if (text.startsWith('version https://git-lfs')) throw unreadable('is a Git LFS pointer, not the file itself');
  let found: unknown;
  try {
    found = parsers[format](text, where);
  } catch (cause) {
    if (cause instanceof PromotionError) throw unreadable(cause.message.slice(where.length + 1, -1));
    throw unreadable(`is not JSON (${cause instanceof Error ? cause.message : String(cause)})`);
  }
  if (typeof found !== 'object' || found === null || Array.isArray(found))
    throw unreadable(format === 'json' ? 'is not a JSON object' : 'is not one table of keys and values');
  return found as Record<string, unknown>;
}

function lookUp(object: Readonly<Record<string, unknown>>, key: string): unknown {
  if (Object.hasOwn(object, key)) return object[key];
  // Keys may hold dots themselves (`f1.macro`), so every place to cut is tried, the longest head first.
  for (let dot = key.lastIndexOf('.'); dot > 0; dot = key.lastIndexOf('.', dot - 1)) {
    const head = key.slice(0, dot);
    const inner = Object.hasOwn(object, head) ? object[head] : undefined;
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) {
      const value = lookUp(inner as Record<string, unknown>, key.slice(dot + 1));
      if (value !== undefined) return value;
    }
  }
  return undefined;
}
