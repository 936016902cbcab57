import type { Position } from '../domain/errors.js';
import { listKnownNames } from '../domain/suggest.js';
import type { CompileContext } from './compile-context.js';
import type { Path } from './document.js';
import { formatOf } from './file-format.js';
import type { FileFormat, MetricSource, Row } from './policy.js';

/** What a metric's declaration says of its source, as the schema lets it be written. */
export interface RawSource {
  readonly from?: MetricSource['from'];
  readonly dataset?: string;
  readonly path?: string;
  readonly format?: FileFormat;
  readonly pointer?: string;
  readonly column?: string;
  readonly row?: Row;
  readonly count?: string;
}

const pointed: readonly FileFormat[] = ['json', 'yaml', 'toml'];
/** What says where in a file, and the formats that it is for. */
const addresses: readonly (readonly [keyof RawSource, readonly FileFormat[]])[] = [
  ['pointer', pointed],
  ['column', ['csv']],
  ['row', ['csv']],
  ['count', ['junit']],
];
const counts = ['tests', 'failures', 'errors', 'failed', 'skipped', 'passed'];

/** Reads where a metric comes from, with every mistake that a schema cannot see. */
export function compileSource(
  id: string,
  key: string,
  raw: RawSource,
  { document, add, registry }: CompileContext,
): MetricSource {
  const path: Path = ['metrics', id];
  const from = raw.from ?? 'run';
  const at = (name: string): Position => document.locateKey([...path, name]);
  if (from !== 'logged_model' && raw.dataset !== undefined) {
    add(`'dataset' is for metrics with 'from: logged_model'; '${id}' has 'from: ${from}'.`, at('dataset'));
  }
  if (from !== 'file') {
    for (const name of ['path', 'format', 'pointer', 'column', 'row'] as const) {
      if (raw[name] !== undefined)
        add(`'${name}' is for metrics with 'from: file'; '${id}' has 'from: ${from}'.`, at(name));
    }
    if (from !== 'logged_model') return { from };
    if (!registry.metricSources.includes(from)) {
      add(
        `A ${registry.type} registry has no logged models: '${id}' can be 'from: run'.`,
        document.locate([...path, 'from']),
      );
    }
    return { from, ...(raw.dataset === undefined ? {} : { dataset: raw.dataset }) };
  }
  if (raw.path === undefined) {
    add(`Metric '${id}' is read from a file and does not say which: add 'path'.`, document.locateKey(path));
  }
  const format = raw.format ?? formatOf(raw.path ?? '') ?? 'json';
  for (const [name, formats] of addresses) {
    if (raw[name] === undefined || formats.includes(format)) continue;
    add(`'${name}' is for ${formats.join(', ')} files; ${raw.path ?? id} is ${format}.`, at(name));
  }
  const counted = raw.count ?? key;
  if (format === 'junit' && !counts.includes(counted)) {
    add(
      `A JUnit report has no '${counted}': say by 'count' which number is meant. ${listKnownNames('numbers', counted, counts)}`,
      raw.count === undefined ? document.locateKey(path) : document.locate([...path, 'count']),
    );
  }
  const { pointer, column, row, count } = raw;
  return {
    from,
    path: raw.path ?? '',
    format,
    ...(pointer === undefined ? {} : { pointer }),
    ...(column === undefined ? {} : { column }),
    ...(row === undefined ? {} : { row }),
    ...(count === undefined ? {} : { count }),
  };
}
