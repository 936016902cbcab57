import { expect, test } from '@jest/globals';
import { PromotionError } from '../../../src/domain/errors.js';
import { versionIn } from '../../../src/promotion/judge/version-name.js';

test.each<[string, string, 'version' | 'alias', string]>([
  ['churn@v1.0.0', 'churn', 'version', 'v1.0.0'],
  ['refs/tags/churn@v1.0.0', 'churn', 'version', 'v1.0.0'],
  ['models=churn@v1.0.0', 'models:churn', 'version', 'v1.0.0'],
  ['a/b@1.2.0', 'a/b', 'version', '1.2.0'],
  ['models:/churn/1', 'churn', 'alias', '1'],
  ['models:/main.ml.churn/12', 'main.ml.churn', 'alias', '12'],
  ['models:/churn@champion', 'churn', 'alias', '@champion'],
  ['churn@champion', 'churn', 'alias', '@champion'],
  ['12', 'churn', 'alias', '12'],
  ['@champion', 'churn', 'alias', '@champion'],
  ['stage:staging', 'churn', 'alias', 'stage:staging'],
  ['v1.2.0', 'churn', 'version', 'v1.2.0'],
  ['latest', 'churn', 'version', 'latest'],
  ['run:abc@v1', 'churn', 'alias', 'run:abc@v1'],
])("'%s' of %s where @ names a(n) %s is %s", (given, model, atNames, version) => {
  expect(versionIn(given, model, atNames)).toBe(version);
});

test.each<[string, 'version' | 'alias', string]>([
  [
    'fraud@v1.0.0',
    'version',
    "Input 'version' is 'fraud@v1.0.0', which is of the model 'fraud', and this run is for 'churn'. Name a version of 'churn', or set 'model: fraud'.",
  ],
  [
    'models:/fraud/1',
    'alias',
    "Input 'version' is 'models:/fraud/1', which is of the model 'fraud', and this run is for 'churn'. Name a version of 'churn', or set 'model: fraud'.",
  ],
  ['models:/fraud@champion', 'alias', "which is of the model 'fraud', and this run is for 'churn'."],
  [
    'models:/churn/Production',
    'alias',
    "which names no version by its number. Write the number, '@' and an alias, 'stage:' and a stage, or 'latest'.",
  ],
  ['models:/churn', 'alias', 'which names no version by its number.'],
])("'%s' where @ names a(n) %s is refused", (given, atNames, message) => {
  let thrown: unknown;
  try {
    versionIn(given, 'churn', atNames);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(PromotionError);
  expect((thrown as PromotionError).sentence).toContain(message);
});
