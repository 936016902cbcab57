import { expect, test } from '@jest/globals';
import { lintRemarks } from '../../../src/policy/lint.js';
import { loadPolicy, sourceOf } from '../../support/policy.js';

const remarks = (models: string, stages: string): string[] =>
  lintRemarks(
    loadPolicy(sourceOf('p.yml', `version: 1\nregistry: { type: git }\n${models}\nstages:\n${stages}\n`, 'workspace')),
  ).map(({ at, message }) => `${at?.line ?? 0} ${message}`);

const stage = (name: string, environment: string): string =>
  `  ${name}: { environment: ${environment}, checks: [{ run: x }] }`;

test('models that share an environment: the second would mark the first as inactive', () => {
  expect(remarks('models: { a: {}, b: {}, c: {}, d: {}, e: {} }', stage('production', 'production'))).toEqual([
    "5 The models 'a', 'b', 'c' and 2 more share the environment 'production' for 'production': on GitHub, a deployment of one marks that of the others as inactive. Write 'environment: production-{model}'.",
  ]);
});

test('through a profile as well, and whatever the case', () => {
  const models = `models: { a: {}, b: { stages: { production: { environment: PROD } } } }`;
  expect(remarks(models, stage('production', 'prod'))).toEqual([
    "5 The models 'a', 'b' share the environment 'prod' for 'production': on GitHub, a deployment of one marks that of the others as inactive. Write 'environment: prod-{model}'.",
  ]);
});

test('stages of one model that share one', () => {
  expect(
    remarks('model: a', `${stage('staging', 'ml')}\n${stage('canary', 'ml').replace('{', '{ after: staging,')}`),
  ).toEqual([
    "6 The stages 'staging' and 'canary' share the environment 'ml': on GitHub, a deployment to one marks that of the other as inactive. Give each its own, such as 'environment: ml-{stage}'.",
  ]);
});

test.each([
  ['model: a', stage('production', 'production')],
  ['models: { a: {}, b: {} }', stage('production', '"production-{model}"')],
  ['models: { a: {}, b: { stages: { production: { environment: other } } } }', stage('production', 'production')],
  ['models: { a: {}, b: {} }', '  production: { checks: [{ run: x }], approval: { environment: production } }'],
])('nothing is said of %s with %s', (models, stages) => {
  expect(remarks(models, stages)).toEqual([]);
});
