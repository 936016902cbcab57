import { readFile, realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PromotionError } from '../../domain/errors.js';
import type { MetricReading } from '../../domain/version.js';
import { formatOf } from '../../policy/file-format.js';
import type { FileFormat } from '../../policy/policy.js';
import { leadsOut } from '../../git/workspace.js';
import type { FileAddress } from './address.js';
import { decodeText } from '../../domain/decode.js';
import { readers } from './formats.js';
import { unreadable } from '../../domain/data-formats.js';

const largest = 16 * 1024 * 1024;

/** A file that holds a metric: relative to the workspace, and of the format its extension says unless it is given. */
export interface MetricInFile extends FileAddress {
  readonly path: string;
  readonly format?: FileFormat;
}

/**
 * Reads a metric from a file in the workspace, unjudged.
 * @throws PromotionError `METRIC_UNREADABLE`, or `FILE_UNSAFE` for a path or a link that leads out of the workspace
 */
export async function readMetricInFile(workspace: string, metric: MetricInFile): Promise<MetricReading> {
  const { path } = metric;
  const text = await textOf(workspace, path);
  const format = metric.format ?? formatOf(path) ?? 'json';
  const { value, place } = readers[format](text, metric, path);
  return { value, origin: place.startsWith('at ') ? `${path} ${place}` : `${path}, ${place}` };
}

async function textOf(workspace: string, path: string): Promise<string> {
  const real = await realpath(resolve(workspace, path)).catch(() => undefined);
  if (real === undefined) {
    throw new PromotionError('METRIC_UNREADABLE', `The file ${path} does not exist in the workspace.`, {
      cure: "Write it before this step, or correct 'path'.",
    });
  }
  if (await leadsOut(workspace, real)) {
    throw new PromotionError('FILE_UNSAFE', `${path} leads out of the workspace.`, {
      cure: 'Copy the file into the workspace.',
    });
  }
  const status = await stat(real);
  if (!status.isFile()) throw unreadable(path, 'is not a file', { cure: "Correct 'path'." });
  if (status.size > largest) {
    throw unreadable(path, 'is larger than 16 MiB', { cure: 'Write the metrics to a file of their own.' });
  }
  const decoded = decodeText(await readFile(real));
  if ('what' in decoded) throw unreadable(path, decoded.what, { cure: decoded.cure });
  const { text } = decoded;
  if (text.startsWith('version https://git-lfs')) {
    throw unreadable(path, 'is a Git LFS pointer, not the file itself', { cure: "Check out with 'lfs: true'." });
  }
  return text;
}
