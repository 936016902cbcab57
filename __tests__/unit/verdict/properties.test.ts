import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { loadPolicy, sourceOf } from '../../support/policy.js';
import type { Goal, Metric } from '../../../src/policy/policy.js';
import type { CheckResult, Outcome, Severity } from '../../../src/domain/check.js';
import { parseCondition } from '../../../src/policy/parse-condition.js';
import type { MlflowApi } from '../../../src/registry/mlflow/api.js';
import { readMetrics } from '../../../src/registry/mlflow/metrics.js';
import { decide } from '../../../src/verdict/decide.js';
import { type Baseline, judgeCondition } from '../../../src/verdict/condition.js';
import type { Lookup } from '../../../src/domain/lookup.js';
import type { Decision } from '../../../src/domain/report.js';
import { fromRun } from '../../support/run-source.js';

// On a failure fast-check prints the seed and the path to the counterexample; SEED looks at other cases.
const runs = { numRuns: 1_500, seed: Number(process.env['SEED'] ?? 20_240_601) };

const order: readonly Decision[] = ['promote', 'hold', 'reject', 'error'];
const missing = Symbol('missing');
type Value = number | bigint | string | typeof missing;

interface MetricSample {
  readonly goal: Goal;
  /** Whether the policy calls only -2 to 2 sane. */
  readonly ranged: boolean;
  readonly candidate: Value;
  readonly champion: Value;
}

interface CheckSample {
  readonly severity: Severity;
  /** Which of the metrics. */
  readonly metric: number;
  readonly strict: boolean;
  /** What `hold_if` looks out for may lie on either side. */
  readonly turned: boolean;
  readonly operand: string;
}

interface Scene {
  readonly metrics: readonly MetricSample[];
  readonly checks: readonly CheckSample[];
  readonly first?: 'hold' | 'allow';
}

const limits = new Map([['limit', 0.25]]);

function conditionOf({ severity, metric, strict, turned, operand }: CheckSample, { metrics }: Scene): string {
  const up = (metrics[metric]!.goal === 'maximize') !== (severity === 'hold_if' && turned);
  return `m${metric} ${up ? '>' : '<'}${strict ? '' : '='} ${operand}`;
}

/** The decision on a policy that is written, loaded and judged as a user's is. */
function decisionOf(scene: Scene): Decision {
  return decide(judged(scene)).decision;
}

function judged(scene: Scene): readonly CheckResult[] {
  const text = [
    'version: 1',
    'registry: { type: mlflow }',
    'models: { churn: { vars: { limit: 0.25 } } }',
    `first_promotion: ${scene.first ?? 'hold'}`,
    'metrics:',
    ...scene.metrics.map(
      ({ goal, ranged }, index) => `  m${index}: { goal: ${goal}${ranged ? ', min: -2, max: 2' : ''} }`,
    ),
    'stages:',
    '  production:',
    '    checks:',
    ...scene.checks.map(
      (check, index) => `      - { name: c${index}, ${check.severity}: ${conditionOf(check, scene)} }`,
    ),
  ].join('\n');
  const policy = loadPolicy(sourceOf('policy.yml', text, 'workspace'));
  return policy.stages.get('production')!.checks.flatMap((check): CheckResult[] => {
    if (check.kind !== 'condition') return [];
    const metric = policy.metrics.get(check.condition.metric)!;
    const sample = scene.metrics[Number(metric.id.slice(1))]!;
    const opponent: Baseline =
      scene.first === undefined
        ? { kind: 'champion', version: '1', lookup: lookup(sample.champion) }
        : { kind: 'first', policy: scene.first, where: 'here' };
    return [judgeCondition(check, metric, lookup(sample.candidate), opponent, policy.models.get('churn') ?? limits)];
  });
}

function lookup(value: Value): Lookup {
  return typeof value === 'symbol' ? { absent: 'it was never logged' } : { reading: { value, origin: 'run 1' } };
}

/** Many of few digits, so that values meet their thresholds; and any double. */
const sane = fc.oneof(
  fc.integer({ min: -20, max: 20 }).map((tenths) => tenths / 10),
  fc.integer({ min: -2_000, max: 2_000 }).map((thousandths) => thousandths / 1_000),
  fc.double({ min: -2, max: 2, noNaN: true }),
);
const notNumbers = fc.oneof(
  fc.constantFrom<Value>(missing, NaN, Infinity, -Infinity),
  fc.constantFrom('NaN', 'nan', '-inf', 'Infinity', '', '0.9', ' 1', '1e3', '0x1', 'true', 'null', '[0.9]', '0,9'),
  fc.string(),
);
const outside = fc.oneof(
  fc.constantFrom(2.000_000_1, -2.000_000_1, 1.797e308, -1.797e308, Number.MAX_VALUE, -Number.MAX_VALUE),
  fc.double({ min: 2.000_000_1, noNaN: true }),
  fc.double({ max: -2.000_000_1, noNaN: true }),
);
const goals = fc.constantFrom<Goal>('maximize', 'minimize');
const metricSample = fc.record({ goal: goals, ranged: fc.boolean(), candidate: sane, champion: sane });
const margins = fc.constantFrom(
  ...['', ' - 0.005', ' + 0.05', ' + 0.1', ' - 0.2', ' - 10%', ' + 5%', ' + 12.5%', ' - 0%'],
);
const comparing = margins.map((margin) => `champion${margin}`);
const operands = fc.oneof(
  comparing,
  fc.constantFrom('vars.limit', '0', '0.5', '-0.5', '.25', '1e-1'),
  fc.integer({ min: -20, max: 20 }).map((tenths) => String(tenths / 10)),
);
function checkSample(
  severities: readonly Severity[],
  operand: fc.Arbitrary<string> = operands,
): fc.Arbitrary<CheckSample> {
  return fc.record({
    severity: fc.constantFrom(...severities),
    metric: fc.nat({ max: 2 }),
    strict: fc.boolean(),
    turned: fc.boolean(),
    operand,
  });
}
const anySeverity: readonly Severity[] = ['require', 'warn', 'hold_if'];
const three = fc.array(metricSample, { minLength: 3, maxLength: 3 });
const anyCheck = checkSample(anySeverity);
const scene: fc.Arbitrary<Scene> = fc.record({
  metrics: three,
  checks: fc.array(anyCheck, { minLength: 1, maxLength: 4 }),
});
/** As `scene`, where some values are no measurements and some models have no champion. */
const anyScene: fc.Arbitrary<Scene> = fc
  .tuple(
    scene,
    fc.option(fc.tuple(fc.nat({ max: 2 }), fc.boolean(), notNumbers), { freq: 4, nil: undefined }),
    fc.option(fc.constantFrom<'hold' | 'allow'>('hold', 'allow'), { freq: 4, nil: undefined }),
  )
  .map(([made, fault, first]) => ({
    ...(fault === undefined ? made : withValue(made, fault[0], fault[1] ? 'candidate' : 'champion', fault[2])),
    ...(first === undefined ? {} : { first }),
  }));

function withValue(made: Scene, metric: number, side: 'candidate' | 'champion', value: Value): Scene {
  return {
    ...made,
    metrics: made.metrics.map((sample, index) => (index === metric ? { ...sample, [side]: value } : sample)),
  };
}

/** The scenes to which a property applies; a property of few scenes says nothing. */
function tally(): { count: number } {
  return { count: 0 };
}

describe('what is no measurement never promotes', () => {
  test.each(['candidate', 'champion'] as const)('no number on the side of the %s', (side) => {
    const looking = checkSample(anySeverity, side === 'champion' ? comparing : operands);
    fc.assert(
      fc.property(scene, looking, notNumbers, fc.nat(), (made, check, value, place) => {
        const checks = made.checks.toSpliced(place % (made.checks.length + 1), 0, check);
        expect(decisionOf(withValue({ ...made, checks }, check.metric, side, value))).toBe('error');
      }),
      runs,
    );
  });

  test.each(['candidate', 'champion'] as const)('a value outside the sane range on the side of the %s', (side) => {
    const looking = checkSample(anySeverity, side === 'champion' ? comparing : operands);
    fc.assert(
      fc.property(scene, looking, outside, fc.nat(), (made, check, value, place) => {
        const checks = made.checks.toSpliced(place % (made.checks.length + 1), 0, check);
        const metrics = made.metrics.map((sample) => ({ ...sample, ranged: true }));
        expect(decisionOf(withValue({ checks, metrics }, check.metric, side, value))).toBe('error');
      }),
      runs,
    );
  });

  test.each(['candidate', 'champion'] as const)(
    'an infinity as MLflow stores it, on the side of the %s',
    async (side) => {
      const stored = fc.oneof(
        fc.constantFrom(1.797e308, Number.MAX_VALUE, 1.797_693_134e308),
        fc.double({ min: 1.797e308, noNaN: true, noDefaultInfinity: true }),
      );
      const looking = checkSample(anySeverity, side === 'champion' ? comparing : operands);
      await fc.assert(
        fc.asyncProperty(scene, looking, stored, fc.boolean(), async (made, check, size, negative) => {
          const point = { key: 'm', value: negative ? -size : size, timestamp: 1, step: 0 };
          const api = {
            getRun: () => Promise.resolve({ info: {}, data: { metrics: [point] } }),
            metricHistory: () => Promise.resolve([point]),
          } as unknown as MlflowApi;
          const readings = await readMetrics(api, { run: '3f2a' }, ['m'], () => '');
          const bare = { ...made, metrics: made.metrics.map((sample) => ({ ...sample, ranged: false })) };
          const checks = [...made.checks, check];
          expect(decisionOf(withValue({ ...bare, checks }, check.metric, side, readings.get('m')!.value))).toBe(
            'error',
          );
        }),
        runs,
      );
    },
  );
});

describe('the decision', () => {
  test('a worse candidate is never judged better', () => {
    const refused = tally();
    const demanding = fc.array(checkSample(['require', 'warn']), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(anyScene, demanding, fc.nat({ max: 2 }), sane, (made, checks, which, other) => {
        const own = made.metrics[which]!;
        // What is no measurement is neither better nor worse than another value.
        fc.pre(typeof own.candidate === 'number' && Number.isFinite(own.candidate));
        const values = [own.candidate, other].sort((a, b) => (own.goal === 'maximize' ? b - a : a - b));
        const [better, worse] = values.map((value) =>
          decisionOf(withValue({ ...made, checks }, which, 'candidate', value)),
        );
        if (better === 'reject' || better === 'error') {
          refused.count += 1;
          expect(worse).not.toBe('promote');
        }
        expect(order.indexOf(worse!)).toBeGreaterThanOrEqual(order.indexOf(better!));
      }),
      runs,
    );
    expect(refused.count).toBeGreaterThan(runs.numRuns / 5);
  });

  test('one more check never makes it better', () => {
    const refused = tally();
    fc.assert(
      fc.property(anyScene, anyCheck, fc.nat(), (made, extra, place) => {
        // That nothing was evaluated is the one error that a check can cure.
        fc.pre(judged(made).some(({ outcome }) => outcome !== 'skipped'));
        const before = decisionOf(made);
        const checks = made.checks.toSpliced(place % (made.checks.length + 1), 0, extra);
        const after = decisionOf({ ...made, checks });
        if (before === 'reject' || before === 'error') {
          refused.count += 1;
          expect(after).not.toBe('promote');
        }
        expect(order.indexOf(after)).toBeGreaterThanOrEqual(order.indexOf(before));
      }),
      runs,
    );
    expect(refused.count).toBeGreaterThan(runs.numRuns / 5);
  });

  test('the order of the checks does not matter', () => {
    const mixed = tally();
    fc.assert(
      fc.property(
        anyScene.chain((made) =>
          fc.tuple(
            fc.constant(made),
            fc.shuffledSubarray([...made.checks], { minLength: made.checks.length, maxLength: made.checks.length }),
          ),
        ),
        ([made, checks]) => {
          if (new Set(judged(made).map(({ outcome }) => outcome)).size > 1) mixed.count += 1;
          expect(decisionOf({ ...made, checks })).toBe(decisionOf(made));
        },
      ),
      runs,
    );
    expect(mixed.count).toBeGreaterThan(runs.numRuns / 5);
  });
});

const plainMetric: Metric = {
  id: 'm',
  key: 'm',
  goal: 'maximize',
  source: fromRun,
  at: { file: 'policy.yml', line: 1, column: 1 },
};

function outcomeOf(text: string, candidate: number, champion: number, severity: Severity = 'require'): Outcome {
  const condition = parseCondition(text);
  if ('message' in condition) throw new Error(`${text}: ${condition.message}`);
  return judgeCondition(
    { kind: 'condition', name: text, severity, condition, at: plainMetric.at },
    plainMetric,
    lookup(candidate),
    { kind: 'champion', version: '1', lookup: lookup(champion) },
    limits,
  ).outcome;
}

/** `units` at a decimal place, as text: the tests' own arithmetic is on whole numbers. */
function text(units: bigint, places: number): string {
  const digits = String(units < 0n ? -units : units).padStart(places + 1, '0');
  const cut = digits.length - places;
  return `${units < 0n ? '-' : ''}${digits.slice(0, cut)}${places === 0 ? '' : `.${digits.slice(cut)}`}`;
}

function marginOf(units: bigint, places: number): string {
  return units < 0n ? `- ${text(-units, places)}` : `+ ${text(units, places)}`;
}

const decimals = fc.record({ units: fc.bigInt({ min: -999_999n, max: 999_999n }), places: fc.nat({ max: 6 }) });

describe('numbers are compared as the decimals they are written as', () => {
  test('a sum computed in floating point meets the sum as it is written', () => {
    const noisy = tally();
    fc.assert(
      fc.property(decimals, decimals, (a, b) => {
        const [x, y] = [Number(text(a.units, a.places)), Number(text(b.units, b.places))];
        const sum = x + y;
        // Beyond this, the doubles' own errors reach the 15th digit of what is left: 0.1 is not 100000.1 - 100000.
        fc.pre(Math.abs(x) + Math.abs(y) <= 3.5 * Math.abs(sum));
        const places = Math.max(a.places, b.places);
        const exact = a.units * 10n ** BigInt(places - a.places) + b.units * 10n ** BigInt(places - b.places);
        if (sum !== Number(text(exact, places))) noisy.count += 1;
        const margin = marginOf(b.units, b.places);
        for (const operator of ['>=', '<=', '=='])
          expect([operator, outcomeOf(`m ${operator} champion ${margin}`, sum, x)]).toEqual([operator, 'passed']);
        for (const operator of ['>', '<'])
          expect([operator, outcomeOf(`m ${operator} champion ${margin}`, sum, x)]).toEqual([operator, 'failed']);
        expect(outcomeOf(`m == ${text(exact, places)}`, sum, x)).toBe('passed');
      }),
      runs,
    );
    expect(noisy.count).toBeGreaterThan(20);
  });

  test('a real difference of 1 in the 12th significant digit is never forgiven', () => {
    const twelve = fc.bigInt({ min: 100_000_000_001n, max: 999_999_999_998n });
    fc.assert(
      fc.property(
        twelve,
        fc.boolean(),
        fc.nat({ max: 24 }),
        fc.bigInt({ min: -99_999n, max: 99_999n }),
        (digits, negative, places, margin) => {
          const champion = negative ? -digits : digits;
          const threshold = champion + margin;
          const size = threshold < 0n ? -threshold : threshold;
          fc.pre(size >= 100_000_000_001n && size <= 999_999_999_998n);
          const number = (units: bigint): number => Number(text(units, places));
          const written = `champion ${marginOf(margin, places)}`;
          for (const right of [written, text(threshold, places)]) {
            const judge = (operator: string, units: bigint): Outcome =>
              outcomeOf(`m ${operator} ${right}`, number(units), number(champion));
            expect(judge('>=', threshold - 1n)).toBe('failed');
            expect(judge('<=', threshold + 1n)).toBe('failed');
            expect(judge('==', threshold - 1n)).toBe('failed');
            expect(judge('==', threshold + 1n)).toBe('failed');
            expect(judge('>', threshold + 1n)).toBe('passed');
            expect(judge('<', threshold - 1n)).toBe('passed');
          }
        },
      ),
      runs,
    );
  });
});

describe('a per cent', () => {
  const percents = fc.record({ units: fc.bigInt({ min: 0n, max: 30_000n }), places: fc.nat({ max: 2 }) });

  test('is of the absolute value', () => {
    fc.assert(
      fc.property(
        fc.record({ units: fc.bigInt({ min: -9_999n, max: 9_999n }), places: fc.nat({ max: 5 }) }),
        percents,
        fc.boolean(),
        ({ units, places }, percent, plus) => {
          fc.pre(units !== 0n);
          const all = places + percent.places + 2;
          const scaled = units * 10n ** BigInt(percent.places + 2);
          const share = (units < 0n ? -units : units) * percent.units;
          const threshold = plus ? scaled + share : scaled - share;
          const condition = (operator: string): string =>
            `m ${operator} champion ${plus ? '+' : '-'} ${text(percent.units, percent.places)}%`;
          const judge = (operator: string, at: bigint): Outcome =>
            outcomeOf(condition(operator), Number(text(at, all)), Number(text(units, places)));
          expect(judge('>=', threshold)).toBe('passed');
          expect(judge('<=', threshold)).toBe('passed');
          expect(judge('>=', threshold - 1n)).toBe('failed');
          expect(judge('<=', threshold + 1n)).toBe('failed');
        },
      ),
      runs,
    );
  });

  test('of 0 is an error, whatever the candidate', () => {
    fc.assert(
      fc.property(
        percents,
        fc.boolean(),
        fc.constantFrom('>=', '>', '<=', '<', '=='),
        fc.constantFrom(...anySeverity),
        fc.constantFrom(0, -0),
        fc.oneof(sane, fc.double({ noNaN: true, noDefaultInfinity: true })),
        ({ units, places }, plus, operator, severity, zero, candidate) => {
          const condition = `m ${operator} champion ${plus ? '+' : '-'} ${text(units, places)}%`;
          expect(outcomeOf(condition, candidate, zero, severity)).toBe('error');
        },
      ),
      runs,
    );
  });
});
