import { afterEach, expect, test } from '@jest/globals';
import { archive } from '../../../src/promotion/archive.js';
import { monitor } from '../../../src/promotion/monitor.js';
import { alias, back, newAlarm, staged, state, three, to, whileJudged } from '../../support/interrupted-world.js';
import { deploys, newWorld, policyOf, removeWorlds, run, tell, wrong, type Act } from '../../support/mlflow-world.js';
import type { Setting } from '../../support/run-promotion.js';

const plain = policyOf('alias');
const monitored = "    monitor: { checks: [{ name: bad, run: 'exit 1' }], then: rollback }";

afterEach(removeWorlds);

test('a holder that was replaced while it was found bad is not rolled back, nor is what replaced it', async () => {
  const world = newWorld('alias');
  const policy = policyOf('alias', monitored);
  await three(world, policy);
  const setting = whileJudged(async () => {
    expect(await run(world, policy, to('3'))).toMatchObject({ promoted: true });
  });
  await run(world, policy, (work) => monitor(work, undefined, newAlarm()), undefined, setting);
  expect(alias(world, 'production')).toBe('3');
  expect(await state(world, '3')).toBe('production_deployed');
  expect(await wrong(world, false)).toEqual([]);
});

test.each<[string, Act, Setting, string]>([
  ['archived', (work) => archive(work, '3'), {}, 'archived'],
  ['rolled back from the stage before', back, staged, 'rolled_back'],
])('a version that is %s while it is judged is not promoted', async (_, act, more, expected) => {
  const world = newWorld('alias');
  await three(world, plain);
  const setting = whileJudged(() => run(world, plain, act, undefined, more));
  const report = await run(world, plain, to('3'), undefined, setting);
  expect(report).toMatchObject({ decision: 'hold', promoted: false });
  expect(alias(world, 'production')).toBe('2');
  expect(await state(world, '3')).toBe(expected);
  expect(await wrong(world, false)).toEqual([]);
});

test('a stage that somebody moves during the smoke test is not told as promoted', async () => {
  const world = newWorld('alias', 4);
  const policy = policyOf('alias', deploys('true', ', transition: before-deploy'));
  await three(world, policy);
  const append = world.log.append.bind(world.log);
  world.log.append = (told, options) => {
    if (told.some(({ type }) => type === 'verified')) world.mlflow.setAlias('churn', 'production', '4');
    return append(told, options);
  };
  const report = await run(world, policy, to('3'));
  expect(report.promoted).toBe(false);
  expect(report.decision).not.toBe('promote');
  expect((await tell(world)).registry['production']).toEqual(['4']);
});

test('a rollback by the monitor that fails raises the alarm, once', async () => {
  const world = newWorld('alias');
  await three(world, policyOf('alias', deploys()));
  const policy = policyOf('alias', `${deploys('test "$MODEL_VERSION" != 1')}\n${monitored}`);
  const alarm = newAlarm();
  const report = await run(world, policy, (work) => monitor(work, undefined, alarm));
  expect(report).toMatchObject({ decision: 'reject', promoted: false });
  expect(alarm.raised).toHaveLength(1);
  expect(report.notes).toContain('An issue was opened.');
  expect(await wrong(world, true)).toEqual([]);
  expect(alias(world, 'production')).toBe('2');
});
