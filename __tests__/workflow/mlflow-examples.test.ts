import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { exampleRepository, runWorkflow, type WorkflowResult, type WorkflowRun } from '../support/act.js';
import { runAction } from '../support/action.js';
import type { Checkout } from '../support/checkout.js';
import { startGithub, type GithubServer } from '../support/github.js';
import { startMlflow, type MlflowServer } from '../support/mlflow.js';
import { python, root } from '../support/tools.js';

let github: GithubServer;
let server: MlflowServer;
beforeAll(async () => {
  [github, server] = await Promise.all([startGithub(), startMlflow()]);
});
afterAll(() => Promise.all([github.stop(), server.stop()]));
beforeEach(async () => {
  await server.call('DELETE', 'registered-models/delete', { name: 'churn' }).catch(() => undefined);
});

function run(
  repository: Checkout,
  event: WorkflowRun['event'],
  more: Partial<WorkflowRun> = {},
): Promise<WorkflowResult> {
  return runWorkflow({
    repository,
    event,
    secrets: { GITHUB_TOKEN: github.token },
    // pip finds what a requirements file asks for where the tests installed it, or fails.
    environment: { GITHUB_API_URL: github.url, PIP_NO_INDEX: '1', MLFLOW_DISABLE_TELEMETRY: 'true' },
    ...more,
    vars: { MLFLOW_TRACKING_URI: server.url, ...more.vars },
  });
}

const succeeded = ({ code, log }: WorkflowResult): void =>
  expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });

test('examples/scheduled-watch: a live version that answers badly is rolled back, a good one is left', async () => {
  const repository = exampleRepository('scheduled-watch');
  await server.createModel('churn');
  for (const auc of [0.9, 0.92]) {
    await server.createVersion('churn', { auc });
    const { code, log } = await runAction({
      workspace: repository.folder,
      inputs: { stage: 'production', comment: 'never' },
      environment: { MLFLOW_TRACKING_URI: server.url },
    });
    expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
  }
  const file = join(mkdtempSync(join(tmpdir(), 'live-')), 'yesterday.csv');
  const watch = (rows: string): Promise<WorkflowResult> => {
    writeFileSync(file, `score,label\n${rows}`);
    return run(repository, 'schedule', { vars: { LIVE_DATA: pathToFileURL(file).href } });
  };

  const good = await watch('0.9,1\n0.7,1\n0.2,0\n');
  succeeded(good);
  expect(await server.aliases('churn')).toMatchObject({ production: '2' });

  const unread = await watch('');
  expect(unread).toMatchObject({ outputs: { watch: { decision: 'error' } } });
  expect(await server.aliases('churn')).toMatchObject({ production: '2' });

  const bad = await watch('0.1,1\n0.7,1\n0.2,0\n');
  expect(bad.code).not.toBe(0);
  expect(bad.outputs['watch']).toMatchObject({ version: '1' });
  expect(await server.aliases('churn')).toMatchObject({ production: '1' });
  expect(github.violations).toEqual([]);
});

/** A weak version that claims much, and a good one that claims little. */
const training = `
import mlflow
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
features, labels = load_breast_cancer(return_X_y=True)
train_x, _, train_y, _ = train_test_split(features, labels, random_state=0)
weak = LogisticRegression(max_iter=3)
for model in [weak, make_pipeline(StandardScaler(), LogisticRegression())]:
    with mlflow.start_run():
        mlflow.log_metric("holdout_auc", 1.0 if model is weak else 0.5)
        mlflow.sklearn.log_model(
            model.fit(train_x, train_y), name="model", registered_model_name="churn", pip_requirements=["scikit-learn"]
        )
`;

test('examples/champion-challenger: both are measured, and what training claims counts for nothing', async () => {
  const repository = exampleRepository('champion-challenger');
  await promisify(execFile)(python, ['-W', 'ignore', '-c', training], {
    env: { ...process.env, MLFLOW_TRACKING_URI: server.url, MLFLOW_DISABLE_TELEMETRY: 'true' },
  });
  await server.setAlias('churn', 'champion', '1');

  const won = await run(repository, 'schedule');
  succeeded(won);
  expect(won.outputs['challenge']).toMatchObject({ promoted: 'true', version: '2', 'champion-version': '1' });
  expect(await server.aliases('churn')).toMatchObject({ champion: '2' });
});

test('examples/approved-release-mlflow: a reviewer lets the plan through, and nobody else', async () => {
  const repository = exampleRepository('approved-release-mlflow');
  github.environment('production', { reviewers: ['bea'] });
  await server.createModel('churn');
  await server.createVersion('churn', { auc: 0.9 });
  const release = (login: string): Promise<WorkflowResult> =>
    run(repository, 'workflow_dispatch', {
      inputs: { version: 'latest' },
      between: () => github.approve('1', { environment: 'production', login }),
    });

  const own = await release('octocat');
  expect(own.code).not.toBe(0);
  expect(own.outputs['production']).toMatchObject({ promoted: 'false' });
  expect(await server.aliases('churn')).toEqual({ staging: '1' });

  const approved = await release('bea');
  succeeded(approved);
  expect(approved.outputs).toMatchObject({
    plan: { decision: 'promote', 'approval-required': 'true' },
    production: { promoted: 'true', version: '1' },
  });
  expect(await server.aliases('churn')).toMatchObject({ staging: '1', production: '1' });
  expect(github.violations).toEqual([]);
});

test('examples/scikit-learn: one push trains, registers, tests and promotes, in a registry that is empty', async () => {
  const repository = exampleRepository('scikit-learn');
  const result = await run(repository, 'push', { payload: { ref: 'refs/heads/main' } });
  succeeded(result);
  expect(result.log).toContain('2 passed');
  expect(await server.aliases('churn')).toMatchObject({ staging: '1', production: '1' });
  expect(Number(/auc >= 0\.85.*?(0\.9\d+)/s.exec(result.log)?.[1])).toBeGreaterThan(0.9);
});

test('the demo on a server of other people: it leaves their model alone, and names what it left', async () => {
  await server.createModel('churn');
  const folder = mkdtempSync(join(tmpdir(), 'demo-'));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(root, 'examples/demo/demo.mjs'), '--mlflow', '--keep'],
    { env: { PATH: process.env['PATH'], TMPDIR: folder, MLFLOW_TRACKING_URI: server.url } },
  );
  expect(stdout).toMatch(/gated-model-promotion-demo-\w+ v?3 now holds production/);
  expect(stdout).toContain('MLflow keeps its deleted experiment');
  expect(await server.client('[model.name for model in client.search_registered_models()]')).toEqual(['churn']);
  expect(await server.client('[each.name for each in client.search_experiments()]')).toEqual(['Default']);
  const [, reports = ''] = /job summary show them: (.*)$/m.exec(stdout) ?? [];
  expect(reports.startsWith(folder)).toBe(true);
  expect(readdirSync(reports)).toContain('4-production.md');
});
