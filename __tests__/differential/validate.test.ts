import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { json, text as textOf } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Metric } from '../../src/policy/policy.js';
import { parseCondition } from '../../src/policy/parse-condition.js';
import { decide } from '../../src/verdict/decide.js';
import { type Baseline, judgeCondition } from '../../src/verdict/condition.js';
import type { Lookup } from '../../src/domain/lookup.js';
import type { Decision } from '../../src/domain/report.js';
import { python } from '../support/tools.js';
import { fromRun } from '../support/run-source.js';

// MLflow's own validation of a candidate against thresholds and a baseline, and ours, on the same cases. Where they
// differ, it must be for one of the reasons listed below, and ours must be what the contract says.

const seed = Number(process.env['SEED'] ?? 20_240_601);
const amount = 12_000;

/** `units` at a decimal place: the test's own arithmetic is on whole numbers. */
interface Decimal {
  readonly units: bigint;
  readonly places: number;
}

type Value = { readonly number: number } | { readonly text: string } | 'missing';

interface Case {
  readonly greater: boolean;
  readonly threshold?: Decimal;
  readonly absolute?: Decimal;
  /** A fraction of the baseline. */
  readonly relative?: Decimal;
  readonly candidate: Value;
  readonly baseline: Value | 'no champion';
  /** Whether our policy calls only -1,000 to 1,000 sane; MLflow has no such thing. */
  readonly ranged: boolean;
}

function written({ units, places }: Decimal): string {
  const digits = String(units < 0n ? -units : units).padStart(places + 1, '0');
  const cut = digits.length - places;
  return `${units < 0n ? '-' : ''}${digits.slice(0, cut)}${places === 0 ? '' : `.${digits.slice(cut)}`}`;
}

/** The 15 digits that a double carries for certain. */
function carried(value: number): Decimal {
  const [, sign, mantissa, exponent] = /^(-?)(.*)e(.*)$/.exec(value.toExponential(14))!;
  const units = BigInt(`${sign!}${mantissa!.replace('.', '')}`);
  const places = 14 - Number(exponent);
  return places >= 0 ? { units, places } : { units: units * 10n ** BigInt(-places), places: 0 };
}

function aligned(a: Decimal, b: Decimal): readonly [bigint, bigint, number] {
  const places = Math.max(a.places, b.places);
  const [x, y] = [a, b].map((each) => each.units * 10n ** BigInt(places - each.places));
  return [x!, y!, places];
}

function plus(a: Decimal, b: Decimal, sign: 1n | -1n): Decimal {
  const [x, y, places] = aligned(a, b);
  return { units: x + sign * y, places };
}

function compared(a: Decimal, b: Decimal): number {
  const [x, y] = aligned(a, b);
  return x < y ? -1 : x > y ? 1 : 0;
}

function sizeOf({ units, places }: Decimal): Decimal {
  return { units: units < 0n ? -units : units, places };
}

/** What the candidate must reach, of each demand that there is. */
function goals({ greater, threshold, absolute, relative }: Case, baseline: Decimal | undefined): readonly Decimal[] {
  const sign = greater ? 1n : -1n;
  const goal: Decimal[] = threshold === undefined ? [] : [threshold];
  if (baseline === undefined) return goal;
  if (absolute !== undefined) goal.push(plus(baseline, absolute, sign));
  if (relative !== undefined) {
    const share = { units: sizeOf(baseline).units * relative.units, places: baseline.places + relative.places };
    goal.push(plus(baseline, share, sign));
  }
  return goal;
}

function compares(each: Case): boolean {
  return each.absolute !== undefined || each.relative !== undefined;
}

type Fault = 'missing' | 'NaN' | 'infinite' | 'text' | 'out of range';

function faultOf(value: Value, ranged: boolean): Fault | undefined {
  if (value === 'missing') return value;
  if ('text' in value) return 'text';
  if (Number.isNaN(value.number)) return 'NaN';
  if (!Number.isFinite(value.number)) return 'infinite';
  return ranged && Math.abs(value.number) > 1_000 ? 'out of range' : undefined;
}

function numberIn(value: Value | 'no champion'): Decimal | undefined {
  return typeof value === 'object' && 'number' in value && Number.isFinite(value.number)
    ? carried(value.number)
    : undefined;
}

/** What the contract says of a case, worked out without any of our code. */
function stated(each: Case): Decision {
  const { candidate, baseline, ranged, greater, relative } = each;
  if (faultOf(candidate, ranged) !== undefined) return 'error';
  const without = baseline === 'no champion';
  if (compares(each) && !without) {
    if (faultOf(baseline, ranged) !== undefined) return 'error';
    if (relative !== undefined && numberIn(baseline)!.units === 0n) return 'error';
  }
  const value = numberIn(candidate)!;
  const wanted = goals(each, compares(each) ? numberIn(baseline) : undefined);
  if (wanted.some((goal) => (greater ? compared(value, goal) < 0 : compared(value, goal) > 0))) return 'reject';
  return compares(each) && without ? 'hold' : 'promote';
}

function judged(each: Case): Decision {
  const { greater, threshold, absolute, relative, candidate, baseline, ranged } = each;
  const [operator, sign] = greater ? ['>=', '+'] : ['<=', '-'];
  const conditions = [
    ...(threshold === undefined ? [] : [`m ${operator} ${written(threshold)}`]),
    ...(absolute === undefined ? [] : [`m ${operator} champion ${sign} ${written(absolute)}`]),
    ...(relative === undefined
      ? []
      : [`m ${operator} champion ${sign} ${written({ units: relative.units * 100n, places: relative.places })}%`]),
  ];
  const at = { file: 'policy.yml', line: 1, column: 1 };
  const metric: Metric = {
    id: 'm',
    key: 'm',
    goal: greater ? 'maximize' : 'minimize',
    source: fromRun,
    at,
    ...(ranged ? { min: -1_000, max: 1_000 } : {}),
  };
  const opponent: Baseline =
    baseline === 'no champion'
      ? { kind: 'first', policy: 'hold', where: 'here' }
      : { kind: 'champion', version: '1', lookup: lookup(baseline) };
  const results = conditions.map((text) => {
    const condition = parseCondition(text);
    if ('message' in condition) throw new Error(`${text}: ${condition.message}`);
    const check = { kind: 'condition', name: text, severity: 'require', condition, at } as const;
    return judgeCondition(check, metric, lookup(candidate), opponent, new Map());
  });
  return decide(results).decision;
}

function lookup(value: Value): Lookup {
  if (value === 'missing') return { absent: 'it was never logged' };
  return { reading: { value: 'text' in value ? value.text : value.number, origin: 'run 1' } };
}

type Theirs = 'passes' | 'fails' | `raises ${string}`;

/** MLflow's verdict that says the same as our decision. */
const same: Readonly<Partial<Record<Decision, Theirs>>> = { promote: 'passes', reject: 'fails' };

/** A defect of MLflow: of a case with this cause, it says this, where we say that. */
interface Difference {
  readonly cause: string;
  readonly theirs: RegExp;
  readonly ours: readonly Decision[];
  readonly name: string;
}

function difference(name: string, cause: string, theirs: RegExp, ...ours: readonly Decision[]): Difference {
  return { name, cause, theirs, ours };
}

const faults = ['missing', 'NaN', 'infinite', 'text', 'out of range'] as const;

// First what MLflow lets through; the first that explains a difference has it.
const known: readonly Difference[] = [
  difference('NaN passes a relative change', 'candidate NaN', /^passes$/, 'error'),
  difference("the baseline's NaN passes a relative change", 'champion NaN', /^passes$/, 'error'),
  difference('an infinity passes', 'candidate infinite', /^passes$/, 'error'),
  difference("the baseline's infinity counts, and passes", 'champion infinite', /^passes$/, 'error'),
  difference('a text passes an absolute change', 'candidate text', /^passes$/, 'error'),
  difference('an impossible value passes', 'candidate out of range', /^passes$/, 'error'),
  difference("the baseline's impossible value counts, and passes", 'champion out of range', /^passes$/, 'error'),
  difference('a baseline of 0 drops the margin, and passes', 'champion 0', /^passes$/, 'error'),
  difference('beyond the 15th digit: noise passes', 'beyond the 15th digit', /^passes$/, 'reject'),
  difference('floating point: equality fails', 'equal', /^fails$/, 'promote'),
  difference('beyond the 15th digit: noise fails', 'beyond the 15th digit', /^fails$/, 'promote'),
  difference('no baseline model is told as a failure', 'no champion', /^fails$/, 'hold'),
  difference('a baseline of 0 is told as a failure', 'champion 0', /^fails$/, 'error'),
  ...faults.map((fault) =>
    difference(`no measurement is told as a failure: ${fault}`, `candidate ${fault}`, /^fails$/, 'error'),
  ),
  ...(['NaN', 'infinite', 'out of range'] as const).map((fault) =>
    difference(`no measurement is told as a failure: baseline ${fault}`, `champion ${fault}`, /^fails$/, 'error'),
  ),
  difference('a baseline without the metric crashes it', 'lacking', /^raises KeyError$/, 'promote', 'reject', 'error'),
  difference('a text crashes it', 'candidate text', /^raises (TypeError|InvalidOperation)$/, 'error'),
  difference("the baseline's text crashes it", 'champion text', /^raises TypeError$/, 'error'),
  difference('NaN crashes an absolute change', 'candidate NaN', /^raises InvalidOperation$/, 'error'),
  difference("the baseline's NaN crashes an absolute change", 'champion NaN', /^raises InvalidOperation$/, 'error'),
  difference(
    'a relative change of 0 crashes without a baseline model',
    'no champion',
    /^raises TypeError$/,
    'hold',
    'reject',
    'error',
  ),
];

/** Why MLflow may differ, by the case alone. */
function causesOf(each: Case): readonly string[] {
  const { candidate, baseline, ranged, relative } = each;
  const causes: string[] = [];
  const own = faultOf(candidate, ranged);
  if (own !== undefined) causes.push(`candidate ${own}`);
  // MLflow looks the metric up in the baseline even where nothing compares with it.
  if (baseline === 'missing') causes.push('lacking');
  if (compares(each)) {
    const other = baseline === 'no champion' ? undefined : faultOf(baseline, ranged);
    if (baseline === 'no champion') causes.push('no champion');
    else if (other !== undefined) causes.push(`champion ${other}`);
    else if (relative !== undefined && numberIn(baseline)!.units === 0n) causes.push('champion 0');
  }
  return [...causes, ...near(each)];
}

/** Whether the candidate is where it must be, or so near that the digits which doubles do not carry decide. */
function near(each: Case): readonly ('equal' | 'beyond the 15th digit')[] {
  const value = numberIn(each.candidate);
  if (value === undefined) return [];
  const baseline = compares(each) ? numberIn(each.baseline) : undefined;
  return goals(each, baseline).flatMap((goal) => {
    const distance = sizeOf(plus(value, goal, -1n));
    if (distance.units === 0n) return ['equal'];
    // Rounding to 15 digits moves a number by up to 5e-15 of itself, and it is done to two.
    const noise = [value, ...(baseline === undefined ? [] : [baseline])].map((size) => {
      const { units, places } = sizeOf(size);
      return { units, places: places + 14 };
    });
    return noise.some((most) => compared(distance, most) <= 0) ? ['beyond the 15th digit'] : [];
  });
}

const decimal = (most: bigint, places: number): fc.Arbitrary<Decimal> =>
  fc.record({ units: fc.bigInt({ min: -most, max: most }), places: fc.nat({ max: places }) });
const positive = fc.record({ units: fc.bigInt({ min: 1n, max: 9_999n }), places: fc.integer({ min: 1, max: 6 }) });
const fraction = fc.oneof(
  { weight: 4, arbitrary: fc.bigInt({ min: 0n, max: 10_000n }).map((units) => ({ units, places: 4 })) },
  fc.constantFrom(...[0n, 1n, 5n, 10n, 100n].map((units) => ({ units, places: 2 }))),
);
/** What training gives: doubles with all their 17 digits. */
const allDigits = fc
  .tuple(fc.maxSafeInteger(), fc.integer({ min: -6, max: 3 }))
  .map(([digits, exponent]) => (digits / Number.MAX_SAFE_INTEGER) * 10 ** exponent);
const measured = fc.oneof(
  { weight: 6, arbitrary: decimal(9_999n, 4).map((value) => ({ number: Number(written(value)) })) },
  { weight: 2, arbitrary: allDigits.map((number) => ({ number })) },
  { weight: 1, arbitrary: decimal(999_999_999n, 12).map((value) => ({ number: Number(written(value)) })) },
);
const unmeasured = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<Value>('missing', { number: NaN }) },
  { weight: 2, arbitrary: fc.constantFrom<Value>({ number: Infinity }, { number: -Infinity }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('0.9', '99999', '-99999', 'NaN', 'high', '').map((said) => ({ text: said })),
  },
);
const demands = fc
  .record({
    threshold: decimal(9_999n, 4),
    absolute: positive,
    relative: fraction,
    use: fc.constantFrom(...['threshold', 'absolute', 'relative', 'absolute relative', 'threshold relative', 'all']),
  })
  .map(({ use, ...all }) => ({
    ...(/threshold|all/.test(use) ? { threshold: all.threshold } : {}),
    ...(/absolute|all/.test(use) ? { absolute: all.absolute } : {}),
    ...(/relative|all/.test(use) ? { relative: all.relative } : {}),
  }));

/** Where the candidate is put, seen from one of the values that it must reach. */
type Spot = 'at' | 'as computed' | 'a step above' | 'a step below' | 'a double above' | 'a double below' | 'near';
const spots: readonly Spot[] = [
  ...(['at', 'as computed', 'a step above', 'a step below', 'a double above', 'a double below', 'near'] as const),
];

function placed(made: Omit<Case, 'candidate'>, which: number, spot: Spot, noise: number): Value | undefined {
  const each: Case = { ...made, candidate: 'missing' };
  const { baseline, greater, absolute } = each;
  const wanted = goals(each, numberIn(baseline));
  const goal = wanted[which % Math.max(wanted.length, 1)];
  if (goal === undefined) return undefined;
  const number = Number(written(goal));
  switch (spot) {
    case 'at':
      return { number };
    case 'as computed': {
      if (absolute === undefined || typeof baseline === 'string' || 'text' in baseline) return { number };
      const change = Number(written(absolute));
      return { number: greater ? baseline.number + change : baseline.number - change };
    }
    case 'a step above':
    case 'a step below':
      return {
        number: Number(written({ units: goal.units + (spot === 'a step above' ? 1n : -1n), places: goal.places })),
      };
    case 'a double above':
      return { number: number * (1 + Number.EPSILON) };
    case 'a double below':
      return { number: number * (1 - Number.EPSILON) };
    case 'near':
      return { number: number + noise * (Math.abs(number) + 0.1) };
  }
}

const cases: fc.Arbitrary<Case> = fc
  .record({
    greater: fc.boolean(),
    ranged: fc.boolean(),
    demands,
    baseline: fc.oneof(
      { weight: 16, arbitrary: measured },
      { weight: 1, arbitrary: fc.constantFrom({ number: 0 }, { number: -0 }) },
      { weight: 1, arbitrary: fc.constant('no champion' as const) },
      { weight: 2, arbitrary: unmeasured },
    ),
    any: fc.oneof({ weight: 2, arbitrary: measured }, { weight: 1, arbitrary: unmeasured }),
    place: fc.option(
      fc.tuple(fc.nat({ max: 2 }), fc.constantFrom(...spots), fc.double({ min: -0.1, max: 0.1, noNaN: true })),
      {
        freq: 3,
        nil: undefined,
      },
    ),
  })
  .map(({ demands: asked, any, place, ...made }) => {
    const each = { ...made, ...asked };
    return { ...each, candidate: (place === undefined ? undefined : placed(each, ...place)) ?? any };
  });

/** One process for all cases: MLflow takes seconds to import. */
async function validate(all: readonly Case[]): Promise<{ version: string; verdicts: readonly Theirs[] }> {
  const child = spawn(python, [resolve(import.meta.dirname, 'validate.py')], {
    env: { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true' },
  });
  const said = textOf(child.stderr);
  const answer = json(child.stdout).catch(() => undefined);
  child.stdin.on('error', () => undefined); // What ended it early is on its stderr.
  child.stdin.end(JSON.stringify(all.map(forPython)));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`validate.py ended with ${code ?? 'a signal'}: ${await said}`);
  return (await answer) as { version: string; verdicts: readonly Theirs[] };
}

function forPython({ greater, threshold, absolute, relative, candidate, baseline }: Case): object {
  const value = (each: Value): object =>
    each === 'missing'
      ? {}
      : 'text' in each
        ? each
        : { number: Object.is(each.number, -0) ? '-0' : String(each.number) };
  return {
    greater,
    ...(threshold === undefined ? {} : { threshold: written(threshold) }),
    ...(absolute === undefined ? {} : { absolute: written(absolute) }),
    ...(relative === undefined ? {} : { relative: written(relative) }),
    candidate: value(candidate),
    baseline: baseline === 'no champion' ? null : value(baseline),
  };
}

function shown(each: Case): string {
  const { greater, threshold, absolute, relative, ranged } = each;
  const value = (of: Value | 'no champion'): string =>
    typeof of === 'string' ? of : 'text' in of ? `'${of.text}'` : String(of.number);
  return [
    `candidate ${value(each.candidate)}`,
    `baseline ${value(each.baseline)}`,
    ...(threshold === undefined ? [] : [`threshold ${written(threshold)}`]),
    ...(absolute === undefined ? [] : [`absolute ${written(absolute)}`]),
    ...(relative === undefined ? [] : [`relative ${written(relative)}`]),
    greater ? 'greater is better' : 'lower is better',
    ...(ranged ? ['sane -1000 to 1000'] : []),
  ].join(', ');
}

interface Row {
  count: number;
  readonly ours: Set<Decision>;
  readonly theirs: Set<Theirs>;
  example?: { readonly text: string; readonly weight: number };
}

const table = new Map<string, Row>(known.map(({ name }) => [name, { count: 0, ours: new Set(), theirs: new Set() }]));
const agreed = { promote: 0, reject: 0 };
const sample = fc.sample(cases, { numRuns: amount, seed });
let mlflowVersion = '';
let verdicts: readonly Theirs[] = [];

beforeAll(async () => {
  ({ version: mlflowVersion, verdicts } = await validate(sample));
});

test('every decision is what the contract says', () => {
  const wrong = sample.flatMap((each) => {
    const [ours, right] = [judged(each), stated(each)];
    return ours === right ? [] : [`${shown(each)}: ${ours}, not ${right}`];
  });
  expect(wrong).toEqual([]);
});

test('MLflow decides the same, but for its known defects', () => {
  expect(verdicts).toHaveLength(amount);
  const unknown = sample.flatMap((each, index) => {
    const ours = judged(each);
    const theirs = verdicts[index]!;
    if (same[ours] === theirs) {
      agreed[theirs === 'passes' ? 'promote' : 'reject'] += 1;
      return [];
    }
    const causes = causesOf(each);
    const found = known.find((one) => causes.includes(one.cause) && one.theirs.test(theirs) && one.ours.includes(ours));
    if (found === undefined) return [`${shown(each)}: MLflow ${theirs}, ours ${ours} (${causes.join(', ')})`];
    const row = table.get(found.name)!;
    row.count += 1;
    row.ours.add(ours);
    row.theirs.add(theirs);
    // The example is to show one defect, not several at once.
    const example = { text: shown(each), weight: causes.length * 1_000 + shown(each).length };
    if (row.example === undefined || example.weight < row.example.weight) row.example = example;
    return [];
  });
  expect(unknown).toEqual([]);
});

test('both verdicts are seen often, and no difference is excused that is never seen', () => {
  expect(agreed.promote).toBeGreaterThan(amount / 10);
  expect(agreed.reject).toBeGreaterThan(amount / 10);
  expect([...table].filter(([, { count }]) => count === 0).map(([name]) => name)).toEqual([]);
});

afterAll(() => {
  const lines = [...table].map(
    ([name, { count, ours, theirs, example }]) =>
      `| ${name} | ${[...theirs].join(', ')} | ${[...ours].join(', ')} | ${count} | ${example?.text ?? ''} |`,
  );
  process.stdout.write(
    [
      `${amount} cases, seed ${seed}, MLflow ${mlflowVersion}: ${agreed.promote} pass and ${agreed.reject} fail with both; the others differ:`,
      '| class | MLflow | ours | count | example |',
      '|---|---|---|---|---|',
      ...lines,
      '',
    ].join('\n'),
  );
});
