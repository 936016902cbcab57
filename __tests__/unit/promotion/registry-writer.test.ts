import { beforeEach, describe, expect, test } from '@jest/globals';
import { promote } from '../../../src/promotion/promote.js';
import { register } from '../../../src/promotion/register.js';
import type { Report } from '../../../src/domain/report.js';
import { FakeRegistry } from '../../support/fake-registry.js';
import { killedAfterTheMove, must, staged, three, to } from '../../support/interrupted-world.js';
import { LoggedFake } from '../../support/logged-registry.js';
import { newWorld, policyOf, run } from '../../support/mlflow-world.js';
import { outcomes, runPromote, runOperation, type Setting } from '../../support/run-promotion.js';

/** Who can write to the registry, and not to the repository, gets no version promoted that has not earned it. */
const policy = `version: 1
registry: { type: mlflow }
model: churn
champion: production
first_promotion: allow
metrics:
  auc: { goal: maximize, min: 0, max: 1 }
  val: { goal: maximize, min: 0, max: 1, from: command }
anchors: { launch: 1 }
stages:
  staging: { checks: [{ require: auc >= 0.3 }] }
  production:
    after: staging
    soak: 1h
    checks: [{ require: auc >= 0.2 }, { require: auc >= champion - 0.005 }]
  judged:
    checks:
      - { name: measure, run: 'printf ''{"val": 0.5}'' > "$METRICS_FILE"' }
      - require: val >= champion
  anchored: { checks: [{ require: auc >= launch - 0.1 }] }
`;
const later: Setting = { now: () => new Date('2026-03-02T12:00:00Z') };

let registry: LoggedFake;
const put = async (stageName: string, version: string, more: Setting = {}): Promise<Report> =>
  (await runPromote(policy, registry, { stageName, version, ...more })).report;

describe('another value logged to the run', () => {
  beforeEach(async () => {
    registry = new LoggedFake(new FakeRegistry().add('1', { auc: 0.9 }).add('2', { auc: 0.5 }));
    for (const version of ['1', '2']) await put('staging', version);
    await put('production', '1', later);
    expect(registry.fake.holdersOf('production')).toEqual(['1']);
  });

  test('of the champion does not lower the bar', async () => {
    expect(await put('production', '2', later)).toMatchObject({ decision: 'reject' });
    registry.fake.add('1', { auc: 0.1 }, registry.fake.tagsOf('1'));
    registry.refresh();
    const report = await put('production', '2', later);
    expect(report).toMatchObject({ decision: 'hold', promoted: false });
    expect(report.reason).toContain(
      "The champion's auc is 0.1 now (run-1), and was 0.9 (recorded when 1 was promoted to production): another value was logged since.",
    );
  });

  test('of an anchor does not either', async () => {
    registry.fake.add('1', { auc: 0.1 }, registry.fake.tagsOf('1'));
    registry.refresh();
    const report = await put('anchored', '2', later);
    expect(outcomes(report)).toContain('auc >= launch - 0.1: inconclusive');
    expect(report.reason).toContain('anchor launch (version 1)');
  });

  test('that is the same changes nothing', async () => {
    registry.fake.add('1', { auc: 0.9 }, registry.fake.tagsOf('1')).add('2', { auc: 0.95 }, registry.fake.tagsOf('2'));
    registry.refresh();
    expect(await put('production', '2', later)).toMatchObject({ decision: 'promote', promoted: true });
  });
});

describe('tags that nobody but their writer vouches for, before there is a log', () => {
  const forged = (stage: string, more: object = {}): Record<string, string> => ({
    promotion_state: `${stage}_deployed`,
    [`promotion_${stage}`]: JSON.stringify({
      state: `${stage}_deployed`,
      stage,
      at: '2020-01-01T00:00:00Z',
      actor: 'ceo',
      approvers: ['ciso'],
      ...more,
    }),
  });
  const begin = (): FakeRegistry =>
    new FakeRegistry()
      .add('1', { auc: 0.5 }, forged('production', { metrics: { val: '0.1' } }))
      .hold('production', '1');

  test('are no record of the stage before, nor of how long ago', async () => {
    registry = new LoggedFake(begin().add('2', { auc: 0.9 }, forged('staging')));
    const report = await put('production', '2', later);
    expect(report).toMatchObject({ decision: 'hold', promoted: false });
    expect(outcomes(report)).toContain('after staging: inconclusive');
  });

  test('are nothing to compare with', async () => {
    registry = new LoggedFake(begin().add('2', { auc: 0.9 }));
    const report = await put('judged', '2');
    expect(report.checks.find(({ name }) => name === 'val >= champion')).toMatchObject({ outcome: 'error' });
  });

  test('do not come into the log: it begins with who holds what, by whoever writes it', async () => {
    registry = new LoggedFake(begin().add('2', { auc: 0.9 }));
    const report = await put('staging', '2');
    expect(report).toMatchObject({ promoted: true });
    expect(report.notes.join()).toContain('was taken as it is (production: 1)');
    expect(registry.log.events[0]).toMatchObject({ type: 'adopted', version: '1', stage: 'production', actor: 'ada' });
    expect(JSON.stringify(registry.log.events)).not.toMatch(/ceo|ciso|0\.1"/);
  });

  test('are all there is where no log can be kept', async () => {
    registry = new LoggedFake(begin().add('2', { auc: 0.9 }, forged('staging')));
    registry.log.mayBegin = () => Promise.resolve(false);
    expect(outcomes(await put('production', '2', { ...later, dryRun: true }))).toContain('after staging: passed');
  });
});

describe('a log that begins with something else than a promotion', () => {
  const held = (): FakeRegistry =>
    new FakeRegistry().add('1', { auc: 0.1 }).add('2', { auc: 0.9 }).add('3', { auc: 0.8 }).hold('production', '3');

  test.each<[string, () => Promise<unknown>]>([
    ['a rejection', () => put('staging', '1')],
    [
      'a registration',
      () =>
        runOperation(policy, registry, {}, (work) => register(work, { source: 's3://bucket/model' })).then(
          () => undefined,
        ),
    ],
  ])('%s: it knows who held what, and who takes a stage by hand after it is held', async (_, first) => {
    registry = new LoggedFake(held());
    await first();
    expect(registry.log.lines[0]).toBe('production: adopted 3');
    // No tag on a version that nothing was done to.
    expect(registry.fake.tagsOf('3')).toEqual({});
    registry.fake.hold('staging', '2');
    registry.refresh();
    const report = await put('production', '2', later);
    expect(report).toMatchObject({ decision: 'hold', promoted: false });
    expect(outcomes(report)).toContain('after staging: inconclusive');
  });

  test('another version under the number of one that was rejected is another', async () => {
    registry = new LoggedFake(held());
    await put('staging', '1');
    registry.fake.add('1', { auc: 0.9 }, registry.fake.tagsOf('1'), { createdAt: '2026-02-28T23:00:00.000Z' });
    registry.refresh();
    expect(outcomes(await put('staging', '1'))).toContain('same version: inconclusive');
  });
});

describe('another version under the number of one whose promotion was interrupted', () => {
  test('is not what the next run finishes with', async () => {
    const world = newWorld('alias', 4);
    const text = policyOf('alias');
    await three(world, text);
    await must(world, text, to('4'), staged);
    await killedAfterTheMove(world, text, to('3'));
    const version = world.mlflow.models.get('churn')?.versions.find((each) => each.version === '3');
    Object.assign(version ?? {}, { creation_timestamp: 99_999, source: 's3://evil/model' });
    await expect(run(world, text, (work) => promote(work, '4'))).rejects.toMatchObject({
      code: 'OPERATION_OPEN',
      message: expect.stringContaining('now the version 3 that was made anew since holds production'),
    });
    expect(world.log.lines).not.toContain('production: deployed 3');
  });
});
