import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { runAction } from '../support/action.js';
import { checkout } from '../support/checkout.js';

/**
 * Folders in folders, until their path is too long for any system call: nobody removes them by it, not even root.
 * It stands for what a container leaves that runs as another user.
 */
const leave =
  'printf %s "$MODEL_PATH" > place; cd "$MODEL_PATH"; name=$(printf %0200d 0); for each in $(seq 25); do mkdir $name; cd -P $name; done';

const policy = `version: 1
registry: { type: git, files: [model.txt] }
model: churn
first_promotion: allow
metrics: { auc: { goal: maximize, min: 0, max: 1 } }
stages:
  live:
    checks: [{ require: auc >= 0.8 }]
    deploy: { run: '${leave}' }
`;

test('a deployment that leaves in MODEL_PATH what cannot be removed is a promotion all the same', async () => {
  const repository = checkout({ '.github/model-promotion.yml': policy }, { remote: true });
  repository.commit({ 'metrics.json': '{"auc": 0.9}', 'model.txt': 'm' });
  repository.git('tag', '-a', 'churn@v1.0.0', '-m', 'Register');
  repository.git('push', '-q', 'origin', 'churn@v1.0.0');

  const result = await runAction({ workspace: repository.folder, inputs: { stage: 'live' } });

  expect(result.outputs).toMatchObject({ decision: 'promote', promoted: 'true' });
  expect(result.code).toBe(0);
  expect(repository.git('ls-remote', '--tags', 'origin')).toContain('churn#live#1');
  const place = readFileSync(join(repository.folder, 'place'), 'utf8');
  expect(existsSync(place)).toBe(true);
  expect(result.log).toContain('could not be removed');
  // This one goes down folder by folder.
  execFileSync('rm', ['-rf', place]);
});
