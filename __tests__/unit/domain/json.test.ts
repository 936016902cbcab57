import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { JsonError, placeIn, readJson } from '../../../src/domain/json.js';

const refusal = (text: string): JsonError => {
  try {
    readJson(text);
  } catch (error) {
    if (error instanceof JsonError) return error;
    throw error;
  }
  throw new Error(`${text} was read.`);
};

/** Large integers as JSON.parse reads them. */
function asDoubles(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(asDoubles);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asDoubles(inner)]));
}

describe('the one reader of JSON', () => {
  test('reads what JSON.parse reads, to the same', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom(undefined, 1, '\t'), (text, indent) => {
        const value: unknown = JSON.parse(text);
        expect(asDoubles(readJson(JSON.stringify(value, null, indent)))).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  test('refuses what JSON.parse refuses', () => {
    const tokens = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '"a"',
      '1',
      '-',
      '0',
      '.',
      'e',
      'true',
      'nul',
      '\\',
      '\n',
      ' ',
      "'",
    );
    fc.assert(
      fc.property(fc.array(tokens, { maxLength: 8 }), (parts) => {
        const text = parts.join('');
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        if (!isJson) expect(() => readJson(text)).toThrow(JsonError);
        else if (!/"a".*"a"/s.test(text)) expect(readJson(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 5_000 },
    );
  });

  test.each([
    ['{"auc": 0.1, "auc": 0.99}', 'the key "auc" stands twice', 13],
    ['{"auc": 0.99, "auc": 0.99}', 'the key "auc" stands twice', 14],
    ['{"auc": 1, "\\u0061uc": 2}', 'the key "auc" stands twice', 11],
    ['{"a": {"b": 1, "b": 1}}', 'the key "b" stands twice', 15],
    ['{"__proto__": 1, "__proto__": 2}', 'the key "__proto__" stands twice', 17],
    ['[{"": 1, "": 2}]', 'the key "" stands twice', 9],
    ['{"auc": +0.9}', "Unexpected token '+'", 8],
    ['{"auc": 01}', "Unexpected token '1'", 9],
    ['{"auc": 0x10}', "Unexpected token 'x'", 9],
    ['{"auc": 1_000}', "Unexpected token '_'", 9],
    ['{"auc": .5}', "Unexpected token '.'", 8],
    ['{"auc": 5.}', "Unexpected token '.'", 9],
    ['{"auc": 1e}', "Unexpected token 'e'", 9],
    ['{"auc": 0.9} {"auc": 0.1}', "Unexpected token '{' where the end is expected", 13],
    ['{"auc": 0.9', "Unexpected end where ',' or '}' is expected", 11],
    ['', 'Unexpected end where a value is expected', 0],
  ])('refuses %s', (text, message, index) => {
    const error = refusal(text);
    expect(error.message).toContain(message);
    expect(error.index).toBe(index);
  });

  test.each<[string, unknown]>([
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', 9007199254740993n],
    ['-9007199254740993', -9007199254740993n],
    ['1e20', 100000000000000000000n],
    ['1e400', Infinity],
    ['-1e400', -Infinity],
    ['1e-400', '1e-400'],
    ['0e-400', 0],
    ['NaN', 'NaN'],
    ['-Infinity', '-Infinity'],
    ['"NaN"', 'NaN'],
  ])('%s', (text, value) => {
    expect(readJson(`{"n": ${text}}`)).toEqual({ n: value });
  });

  test('a key __proto__ is a key', () => {
    const read = readJson('{"__proto__": 0.9}') as object;
    expect(Object.keys(read)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(read)).toBe(Object.getPrototypeOf({}));
  });

  test('what is nested too deep is refused, and does not overflow', () => {
    expect(refusal('['.repeat(1_000_000)).message).toContain('nested more than 200 deep');
  });

  test('a mistake has its line and column', () => {
    const text = '\uFEFF{"a": 1,\n "b": 2,\n "b": 3}';
    expect(placeIn(text, refusal(text).index)).toEqual({ line: 3, column: 2 });
  });
});
