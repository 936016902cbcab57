import { expect, test } from '@jest/globals';
import { loadPolicy, sourceOf } from '../../support/policy.js';
import { matrix, type Pair } from '../../../src/commands/matrix/pairs.js';
import type { Policy } from '../../../src/policy/policy.js';

const text = (models: string): string => `version: 1
registry: { type: mlflow }
models: ${models}
stages: { staging: {}, production: { after: staging } }
`;
const policy = loadPolicy(sourceOf('p.yml', text('{ churn: { paths: [churn/] }, fraud: {} }'), 'main'));
const startsWith = (file: string, glob: string): boolean => file.startsWith(glob);
const shown = (pairs: readonly Pair[]): readonly string[] => pairs.map(({ model, stage }) => `${model}/${stage}`);

test.each<[readonly string[] | undefined, { model?: string; stage?: string }, readonly string[]]>([
  [undefined, {}, ['churn/staging', 'churn/production', 'fraud/staging', 'fraud/production']],
  [['README.md'], {}, ['fraud/staging', 'fraud/production']],
  [['README.md', 'churn/a.py'], { stage: 'staging' }, ['churn/staging', 'fraud/staging']],
  [['README.md'], { model: 'churn' }, []],
])('%j with %j gives %j', (changed, only, pairs) => {
  expect(shown(matrix(policy, changed, only, startsWith))).toEqual(pairs);
});

test.each<[readonly string[], boolean]>([
  [['churn/a.py'], true],
  [['churn/docs/a.md'], false],
  [['churn/docs/a.md', 'churn/a.py'], true],
  [['churn/docs/model.md'], true],
])('the last glob that fits a file decides: %j', (changed, isIn) => {
  const own = loadPolicy(
    sourceOf('p.yml', text("{ churn: { paths: [churn/, '!churn/docs/', churn/docs/model] }, fraud: {} }"), 'main'),
  );
  expect(shown(matrix(own, changed, { model: 'churn', stage: 'staging' }, startsWith))).toEqual(
    isIn ? ['churn/staging'] : [],
  );
});

test('more pairs than GitHub starts jobs is an error, as many are not', () => {
  const of = (count: number): Policy =>
    loadPolicy(
      sourceOf('p.yml', text(`{ ${Array.from({ length: count }, (_, i) => `m${i}: {}`).join(', ')} }`), 'main'),
    );
  expect(matrix(of(128), undefined, {}, startsWith)).toHaveLength(256);
  expect(() => matrix(of(129), undefined, {}, startsWith)).toThrow('The matrix has 258 pairs');
});
