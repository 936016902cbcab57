import { describe, expect, test } from '@jest/globals';
import { policyText, type Findings } from '../../../../src/commands/init/policy-text.js';
import { suggest } from '../../../../src/commands/init/suggest.js';
import { gateWorkflow, promotionWorkflow } from '../../../../src/commands/init/workflow-text.js';
import { lintRemarks } from '../../../../src/policy/lint.js';
import { loadPolicy, sourceOf } from '../../../../src/policy/load.js';
import { tables } from '../../../../src/run/tables.js';
import { parse } from 'yaml';

const of = (values: Readonly<Record<string, number>>): ReturnType<typeof suggest>['suggestions'] =>
  suggest([new Map(Object.entries(values))]).suggestions;

describe('a goal', () => {
  test.each([
    ['auc', 'maximize'],
    ['val_auc', 'maximize'],
    ['test/f1', 'maximize'],
    ['Accuracy', 'maximize'],
    ['r2_score', 'maximize'],
    ['loss', 'minimize'],
    ['val_loss', 'minimize'],
    ['valLoss', 'minimize'],
    ['rmse', 'minimize'],
    ['p99_ms', 'minimize'],
    ['latency', 'minimize'],
    ['size_kb', 'minimize'],
    ['mean_absolute_error', 'minimize'],
  ])('of %p is %p by its name', (name, goal) => {
    expect(of({ [name]: 0.5 })[0]).toMatchObject({ goal, isKnown: true });
  });

  test('of another name is only assumed', () => {
    expect(of({ zebra: 0.5 })[0]).toMatchObject({ goal: 'maximize', isKnown: false });
  });
});

test('thresholds are a little worse than the value, in few digits', () => {
  const found = of({ auc: 0.9123, rmse: 123.456, loss: 0.000123, r2: -1.5 });
  const limits = new Map(found.map(({ id, threshold }) => [id, threshold]));
  expect(limits.get('auc')).toBe(0.894);
  expect(limits.get('rmse')).toBe(126);
  expect(limits.get('loss')).toBe(0.000126);
  expect(limits.get('r2')).toBe(-1.53);
});

test('only what all versions have, not of the training, and the known ones first', () => {
  const { suggestions, others } = suggest([
    new Map(Object.entries({ zebra: 1, auc: 0.9, train_auc: 0.99, epoch: 7, old: 3, 'val auc (5-fold)': 0.8 })),
    new Map(Object.entries({ zebra: 2, auc: 0.8, train_auc: 0.99, epoch: 7, 'val auc (5-fold)': 0.7 })),
  ]);
  expect(suggestions.map(({ id }) => id)).toEqual(['auc', 'val_auc_5_fold', 'zebra']);
  expect(others).toEqual(['train_auc', 'epoch', 'old']);
});

const findings = (more: Partial<Findings> = {}): Findings => ({
  model: 'churn',
  type: 'mlflow',
  usesStages: false,
  registry: 'MLflow at https://mlflow.example.com',
  measured: { version: '12', stage: 'production' },
  last: 'production',
  suggestions: suggest([new Map(Object.entries({ auc: 0.91, 'val auc (5-fold)': 0.8, p99_ms: 120, tiny_loss: 1e-9 }))])
    .suggestions,
  others: ['epoch'],
  ...more,
});

describe('the policy', () => {
  test.each<[string, Partial<Findings>]>([
    ['as it is usual', {}],
    ['of a model that no version of holds a stage', { measured: { version: '3' } }],
    ["with MLflow's own stages", { usesStages: true }],
    ['with another last stage', { last: 'champion' }],
    ['in git', { type: 'git', measured: { version: 'v1.0.0', stage: 'production' } }],
    ['of a name that YAML reads as a number', { model: '007' }],
    ['of a name with a blank', { model: 'a churn: model' }],
    ['of a registry with a line break in its name', { registry: 'MLflow\nversion: 2' }],
  ])('%s has no mistake, nothing to think about, and each guess is marked', (_, more) => {
    const text = policyText(findings(more), ['Backtest of staging: of the last 3 versions it would promote 3.']);
    const policy = loadPolicy(sourceOf('policy.yml', text, 'workspace'), tables);
    expect(lintRemarks(policy).map(({ message }) => message)).toEqual([]);
    for (const line of text.split('\n')) if (/goal:|require:/.test(line)) expect(line).toMatch(/# suggestion/);
    expect([...policy.metrics.keys()]).toContain('val_auc_5_fold');
  });
});

test.each(['mlflow', 'git'] as const)('the workflows for %s are YAML that names the policy', (type) => {
  for (const policy of ['.github/model-promotion.yml', 'ml/policy.yml']) {
    const settings = { type, policy, stages: ['staging', 'production'] };
    for (const text of [gateWorkflow(settings), promotionWorkflow(settings)]) {
      expect(parse(text)).toMatchObject({ permissions: {}, jobs: expect.anything() });
      expect(text.includes(policy)).toBe(policy !== '.github/model-promotion.yml');
    }
  }
});
