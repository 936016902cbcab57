import { describe, expect, test } from '@jest/globals';
import { PromotionError } from '../../../src/domain/errors.js';
import { loadPolicy, sourceOf } from '../../support/policy.js';
import { matrix } from '../../../src/commands/matrix/pairs.js';
import { policyFor } from '../../../src/policy/policy-for.js';
import type { Policy } from '../../../src/policy/policy.js';

const load = (text: string): Policy => loadPolicy(sourceOf('p.yml', text, 'workspace'));

function problems(text: string): string[] {
  try {
    load(text);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof PromotionError)) throw thrown;
    return thrown.problems.map(({ at, message }) => `${at?.line ?? 0}:${at?.column ?? 0} ${message}`);
  }
}

const check = "{ checks: [{ run: 'true' }] }";

describe('the order is that of the file', () => {
  const stages = `stages: { canary: ${check}, '50': ${check}, '100': { checks: [{ require: auc >= champion - 0.01 }] } }`;
  const head = 'version: 1\nregistry: { type: git }\nmetrics: { auc: { goal: maximize } }';

  test('of stages whose names look like numbers: the champion is the last one that stands there', () => {
    const policy = load(`${head}\nmodel: churn\n${stages}`);
    expect([...policy.stages.keys()]).toEqual(['canary', '50', '100']);
    expect(policy.champion).toBe('100');
    expect(policy.stages.get('100')?.archive).toBe('previous');
  });

  test('in each model of several, with what a profile adds, and in the matrix', () => {
    const models = "models: { churn: { profile: p }, '20': {}, '3': {} }";
    const profile = `profiles: { p: { stages: { '50': ${check.replace('true', 'more')} } } }`;
    const policy = load(`${head}\n${models}\n${profile}\n${stages}`);
    expect([...policy.models.keys()]).toEqual(['churn', '20', '3']);
    for (const model of policy.models.keys()) {
      expect([...policyFor(policy, model).stages.keys()]).toEqual(['canary', '50', '100']);
      expect(policyFor(policy, model).champion).toBe('100');
    }
    expect(policyFor(policy, 'churn').stages.get('50')?.checks).toHaveLength(2);
    expect(matrix(policy, undefined, {}, () => true).map(({ model, stage }) => `${model}/${stage}`)).toEqual(
      ['churn', '20', '3'].flatMap((model) => ['canary', '50', '100'].map((stage) => `${model}/${stage}`)),
    );
  });

  test('where some of them come in through `<<`', () => {
    const shared = `x-late: &late { '7': ${check}, staging: ${check} }`;
    const policy = load(`${head}\nmodel: churn\n${shared}\nstages: { a: ${check}, <<: *late, '5': ${check} }`);
    expect([...policy.stages.keys()]).toEqual(['a', '7', 'staging', '5']);
  });

  test('of stages that an anchor names as a whole', () => {
    const policy = load(`${head}\nmodel: churn\nx-all: &all { b: ${check}, '1': ${check} }\nstages: *all`);
    expect([...policy.stages.keys()]).toEqual(['b', '1']);
    expect(policy.champion).toBe('1');
  });
});

const policy = (line: string): string =>
  `version: 1\nregistry: { type: git }\n${line}\nmetrics: { auc: { goal: maximize } }\nstages: { production: ${check} }`;

test.each<[string, readonly string[]]>([
  [
    'models: { 1.10: {}, 007: {} }',
    [
      "3:11 The key '1.10' is read by YAML as a number (1.1), and a name is text. Put it in quotes: '1.10'.",
      "3:21 The key '007' is read by YAML as a number (7), and a name is text. Put it in quotes: '007'.",
    ],
  ],
  [
    'models: { 2024: {} }',
    ["3:11 The key '2024' is read by YAML as a number, and a name is text. Put it in quotes: '2024'."],
  ],
  ['models: { 0x1F: {}, 1e3: {}, .5: {} }', ["3:11 The key '0x1F'", "3:21 The key '1e3'", "3:30 The key '.5'"]],
  [
    'models: { True: {}, ~: {} }',
    ["3:11 The key 'True' is read by YAML as a truth value (true)", "3:21 The key '~' is read by YAML as nothing"],
  ],
  ['models: { ? [a, b] : {} }', ['3:13 A key is text, and here stands a list or a mapping.']],
  ['models: { : {} }', ['3:10 A key is missing before the colon.']],
  ['model: 1.10', ["3:8 'model' is 1.1; expected text. A number stands where text belongs: quote it, '1.10'."]],
  [
    'x-m: &m { 7: {} }\nmodels: *m',
    ["3:11 The key '7' is read by YAML as a number, and a name is text. Put it in quotes: '7'."],
  ],
  [
    'model: churn\nanchors: { launch: 0012 }',
    ["4:20 The anchor 'launch' is 0012, which YAML reads as 12. Put it in quotes, '0012', or write 12."],
  ],
  [
    'model: churn\nvars: { limit: 9007199254740993 }',
    ["4:16 '9007199254740993' is more than a number can hold exactly: it would be read as 9007199254740992."],
  ],
  [
    'model: churn\nanchors: { launch: 12345678901234567890 }',
    ["4:20 '12345678901234567890' is more than a number can hold exactly"],
  ],
  ['model: churn\nvars: { toString: 1 }', ["4:9 'toString' cannot be a key."]],
])('%s', (line, expected) => {
  const found = problems(policy(line));
  expect(found).toHaveLength(expected.length);
  expected.forEach((message, index) => expect(found[index]).toContain(message));
});

test('names that are text, numbers that are values, and free keys are left alone', () => {
  expect(problems(policy('models: { \'1-10\': {}, "007": {}, v1: {}, no: {} }'))).toEqual([]);
  expect(
    problems(policy('model: churn\nx-any: { 1: 2, ~: 3 }\nvars: { a: -5, b: 1e300, c: 9007199254740991 }')),
  ).toEqual([]);
  expect(problems(policy('model: churn\nanchors: { launch: 12, other: v1.2.0 }'))).toEqual([]);
});

test.each<[string, string]>([
  [
    'model: ${{ vars.MODEL }}',
    "3:8 '${{ vars.MODEL }}' is an expression of GitHub's workflows, and nothing evaluates it in a policy. Write the value itself; 'vars' has what differs from model to model.",
  ],
  ["model: churn\npass_env: ['${{ x }}']", "4:12 '${{ x }}' is an expression"],
  [
    "model: churn\nx-step: &s { production: { checks: [{ run: './t ${{ secrets.T }}' }] } }\nprofiles: { a: { stages: *s } }",
    "4:49 '${{ secrets.T }}' is an expression of GitHub's workflows, and nothing evaluates it in a policy. In the workflow, give it to the step as 'env: { NAME: … }'; here, write \"$NAME\" and add 'pass_env: [NAME]'.",
  ],
])('an expression of a workflow: %s', (line, message) => {
  const found = problems(policy(line));
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(message);
});

test('an expression for the address of the server', () => {
  const text = policy('model: churn').replace('{ type: git }', "{ type: mlflow, uri: '${{ vars.URI }}' }");
  expect(problems(text)).toEqual([
    "2:32 '${{ vars.URI }}' is an expression of GitHub's workflows, and nothing evaluates it in a policy. Leave 'uri' out, and in the workflow give it to the step as 'env: { MLFLOW_TRACKING_URI: … }'.",
  ]);
});

test('a number that is beyond all doubles', () => {
  expect(problems(policy(`model: ${'9'.repeat(400)}`))).toEqual([
    expect.stringMatching(/^3:8 '9{39}…' is more than a number can hold exactly: it would be read as Infinity\./),
  ]);
});

test('merges of merges of themselves have an end', () => {
  const merges = Array.from({ length: 30 }, (_, at) => `x-${at + 1}: &m${at + 1} { <<: [*m${at}, *m${at}, *m${at}] }`);
  const found = problems(policy(`model: churn\nx-0: &m0 { a: 1 }\n${merges.join('\n')}\nvars: { <<: *m30, b: 2 }`));
  expect(found.length).toBeLessThanOrEqual(1);
});

test('an expression where the policy does not look is free', () => {
  expect(problems(policy("model: churn\nx-note: '${{ vars.X }}'"))).toEqual([]);
});
