import { lstat, readFile } from 'node:fs/promises';
import { parseNumbers, scalar } from '../json.js';

/** What a command wrote to METRICS_FILE: values as written, or why they cannot be read. */
export type MetricsFile = { readonly values: ReadonlyMap<string, number | string> } | { readonly unreadable: string };

const largest = 5 * 1024 * 1024;

/** Reads `{"auc": 0.91}`; undefined where the command wrote none. Never throws for what the file holds. */
export async function readMetricsFile(path: string): Promise<MetricsFile | undefined> {
  const status = await lstat(path).catch(() => undefined);
  if (status === undefined) return undefined;
  if (!status.isFile()) return { unreadable: 'METRICS_FILE is not a regular file' };
  if (status.size > largest) return { unreadable: 'METRICS_FILE is larger than 5 MiB' };
  const text = await readFile(path, 'utf8');
  if (text.trim() === '') return undefined;
  try {
    const data = parseNumbers(text);
    if (data === null || typeof data !== 'object' || Array.isArray(data)) {
      return { unreadable: 'METRICS_FILE is not a JSON object such as {"auc": 0.91}' };
    }
    return { values: new Map(Object.entries(data).map(([key, value]) => [key, scalar(value)])) };
  } catch (error) {
    return { unreadable: `METRICS_FILE is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}
