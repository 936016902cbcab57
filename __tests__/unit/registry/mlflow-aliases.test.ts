import { expect, test } from '@jest/globals';
import { PromotionError } from '../../../src/domain/errors.js';
import { aliased } from '../../../src/registry/mlflow/aliases.js';

function cureFor(name: string): string {
  try {
    aliased({ name, aliases: [{ alias: 'Production', version: '1' }] }, 'production');
  } catch (thrown) {
    if (thrown instanceof PromotionError) return thrown.cure ?? '';
    throw thrown;
  }
  return '';
}

test('an alias that differs by case alone comes with a command that deletes it', () => {
  expect(cureFor('churn')).toContain(`delete_registered_model_alias('churn', 'Production')"`);
});

test.each(['churn$(reboot)', 'churn"; reboot; "', "churn'); evil(); ('", 'churn`id`', 'churn\nid'])(
  'a model called %j stands in no command to copy',
  (name) => {
    expect(cureFor(name)).toBe(
      "Rename the stage in the policy to 'Production', or delete that alias of the model in MLflow.",
    );
  },
);
