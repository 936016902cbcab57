import { describe, expect, test } from '@jest/globals';
import { PromotionError } from '../../../src/domain/errors.js';
import type { FileAddress } from '../../../src/evidence/metrics/address.js';
import { formatOf } from '../../../src/policy/file-format.js';
import type { FileFormat } from '../../../src/policy/policy.js';
import { readers } from '../../../src/evidence/metrics/formats.js';

const file = 'out/metrics';

function read(format: FileFormat, text: string, address: Partial<FileAddress> = {}): number | bigint | string {
  return readers[format](text, { key: 'auc', ...address }, file).value;
}

/** The whole sentence that a user reads. */
function refusal(format: FileFormat, text: string, address: Partial<FileAddress> = {}): string {
  try {
    read(format, text, address);
  } catch (error) {
    expect(error).toMatchObject({ code: 'METRIC_UNREADABLE', message: expect.stringContaining(file) });
    return (error as PromotionError).sentence;
  }
  throw new Error('It was read.');
}

test.each([
  ['a/b.json', 'json'],
  ['b.YAML', 'yaml'],
  ['b.yml', 'yaml'],
  ['pyproject.toml', 'toml'],
  ['x.metrics.csv', 'csv'],
  ['junit.xml', 'junit'],
  ['x.constructor', undefined],
  ['csv', undefined],
  ['a.csv/b', undefined],
])('%s is %s', (path, format) => {
  expect(formatOf(path)).toBe(format);
});

const same: readonly [FileFormat, string][] = [
  ['json', '{"auc": 0.91, "deep": {"a/b": [{"m~n": 5}], "": 6}, "text": "0.9", "flag": true, "none": null}'],
  ['yaml', "auc: 0.91\ndeep:\n  a/b:\n    - m~n: 5\n  '': 6\ntext: '0.9'\nflag: true\nnone: null\n"],
  ['toml', 'auc = 0.91\ntext = "0.9"\nflag = true\nnone = "null"\n[deep]\n"" = 6\n[[deep."a/b"]]\n"m~n" = 5\n'],
];

describe.each(same)('%s', (format, text) => {
  test.each<[string | undefined, number | string]>([
    [undefined, 0.91],
    ['/auc', 0.91],
    ['/deep/a~1b/0/m~0n', 5],
    ['/deep/', 6],
    ['/text', '0.9'],
    ['/flag', 'true'],
    ['/none', 'null'],
    ['/deep/a~1b', '[{"m~n":5}]'],
  ])('%s: %s', (pointer, value) => {
    expect(read(format, text, pointer === undefined ? {} : { pointer })).toBe(value);
  });

  test('any key is a place at the top', () => {
    expect(read(format, format === 'toml' ? '"a/b~c" = 3' : '{"a/b~c": 3}', { key: 'a/b~c' })).toBe(3);
  });

  test('a byte order mark and CRLF change nothing', () => {
    expect(read(format, text.replaceAll('\n', '\r\n'))).toBe(0.91);
  });

  test.each([
    ['/auk', "has nothing at /auk. Existing keys at its top: 'auc', |Did you mean 'auc'?"],
    ['/deep/x', "Existing keys at /deep: |'a/b'"],
    ['/deep/a~1b/1', 'There is a list of 1 at /deep/a~1b, counted from 0.'],
    ['/deep/a~1b/length', 'has nothing at /deep/a~1b/length'],
    ['/deep/a~1b/00', 'has nothing at'],
    ['/auc/x', 'There is 0.91 at /auc, and nothing below it.'],
    ['/toString', 'has nothing at /toString'],
    ['/__proto__', 'has nothing at /__proto__'],
    ['auc', "Write '/auc'."],
  ])('pointer %s: %s', (pointer, said) => {
    for (const part of said.split('|')) expect(refusal(format, text, { pointer })).toContain(part);
  });
});

describe('numbers that are none are passed on for the judge to refuse', () => {
  test.each<[FileFormat, string, number | string]>([
    ['json', '{"auc": NaN}', 'NaN'],
    ['json', '{"auc": -Infinity}', '-Infinity'],
    ['yaml', 'auc: .nan', NaN],
    ['yaml', 'auc: -.inf', -Infinity],
    ['yaml', 'auc: 0,91', '0,91'],
    ['yaml', 'auc: 1_000', '1_000'],
    ['toml', 'auc = nan', NaN],
    ['toml', 'auc = +inf', Infinity],
    ['toml', 'auc = 2026-01-01', '"2026-01-01"'],
    ['csv', 'auc\nnan', 'nan'],
    ['csv', 'auc\ninf', 'inf'],
    ['csv', 'auc\n"0,91"', '0,91'],
    ['csv', 'auc\n0x10', '0x10'],
    ['csv', 'auc\n1e999', Infinity],
  ])('%s %s', (format, text, value) => {
    expect(read(format, text)).toBe(value);
  });
});

describe('numbers are read as they are written', () => {
  test.each<[FileFormat, string, number | bigint | string]>([
    ['json', '{"auc": 9007199254740993}', 9007199254740993n],
    ['yaml', 'auc: 9007199254740993', 9007199254740993n],
    ['toml', 'auc = 9007199254740993', 9007199254740993n],
    ['csv', 'auc\n9007199254740993', 9007199254740993n],
    ['json', '{"auc": 1e-400}', '1e-400'],
    ['json', '{"auc": 1e400}', Infinity],
    ['csv', 'auc\n+0.9', 0.9],
    ['csv', 'auc\n.5', 0.5],
    ['csv', 'auc\n5.', 5],
    ['csv', 'auc\n01', '01'],
    ['csv', 'auc\n1_000', '1_000'],
    ['yaml', 'auc: +0.9', 0.9],
    ['yaml', 'auc: 010', '010'],
    ['yaml', 'auc: 0x10', '0x10'],
    ['yaml', 'auc: 0o10', '0o10'],
    ['toml', 'auc = 1_000', 1000],
    ['json', '{"auc": "0.91"}', '0.91'],
  ])('%s %s', (format, text, value) => {
    expect(read(format, text)).toBe(value);
  });

  test.each<[FileFormat, string, string]>([
    ['json', '{"auc": 0.1, "auc": 0.99}', 'line 1, column 14: the key "auc" stands twice'],
    ['yaml', '1: 0.1\n"1": 0.9', "line 2, column 1: the key '1' stands twice"],
    ['csv', 'auc, auc\n1,2', "has more than one column 'auc'"],
    ['json', 'epoch\tauc\n1\t0.9', 'It looks like tab-separated values'],
    ['json', 'auc: 0.9', "It looks like YAML: add 'format: yaml'"],
    ['json', '<testsuite/>', 'It looks like XML'],
    ['csv', 'epoch\tauc\n1\t0.9', 'is separated by tabs, not by commas'],
    ['csv', 'epoch;auc\n1;0.9', 'is separated by semicolons'],
    ['json', '{"eval": {"auc": 0.9}}', "Add 'pointer: /eval/auc' to the metric."],
  ])('%s %j: %s', (format, text, said) => {
    expect(refusal(format, text)).toContain(said);
  });
});

describe('what is no such file', () => {
  test.each<[FileFormat, string, string]>([
    ['json', '{"auc": 1,\n}', 'is not JSON (line 2, column 1: Expected double-quoted property name)'],
    ['json', '{"a\nb', 'is not JSON (line 1, column 4: Bad control character'],
    ['json', '[1,\n tru]', "is not JSON (line 2, column 2: Unexpected token 't'"],
    ['json', '{"a": NaN,\n}', 'is not JSON (line 2, column 1: Expected double-quoted property name)'],
    ['json', 'auc: 1', "say with 'format'"],
    ['json', '', 'is not JSON'],
    ['yaml', 'auc: 1\nauc: 2\n', 'line 2, column 1: Map keys must be unique'],
    ['yaml', 'auc: [1', 'is not YAML (line 1, column 8'],
    ['yaml', 'a: 1\n---\nb: 2\n', 'one YAML document'],
    ['yaml', 'auc: *x', 'cannot be read as YAML (Unresolved alias'],
    ['toml', 'auc = 1\nauc = 2', 'is not TOML (line 2, column 1'],
    ['toml', 'auc = ', 'line 1'],
    ['csv', '', 'is empty. Write a line of column names'],
    ['csv', 'auc,auc\n1,2', "has more than one column 'auc'"],
    ['csv', 'auc,n\n1\n', 'line 2'],
    ['csv', 'auc\n"1\n', 'Quote Not Closed'],
    ['csv', 'auc\n1"2\n', 'line 2'],
    ['csv', 'auc\n', 'has no rows below its header'],
    ['junit', '', 'is not XML'],
    ['junit', '<testsuite>', 'is not XML (line 1, column 11: unclosed tag: testsuite)'],
    ['junit', '<testsuite>\n<testcase></testsuite>', 'is not XML (line 2, column'],
    ['junit', '<html/>', 'is no JUnit report: it begins with <html> (line 1'],
    ['junit', '<!DOCTYPE x [<!ENTITY a "b">]><testsuite/>', 'document type declaration (line 1'],
    ['junit', '<testsuite name="&a;"/>', 'undefined entity'],
    ['junit', '<testsuite/><testsuite/>', 'is not XML'],
  ])('%s %j: %s', (format, text, said) => {
    for (const part of said.split('|')) expect(refusal(format, text, { count: 'failures' })).toContain(part);
  });

  test('the place is told where the parser tells it', () => {
    expect(() => read('toml', 'auc = 1\nauc = 2')).toThrow(
      expect.objectContaining({ at: { file, line: 2, column: 1 } }),
    );
    expect(() => read('yaml', 'auc: 1\nauc: 2')).toThrow(expect.objectContaining({ at: { file, line: 2, column: 1 } }));
    expect(() => read('json', '{"auc": 1,\n}')).toThrow(expect.objectContaining({ at: { file, line: 2, column: 1 } }));
  });

  test('YAML aliases that multiply are refused', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 10; i += 1)
      lines.push(`a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join()}]`);
    expect(refusal('yaml', lines.join('\n'))).toContain('Write it without aliases.');
  });

  test('a YAML object that holds itself is no value', () => {
    expect(read('yaml', 'auc: &a\n  b: *a')).toBe('{…}');
  });
});

describe('csv', () => {
  const table = 'epoch,split,auc\n1,train,0.8\n1,test,0.7\n2,train,0.9\n2.0,test,0.75\n';

  test.each<[FileAddress['row'], number]>([
    [undefined, 0.75],
    ['last', 0.75],
    ['first', 0.8],
    [2, 0.7],
    [{ epoch: 1, split: 'test' }, 0.7],
    [{ epoch: 2, split: 'test' }, 0.75],
    [{ epoch: '2', split: 'train' }, 0.9],
  ])('row %j: %s', (row, value) => {
    expect(read('csv', table, row === undefined ? {} : { row })).toBe(value);
  });

  test.each<[string, Partial<FileAddress>, string]>([
    [
      'no such column',
      { column: 'AUC ' },
      "has no column 'AUC '. Existing columns: 'epoch', 'split', 'auc'. Did you mean 'auc'?",
    ],
    ['no such row', { row: 5 }, 'has no row 5. Rows are counted from 1, without the header; there are 4.'],
    ['row 0', { row: 0 }, 'has no row 0'],
    ['half a row', { row: 1.5 }, 'has no row 1.5'],
    ['several', { row: { split: 'test' } }, 'has 2 rows where split is test: 2, 4.'],
    [
      'none',
      { row: { split: 'tests' } },
      "has no row where split is tests. Existing values of split: 'train', 'test'. Did you mean 'test'?",
    ],
    ['not together', { row: { split: 'test', auc: '0.9' } }, 'no row has them all'],
    ['by no such column', { row: { fold: 1 } }, "has no column 'fold'"],
  ])('%s', (_, address, said) => {
    expect(refusal('csv', table, address)).toContain(said);
  });

  test.each<[string, string, number | string]>([
    ['quotes, commas, line breaks', 'note,auc\n"a ""b"", c\nd",0.9\n', 0.9],
    ['CRLF', 'n,auc\r\n1,0.9\r\n', 0.9],
    ['old Mac line ends', 'n,auc\r1,0.9\r', 0.9],
    ['a byte order mark', '\uFEFFauc,n\n0.9,1', 0.9],
    ['empty lines', 'auc\n0.8\n\n0.9\n\n', 0.9],
    ['spaces around', 'n,auc\n1, 0.9 \n', 0.9],
    ['exponents', 'auc\n-1.5E-3', -0.0015],
    ['no digit before the point', 'auc\n.5', 0.5],
    ['text', 'auc\n0.9 %', '0.9 %'],
  ])('%s', (_, text, value) => {
    expect(read('csv', text)).toBe(value);
  });

  test('an empty cell is told with its place, never zero', () => {
    expect(refusal('csv', 'epoch,auc\n1,0.9\n2,\n')).toContain('is empty in column auc, row 2 (line 3)');
  });

  test('the place is told', () => {
    expect(readers.csv(table, { key: 'x', column: 'auc' }, file).place).toBe('column auc, row 4 (line 5)');
  });
});

describe('junit', () => {
  const pytest = `<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests">
    <testsuite name="pytest" errors="1" failures="1" skipped="1" tests="5" time="0.1">
      <testcase classname="a" name="ok"/><testcase name="ok2"><system-out><![CDATA[<failure>]]></system-out></testcase>
      <testcase name="bad"><failure message="assert &lt; &amp; no">x</failure><failure/></testcase>
      <testcase name="boom"><error/></testcase>
      <testcase name="later"><skipped type="pytest.skip"/></testcase>
    </testsuite></testsuites>`;

  test.each([
    ['tests', 5],
    ['failures', 1],
    ['errors', 1],
    ['failed', 2],
    ['skipped', 1],
    ['passed', 2],
  ])('%s: %s', (count, value) => {
    expect(read('junit', pytest, { count })).toBe(value);
    expect(read('junit', pytest, { key: count })).toBe(value);
  });

  test.each<[string, string, readonly [number, number, number]]>([
    [
      'several suites',
      '<testsuites><testsuite><testcase/></testsuite><testsuite><testcase><failure/></testcase></testsuite></testsuites>',
      [2, 1, 1],
    ],
    [
      'suites in suites, which PHPUnit sums up',
      '<testsuites><testsuite tests="2" failures="1"><testsuite tests="2" failures="1"><testcase/><testcase><failure/></testcase></testsuite></testsuite></testsuites>',
      [2, 1, 1],
    ],
    ['one suite at the top', '<testsuite tests="1"><testcase/></testsuite>', [1, 0, 1]],
    [
      'cases without a suite, as Node writes',
      '<testsuites><testcase/><testcase><failure/></testcase></testsuites>',
      [2, 1, 1],
    ],
    [
      'numbers alone',
      '<testsuites><testsuite tests="7" failures="2" skipped="1"/><testsuite tests="1"/></testsuites>',
      [8, 2, 5],
    ],
    [
      'what GoogleTest left out',
      '<testsuite tests="2"><testcase status="notrun"/><testcase status="run"/></testsuite>',
      [2, 0, 1],
    ],
  ])('%s', (_, text, expected) => {
    expect(['tests', 'failures', 'passed'].map((count) => read('junit', text, { count }))).toEqual(expected);
  });

  test.each<[string, string, string, string]>([
    [
      'more failures than cases',
      'failures',
      '<testsuite name="s" failures="2"><testcase><failure/></testcase></testsuite>',
      "suite 's' says 2 failures and holds 1",
    ],
    [
      'fewer',
      'failures',
      '<testsuite failures="0"><testcase><failure/></testcase></testsuite>',
      'says 0 failures and holds 1',
    ],
    ['errors of no case', 'errors', '<testsuite errors="1"><testcase/></testsuite>', 'says 1 errors and holds 0'],
    ['no number', 'failures', '<testsuite name="s" failures="none"><testcase/></testsuite>', "it has 'none' failures"],
    ['no tests, no failures', 'failures', '<testsuites/>', 'reports no tests at all'],
    [
      'no such count',
      'broken',
      '<testsuite/>',
      "Existing counts: 'tests', 'failures', 'errors', 'skipped', 'failed', 'passed'",
    ],
    [
      'a counter that is not asked for',
      'failures',
      '<testsuite tests="2" errors="2"><testcase/><testcase/></testsuite>',
      'says 2 errors and holds 0',
    ],
    [
      'fewer cases than it says',
      'failures',
      '<testsuite tests="3"><testcase/><testcase/></testsuite>',
      'says 3 tests and holds 2',
    ],
    [
      'a summary that cannot be',
      'failures',
      '<testsuite tests="1" errors="2"/>',
      'says 1 tests, 0 failures, 2 errors and 0 skipped',
    ],
    [
      'a nested suite at odds',
      'failed',
      '<testsuites><testsuite><testsuite name="n" errors="0"><testcase><error/></testcase></testsuite></testsuite></testsuites>',
      "suite 'n' says 0 errors and holds 1",
    ],
    ['a key that is none', 'auc', '<testsuite/>', "Add 'count'."],
  ])('%s', (_, count, text, said) => {
    expect(refusal('junit', text, { count })).toContain(said);
  });

  test('errors are no failures, and count as failed', () => {
    const text =
      '<testsuite tests="2" failures="0" errors="2"><testcase><error/></testcase><testcase><error/></testcase></testsuite>';
    expect(['failures', 'errors', 'failed'].map((count) => read('junit', text, { count }))).toEqual([0, 2, 2]);
  });

  test.each([
    [
      'a failed teardown, which pytest counts as one more test',
      '<testsuite tests="2" failures="0" errors="1"><testcase name="a"><error/></testcase></testsuite>',
      [1, 1],
    ],
    [
      'a failed call and a failed teardown, which pytest writes as two cases and counts once',
      '<testsuite tests="1" failures="1" errors="1"><testcase name="a"><failure/></testcase><testcase name="a"><error/></testcase></testsuite>',
      [2, 2],
    ],
    [
      'suites in suites that repeat the sum are counted once',
      '<testsuites tests="2" failures="2"><testsuite tests="2" failures="2"><testsuite tests="2" failures="2"><testcase><failure/></testcase><testcase><failure/></testcase></testsuite></testsuite></testsuites>',
      [2, 2],
    ],
    [
      'nested numbers alone too',
      '<testsuites tests="3" failures="1"><testsuite tests="3" failures="1"><testsuite tests="3" failures="1"/></testsuite></testsuites>',
      [3, 1],
    ],
  ])('%s', (_, text, expected) => {
    expect(['tests', 'failed'].map((count) => read('junit', text, { count }))).toEqual(expected);
  });

  test('no tests are none', () => {
    expect([
      read('junit', '<testsuites/>', { count: 'tests' }),
      read('junit', '<testsuites/>', { count: 'passed' }),
    ]).toEqual([0, 0]);
  });
});
