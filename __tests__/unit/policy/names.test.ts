import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PromotionError, type Problem } from '../../../src/domain/errors.js';
import { loadPolicy, sourceOf } from '../../support/policy.js';
import type { Policy } from '../../../src/policy/policy.js';
import { recordTag, stateTag } from '../../../src/domain/record.js';
import { logRef } from '../../../src/log/promotion-log.js';
import { descriptorOf } from '../../../src/domain/registry-descriptor.js';
import type { MlflowSettings } from '../../../src/registry/mlflow/settings.js';
import { registries } from '../../../src/registry/registries.js';
import { isModelName } from '../../../src/registry/git/gto-tag.js';

function read(text: string): { readonly policy?: Policy; readonly problems: readonly Problem[] } {
  try {
    return { policy: loadPolicy(sourceOf('p.yml', text, 'workspace')), problems: [] };
  } catch (thrown) {
    if (!(thrown instanceof PromotionError)) throw thrown;
    return { problems: thrown.problems };
  }
}

const check = "{ checks: [{ run: 'true' }] }";
const written = (registry: string, models: readonly string[], stages: readonly string[]): string =>
  `version: 1
registry: { ${registry} }
models: { ${models.map((model) => `${JSON.stringify(model)}: {}`).join(', ')} }
stages:
${stages.map((stage) => `  ${JSON.stringify(stage)}: ${check}`).join('\n')}
`;

const messages = (registry: string, models: readonly string[], stages: readonly string[]): string[] =>
  read(written(registry, models, stages)).problems.map(({ at, message }) => `${at?.line ?? 0} ${message}`);

const alias = 'type: mlflow';
const copies = 'type: mlflow, stage_as: model';
const own = 'type: mlflow, stage_as: stage';

describe('a stage is refused', () => {
  test.each<[string, readonly string[], string]>([
    [alias, ['latest'], "5 MLflow keeps the alias 'latest' for itself: call the stage otherwise."],
    [copies, ['LATEST'], "5 MLflow keeps the alias 'LATEST' for itself: call the stage otherwise."],
    [alias, ['v2'], "5 MLflow keeps the alias 'v2' for itself"],
    [alias, ['Archived'], "5 'Archived' is a state of its own: call the stage otherwise."],
    ['type: git', ['registered'], "5 'registered' is a state of its own"],
    ['type: git', ['rolled-back'], "5 'rolled-back' is a state of its own"],
    [alias, ['state'], "5 The records of a stage 'state' would be written over the tag 'promotion_state'"],
    ['type: git', ['State'], "5 The records of a stage 'State' would be written over the tag 'promotion_state'"],
    [copies, ['copy-of'], "5 The records of a stage 'copy-of' would be written over the tag 'promotion_copy_of'"],
    [own, ['staging', 'canary'], "6 MLflow's own stages are Staging and Production: 'canary' needs 'stage_as: alias'"],
    [own, ['Constructor'], "5 MLflow's own stages are Staging and Production: 'Constructor' needs"],
    [alias, ['eu-prod', 'eu_prod'], "6 The stages 'eu-prod' and 'eu_prod' would share the tag 'promotion_eu_prod'"],
    ['type: git', ['a-b', 'A_b'], "6 The stages 'a-b' and 'A_b' would share the tag"],
    ['type: git', ['Prod', 'prod'], "6 The stages 'Prod' and 'prod' differ in case alone"],
    [
      alias,
      ['previous-production', 'production'],
      "5 The alias 'previous-production' is kept for the version that held 'production' before.",
    ],
    [alias, ['production', 'Previous-Production'], "6 The alias 'Previous-Production' is kept for"],
    ['type: git', ['s'.repeat(201)], "5 The stage's name has 201 characters"],
  ])('%s with %j', (registry, stages, message) => {
    const found = messages(registry, ['churn'], stages);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });

  test.each<[string, readonly string[]]>([
    ['type: git', ['previous-production', 'production', 'latest', 'v1']],
    [own, ['Staging', 'production']],
    [alias, ['previous-production', 'live', 'stating', 'approved', 'copy']],
  ])('and not for nothing: %s with %j', (registry, stages) => {
    expect(messages(registry, ['churn'], stages)).toEqual([]);
  });
});

describe('a model is refused', () => {
  test.each<[string, readonly string[], readonly string[], string]>([
    [
      'type: git',
      ['my.model'],
      ['production'],
      "3 'my.model' cannot be a model's name in a git registry. GTO allows letters, digits",
    ],
    ['type: git', ['a b'], ['production'], "3 'a b' cannot be a model's name in a git registry."],
    [
      copies,
      ['churn', 'churn-production'],
      ['production'],
      "3 With 'stage_as: model', what 'churn' has in 'production' is copied to the model 'churn-production', and that is the model 'churn-production' of this policy.",
    ],
    [copies, ['churn', 'Churn-EU'], ['eu'], "'churn-eu', and that is the model 'Churn-EU' of this policy."],
    [copies, ['a', 'a-b'], ['b-c', 'c'], "the model 'a-b-c', and that is what 'a' in 'b-c' is copied to."],
    [alias, ['churn', 'Churn'], ['production'], "3 The models 'churn' and 'Churn' differ in case alone"],
  ])('%s with %j in %j', (registry, models, stages, message) => {
    const found = messages(registry, models, stages);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });

  test('the one model of a policy as well, at its line', () => {
    const text = written('type: git', ['x'], ['production']).replace(/models: .*/, 'model: my.model');
    expect(read(text).problems).toMatchObject([
      { at: { line: 3, column: 8 }, message: expect.stringContaining("'my.model' cannot be a model's name") },
    ]);
  });

  test.each<[string, readonly string[], readonly string[]]>([
    [alias, ['churn', 'churn-production', 'my.model'], ['production']],
    ['type: git', ['models:churn', 'a/b'], ['production']],
    [copies, ['a', 'a-b'], ['c', 'd']],
  ])('and not for nothing: %s with %j in %j', (registry, models, stages) => {
    expect(messages(registry, models, stages)).toEqual([]);
  });
});

/** Every name that is made of the policy's, where it is made; two of one place must differ. */
function derived({ registry, models, stages }: Policy): string[] {
  const { stageAs } = registry as Partial<MlflowSettings>;
  const perModel = [...stages.keys()].flatMap((stage) => [
    `tag ${recordTag(stage)}`,
    ...(stageAs === 'alias' ? [`alias ${stage}`, `alias previous-${stage}`] : []),
  ]);
  const kept = [stateTag, 'promotion_registered', 'promotion_archived', 'promotion_copy_of'].map((tag) => `tag ${tag}`);
  const all = [...models.keys()].flatMap((model) => [
    `ref ${logRef(model)}`,
    ...(stageAs === 'model' ? [`model ${model}`, ...[...stages.keys()].map((stage) => `model ${model}-${stage}`)] : []),
  ]);
  return [...kept, ...perModel, ...all].map((name) => name.toLowerCase());
}

test('what is a policy is refused by no registry, and no two names of it are made one', () => {
  const word = fc.constantFrom(
    'a',
    'A',
    'b',
    'a-b',
    'a_b',
    'b-c',
    'c',
    'staging',
    'Staging',
    'production',
    'previous-production',
    'previous-a',
    'latest',
    'Latest',
    'v1',
    'V12',
    'state',
    'STATE',
    'copy-of',
    'copy_of',
    'registered',
    'Archived',
    'rolled_back',
    '50',
    '007',
    'a-production',
    'toString',
    'Constructor',
    'my.model',
    'x/y',
    'm:n',
    'a b',
    'é',
  );
  const registry = fc.constantFrom('type: git', alias, copies, own);
  const names = (most: number): fc.Arbitrary<string[]> => fc.uniqueArray(word, { minLength: 1, maxLength: most });
  let [valid, refused] = [0, 0];
  fc.assert(
    fc.property(registry, names(3), names(4), (settings, models, stages) => {
      const { policy, problems } = read(written(settings, models, stages));
      if (policy === undefined) {
        refused += 1;
        for (const { at } of problems) expect(at?.line).toBeGreaterThan(1);
        return;
      }
      valid += 1;
      expect([...policy.stages.keys()]).toEqual(stages);
      expect([...policy.models.keys()]).toEqual(models);
      const made = derived(policy);
      expect(new Set(made).size).toBe(made.length);
      const registry = descriptorOf(registries, policy.registry.type);
      for (const stage of stages) expect(registry.refusesStage(stage, policy.registry)).toBeUndefined();
      if (policy.registry.type === 'git') for (const model of models) expect(isModelName(model)).toBe(true);
    }),
    { numRuns: 1_500 },
  );
  expect(valid).toBeGreaterThan(100);
  expect(refused).toBeGreaterThan(100);
});
