import { expect, test } from '@jest/globals';
import { PromotionError } from '../../../src/domain/errors.js';
import { lintRemarks } from '../../../src/policy/lint.js';
import { loadPolicy, sourceOf } from '../../support/policy.js';
import { policyFor } from '../../../src/policy/policy-for.js';
import type { Policy } from '../../../src/policy/policy.js';

const load = (text: string): Policy => loadPolicy(sourceOf('p.yml', text, 'workspace'));

const text = `version: 1
registry: { type: git, metrics_file: "models/{model}/metrics.json" }
vars: { min_auc: 0.7, max_ms: 50 }
profiles:
  strict:
    vars: { min_auc: 0.8 }
    stages:
      production: { soak: 2d, checks: [{ require: ms <= vars.max_ms }] }
models:
  churn:
    vars: { max_ms: 20 }
    profile: strict
    paths: ["models/churn/**"]
    stages:
      production:
        checks: [{ name: bias, run: ./bias.sh }]
        soak: 3d
  fraud: {}
metrics:
  auc: { goal: maximize, key: "{model}/auc/{country}" }
  ms: { goal: minimize }
stages:
  staging: { checks: [{ require: auc >= vars.min_auc }] }
  production:
    after: staging
    environment: "{model}-{stage}"
    soak: 1d
    checks: [{ require: auc >= vars.min_auc, name: auc }]
`;

/** Every problem as \`line:column message\`. */
function problems(policy: string): readonly string[] {
  try {
    load(policy);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof PromotionError)) throw thrown;
    return thrown.problems.map(({ at, message }) => `${at?.line ?? 0}:${at?.column ?? 0} ${message}`);
  }
}

test('a model has the root, its profile and its own, in that order', () => {
  const policy = load(text);
  const churn = policyFor(policy, 'churn');
  const fraud = policyFor(policy, 'fraud');
  const production = churn.stages.get('production');
  expect(production?.checks.map(({ name }) => name)).toEqual(['auc', 'ms <= vars.max_ms', 'bias']);
  expect(fraud.stages.get('production')?.checks.map(({ name }) => name)).toEqual(['auc']);
  expect([production?.soakMs, fraud.stages.get('production')?.soakMs]).toEqual([3 * 86_400_000, 86_400_000]);
  expect(Object.fromEntries(churn.models.get('churn') ?? [])).toEqual({ min_auc: 0.8, max_ms: 20 });
  expect(Object.fromEntries(churn.models.get('fraud') ?? [])).toEqual({ min_auc: 0.7, max_ms: 50 });
  expect([production?.environment, fraud.stages.get('production')?.environment]).toEqual([
    'churn-production',
    'fraud-production',
  ]);
  expect(churn.registry).toMatchObject({ metricsFile: 'models/churn/metrics.json' });
  expect(churn.metrics.get('auc')).toMatchObject({
    key: 'churn/auc/{country}',
    slices: { dimensions: ['country'] },
  });
  expect(policy.variants.get('churn')?.paths).toEqual(['models/churn/**']);
});

test.each<[string, string, string | RegExp]>([
  ['profile: strict', 'profile: strikt', /^12:14 Profile 'strikt' does not exist\. .*Did you mean 'strict'\?/],
  [
    '      production:\n        checks: [{ name',
    '      produktion:\n        checks: [{ name',
    /^15:7 Stage 'produktion' does not exist\. .*Did you mean 'production'\?/,
  ],
  ['        soak: 3d', '        after: staging', /^17:9 'after' cannot be overridden/],
  ['  fraud: {}', '  ../../fraud: {}', /^2:38 .* for the model '..\/..\/fraud', and that is not inside the workspace/],
  ['ms <= vars.max_ms', 'mz <= vars.max_ms', /^8:51 Metric 'mz' is not declared/],
  ['vars: { min_auc: 0.7, max_ms: 50 }', 'vars: { max_ms: 50 }', /Model 'fraud' has no variable 'min_auc'/],
])('%j as %j is told at its place, once', (from, to, message) => {
  expect(text).toContain(from);
  const told = problems(text.replace(from, to));
  expect(told.join('\n')).toMatch(message instanceof RegExp ? new RegExp(message, 'm') : message);
  expect(told.filter((each) => each.search(message) >= 0)).toHaveLength(to.startsWith('vars') ? 2 : 1);
});

test('a placeholder in a command is remarked on, a variable of the shell is not', () => {
  const said = (run: string): readonly string[] =>
    lintRemarks(load(text.replace('./bias.sh', run))).map(({ message }) => message);
  expect(said("'./bias.sh {model}'").filter((each) => each.includes('"$MODEL_NAME"'))).toHaveLength(1);
  expect(said("'./bias.sh ${model}'").filter((each) => each.includes('"$MODEL_NAME"'))).toHaveLength(0);
  // Used by one model is used.
  expect(said('./bias.sh').filter((each) => each.includes("'ms'"))).toEqual([]);
});
