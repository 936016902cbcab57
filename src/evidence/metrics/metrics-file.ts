import { lstat, readFile } from 'node:fs/promises';
import { JsonError, placeIn, readJson } from '../../domain/json.js';
import type { Redactor } from '../../domain/redactor.js';
import { decodeText } from '../../domain/decode.js';
import { namedValues } from '../../domain/named-values.js';
import type { MetricsFile } from '../../domain/metrics-file.js';

const largest = 5 * 1024 * 1024;

/**
 * Reads `{"auc": 0.91}`, nested values by their dotted path; undefined where the command wrote none. Never throws for
 * what the file holds.
 * @param redactor the file is output of the command like any other: texts in it, and what an error quotes of it, are redacted
 */
export async function readMetricsFile(path: string, redactor: Redactor): Promise<MetricsFile | undefined> {
  const status = await lstat(path).catch(() => undefined);
  if (status === undefined) return undefined;
  if (!status.isFile()) return { unreadable: 'METRICS_FILE is not a regular file' };
  if (status.size > largest) return { unreadable: 'METRICS_FILE is larger than 5 MiB' };
  const decoded = decodeText(await readFile(path));
  if ('what' in decoded) return { unreadable: `METRICS_FILE ${decoded.what}. ${decoded.cure}`.replace(/\.$/, '') };
  const { text } = decoded;
  if (text.trim() === '') return undefined;
  try {
    const data = readJson(text);
    if (data === null || typeof data !== 'object' || Array.isArray(data)) {
      return { unreadable: 'METRICS_FILE is not a JSON object such as {"auc": 0.91}' };
    }
    return {
      values: new Map([...namedValues(data)].map(([key, value]) => [redactor.redact(key), redactor.redactDeep(value)])),
    };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const { line, column } = placeIn(text, error.index);
    return {
      unreadable: `METRICS_FILE is not JSON (line ${line}, column ${column}: ${redactor.redact(error.message)})`,
    };
  }
}
