import { describe, expect, test } from '@jest/globals';
import { PromotionError } from '../../../src/domain/errors.js';
import { loadPolicy, sourceOf } from '../../support/policy.js';
import type { Report } from '../../../src/domain/report.js';
import type { ConditionResult } from '../../../src/domain/check.js';
import { FakeRegistry } from '../../support/fake-registry.js';
import { runPromote } from '../../support/run-promotion.js';

const policy = (
  check: string,
  metric = '{ goal: maximize, min: 0, max: 1, count: "n/{country}", min_count: 100 }',
): string => `version: 1
registry: { type: mlflow }
model: churn
metrics: { "auc/{country}": ${metric} }
stages:
  production: { checks: [${check}] }
`;
type Metrics = Record<string, number | string>;
const champion: Metrics = { 'auc/DE': 0.9, 'auc/FR': 0.8, 'n/DE': 5000, 'n/FR': 900 };

async function judged(
  check: string,
  own: Metrics,
  other: Metrics | null = champion,
): Promise<[Report, ConditionResult]> {
  const registry = new FakeRegistry().add('2', own);
  if (other !== null) registry.add('1', other).hold('production', '1');
  const { report } = await runPromote(policy(check), registry);
  return [report, report.checks.at(-1) as ConditionResult];
}
const absolute = '{ require: "auc/{country} >= 0.7" }';
const relative = '{ require: "auc/{country} >= champion - 0.01" }';

describe('a condition on every slice', () => {
  test('holds in all', async () => {
    const [report, check] = await judged(absolute, champion);
    expect(report).toMatchObject({ decision: 'promote' });
    expect(check.reason).toBe(
      'auc/{country} holds in all 2 slices; nearest is country=FR: auc/{country} is 0.8, required >= 0.7 (0.1 to spare).',
    );
    expect(check.slices).toMatchObject([
      { slice: 'country=FR', outcome: 'passed', value: '0.8', count: '900' },
      { slice: 'country=DE', outcome: 'passed' },
    ]);
  });

  test('one that falls short rejects, however good the rest is', async () => {
    const [report, check] = await judged(relative, { ...champion, 'auc/DE': 0.99, 'auc/FR': 0.7 });
    expect(report.decision).toBe('reject');
    expect(check.reason).toBe('1 of 2 slices: country=FR: auc/{country} is 0.7, required >= 0.79 (missed by 0.09).');
  });

  test('the worst are named, the rest counted', async () => {
    const many = Object.fromEntries(
      Array.from(
        { length: 60 },
        (_, index) =>
          [
            [`auc/C${index}`, index / 100],
            [`n/C${index}`, 500],
          ] as const,
      ).flat(),
    );
    const [, check] = await judged(absolute, many, null);
    expect(check.reason).toMatch(/^60 of 60 slices: country=C0: .*; country=C1: .*; country=C2: .*, and 57 more\.$/);
    expect(check.slices).toHaveLength(60);
  });
});

describe('never passed by default', () => {
  test('a slice that is too small, however good', async () => {
    const [report, check] = await judged(absolute, { ...champion, 'auc/MT': 1, 'n/MT': 7 });
    expect(report.decision).toBe('hold');
    expect(check.reason).toBe('1 of 3 slices: country=MT: too small to tell (7 of at least 100).');
  });

  test.each<[string, Metrics, string, string]>([
    ['without a size', { ...champion, 'auc/MT': 1 }, absolute, "its size is not known: version 2 has no metric 'n/MT'"],
    ['with a size that is none', { ...champion, 'n/FR': 'NaN' }, absolute, 'its size is NaN'],
    ['with NaN', { ...champion, 'auc/FR': 'NaN' }, absolute, 'is NaN, which is no measurement'],
    ['out of range', { ...champion, 'auc/FR': 80 }, absolute, 'outside the range 0 to 1'],
    ['that only the champion has', { 'auc/DE': 0.95, 'n/DE': 5000 }, relative, "version 2 has no metric 'auc/FR'"],
  ])('a slice %s is an error', async (_, own, check, words) => {
    const [report, result] = await judged(check, own);
    expect(report.decision).toBe('error');
    expect(result.reason).toContain(words);
  });

  test('a new slice: a person decides', async () => {
    const [report, check] = await judged(relative, { ...champion, 'auc/PL': 0.99, 'n/PL': 400 });
    expect(report.decision).toBe('hold');
    expect(check.reason).toBe('1 of 3 slices: country=PL: it is new: there is nothing to compare it with.');
  });

  test('no slices at all', async () => {
    const [report, check] = await judged(absolute, { auc: 0.9 });
    expect(report.decision).toBe('error');
    expect(check.reason).toContain("no metric of the version is called as 'auc/{country}'");
  });

  test('no champion yet', async () => {
    const [report] = await judged(relative, champion, null);
    expect(report.decision).toBe('hold');
  });
});

test('several dimensions, in any order, and a key of its own', async () => {
  const text = `version: 1
registry: { type: mlflow }
model: churn
metrics: { worst: { goal: minimize, key: "err[{device}]/{country}", count: "rows/{country}/{device}", min_count: 1 } }
stages: { production: { checks: [{ require: worst <= 0.2 }] } }
`;
  const registry = new FakeRegistry().add('1', {
    'err[web]/DE': 0.1,
    'err[app]/DE': 0.3,
    'rows/DE/web': 5,
    'rows/DE/app': 5,
  });
  const { report } = await runPromote(text, registry);
  expect(report.reason).toBe(
    'worst <= 0.2: 1 of 2 slices: device=app, country=DE: worst is 0.3, required <= 0.2 (missed by 0.1).',
  );
});

test.each<[string, string]>([
  ['{ goal: maximize, count: "n/{country}" }', 'needs both, or neither'],
  ['{ goal: maximize, min_count: 5 }', 'needs both, or neither'],
  ['{ goal: maximize, count: "n/{land}", min_count: 5 }', "'count' must have the same braces as the key: {country}."],
  ['{ goal: maximize, from: evaluate }', 'Slices are read from what is logged with the version'],
  ['{ goal: maximize, min_count: 0 }', 'allowed is at least 1'],
])('%s', (metric, words) => {
  try {
    loadPolicy(sourceOf('p.yml', policy(absolute, metric), 'main'));
    throw new Error('It was accepted.');
  } catch (thrown) {
    const told = thrown instanceof PromotionError ? thrown.problems.map(({ message }) => message) : [String(thrown)];
    expect(told.join('\n')).toContain(words);
  }
});

describe('slices that cannot be told apart or cannot be read are never left out', () => {
  const plain = '{ goal: maximize, min: 0, max: 1 }';
  const judgeOwn = async (own: Metrics, other: Metrics | null = null): Promise<[Report, ConditionResult]> => {
    const registry = new FakeRegistry().add('2', own);
    if (other !== null) registry.add('1', other).hold('production', '1');
    const { report } = await runPromote(policy(other === null ? absolute : relative, plain), registry);
    return [report, report.checks.at(-1) as ConditionResult];
  };

  test.each<[string, Metrics, string]>([
    ['a list', { 'auc/DE': 0.9, 'auc/FR': '[0.1]' }, "country=FR: auc/{country} is '[0.1]', which is not a number"],
    ['a text', { 'auc/DE': 0.9, 'auc/FR': '0.9' }, "is '0.9', which is not a number but a text"],
    ['no name', { 'auc/DE': 0.9, 'auc/': 0.1 }, 'the slice has no name: its country is empty'],
    ['a blank for a name', { 'auc/DE': 0.9, 'auc/ ': 0.1 }, 'the slice has no name'],
    ['an invisible name', { 'auc/DE': 0.9, 'auc/\u200b': 0.1 }, 'the slice has no name'],
    ['another case', { 'auc/DE': 0.9, 'auc/de': 0.1 }, 'several slices have one name: "country=DE" and "country=de"'],
    ['a blank more', { 'auc/DE': 0.9, 'auc/DE ': 0.1 }, '"country=DE" and "country=DE "'],
    [
      'another form of Unicode',
      { 'auc/\u00e9': 0.9, 'auc/e\u0301': 0.1 },
      'several slices have one name: "country=\u00e9" and "country=e\\u0301"',
    ],
    ['full-width letters', { 'auc/DE': 0.9, 'auc/\uff24\uff25': 0.1 }, 'several slices have one name'],
    ['an invisible character', { 'auc/DE': 0.9, 'auc/D\u200bE': 0.1 }, '"country=DE" and "country=D\\u200bE"'],
    ['a control character', { 'auc/DE': 0.9, 'auc/D\u0007E': 0.1 }, '"country=D\\u0007E"'],
  ])('%s', async (_, own, words) => {
    const [report, check] = await judgeOwn(own);
    expect(report).toMatchObject({ decision: 'error', promoted: false });
    expect(check.reason).toContain(words);
  });

  test('of the champion too', async () => {
    const [report, check] = await judgeOwn({ 'auc/DE': 0.9 }, { 'auc/DE': 0.8, 'auc/de': 0.1 });
    expect(report).toMatchObject({ decision: 'error', promoted: false });
    expect(check.reason).toContain('several slices have one name');
  });

  test('two dimensions whose names run together', async () => {
    const text = `version: 1
registry: { type: mlflow }
model: churn
metrics: { "auc/{a}/{b}": { goal: maximize } }
stages: { production: { checks: [{ require: "auc/{a}/{b} >= 0.7" }] } }
`;
    const registry = new FakeRegistry().add('1', { 'auc/x, b=y/z': 0.9, 'auc/x/y, b=z': 0.9, 'auc/x, b=y, b=z/': 0.9 });
    const { report } = await runPromote(text, registry);
    expect(report).toMatchObject({ decision: 'error', promoted: false });
  });

  test('no slices: which metrics there are', async () => {
    const [, check] = await judgeOwn({ 'AUC/DE': 0.9, loss: 1 });
    expect(check.cure).toContain("Its metrics, nearest first: 'AUC/DE', 'loss'.");
  });
});
