import { afterAll, describe, expect, test } from '@jest/globals';
import { promote } from '../../../src/promotion/promote.js';
import { gate } from '../../../src/promotion/gate.js';
import { annotations } from '../../../src/report/annotations.js';
import { headline } from '../../../src/report/headline.js';
import { outputs } from '../../../src/report/outputs.js';
import type { Report } from '../../../src/domain/report.js';
import { back, must, staged, three, to, two } from '../../support/interrupted-world.js';
import {
  type Act,
  soleOwner,
  newWorld,
  policyOf,
  removeWorlds,
  run,
  withCheck,
  type World,
} from '../../support/mlflow-world.js';
import type { Setting } from '../../support/run-promotion.js';

afterAll(removeWorlds);

const policy = policyOf('alias');
const latest: Act = to('latest');
const judged: Act = async (work) => (await gate(work, 'latest')).report;
const because: Setting = { reason: 'on call' };

const again = (world: World, act: Act, runNumber: number, attempt: number, more: Setting = {}): Promise<Report> =>
  run(world, policy, act, undefined, {
    author: { actor: 'ada', run: `https://github.test/run/r${runNumber}` },
    runOwner: { ...soleOwner(), owner: { token: String(Math.random()), run: `r${runNumber}`, attempt } },
    ...more,
  });

describe('latest is the highest above the holder', () => {
  test('the holder is the newest: there is nothing to do, and nothing is written', async () => {
    const world = newWorld('alias', 2);
    await two(world, policy);
    const { length } = world.log.told;
    for (const act of [latest, judged]) {
      const report = await run(world, policy, act);
      expect(report).toMatchObject({
        decision: 'none',
        promoted: false,
        alreadyThere: false,
        reason: 'churn has no version newer than the one that is there: 2 holds production.',
        previous: { version: '2' },
        champion: { version: '2' },
      });
      expect(report.cure).toBeUndefined();
      expect(outputs(report)).toMatchObject({
        decision: 'none',
        promoted: 'false',
        version: '',
        'previous-version': '2',
      });
      expect(headline(report)).toContain('Nothing to do');
      expect(annotations(report, false)).toEqual([]);
    }
    expect(world.log.told).toHaveLength(length);
  });

  test('one that was rejected elsewhere, and holds the stage, hides no older one', async () => {
    const world = newWorld('alias');
    await three(world, policy);
    const strict = withCheck(policy, 'require: auc >= 0.99');
    expect(await run(world, strict, to('3'))).toMatchObject({ decision: 'reject' });
    // 3 holds staging and was rejected for production; 2 held staging before.
    expect(await run(world, policy, latest, undefined, staged)).toMatchObject({ decision: 'none' });
  });

  test('all above it were found wanting: a warning names the newest, and how to judge it again', async () => {
    const world = newWorld('alias');
    await three(world, policy);
    const strict = withCheck(policy, 'require: auc >= 0.99');
    await run(world, strict, to('3'));
    const report = await run(world, policy, latest);
    expect(report).toMatchObject({
      decision: 'none',
      reason:
        'churn has nothing to judge for production: 2 holds production, and the one newer version was rejected, rolled back or archived.',
      cure: "The newest is 3 (production_rejected); to judge it again, name it: 'command: promote' with 'stage: production' and 'version: 3'.",
    });
    expect(annotations(report, false)).toMatchObject([{ level: 'warning' }]);
    expect(await run(world, policy, to('3'))).toMatchObject({ promoted: true });
  });

  test('a newer one is judged, as ever', async () => {
    const world = newWorld('alias');
    await three(world, policy);
    expect(await run(world, policy, latest)).toMatchObject({ promoted: true, candidate: { version: '3' } });
  });

  test('what was rolled back is not put there again; nor is what was there before', async () => {
    const world = newWorld('alias', 2);
    await two(world, policy);
    await must(world, policy, back, because);
    expect(await run(world, policy, latest)).toMatchObject({
      decision: 'none',
      cure: expect.stringContaining('2 (rolled_back)'),
    });
  });
});

describe('where the log says otherwise of the stage', () => {
  test('it is no "nothing newer": it holds', async () => {
    const world = newWorld('alias');
    await two(world, policy);
    world.mlflow.setAlias('churn', 'production', '3');
    expect(await run(world, policy, latest)).toMatchObject({
      decision: 'hold',
      reason: expect.stringContaining('the promotion log says 2'),
    });
  });

  test('also where no version is left to judge', async () => {
    const world = newWorld('alias', 2);
    await two(world, policy);
    await must(world, policy, back, because);
    world.mlflow.remove('churn', '1');
    expect(await run(world, policy, latest)).toMatchObject({
      decision: 'hold',
      cure: expect.stringContaining("'command: adopt'"),
    });
  });
});

describe('a run that is tried again', () => {
  test('judges the version that it judged before, whatever has come since', async () => {
    const world = newWorld('alias', 1);
    expect(await again(world, latest, 7, 1, staged)).toMatchObject({ promoted: true });
    world.mlflow.add('churn', { auc: 0.9 });
    expect(await again(world, latest, 7, 2, staged)).toMatchObject({
      decision: 'promote',
      alreadyThere: true,
      candidate: { version: '1' },
    });
    expect(await again(world, latest, 8, 1, staged)).toMatchObject({ promoted: true, candidate: { version: '2' } });
  });

  test('also one that it rejected', async () => {
    const world = newWorld('alias', 1);
    const strict = policyOf('alias').replace('auc >= 0.5', 'auc >= 0.99');
    const first = await run(world, strict, latest, undefined, {
      ...staged,
      author: { run: 'https://github.test/run/r7' },
    });
    expect(first).toMatchObject({ decision: 'reject' });
    expect(await again(world, latest, 7, 2, staged)).toMatchObject({ promoted: true, candidate: { version: '1' } });
  });

  test('not where its first attempt has put another there since: a run may promote twice', async () => {
    const world = newWorld('alias', 1);
    await again(world, latest, 7, 1, staged);
    world.mlflow.add('churn', { auc: 0.9 });
    expect(await again(world, (work) => promote(work, 'latest'), 7, 1, staged)).toMatchObject({
      promoted: true,
      candidate: { version: '2' },
    });
  });
});
