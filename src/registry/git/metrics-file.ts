import { PromotionError } from '../../domain/errors.js';
import { decodeText } from '../../domain/decode.js';
import { parseJson, parseToml, parseYaml } from '../../domain/data-formats.js';
import { namedValues } from '../../domain/named-values.js';

/** What DVC reads metrics from. https://dvc.org/doc/command-reference/metrics */
export type MetricsFormat = 'json' | 'yaml' | 'toml';

const parsers: Readonly<Record<MetricsFormat, (text: string, where: string) => unknown>> = {
  json: parseJson,
  yaml: parseYaml,
  toml: parseToml,
};

/**
 * The values of `keys` in a metrics file, by name as in `namedValues`; those that it has not are absent. Throws
 * `METRIC_UNREADABLE`, naming `where`, for a file that is not one object of keys and values.
 */
export function readMetrics(
  text: string,
  keys: readonly string[],
  where: string,
  format: MetricsFormat = 'json',
): ReadonlyMap<string, number | bigint | string> {
  const known = valuesIn(text, where, format);
  const wanted = new Set(keys);
  return new Map([...known].filter(([key]) => wanted.has(key)));
}

/** The names of all values in a metrics file, nested ones by their dotted path. Throws as `readMetrics`. */
export function metricKeys(text: string, where: string, format: MetricsFormat = 'json'): readonly string[] {
  return [...valuesIn(text, where, format).keys()];
}

/** A metrics file's text. Throws `METRIC_UNREADABLE` for what is not UTF-8. */
export function metricsText(bytes: Uint8Array, where: string): string {
  const decoded = decodeText(bytes);
  if ('text' in decoded) return decoded.text;
  throw new PromotionError('METRIC_UNREADABLE', `The metrics file ${where} ${decoded.what}.`, { cure: decoded.cure });
}

function valuesIn(text: string, where: string, format: MetricsFormat): ReadonlyMap<string, number | bigint | string> {
  const unreadable = (what: string): PromotionError =>
    new PromotionError('METRIC_UNREADABLE', `The metrics file ${where} ${what}.`, {
      cure: 'Write it as one object of keys and values, e.g. {"auc": 0.91}; set registry.metrics_file when another file holds the metrics.',
    });
  if (text.startsWith('version https://git-lfs')) throw unreadable('is a Git LFS pointer, not the file itself');
  let found: unknown;
  try {
    found = parsers[format](text, where);
  } catch (cause) {
    if (!(cause instanceof PromotionError)) throw cause;
    throw unreadable(cause.message.slice(where.length + 1, -1));
  }
  if (typeof found !== 'object' || found === null || Array.isArray(found))
    throw unreadable(format === 'json' ? 'is not a JSON object' : 'is not one table of keys and values');
  return namedValues(found);
}
