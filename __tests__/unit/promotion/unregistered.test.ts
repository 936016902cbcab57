import { expect, test } from '@jest/globals';
import { gate } from '../../../src/promotion/gate.js';
import { FakeRegistry } from '../../support/fake-registry.js';
import { runPromote, runOperation } from '../../support/run-promotion.js';

const policy = `version: 1
registry: { type: mlflow }
model: churn
metrics: { auc: { goal: maximize, min: 0, max: 1 } }
stages:
  staging: { checks: [{ require: auc >= 0.5 }] }
  production:
    after: staging
    approval: { environment: production }
    checks: [{ require: auc >= champion - 0.01 }]
`;
const registry = (auc: number): FakeRegistry =>
  new FakeRegistry().add('1', { auc: 0.9 }).add('run:3f2a', { auc }).hold('production', '1');

test.each<[number, string]>([
  [0.9, 'promote'],
  [0.8, 'reject'],
])('a run with auc %d is judged by the checks alone: %s', async (auc, decision) => {
  const fake = registry(auc);
  const { report } = await runOperation(
    policy,
    fake,
    { command: 'gate' },
    async (work) => (await gate(work, 'RUN:3f2a')).report,
  );
  expect(report).toMatchObject({ decision, approvalRequired: false, champion: { version: '1' } });
  expect(report.notes).toContain("It is not registered yet: 'command: register' makes a version of it.");
  expect(fake.writes).toEqual([]);
});

test.each([['run:3f2a'], ['head']])('%s cannot be promoted', async (version) => {
  await expect(runPromote(policy, registry(0.9), { version, stageName: 'staging' })).rejects.toMatchObject({
    code: 'INPUT_INVALID',
    message: `'${version}' is not registered yet, so it can only be judged.`,
  });
});
