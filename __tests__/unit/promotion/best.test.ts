import { beforeEach, expect, test } from '@jest/globals';
import { loadPolicy, sourceOf } from '../../support/policy.js';
import { resolveVersion } from '../../../src/promotion/judge/resolve.js';
import { FakeRegistry } from '../../support/fake-registry.js';

const policy = (best: string, goal = 'maximize'): string => `version: 1
registry: { type: mlflow }
model: churn
${best}
metrics:
  auc: { goal: ${goal}, min: 0, max: 1 }
stages:
  staging:
    checks: [{ require: auc ${goal === 'maximize' ? '>=' : '<='} 0.5 }]
`;
const passed = (state = 'staging_deployed'): Record<string, string> => ({
  promotion_state: state,
  promotion_staging: JSON.stringify({ state: 'staging_deployed', stage: 'staging', at: '2026-01-02T00:00:00Z' }),
});
const chosen = async (text: string): Promise<[string, readonly string[]]> => {
  const { version, remarks } = await resolveVersion(
    registry,
    loadPolicy(sourceOf('p.yml', text, 'main')),
    'churn',
    'best',
  );
  return [version.version, remarks];
};

let registry: FakeRegistry;
beforeEach(() => {
  registry = new FakeRegistry()
    .add('1', { auc: 0.9 }, passed())
    .add('2', { auc: 0.7 }, passed())
    .add('3', { auc: 0.9 }, passed())
    .add('4', { auc: 0.99 }, { promotion_state: 'staging_rejected' })
    .add('5', { auc: 0.99 }, passed('rolled_back'))
    .add('6', { auc: 0.99 }, passed('archived'))
    .add('7', { auc: 'NaN' }, passed())
    .add('8', {}, passed())
    .add('9', { auc: 5 }, passed())
    .add('10', { auc: 0.95 }, { candidate: 'yes' });
});

test('by the metric among those that passed a stage; of equals the newest; the field is shown', async () => {
  expect(await chosen(policy('best: { metric: auc, passed: staging }'))).toEqual([
    '3',
    [
      'Best by auc (maximize), of 6: 9: is 5, outside the range 0 to 1 that the policy calls sane, 8: no auc, 7: is NaN, which is no measurement, 3 (chosen): 0.9, 2: 0.7, 1: 0.9.',
    ],
  ]);
});

test('the least where that is the goal', async () => {
  expect((await chosen(policy('best: { metric: auc, passed: staging }', 'minimize')))[0]).toBe('2');
});

test.each([['candidate'], ['candidate=yes']])('among those with the tag %s', async (tag) => {
  expect((await chosen(policy(`best: { metric: auc, tag: ${tag} }`)))[0]).toBe('10');
});

test('nobody in the field', async () => {
  await expect(chosen(policy('best: { metric: auc, tag: candidate=no }'))).rejects.toMatchObject({
    code: 'VERSION_UNKNOWN',
    message: "No version of 'churn' can be the best: of those that carry the tag candidate=no, none has a sound auc.",
  });
});

test('a policy without it', async () => {
  await expect(chosen(policy(''))).rejects.toMatchObject({ code: 'INPUT_INVALID' });
});
