import { describe, expect, test } from '@jest/globals';
import { PromotionError } from '../../../src/domain/errors.js';
import type { PromotionEvent } from '../../../src/domain/event.js';
import { loadPolicy, sourceOf } from '../../support/policy.js';
import type { Policy } from '../../../src/policy/policy.js';
import { backtest, type Backtest, type BacktestOptions } from '../../../src/commands/backtest/replay.js';
import { resolveStage } from '../../../src/promotion/judge/resolve.js';
import type { Registry } from '../../../src/registry/registry.js';
import type { MetricReading, ModelVersion } from '../../../src/domain/version.js';
import { FakeRegistry } from '../../support/fake-registry.js';
import { LoggedFake } from '../../support/logged-registry.js';

interface Rules {
  readonly production?: string;
  readonly staging?: string;
  readonly first?: string;
  readonly evaluate?: string;
}

function policyOf({
  production = '- require: auc >= champion - 0.005',
  staging,
  first = 'hold',
  evaluate,
}: Rules): Policy {
  return loadPolicy(
    sourceOf(
      'policy.yml',
      `version: 1
registry: { type: mlflow }
model: churn
first_promotion: ${first}
champion: production
metrics:
  auc: { goal: maximize, min: 0, max: 1 }
  loss: { goal: minimize }
  shift: { goal: maximize }
  p99: { goal: minimize, from: file, path: latency.json, pointer: /p99 }
  judged: { goal: maximize, from: evaluate }
  country: { goal: maximize, key: 'auc.{country}' }
stages:
  staging:
    checks:
      ${(staging ?? '- require: auc >= 0.5').replaceAll('\n', '\n      ')}
  production:
    after: staging
    ${evaluate === undefined ? '' : `evaluate: { run: ${evaluate}, for: [candidate, champion] }`}
    checks:
      ${production.replaceAll('\n', '\n      ')}
`,
      'main',
    ),
  );
}

const day = (number: number): string => new Date(Date.UTC(2026, 0, number, 10)).toISOString();

/** Versions 1, 2, …, made on the days of January; a number is an auc. */
function model(...metrics: readonly (number | Readonly<Record<string, number | string>>)[]): FakeRegistry {
  const registry = new FakeRegistry();
  metrics.forEach((each, index) =>
    registry.add(String(index + 1), typeof each === 'number' ? { auc: each } : each, {}, { createdAt: day(index + 1) }),
  );
  return registry;
}

function run(
  registry: Registry,
  rules: Rules = {},
  stage = 'production',
  options: BacktestOptions = {},
  progress: (done: number, of: number) => void = () => undefined,
): Promise<Backtest> {
  const policy = policyOf(rules);
  const now = (): Date => new Date('2027-01-01T00:00:00Z');
  return backtest({ registry, policy, model: 'churn', stage: resolveStage(policy, stage), now }, options, progress);
}

async function logged(
  fake: FakeRegistry,
  events: readonly (readonly [type: PromotionEvent['type'], stage: string, version: string, day: number])[],
): Promise<LoggedFake> {
  const registry = new LoggedFake(fake);
  const written = events.map(([type, stage, version, on]) => ({ type, stage, version, at: day(on) }));
  await registry.log.append(written, { expectedHead: undefined });
  return registry;
}

/** `3 reject < 2`, with `first` and `!` where it differs. */
const told = ({ rows }: Backtest): string[] =>
  rows.map(
    ({ version, decision, champion, first, differs }) =>
      `${version} ${decision}${first ? ' first' : ''} < ${champion ?? '-'}${differs ? ' !' : ''}`,
  );

describe('the champion evolves as the policy would have had it', () => {
  test('a better version is the next one to beat, a worse one is not', async () => {
    const result = await run(model(0.8, 0.82, 0.7, 0.818, 0.9));
    expect(told(result)).toEqual([
      '1 hold first < -',
      '2 promote < 1',
      '3 reject < 2',
      '4 promote < 2',
      '5 promote < 4',
    ]);
    expect(result.totals).toEqual({ promote: 3, reject: 1, hold: 1, error: 0, differs: 0 });
    expect(result.rows[2]?.cause).toMatch(/^auc >= champion - 0\.005: auc is 0\.7, required >= 0\.815/);
    expect(result.rows[1]).not.toHaveProperty('cause');
  });

  test('they stand in the order in which they were made, whatever they are called', async () => {
    const registry = model(0.8, 0.9).add('3', { auc: 0.7 }, {}, { createdAt: day(0) });
    expect(told(await run(registry))).toEqual(['3 hold first < -', '1 promote < 3', '2 promote < 1']);
  });

  test.each<[string, Readonly<Record<string, number | string>>, RegExp]>([
    ['missing', { f1: 1 }, /auc has no value/],
    ['NaN', { auc: 'NaN' }, /auc is NaN, which is no measurement/],
    ['infinite', { auc: Infinity }, /auc is Infinity, which is no measurement/],
    ['out of range', { auc: 1.2 }, /auc is 1.2, outside the range 0 to 1/],
  ])('a value that is %s is an error, and neither the first champion nor the next', async (_, bad, cause) => {
    const result = await run(model(bad, 0.8, bad, 0.81));
    expect(told(result)).toEqual(['1 error < -', '2 hold first < -', '3 error < 2', '4 promote < 2']);
    expect(result.rows[0]?.cause).toMatch(cause);
    expect(result.rows[2]?.cause).toMatch(cause);
    expect(result.totals.error).toBe(2);
  });

  test('what a person would have to decide on does not become the champion', async () => {
    const production = '- require: auc >= champion\n- hold_if: auc > champion + 0.1';
    expect(told(await run(model(0.5, 0.9, 0.55), { production }))).toEqual([
      '1 hold first < -',
      '2 hold < 1',
      '3 promote < 1',
    ]);
  });

  test('metrics that cannot be read are an error of that version alone; an unreachable registry is one of all', async () => {
    class Faulty extends FakeRegistry {
      code: 'METRIC_UNREADABLE' | 'REGISTRY_UNREACHABLE' = 'METRIC_UNREADABLE';

      override metrics(version: ModelVersion, keys: readonly string[]): Promise<ReadonlyMap<string, MetricReading>> {
        if (version.version === '2') return Promise.reject(new PromotionError(this.code, 'Run 2 is gone.'));
        return super.metrics(version, keys);
      }
    }
    const registry = new Faulty();
    for (const version of ['1', '2', '3']) registry.add(version, { auc: 0.8 });
    const result = await run(registry);
    expect(told(result)).toEqual(['1 hold first < -', '2 error < 1', '3 promote < 1']);
    expect(result.rows[1]?.cause).toBe('Run 2 is gone.');
    registry.code = 'REGISTRY_UNREACHABLE';
    await expect(run(registry)).rejects.toThrow('Run 2 is gone.');
  });
});

describe('the first champion', () => {
  test('must pass all that compares with nobody', async () => {
    const production = '- require: auc >= 0.75\n- require: auc >= champion';
    const result = await run(model(0.7, 0.8, 0.79), { production });
    expect(told(result)).toEqual(['1 reject < -', '2 hold first < -', '3 reject < 2']);
  });

  test("is promoted where 'first_promotion' allows it", async () => {
    const production = '- require: auc >= 0.75\n- require: auc >= champion';
    expect(told(await run(model(0.8, 0.81), { production, first: 'allow' }))).toEqual([
      '1 promote < -',
      '2 promote < 1',
    ]);
  });

  test('is taken where every check is a comparison, so that there is one', async () => {
    const result = await run(model(0.8, 0.81), { first: 'allow' });
    expect(told(result)).toEqual(['1 promote < -', '2 promote < 1']);
  });

  test('is not taken where nothing of the stage can be replayed', async () => {
    const result = await run(model(0.8, 0.9), { production: '- name: tests\n  run: pytest' });
    expect(told(result)).toEqual(['1 error < -', '2 error < -']);
  });
});

test('commands, files and what `evaluate` measures are not replayed', async () => {
  const production =
    '- name: tests\n  run: exit 1\n- require: p99 <= 40\n- require: auc >= 0.5\n- require: judged >= champion';
  const result = await run(model(0.8), { production, evaluate: 'exit 1' });
  expect(told(result)).toEqual(['1 promote < -']);
  const reason = 'not replayed';
  expect(result.skipped).toEqual([
    { name: 'tests', reason },
    { name: 'p99 <= 40', reason },
    { name: 'judged >= champion', reason },
    { name: 'evaluate', reason },
  ]);
});

describe('margins', () => {
  test('are shares of the limit, on either side of it', async () => {
    const production = '- require: auc >= champion\n- require: loss <= 0.5\n- warn: auc >= 0.99\n- require: shift >= 0';
    const { rows } = await run(model({ auc: 0.8, loss: 0.4, shift: 1 }, { auc: 0.88, loss: 0.6, shift: 1 }), {
      production,
    });
    expect(rows[1]?.margins).toEqual([
      { required: 'auc >= champion', relative: expect.closeTo(0.1, 10) },
      { required: 'loss <= 0.5', relative: expect.closeTo(-0.2, 10) },
    ]);
    expect(rows[0]?.margins).toEqual([{ required: 'loss <= 0.5', relative: expect.closeTo(0.2, 10) }]);
  });

  test('of slices are the smallest', async () => {
    const { rows } = await run(model({ 'auc.DE': 0.9, 'auc.FR': 0.84 }), { production: '- require: country >= 0.8' });
    expect(rows[0]?.margins).toEqual([{ required: 'country >= 0.8', relative: expect.closeTo(0.05, 10) }]);
  });
});

describe('what was in fact decided', () => {
  test('by the log: promotions and rejections that the policy would not have made', async () => {
    const registry = await logged(model(0.8, 0.7, 0.9, 0.6, 0.95, 0.96, 0.97).hold('production', '7'), [
      ['deployed', 'production', '1', 1],
      ['deployed', 'production', '2', 2],
      ['rejected', 'production', '3', 3],
      ['rejected', 'production', '4', 4],
      ['deployed', 'production', '5', 5],
      ['rolled_back', 'production', '5', 6],
      ['failed', 'production', '6', 6],
      ['deployed', 'production', '7', 7],
    ]);
    const result = await run(registry);
    expect(result.rows.map(({ version, inFact }) => `${version} ${inFact}`)).toEqual([
      '1 promoted',
      '2 promoted',
      '3 rejected',
      '4 rejected',
      '5 rolled back',
      '6 failed',
      '7 promoted',
    ]);
    // The champion of the replay is its own, never the log's.
    expect(told(result)).toEqual([
      '1 hold first < -',
      '2 reject < 1 !',
      '3 promote < 1 !',
      '4 reject < 3',
      '5 promote < 3',
      '6 promote < 5',
      '7 promote < 6',
    ]);
    expect(result.totals.differs).toBe(2);
  });

  test('without a log: by the records in the registry and by who holds the stage now', async () => {
    const record = (state: string): Record<string, string> => ({
      promotion_production: JSON.stringify({ state, stage: 'production', at: day(20) }),
    });
    const registry = new FakeRegistry()
      .add('1', { auc: 0.8 }, record('archived'))
      .add('2', { auc: 0.9 }, record('production_rejected'))
      .add('3', { auc: 0.9 }, record('production_approved'))
      .add('4', { auc: 0.5 }, record('rolled_back'))
      .add('5', { auc: 0.6 })
      // Another stage's, whose name makes the same tag.
      .add(
        '6',
        { auc: 0.6 },
        { promotion_production: JSON.stringify({ state: 'rolled_back', stage: 'x', at: day(20) }) },
      )
      .hold('production', '5');
    const result = await run(registry);
    expect(result.rows.map(({ inFact }) => inFact)).toEqual([
      'promoted',
      'rejected',
      'no record',
      'rolled back',
      'promoted',
      'no record',
    ]);
    expect(told(result)).toEqual([
      '1 hold first < -',
      '2 promote < 1 !',
      '3 promote < 2',
      '4 reject < 3 !',
      '5 reject < 3 !',
      '6 reject < 3',
    ]);
    expect(result.notes.join()).toContain('There is no promotion log of this model');
  });
});

describe("a stage before the champion's", () => {
  const staging = '- require: auc >= champion';
  const events = [
    ['deployed', 'production', '1', 2],
    ['deployed', 'production', '3', 4],
    ['archived', 'production', '3', 6],
  ] as const;

  test('compares with who held it at the time, by the log', async () => {
    const registry = await logged(model(0.8, 0.7, 0.9, 0.85, 0.85, 0.85), events);
    const result = await run(registry, { staging }, 'staging');
    expect(told(result)).toEqual([
      '1 hold < -',
      '2 reject < 1',
      '3 promote < 1',
      '4 reject < 3',
      '5 reject < 3',
      '6 hold < -',
    ]);
    expect(result.rows[0]?.cause).toContain("this is the model's first promotion");
    expect(result.rows[5]?.cause).toContain('though the model had one before');
    expect(result.notes.join()).toContain('who held production when it was made');
  });

  test('never compares a version with itself, where it seems to have been there when it was made', async () => {
    const registry = await logged(model(0.8), [['deployed', 'production', '1', 1]]);
    const result = await run(registry, { staging }, 'staging');
    expect(told(result)).toEqual(['1 hold < -']);
    expect(result.rows[0]?.cause).toContain("this is the model's first promotion");
  });

  test('cannot compare with a champion that is gone', async () => {
    const fake = model(0.8, 0.7, 0.9);
    fake.remove('1');
    const result = await run(await logged(fake, events), { staging }, 'staging');
    expect(told(result)).toEqual(['2 error < 1', '3 error < 1']);
    expect(result.rows[0]?.cause).toBe('Its champion then, 1, is no longer in the registry.');
  });

  test('without a log, with the one that the replay has', async () => {
    expect(told(await run(model(0.8, 0.7, 0.9), { staging }, 'staging'))).toEqual([
      '1 hold first < -',
      '2 reject < 1',
      '3 promote < 1',
    ]);
  });
});

describe('many versions', () => {
  const many = (): FakeRegistry => model(...Array.from({ length: 210 }, (_, index) => 0.5 + index / 1000));

  test('are all replayed, each asked for its metrics once, with progress', async () => {
    const registry = many();
    const done: string[] = [];
    const result = await run(registry, {}, 'production', {}, (count, of) => done.push(`${count} of ${of}`));
    expect(result.rows).toHaveLength(210);
    expect(result.totals.promote).toBe(209);
    expect(new Set(registry.metricCalls).size).toBe(210);
    expect(registry.metricCalls).toHaveLength(210);
    expect(done).toEqual([25, 50, 75, 100, 125, 150, 175, 200].map((count) => `${count} of 210`));
  });

  test('are asked for the metrics of their slices once, too', async () => {
    class Counting extends FakeRegistry {
      readonly keyCalls: string[] = [];

      override metricKeys(version: ModelVersion): Promise<readonly string[]> {
        this.keyCalls.push(version.version);
        return super.metricKeys(version);
      }
    }
    const registry = new Counting();
    for (const version of ['1', '2', '3']) registry.add(version, { 'auc.DE': 0.8 });
    const production = '- require: country >= champion\n- require: country >= 0.5';
    const result = await run(registry, { production });
    expect(told(result)).toEqual(['1 hold first < -', '2 promote < 1', '3 promote < 2']);
    expect(registry.keyCalls.sort()).toEqual(['1', '2', '3']);
    expect(registry.metricCalls).toHaveLength(3);
  });

  test('are left alone once the registry cannot be reached', async () => {
    class Down extends FakeRegistry {
      override metrics(version: ModelVersion): Promise<ReadonlyMap<string, MetricReading>> {
        this.metricCalls.push(version.version);
        return Promise.reject(new PromotionError('REGISTRY_UNREACHABLE', 'Nothing listens there.'));
      }
    }
    const registry = new Down();
    for (let version = 1; version <= 100; version += 1) registry.add(String(version), { auc: 0.8 });
    await expect(run(registry)).rejects.toThrow('Nothing listens there.');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(registry.metricCalls.length).toBeLessThan(20);
  });

  test('no more than eight are asked for at a time', async () => {
    let now = 0;
    let highest = 0;
    class Slow extends FakeRegistry {
      override async metrics(
        version: ModelVersion,
        keys: readonly string[],
      ): Promise<ReadonlyMap<string, MetricReading>> {
        now += 1;
        highest = Math.max(highest, now);
        await new Promise((resolve) => setTimeout(resolve, 1));
        now -= 1;
        return super.metrics(version, keys);
      }
    }
    const registry = new Slow();
    for (let version = 1; version <= 40; version += 1) registry.add(String(version), { auc: 0.8 });
    await run(registry);
    expect(highest).toBe(8);
  });

  test('only the newest, where so many are asked for; the log says who was there before', async () => {
    const result = await run(model(0.8, 0.9, 0.85, 0.95), {}, 'production', { limit: 2 });
    expect(told(result)).toEqual(['3 hold first < -', '4 promote < 3']);
    expect(result.notes.join()).toContain('only the newest 2 are replayed');

    const events = [['deployed', 'production', '2', 2]] as const;
    const known = await logged(model(0.8, 0.9, 0.85, 0.95), events);
    expect(told(await run(known, {}, 'production', { limit: 2 }))).toEqual(['3 reject < 2', '4 promote < 2']);

    const fake = model(0.8, 0.9, 0.85, 0.95);
    fake.remove('2');
    const gone = await run(await logged(fake, events), {}, 'production', { limit: 2 });
    expect(told(gone)).toEqual(['3 hold first < -', '4 promote < 3']);
    expect(gone.notes).toContain('2, which held production before, is no longer in the registry.');

    const all = await run(model(0.8, 0.9), {}, 'production', { limit: 2 });
    expect(all.notes.join()).not.toContain('older versions');
  });
});

test('a measurement that was fresh when the version was made is fresh', async () => {
  class Dated extends FakeRegistry {
    override async metrics(
      version: ModelVersion,
      keys: readonly string[],
    ): Promise<ReadonlyMap<string, MetricReading>> {
      const at = version.version === '1' ? day(1) : day(-30);
      return new Map([...(await super.metrics(version, keys))].map(([key, reading]) => [key, { ...reading, at }]));
    }
  }
  const registry = new Dated();
  for (const version of ['1', '2']) registry.add(version, { auc: 0.8 }, {}, { createdAt: day(2) });
  const policy = policyOf({ production: '- require: auc >= 0.5' });
  const stage = { ...resolveStage(policy, 'production'), evidence: { match: [], maxAgeMs: 7 * 86_400_000 } };
  const now = (): Date => new Date('2027-01-01T00:00:00Z');
  const result = await backtest({ registry, policy, model: 'churn', stage, now }, {}, () => undefined);
  expect(told(result)).toEqual(['1 promote < -', '2 error < 1']);
  expect(result.rows[1]?.cause).toContain('32 days ago');
});

test('a model without versions has no rows', async () => {
  expect((await run(new FakeRegistry())).rows).toEqual([]);
});
