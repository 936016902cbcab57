import type { FileFormat } from '../../policy/policy.js';
import type { FileAddress, FoundInFile } from './address.js';
import { readCsv } from './csv.js';
import { parseJson, parseToml, parseYaml } from '../../domain/data-formats.js';
import { readJUnit } from './junit.js';
import { atPointer } from './pointer.js';

/**
 * Finds a metric in a file's text. `where` is the file as the user knows it.
 * Throws `METRIC_UNREADABLE`, which names what exists.
 */
export type Reader = (text: string, address: FileAddress, where: string) => FoundInFile;

export const readers: Readonly<Record<FileFormat, Reader>> = {
  json: (text, address, where) => atPointer(parseJson(text, where), address, where),
  yaml: (text, address, where) => atPointer(parseYaml(text, where), address, where),
  toml: (text, address, where) => atPointer(parseToml(text, where), address, where),
  csv: readCsv,
  junit: readJUnit,
};
