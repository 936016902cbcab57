import { expect, test } from '@jest/globals';
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runAction } from '../support/action.js';
import { checkout } from '../support/checkout.js';
import { root } from '../support/tools.js';

const thoughtless = `version: 1
registry: { type: mlflow }
model: churn
metrics:
  auc: { goal: maximize, min: 0, max: 1 }
stages:
  production:
    checks:
      - require: auc >= 0.85
      - warn: auc >= 0.80
`;

test('a remark stands at its place, and the policy is valid all the same', async () => {
  const { folder } = checkout({ '.github/model-promotion.yml': thoughtless });
  const { code, annotations } = await runAction({ workspace: folder, inputs: { command: 'lint' } });
  expect(code).toBe(0);
  expect(annotations).toMatchObject([
    { level: 'warning', properties: { file: '.github/model-promotion.yml', line: '10', col: '15' } },
    {
      level: 'notice',
      message: expect.stringContaining('is a valid policy: 1 stages, 2 checks, 1 models; 1 to think about.'),
    },
  ]);
});

const examples = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('model-promotion.yml'),
);

test.each(examples.map((path) => [path]))('examples/%s gives nothing to think about', async (path) => {
  const { folder } = checkout({});
  cpSync(join(root, 'examples', path), join(folder, 'policy.yml'));
  const { code, annotations } = await runAction({
    workspace: folder,
    inputs: { command: 'lint', policy: 'policy.yml' },
  });
  expect([code, annotations.filter(({ level }) => level !== 'notice')]).toEqual([0, []]);
});
