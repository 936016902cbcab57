import { lstat, readFile } from 'node:fs/promises';
import { parseNumbers, scalar } from '../json.js';
import type { Veil } from '../veil.js';

/** What a command wrote to METRICS_FILE: values as written, or why they cannot be read. */
export type MetricsFile = { readonly values: ReadonlyMap<string, number | string> } | { readonly unreadable: string };

const largest = 5 * 1024 * 1024;

/**
 * Reads `{"auc": 0.91}`; undefined where the command wrote none. Never throws for what the file holds.
 * @param veil the file is output of the command like any other: texts in it, and what an error quotes of it, are veiled
 */
export async function readMetricsFile(path: string, veil: Veil): Promise<MetricsFile | undefined> {
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
    return { values: new Map(Object.entries(data).map(([key, value]) => [key, veil.overData(scalar(value))])) };
  } catch {
    return { unreadable: `METRICS_FILE is not JSON${faultOf(veil.over(text))}` };
  }
}

/** What JSON's parser says of the text, with the piece that it quotes. */
function faultOf(text: string): string {
  try {
    parseNumbers(text);
    return '';
  } catch (error) {
    return `: ${error instanceof Error ? error.message : String(error)}`;
  }
}
