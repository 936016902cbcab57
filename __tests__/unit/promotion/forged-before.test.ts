import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { rollback } from '../../../src/promotion/rollback.js';
import { must, to } from '../../support/interrupted-world.js';
import { newWorld, removeWorlds, run } from '../../support/mlflow-world.js';

afterAll(removeWorlds);

const policy = `version: 1
registry: { type: mlflow, stage_as: alias }
model: churn
metrics:
  auc: { goal: maximize, min: 0, max: 1 }
stages:
  production:
    checks: [{ require: auc >= 0.5 }]
`;
/** What a registry's writer would like the champion to have measured. */
const forged = JSON.stringify({
  state: 'production_deployed',
  stage: 'production',
  at: '2026-02-01T12:00:00.000Z',
  metrics: { p99: '9000', auc: '0.1' },
});

test('the log takes no metrics from the tags of who held the stage before there was a log', async () => {
  const world = newWorld('alias');
  world.mlflow.setAlias('churn', 'production', '2');
  world.mlflow.models
    .get('churn')
    ?.versions.find(({ version }) => version === '2')
    ?.tags.set('promotion_production', forged);
  await must(world, policy, to('3'));
  expect(world.log.events.map(({ type, version }) => `${type} ${version}`)).toEqual(
    expect.arrayContaining(['adopted 2', 'deployed 3', 'archived 2']),
  );
  const about = world.log.events.filter(({ version }) => version === '2');
  expect(about.map(({ metrics }) => metrics)).toEqual(about.map(() => undefined));
  const compared = policy
    .replace('metrics:\n', 'metrics:\n  p99: { goal: minimize, from: file, path: latency.json }\n')
    .replace('auc >= 0.5', 'p99 <= champion + 10%');
  await must(world, policy, (work) => rollback(work, undefined), { reason: 'it is bad' });
  writeFileSync(join(world.workspace, 'latency.json'), '{"p99": 8000}');
  expect(await run(world, compared, to('1'))).toMatchObject({
    decision: 'error',
    reason: expect.stringContaining('recorded no value'),
  });
});
