import { expect, test } from '@jest/globals';
import { PromotionError } from '../../../src/domain/errors.js';
import { versionIn } from '../../../src/promotion/judge/version-name.js';

test.each([
  ['churn@v1.0.0', 'churn', 'git', 'v1.0.0'],
  ['refs/tags/churn@v1.0.0', 'churn', 'git', 'v1.0.0'],
  ['models=churn@v1.0.0', 'models:churn', 'git', 'v1.0.0'],
  ['a/b@1.2.0', 'a/b', 'git', '1.2.0'],
  ['models:/churn/1', 'churn', 'mlflow', '1'],
  ['models:/main.ml.churn/12', 'main.ml.churn', 'mlflow', '12'],
  ['models:/churn@champion', 'churn', 'mlflow', '@champion'],
  ['churn@champion', 'churn', 'mlflow', '@champion'],
  ['12', 'churn', 'mlflow', '12'],
  ['@champion', 'churn', 'mlflow', '@champion'],
  ['stage:staging', 'churn', 'mlflow', 'stage:staging'],
  ['v1.2.0', 'churn', 'git', 'v1.2.0'],
  ['latest', 'churn', 'git', 'latest'],
  ['run:abc@v1', 'churn', 'mlflow', 'run:abc@v1'],
])("'%s' of %s in %s is %s", (given, model, type, version) => {
  expect(versionIn(given, model, type)).toBe(version);
});

test.each([
  [
    'fraud@v1.0.0',
    'git',
    "Input 'version' is 'fraud@v1.0.0', which is of the model 'fraud', and this run is for 'churn'. Name a version of 'churn', or set 'model: fraud'.",
  ],
  [
    'models:/fraud/1',
    'mlflow',
    "Input 'version' is 'models:/fraud/1', which is of the model 'fraud', and this run is for 'churn'. Name a version of 'churn', or set 'model: fraud'.",
  ],
  ['models:/fraud@champion', 'mlflow', "which is of the model 'fraud', and this run is for 'churn'."],
  [
    'models:/churn/Production',
    'mlflow',
    "which names no version by its number. Write the number, '@' and an alias, 'stage:' and a stage, or 'latest'.",
  ],
  ['models:/churn', 'mlflow', 'which names no version by its number.'],
])("'%s' in %s is refused", (given, type, message) => {
  let thrown: unknown;
  try {
    versionIn(given, 'churn', type);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(PromotionError);
  expect((thrown as PromotionError).sentence).toContain(message);
});
