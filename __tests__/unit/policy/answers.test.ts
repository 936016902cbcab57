import { expect, test } from '@jest/globals';
import { listKnownNames } from '../../../src/domain/suggest.js';
import { loadPolicy, sourceOf } from '../../support/policy.js';
import { parseCondition } from '../../../src/policy/parse-condition.js';
import { judgeCondition } from '../../../src/verdict/condition.js';
import { PromotionError } from '../../../src/domain/errors.js';
import { fromRun } from '../../support/run-source.js';

test.each([
  ['auc >= +0.8', 0.8, 'passed'],
  ['auc >= +0.8', 0.79, 'failed'],
  ['auc <= -0.5', -0.5, 'passed'],
  ['auc >= +1e-1', 0.1, 'passed'],
])('%s is a number that a value of %d is held against: %s', (text, value, outcome) => {
  const condition = parseCondition(text);
  if ('message' in condition) throw new Error(condition.message);
  const at = { file: 'p.yml', line: 1, column: 1 };
  const result = judgeCondition(
    { kind: 'condition', name: 'c', severity: 'require', condition, at },
    { id: 'auc', key: 'auc', goal: 'maximize', source: fromRun, at },
    { reading: { value, origin: 'run 1' } },
    { kind: 'first', policy: 'hold', where: '' },
    new Map(),
  );
  expect(result.outcome).toBe(outcome);
});

test.each([
  ['auc > = 0.85', "'> =' is not an operator. Did you mean '>='? Write 'auc >= 0.85'."],
  ['auc < = 0.85', "'< =' is not an operator. Did you mean '<='? Write 'auc <= 0.85'."],
  ['auc = = 1', "'= =' is not an operator. Did you mean '=='? Write 'auc == 1'."],
  ['auc => champion - 0.01', "'=>' is not an operator. Did you mean '>='? Write 'auc >= champion - 0.01'."],
  ['auc ≥ 0.85', "'≥' is not an operator. Did you mean '>='? Write 'auc >= 0.85'."],
  ['auc >=0.85', "'>=0.85' is not an operator. Did you mean '>='? Write 'auc >= 0.85'."],
  ['auc >= + 0.85', "'+ 0.85' is two words. Write '0.85'."],
  ['auc >= - 0.85', "'- 0.85' is two words. Write '-0.85'."],
  ['auc >= champion -0.005', "found '-0.005'. Write 'champion - 0.005'."],
  ['auc >= champion -5%', "found '-5%'. Write 'champion - 5%'."],
  ['auc >= champoin', "'champoin' is not a number. Did you mean 'champion'?"],
])('%s', (text, message) => {
  const read = parseCondition(text);
  expect('message' in read && read.message).toContain(message);
});

test('what is told to be written is a condition', () => {
  for (const text of ['auc > = 0.85', 'auc => champion - 0.01', 'auc >=0.85', 'auc ≤ vars.x', 'auc <champion + 5%']) {
    const read = parseCondition(text);
    const [, written = ''] = /Write '(.+)'\./.exec('message' in read ? read.message : '') ?? [];
    expect(parseCondition(written)).toMatchObject({ text: written });
  }
});

function problems(text: string): string[] {
  try {
    loadPolicy(sourceOf('p.yml', text, 'workspace'));
    return [];
  } catch (thrown) {
    if (!(thrown instanceof PromotionError)) throw thrown;
    return thrown.problems.map(({ message }) => message);
  }
}

const lines = {
  version: 'version: 1',
  registry: 'registry: { type: git }',
  model: 'model: churn',
  metrics: 'metrics: { auc: { goal: maximize }, ms: { goal: minimize } }',
  stages: 'stages: { production: { checks: [{ require: [auc >= 0.5, ms <= 9] }] } }',
};

test.each<[Partial<typeof lines>, string]>([
  [{ version: '' }, "The policy lacks 'version'. Add 'version: 1' as the first line."],
  [{ version: 'version: "1"' }, "'version' is '1'; allowed: 1. Remove the quotes."],
  [
    { registry: 'registry: {}' },
    "'registry' lacks 'type'. Add 'type: mlflow', or 'type: git' where there is no server.",
  ],
  [
    { metrics: 'metrics: { auc: {}, ms: { goal: minimize } }' },
    "'metrics.auc' lacks 'goal'. Add 'goal: maximize': the policy asks for 'auc >= 0.5'.",
  ],
  [
    { metrics: 'metrics: { auc: { goal: maximize }, ms: { min: 0 } }' },
    "'metrics.ms' lacks 'goal'. Add 'goal: minimize': the policy asks for 'ms <= 9'.",
  ],
  [
    { model: 'model: churn\nmodel: fraud' },
    "Not YAML: Map keys must be unique, and 'model' stands on line 3 already. Remove one of the two, or rename it.",
  ],
  [
    { model: 'model: churn\nbest:\n\tmetric: auc' },
    'Not YAML: Tabs are not allowed as indentation. Replace the tab by blanks, two for each level.',
  ],
])('%j', (change, message) => {
  expect(problems(Object.values({ ...lines, ...change }).join('\n'))).toEqual([message]);
});

test('a suggestion comes before a long list, whose nearest names come first', () => {
  const names = Array.from({ length: 30 }, (_, index) => `metric_${index}`);
  const told = listKnownNames('metrics', 'auk', [...names, 'auc']);
  expect(told).toMatch(/^Did you mean 'auc'\? Existing metrics: 'auc', /);
  expect(told).toMatch(/ and 11 more\.$/);
  expect(listKnownNames('stages', 'prod', ['staging', 'production'])).toBe(
    "Existing stages: 'staging', 'production'. Did you mean 'production'?",
  );
});

test('versions that are numbers stand in their own order', () => {
  const versions = Array.from({ length: 12 }, (_, index) => String(12 - index));
  expect(listKnownNames('versions', '99', versions)).toBe(
    `Existing versions: ${versions.map((each) => `'${each}'`).join(', ')}.`,
  );
});
