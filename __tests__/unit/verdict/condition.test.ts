import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ConditionCheck, Metric } from '../../../src/policy/policy.js';
import type { CheckResult, Severity } from '../../../src/domain/check.js';
import { parseCondition } from '../../../src/policy/parse-condition.js';
import { decide } from '../../../src/verdict/decide.js';
import { type Baseline, judgeCondition } from '../../../src/verdict/condition.js';
import type { Lookup } from '../../../src/domain/lookup.js';
import type { Decision } from '../../../src/domain/report.js';
import { fromRun } from '../../support/run-source.js';

const at = { file: 'p.yml', line: 1, column: 1 };

function check(text: string, severity: Severity = 'require'): ConditionCheck {
  const condition = parseCondition(text);
  if ('message' in condition) throw new Error(condition.message);
  return { kind: 'condition', name: text, severity, condition, at };
}

const metric: Metric = { id: 'm', key: 'm', goal: 'maximize', source: fromRun, at };
const is = (value: number | string): Lookup => ({ reading: { value, origin: 'run 1' } });
const champion = (value: number | string): Baseline => ({ kind: 'champion', version: '1', lookup: is(value) });
const none: Baseline = { kind: 'first', policy: 'hold', where: 'here' };

describe('numbers are compared as the decimals they are written as', () => {
  test.each<[string, number, number, string]>([
    ['m >= champion + 0.05', 0.85, 0.8, 'passed'],
    ['m >= champion + 0.05', 0.8499999, 0.8, 'failed'],
    ['m >= champion + 0.2', 0.30000000000000004, 0.1, 'passed'],
    ['m <= champion + 0.2', 0.30000000000000004, 0.1, 'passed'],
    ['m == champion', 0.1 + 0.2, 0.3, 'passed'],
    ['m >= champion - 0.005', 0.895, 0.9, 'passed'],
    ['m >= champion - 0.005', 0.894999999, 0.9, 'failed'],
    ['m > champion', 0.9, 0.9, 'failed'],
    ['m >= champion', 1e-300, 1e-300, 'passed'],
    ['m > champion', 2e-300, 1e-300, 'passed'],
    ['m >= champion', -0, 0, 'passed'],
    ['m >= champion', 9007199254740991, 9007199254740990, 'passed'],
    ['m <= champion + 10%', 110, 100, 'passed'],
    ['m <= champion + 10%', 110.0001, 100, 'failed'],
    ['m <= champion + 10%', -9, -10, 'passed'],
    ['m <= champion + 10%', -8.9, -10, 'failed'],
    ['m >= champion - 10%', -11, -10, 'passed'],
    ['m >= champion - 10%', -11.1, -10, 'failed'],
    ['m >= champion - 0.01', 0, 0, 'passed'],
    ['m >= champion - 10%', 5, 0, 'error'],
  ])('%s with %d against %d: %s', (text, candidate, baseline, outcome) => {
    expect(judgeCondition(check(text), metric, is(candidate), champion(baseline), new Map()).outcome).toBe(outcome);
  });

  test('the report says what was required, measured and by how much', () => {
    expect(judgeCondition(check('m >= champion - 0.005'), metric, is(0.89), champion(0.9), new Map())).toMatchObject({
      threshold: '0.895',
      difference: '-0.01',
      margin: '-0.005',
      candidate: { value: '0.89', origin: 'run 1' },
      champion: { value: '0.9' },
      reason: 'm is 0.89, required >= 0.895 (missed by 0.005).',
    });
  });
});

describe('what is no measurement is never a pass', () => {
  const ranged: Metric = { ...metric, min: 0, max: 1 };
  const broken: readonly Lookup[] = [
    { absent: 'nothing there' },
    ...[NaN, Infinity, -Infinity, 1.01, -0.01, 'NaN', 'Infinity', '-inf', '0.9', '', 'ambiguous: 0.7, 0.9', 'true'].map(
      is,
    ),
  ];
  test.each(
    broken.map(
      (lookup) =>
        [
          'reading' in lookup ? JSON.stringify(lookup.reading.value) + String(lookup.reading.value) : 'missing',
          lookup,
        ] as const,
    ),
  )('%s on either side is an error', (_, lookup) => {
    for (const severity of ['require', 'warn', 'hold_if'] as const) {
      expect(judgeCondition(check('m >= 0.1', severity), ranged, lookup, none, new Map()).outcome).toBe('error');
      expect(judgeCondition(check('m >= champion', severity), ranged, lookup, champion(0.5), new Map()).outcome).toBe(
        'error',
      );
      expect(
        judgeCondition(
          check('m >= champion', severity),
          ranged,
          is(0.5),
          { kind: 'champion', version: '1', lookup },
          new Map(),
        ).outcome,
      ).toBe('error');
    }
  });
});

test.each<[Severity, number, string]>([
  ['require', 0.9, 'passed'],
  ['require', 0.1, 'failed'],
  ['warn', 0.9, 'passed'],
  ['warn', 0.1, 'warned'],
  ['hold_if', 0.9, 'inconclusive'],
  ['hold_if', 0.1, 'passed'],
])('%s m > 0.5 with %d: %s', (severity, value, outcome) => {
  expect(judgeCondition(check('m > 0.5', severity), metric, is(value), none, new Map()).outcome).toBe(outcome);
});

test('without a champion: hold, skip where the policy allows a first promotion, hold where one was taken away', () => {
  const judged = (opponent: Baseline): string =>
    judgeCondition(check('m >= champion'), metric, is(0.9), opponent, new Map()).outcome;
  expect(judged(none)).toBe('inconclusive');
  expect(judged({ kind: 'first', policy: 'allow', where: 'here' })).toBe('skipped');
  expect(judged({ kind: 'vanished', where: 'here' })).toBe('inconclusive');
});

test('variables are the model’s', () => {
  expect(judgeCondition(check('m >= vars.min'), metric, is(0.9), none, new Map([['min', 0.8]])).outcome).toBe('passed');
  expect(judgeCondition(check('m >= vars.min'), metric, is(0.9), none, new Map()).outcome).toBe('error');
});

const order: readonly Decision[] = ['promote', 'hold', 'reject', 'error'];
const severities = fc.constantFrom<Severity>('require', 'warn', 'hold_if');
const condition = fc.record({
  text: fc.constantFrom(
    'm >= 0.5',
    'm > 0.5',
    'm >= champion - 0.1',
    'm >= champion - 10%',
    'm >= champion',
    'm > champion + 0.2',
  ),
  severity: severities,
  value: fc.oneof(fc.double({ min: -2, max: 2 }), fc.constantFrom<number | string>(NaN, Infinity, 'NaN', 'x')),
  baseline: fc.oneof(fc.double({ min: -2, max: 2, noNaN: true }), fc.constantFrom<number | string>(NaN, 0)),
});
type Sample = typeof condition extends fc.Arbitrary<infer T> ? T : never;
const result = ({ text, severity, value, baseline }: Sample, index: number): CheckResult => ({
  ...judgeCondition(check(text, severity), metric, is(value), champion(baseline), new Map()),
  name: `${index}`,
});

test('property: no broken value ever promotes, on either side, whatever else passed', () => {
  fc.assert(
    fc.property(
      fc.array(condition),
      severities,
      fc.constantFrom<number | string>(NaN, Infinity, -Infinity, 'NaN', ''),
      fc.boolean(),
      (others, severity, broken, side) => {
        const bad = side
          ? judgeCondition(check('m >= champion', severity), metric, is(broken), champion(0.5), new Map())
          : judgeCondition(check('m >= champion', severity), metric, is(0.5), champion(broken), new Map());
        expect(decide([...others.map(result), bad]).decision).toBe('error');
      },
    ),
  );
});

test('property: adding a check never makes the decision better, and the order does not matter', () => {
  fc.assert(
    fc.property(
      fc.array(condition, { minLength: 1 }),
      condition,
      fc.infiniteStream(fc.nat()),
      (samples, extra, random) => {
        const results = samples.map(result);
        const before = decide(results).decision;
        const after = decide([...results, result(extra, results.length)]).decision;
        expect(order.indexOf(after)).toBeGreaterThanOrEqual(order.indexOf(before));
        const shuffled = results
          .map((each) => ({ each, key: random.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ each }) => each);
        expect(decide(shuffled).decision).toBe(before);
      },
    ),
  );
});

test('property: a worse candidate is never judged better', () => {
  const finite = fc.double({ min: -2, max: 2, noNaN: true });
  fc.assert(
    fc.property(
      fc.constantFrom('m >= 0.5', 'm >= champion - 0.1', 'm >= champion - 10%', 'm > champion'),
      finite,
      finite,
      finite,
      (text, a, b, baseline) => {
        const judged = (value: number): number =>
          order.indexOf(
            decide([judgeCondition(check(text), metric, is(value), champion(baseline), new Map())]).decision,
          );
        expect(judged(Math.min(a, b))).toBeGreaterThanOrEqual(judged(Math.max(a, b)));
      },
    ),
  );
});

test('nothing evaluated is an error', () => {
  expect(decide([]).decision).toBe('error');
});

test('nothing to compare with yet is none, as long as its own value is there and sane', () => {
  const skipped = judgeCondition(
    check('m >= champion'),
    metric,
    is(1),
    { kind: 'first', policy: 'allow', where: 'here' },
    new Map(),
  );
  expect(decide([skipped])).toMatchObject({
    decision: 'promote',
    reason: expect.stringContaining('Nothing was compared'),
  });
  for (const own of [is(Number.NaN), is('0.9x'), { absent: 'nobody logged it' }]) {
    const first = { kind: 'first', policy: 'allow', where: 'here' } as const;
    expect(decide([judgeCondition(check('m >= champion'), metric, own, first, new Map())]).decision).toBe('error');
  }
});

describe('integers are compared exactly', () => {
  const of = (value: number | bigint | string): Lookup => ({ reading: { value, origin: 'run 1' } });
  test.each<[string, number | bigint, 'passed' | 'failed' | 'error']>([
    ['m <= 1795621790970990', 1795621790970994, 'failed'],
    ['m <= 1795621790970994', 1795621790970994, 'passed'],
    ['m == 9007199254740991', 9007199254740991, 'passed'],
    ['m <= 9007199254740992', 9007199254740993n, 'failed'],
    ['m <= 9007199254740993', 9007199254740993n, 'passed'],
    ['m <= 9007199254740992', 9007199254740992, 'error'],
    ['m >= 0', 1e300, 'error'],
    ['m >= champion + 0.05', 0.8499999999999999, 'passed'],
  ])('%s with %p: %s', (text, value, outcome) => {
    expect(judgeCondition(check(text), metric, of(value), champion(0.8), new Map()).outcome).toBe(outcome);
  });

  test('with a variable, which a double holds up to 2^53', () => {
    const judged = (limit: number): string =>
      judgeCondition(check('m <= vars.x'), metric, of(1795621790970994), champion(0), new Map([['x', limit]])).outcome;
    expect([1795621790970990, 1795621790970994, 2 ** 53].map(judged)).toEqual(['failed', 'passed', 'error']);
  });

  test('with the champion as well', () => {
    const other = { ...champion(0), lookup: of(1795621790970990) } as Baseline;
    const result = judgeCondition(check('m <= champion'), metric, of(1795621790970994), other, new Map());
    expect(result).toMatchObject({ outcome: 'failed', difference: '+4', candidate: { value: '1795621790970994' } });
  });

  test.each([
    ['0.91', "m is '0.91', which is not a number but a text", 'Write it without quotes: 0.91.'],
    ['0,91', "m is '0,91', which is not a number", 'Decimals are written with a point: 0.91.'],
    ['0x10', "m is '0x10', which is not a number", undefined],
    ['1e-400', 'm is 1e-400, nearer to 0 than any number that a double can hold', undefined],
  ])('%s is an error that says why', (value, reason, cure) => {
    const result = judgeCondition(check('m >= 0'), metric, of(value), champion(0), new Map());
    expect(result).toMatchObject({ outcome: 'error', reason: expect.stringContaining(reason) as unknown });
    expect(result.cure).toBe(cure);
  });
});
