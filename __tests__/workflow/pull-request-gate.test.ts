import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exampleRepository, runWorkflow, type WorkflowResult } from '../support/act.js';
import type { Checkout } from '../support/checkout.js';
import { startMlflow, type MlflowServer } from '../support/mlflow.js';

let server: MlflowServer;
let champion: string;

beforeAll(async () => {
  server = await startMlflow();
});
afterAll(async () => {
  await server.stop();
});
beforeEach(async () => {
  const { registered_models: known = [] } = (await server.call('GET', 'registered-models/search')) as {
    registered_models?: object[];
  };
  if (known.length > 0) await server.call('DELETE', 'registered-models/delete', { name: 'churn' });
  await server.createModel('churn');
  champion = await server.createVersion('churn', { auc: 0.9 });
  await server.setAlias('churn', 'production', champion);
});

/** Everything that a promotion could change. */
const registry = (): Promise<unknown> =>
  Promise.all([
    server.call('GET', 'registered-models/get?name=churn'),
    server.call('GET', `model-versions/search?filter=${encodeURIComponent("name='churn'")}`),
  ]);

function pullRequest(repository: Checkout): Promise<WorkflowResult> {
  const head = repository.git('rev-parse', 'HEAD');
  const repo = { full_name: 'acme/churn' };
  return runWorkflow({
    repository,
    event: 'pull_request',
    payload: {
      action: 'synchronize',
      number: 7,
      pull_request: { number: 7, head: { sha: head, ref: 'change', repo }, base: { ref: 'main', repo } },
    },
    vars: { MLFLOW_TRACKING_URI: server.url },
  });
}

function changed(files: Readonly<Record<string, string>>): Checkout {
  const repository = exampleRepository('pull-request-gate');
  repository.git('switch', '-q', '-c', 'change');
  for (const [path, text] of Object.entries(files)) writeFileSync(join(repository.folder, path), text);
  repository.git('add', '-A');
  repository.git('commit', '-q', '-m', 'Change', '--allow-empty');
  return repository;
}

describe('examples/pull-request-gate', () => {
  test('is green for a version that keeps up with the champion, and moves nothing', async () => {
    const candidate = await server.createVersion('churn', { auc: 0.91 });
    const before = await registry();

    const result = await pullRequest(changed({}));

    expect(result).toMatchObject({
      code: 0,
      outputs: { gate: { decision: 'promote', promoted: 'false', version: candidate, 'champion-version': champion } },
    });
    expect(result.log).toContain(`smoke test of models:/churn/${candidate} against models:/churn/${champion}`);
    expect(await registry()).toEqual(before);
  });

  test('is red for a version worse than the champion, and moves nothing', async () => {
    const candidate = await server.createVersion('churn', { auc: 0.87 });
    const before = await registry();

    const result = await pullRequest(changed({}));

    expect(result.code).not.toBe(0);
    expect(result.outputs['gate']).toMatchObject({ decision: 'reject', promoted: 'false', version: candidate });
    expect(result.log).toContain('auc is 0.87');
    expect(await registry()).toEqual(before);
  });

  test('is red when the pull request itself lowers the bar: main judges', async () => {
    await server.createVersion('churn', { auc: 0.87 });
    const repository = exampleRepository('pull-request-gate');
    const path = '.github/model-promotion.yml';
    const lowered = repository.git('show', `HEAD:${path}`).replace('auc >= champion - 0.005', 'auc >= 0.1');

    const result = await pullRequest(changed({ [path]: lowered }));

    expect(result.code).not.toBe(0);
    expect(result.outputs['gate']).toMatchObject({ decision: 'reject' });
  });
});
