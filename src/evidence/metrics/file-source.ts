import { given } from '../../domain/defined.js';
import type { SourceCompiler, SourceDescriptor, SourceTraits } from '../../domain/metric-source.js';
import { listKnownNames } from '../../domain/suggest.js';
import { formatOf } from '../../policy/file-format.js';
import type { FileFormat } from '../../policy/policy.js';
import type { FileAddress } from './address.js';
import { readMetricInFile } from './file.js';
import { readable } from './readable.js';
import { fromRecord } from './recorded.js';

/** What a declaration says of the file, as the schema lets it be written. */
interface RawFile extends Omit<FileAddress, 'key'> {
  readonly path?: string;
  readonly format?: FileFormat;
}

const traits: SourceTraits = {
  from: 'file',
  phase: 'commands',
  isAskedAtOnce: false,
  canReplay: false,
  provenance: 'none',
};
const formats: readonly FileFormat[] = ['json', 'yaml', 'toml', 'csv', 'junit'];
const pointed: readonly FileFormat[] = ['json', 'yaml', 'toml'];
/** What says where in a file, and the formats that it is for. */
const addresses: readonly (readonly [keyof RawFile, readonly FileFormat[]])[] = [
  ['pointer', pointed],
  ['column', ['csv']],
  ['row', ['csv']],
  ['count', ['junit']],
];
const counts = ['tests', 'failures', 'errors', 'failed', 'skipped', 'passed'];

/** A file in the workspace, which a job or a command wrote. */
export const file: SourceDescriptor = {
  ...traits,
  plural: 'files',
  keys: {
    path: {
      description: 'from file: a JSON, YAML, TOML, CSV or JUnit file, relative to the workspace.',
      type: 'string',
      minLength: 1,
    },
    pointer: {
      description: "from file: where in it, a JSON pointer (RFC 6901). Default: the metric's key at the top.",
      type: 'string',
      pattern: '^(/.*)?$',
    },
    format: { description: 'from file: its format, where the extension does not say it.', enum: formats },
    column: { description: "CSV: the column. Default: the metric's key.", $ref: '#/definitions/name' },
    row: {
      description:
        'CSV: the data row: first, last (the default), a number from 1, or texts that one row has in its columns.',
      oneOf: [
        { enum: ['first', 'last'] },
        { type: 'integer', minimum: 1 },
        { type: 'object', minProperties: 1, additionalProperties: { type: ['string', 'number'] } },
      ],
      'x-message': "A row is 'first', 'last', a number from 1, or columns with the texts of the one row that is meant.",
    },
  },
  paths: ['path'],
  hasCount: true,
  compile(raw: RawFile, compiler) {
    const { path = '', pointer, column, row, count } = raw;
    const format = raw.format ?? formatOf(path) ?? 'json';
    refuse(raw, format, compiler);
    const { key } = compiler;
    const place = { path, format, ...given({ pointer, column, row, count }) };
    return {
      ...traits,
      ...(format === 'junit' ? { counts: { path, count: count ?? key } } : {}),
      lookup: (asked, { workspace, recorded }) =>
        asked.role === 'champion'
          ? fromRecord(asked, recorded)
          : readable(readMetricInFile(workspace, { ...place, key: asked.key })),
    };
  },
};

function refuse(raw: RawFile, format: FileFormat, { id, key, add }: SourceCompiler): void {
  if (raw.path === undefined) add(`Metric '${id}' is read from a file and does not say which: add 'path'.`);
  for (const [name, allowed] of addresses) {
    if (raw[name] === undefined || allowed.includes(format)) continue;
    add(`'${name}' is for ${allowed.join(', ')} files; ${raw.path ?? id} is ${format}.`, { key: name });
  }
  const counted = raw.count ?? key;
  if (format === 'junit' && !counts.includes(counted)) {
    add(
      `A JUnit report has no '${counted}': say by 'count' which number is meant. ${listKnownNames('numbers', counted, counts)}`,
      raw.count === undefined ? undefined : { value: 'count' },
    );
  }
}
