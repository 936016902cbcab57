import { CsvError, parse } from 'csv-parse/sync';
import { listKnownNames } from '../../domain/suggest.js';
import { plainNumberIn } from '../../domain/decimal.js';
import type { Row } from '../../policy/policy.js';
import type { FileAddress, FoundInFile } from './address.js';
import { parserMessage, unreadable } from '../../domain/data-formats.js';

interface Line {
  readonly cells: readonly string[];
  /** Counted from 1, without the header. */
  readonly row: number;
  /** In the file. */
  readonly line: number;
}

interface Table {
  readonly where: string;
  readonly header: readonly string[];
  readonly lines: readonly Line[];
}

/**
 * One cell of a CSV file whose first line names its columns. https://www.rfc-editor.org/rfc/rfc4180
 * @throws PromotionError `METRIC_UNREADABLE` also where no row, or more than one, is meant
 */
export function readCsv(text: string, { key, column = key, row = 'last' }: FileAddress, where: string): FoundInFile {
  const table = tableIn(text, where);
  const at = columnOf(table, column);
  const line = rowOf(table, row);
  const cell = (line.cells[at] ?? '').trim();
  const place = `column ${column}, row ${line.row} (line ${line.line})`;
  if (cell === '') {
    throw unreadable(where, `is empty in ${place}`, {
      cure: "Say with 'row' which row has the value, e.g. row: { split: test }.",
      at: { file: where, line: line.line, column: 1 },
    });
  }
  return { value: plainNumberIn(cell), place };
}

function tableIn(text: string, where: string): Table {
  let found: { readonly record: readonly string[]; readonly info: { readonly lines: number } }[];
  try {
    found = parse(text, {
      bom: true,
      info: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      skip_empty_lines: true,
    }) as unknown as typeof found;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw unreadable(where, `is not CSV (${parserMessage(error)})`, {
      cure: 'Correct the file: commas between fields, as many in each line, and quotes doubled inside quotes.',
      cause: error,
    });
  }
  const [head, ...rest] = found;
  if (head === undefined) throw unreadable(where, 'is empty', { cure: 'Write a line of column names, then the rows.' });
  const header = head.record.map((name) => name.trim());
  const twice = header.find((name, index) => header.indexOf(name) !== index);
  if (twice !== undefined) {
    throw unreadable(where, `has more than one column '${twice}'`, { cure: 'Give each column a name of its own.' });
  }
  const lines = rest.map(({ record, info }, index) => ({ cells: record, row: index + 1, line: info.lines }));
  return { where, header, lines };
}

function columnOf({ where, header }: Table, column: string): number {
  const at = header.indexOf(column);
  if (at >= 0) return at;
  const [only = ''] = header;
  const separator =
    header.length > 1 ? undefined : only.includes('\t') ? 'tabs' : only.includes(';') ? 'semicolons' : undefined;
  if (separator !== undefined) {
    throw unreadable(where, `is separated by ${separator}, not by commas`, {
      cure: "Write it with commas, in pandas 'df.to_csv(path)' without 'sep'.",
    });
  }
  throw unreadable(where, `has no column '${column}'`, { cure: listKnownNames('columns', column, header) });
}

function rowOf(table: Table, row: Row): Line {
  const { where, lines } = table;
  const number = row === 'first' ? 1 : row === 'last' ? lines.length : row;
  if (typeof number === 'number') {
    const line = lines.find((each) => each.row === number);
    if (line !== undefined) return line;
    throw unreadable(where, lines.length === 0 ? 'has no rows below its header' : `has no row ${number}`, {
      cure: `Rows are counted from 1, without the header; there are ${lines.length}.`,
    });
  }
  const wanted = Object.entries(number).map(([column, value]) => ({ at: columnOf(table, column), column, value }));
  const meant = wanted.map(({ column, value }) => `${column} is ${value}`).join(' and ');
  const found = lines.filter(({ cells }) => wanted.every(({ at, value }) => isSame(cells[at] ?? '', value)));
  const [only, other] = found;
  if (only !== undefined && other === undefined) return only;
  if (only === undefined) {
    throw unreadable(where, `has no row where ${meant}`, { cure: valuesThatExist(table, wanted) });
  }
  const rows = found.map(({ row: each }) => each);
  throw unreadable(
    where,
    `has ${found.length} rows where ${meant}: ${rows.slice(0, 10).join(', ')}${rows.length > 10 ? ' …' : ''}`,
    { cure: "Add a column to 'row' that tells them apart, or write one row." },
  );
}

/** `row: { epoch: 10 }` also means the cell `10.0`. */
function isSame(cell: string, wanted: string | number): boolean {
  return typeof wanted === 'number' ? cell.trim() !== '' && Number(cell) === wanted : cell.trim() === wanted.trim();
}

function valuesThatExist(
  { lines }: Table,
  wanted: readonly { readonly at: number; readonly column: string; readonly value: string | number }[],
): string {
  const missing = wanted.find(({ at, value }) => !lines.some(({ cells }) => isSame(cells[at] ?? '', value)));
  if (missing === undefined) return 'Each of them is in some row, but no row has them all.';
  const known = [...new Set(lines.map(({ cells }) => cells[missing.at] ?? ''))];
  return listKnownNames(`values of ${missing.column}`, String(missing.value), known);
}
