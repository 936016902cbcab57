import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { runAction, type ActionResult } from '../support/action.js';
import { checkout, type Checkout } from '../support/checkout.js';
import { startMlflow, type MlflowServer } from '../support/mlflow.js';
import { blocksOf } from '../support/pages.js';
import { python } from '../support/tools.js';

const blocks = blocksOf('docs/migrating.md');
const [oldScript = '', aliasScript = ''] = blocks.flatMap(({ language, text }) => (language === 'python' ? text : []));
const [stagesPolicy = '', championPolicy = ''] = blocks.flatMap(({ language, text }) =>
  language === 'yaml' ? text : [],
);
const path = '.github/model-promotion.yml';

let server: MlflowServer;
beforeAll(async () => {
  server = await startMlflow();
});
afterAll(async () => {
  await server.stop();
});
beforeEach(async () => {
  await server.call('DELETE', 'registered-models/delete', { name: 'churn' }).catch(() => undefined);
  await server.createModel('churn');
});

const runScript = (text: string): Promise<unknown> =>
  promisify(execFile)(python, ['-W', 'ignore', '-c', text], {
    env: { ...process.env, MLFLOW_TRACKING_URI: server.url },
  });
const run = ({ folder }: Checkout, inputs: Record<string, string>): Promise<ActionResult> =>
  runAction({ workspace: folder, inputs, environment: { MLFLOW_TRACKING_URI: server.url } });

test('from a script with transition_model_version_stage, and on from stages to aliases', async () => {
  await server.createVersion('churn', { auc: 0.9 });
  await runScript(oldScript);
  const repository = checkout({ [path]: stagesPolicy }, { remote: true });

  const second = await server.createVersion('churn', { auc: 0.91 });
  const promoted = await run(repository, { stage: 'production' });
  expect(promoted.outputs).toMatchObject({ promoted: 'true', version: second, 'champion-version': '1' });
  expect(await server.client('[v.version for v in client.get_latest_versions("churn", stages=["Archived"])]')).toEqual([
    '1',
  ]);

  await runScript(aliasScript);
  repository.commit({ [path]: stagesPolicy.replace('stage_as: stage', 'stage_as: alias') });
  const status = await run(repository, { command: 'status' });
  expect({ code: status.code, log: status.log }).toEqual({ code: 0, log: expect.stringMatching(/^production +2 /m) });
  const third = await server.createVersion('churn', { auc: 0.92 });
  const next = await run(repository, { stage: 'production' });
  expect(next.outputs).toMatchObject({ promoted: 'true', version: third, 'champion-version': second });
});

test('from a champion alias that people set', async () => {
  const first = await server.createVersion('churn', { auc: 0.9 });
  await server.setAlias('churn', 'champion', first);
  const repository = checkout({ [path]: championPolicy }, { remote: true });

  const better = await server.createVersion('churn', { auc: 0.91 });
  expect((await run(repository, { stage: 'challenger' })).outputs).toMatchObject({ promoted: 'true' });
  expect((await run(repository, { stage: 'champion' })).outputs).toMatchObject({
    promoted: 'true',
    version: better,
    'champion-version': first,
  });
  await server.createVersion('churn', { auc: 0.905 });
  expect((await run(repository, { stage: 'challenger' })).outputs).toMatchObject({ promoted: 'true' });
  expect((await run(repository, { stage: 'champion' })).outputs).toMatchObject({ decision: 'reject' });

  const byHand = await server.createVersion('churn', { auc: 0.5 });
  await server.setAlias('churn', 'champion', byHand);
  await server.createVersion('churn', { auc: 0.93 });
  await run(repository, { stage: 'challenger' });
  expect((await run(repository, { stage: 'champion' })).outputs).toMatchObject({ decision: 'hold' });
});
