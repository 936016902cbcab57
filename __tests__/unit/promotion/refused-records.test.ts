import { afterEach, expect, test } from '@jest/globals';
import { alias, three, to, withTagsRefused } from '../../support/interrupted-world.js';
import { deploys, live, newWorld, policyOf, registryOf, removeWorlds, run, wrong } from '../../support/mlflow-world.js';

// The log is told first; then the registry refuses the tags that say the same.
afterEach(removeWorlds);

test('an approval whose tags are refused leaves an operation that is known to be interrupted', async () => {
  const world = newWorld('alias');
  const policy = policyOf('alias');
  await three(world, policy);
  const report = await withTagsRefused(world, '', () => run(world, policy, to('3')));
  expect(report).toMatchObject({ decision: 'error', promoted: false });
  expect(await registryOf(world).operation('churn')).toMatchObject({ version: '3', interrupted: true });
  expect(await run(world, policy, to('3'))).toMatchObject({ decision: 'promote' });
  expect(alias(world, 'production')).toBe('3');
  expect(await wrong(world, false)).toEqual([]);
});

test('a failed deployment whose tags are refused is told as one', async () => {
  const world = newWorld('alias');
  const policy = policyOf('alias', deploys('test "$MODEL_VERSION" != 3'));
  await three(world, policy);
  const report = await withTagsRefused(world, 'failed', () => run(world, policy, to('3')));
  expect(report).toMatchObject({ decision: 'reject', promoted: false });
  expect(report.reason).toContain('smoke test');
  expect(world.log.lines.at(-1)).toBe('production: failed 3');
  expect(live(world)).toBe('2');
  expect(await wrong(world, true)).toEqual([]);
});
