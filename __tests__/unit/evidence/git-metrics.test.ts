import { describe, expect, test } from '@jest/globals';
import { metricKeys, readMetrics } from '../../../src/registry/git/metrics-file.js';

const where = 'metrics at 0123abcd';

describe.each([
  ['json', '{"auc": 0.91, "train": {"auc": 0.95, "nan": NaN}}'],
  ['yaml', 'auc: 0.91\ntrain:\n  auc: 0.95\n  nan: NaN\n'],
  ['toml', 'auc = 0.91\n[train]\nauc = 0.95\nnan = "NaN"\n'],
] as const)('%s', (format, text) => {
  test('is read by key and by dotted path', () => {
    expect(Object.fromEntries(readMetrics(text, ['auc', 'train.auc', 'train.nan', 'gone'], where, format))).toEqual({
      auc: 0.91,
      'train.auc': 0.95,
      'train.nan': 'NaN',
    });
    expect(metricKeys(text, where, format)).toEqual(['auc', 'train.auc', 'train.nan']);
  });
});

test('what is no number is found and refused, not left out; two values of one name are none', () => {
  const text = '{"auc/FR": [0.1], "auc/DE": {}, "a.b": {"c": 1}, "a": {"b.c": 2}, "n": 9007199254740993}';
  const names = ['auc/FR', 'auc/DE', 'a.b.c', 'n'];
  expect(metricKeys(text, where)).toEqual(names);
  expect(Object.fromEntries(readMetrics(text, names, where))).toEqual({
    'auc/FR': '[0.1]',
    'auc/DE': '{}',
    'a.b.c': 'ambiguous: 1 and 2 have the same name',
    n: 9007199254740993n,
  });
});

test.each([
  ['json', '{"auc": 0.1, "auc": 0.99}', 'is not JSON (line 1, column 14: the key "auc" stands twice).'],
  ['yaml', '1: 0.1\n"1": 0.9', "is not YAML (line 2, column 1: the key '1' stands twice)."],
  ['yaml', 'a: 1\na: 2', 'is not YAML (line 2, column 1: Map keys must be unique).'],
  ['yaml', '- 1', 'is not one table of keys and values.'],
  ['toml', 'a =', 'is not TOML (line 1, column '],
  ['json', '[]', 'is not a JSON object.'],
  ['yaml', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\n', 'is a Git LFS pointer, not the file itself.'],
] as const)('%s %j', (format, text, said) => {
  expect(() => readMetrics(text, ['a'], where, format)).toThrow(
    expect.objectContaining({
      code: 'METRIC_UNREADABLE',
      message: expect.stringContaining(`The metrics file ${where} ${said}`),
    }),
  );
});
