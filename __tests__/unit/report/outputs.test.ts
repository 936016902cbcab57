import { describe, expect, test } from '@jest/globals';
import { outputs } from '../../../src/report/outputs.js';
import type { CheckResult, Outcome, SliceResult } from '../../../src/domain/check.js';
import { command, condition, report } from '../../support/sample-report.js';

/** What GitHub takes from a job: https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idoutputs */
const limit = 1024 * 1024;
const text = (length: number): string => 'ä"日'.repeat(length / 3);

function sliced(index: number, outcome: Outcome = 'passed'): CheckResult {
  const slices = Array.from({ length: 50 }, (_, slice): SliceResult => {
    const reason = `auc is 0.8, required >= 0.9 ${text(90)}`;
    return { slice: `country=${slice}`, outcome, reason, value: '0.8', margin: '-0.1' };
  });
  return condition(`auc/{country} >= 0.${index}`, outcome, { slices, reason: text(300) });
}

const rows = (checks: readonly CheckResult[]): Record<string, unknown>[] => {
  const all = outputs(report({ checks, reason: text(9_000) }));
  const sizes = Object.values(all).map((value) => Math.max(2 * value.length, Buffer.byteLength(value)));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(limit);
  return JSON.parse(all['checks'] ?? '') as Record<string, unknown>[];
};

test('what has room is whole, with neither position nor output', () => {
  const found = rows([sliced(1), command('tests', 'passed')]);
  expect(found.map(({ name }) => name)).toEqual(['auc/{country} >= 0.1', 'tests']);
  expect(found[0]?.['slices']).toHaveLength(50);
  for (const row of found) expect(Object.keys(row)).not.toEqual(expect.arrayContaining(['at', 'tail']));
});

describe('what has none is shortened, and says where the rest is', () => {
  test.each([
    ['100 sliced checks', Array.from({ length: 100 }, (_, index) => sliced(index))],
    ['400 sliced checks', Array.from({ length: 400 }, (_, index) => sliced(index))],
    ['a command of a megabyte', [command('tests', 'passed', { command: text(1_000_000) })]],
  ])('%s keep their rows', (_, checks) => {
    const found = rows(checks);
    expect(found.slice(0, -1).map(({ name, outcome }) => [name, outcome])).toEqual(
      checks.map(({ name, outcome }) => [name, outcome]),
    );
    expect(found.at(-1)).toMatchObject({ name: 'shortened', reason: expect.stringContaining("'evidence'") as unknown });
  });

  test('of 20,000 checks the most urgent are kept, in their order', () => {
    const checks = Array.from({ length: 20_000 }, (_, index) =>
      sliced(index, index === 15_000 ? 'failed' : index === 19_000 ? 'error' : 'passed'),
    );
    const found = rows(checks);
    expect(found.length).toBeGreaterThan(500);
    expect(found.filter(({ outcome }) => outcome === 'failed' || outcome === 'error').map(({ name }) => name)).toEqual([
      'auc/{country} >= 0.15000',
      'auc/{country} >= 0.19000',
    ]);
    expect(found.at(-1)?.['reason']).toMatch(/\d+ of 20000 checks are left out/);
  });
});
