import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActionResult } from '../support/action.js';
import { checkout, type Checkout } from '../support/checkout.js';
import { startGithub, type GithubServer } from '../support/github.js';
import { startMlflow, type MlflowServer } from '../support/mlflow.js';
import { startProxy, type Proxy } from '../support/proxy.js';
import { golden, record } from './recorder.js';

// Whole runs of the bundle, every command on every registry: what they print, write, ask and call. A change of the code's structure
// leaves these files as they are; a change of a message changes the output part alone.

let server: MlflowServer;
let proxy: Proxy;
let github: GithubServer;
beforeAll(async () => {
  [server, github] = await Promise.all([startMlflow(), startGithub()]);
  proxy = await startProxy(server.url);
  github.environment('production', { reviewers: ['bea'] });
});
afterAll(async () => {
  await Promise.allSettled([proxy.stop(), server.stop(), github.stop()]);
});

const policy = (registry: string, model: string): string => `version: 1
registry: ${registry}
model: ${model}
first_promotion: allow
metrics:
  auc: { goal: maximize, min: 0, max: 1 }
stages:
  staging:
    checks:
      - require: auc >= 0.5
  production:
    after: staging
    environment: production
    checks:
      - name: starts
        run: test "$MODEL_ROLE" = candidate
      - require: auc >= 0.6
      - require: auc >= champion - 0.1
    approval: { environment: production, not_author: true }
    deploy:
      run: echo "$MODEL_VERSION" > production.txt
      rollback: echo "$PREVIOUS_VERSION" > production.txt
    monitor: { checks: [{ name: healthy, run: test ! -e ill }], then: rollback }
`;

type Inputs = Readonly<Record<string, string>>;

describe.each(['alias', 'stage', 'model', 'git'])('on %s', (mode) => {
  const model = mode === 'git' ? 'golden' : `golden-${mode}`;
  const registry = mode === 'git' ? '{ type: git, metrics_file: metrics.json }' : `{ type: mlflow, stage_as: ${mode} }`;
  let repository: Checkout;
  let run = 7_310_000 + mode.length * 100;
  let steps = 0;
  const ids = new Map<string, string>();
  const name = (version: string): string => (mode === 'git' ? `v0.0.${version}` : version);

  beforeAll(() => {
    repository = checkout({ 'README.md': 'Golden.' }, { remote: true });
    repository.commit({
      '.github/model-promotion.yml': policy(registry, model),
      '.gitignore': '*.txt\nill\n',
    });
  });

  /** Runs a command and holds all that it shows and does against its golden file. */
  async function step(title: string, inputs: Inputs): Promise<ActionResult> {
    steps += 1;
    const [result, text] = await record(
      {
        workspace: repository.folder,
        inputs: { model, ...inputs },
        token: github.token,
        environment: {
          GITHUB_API_URL: github.url,
          GITHUB_RUN_ID: String(run),
          GITHUB_SHA: repository.git('rev-parse', 'HEAD'),
          ...(mode === 'git' ? {} : { MLFLOW_TRACKING_URI: proxy.url }),
        },
      },
      {
        proxies: mode === 'git' ? {} : { MLflow: proxy },
        github,
        names: new Map([...ids, [String(run), '<run>']]),
        unordered: inputs['command'] === 'backtest',
      },
    );
    const { is, was } = golden(`${mode}/${String(steps).padStart(2, '0')}-${title}`, text);
    expect(is).toBe(was);
    return result;
  }

  async function register(auc: number): Promise<void> {
    if (mode === 'git') {
      repository.commit({ 'metrics.json': JSON.stringify({ auc }) }, `Train, auc ${auc}`);
      await step('register', { command: 'register' });
      return;
    }
    const id = await server.createRun({ auc });
    ids.set(id, `<run of ${auc}>`);
    await step('register', {
      command: 'register',
      'run-id': id,
      source: `mlflow-artifacts:/0/${id}/artifacts/model`,
    });
  }

  async function release(version: string): Promise<void> {
    run += 1;
    const gated = await step('gate', { command: 'gate', stage: 'production', version: name(version) });
    github.approve(String(run), { environment: 'production', login: 'bea' });
    const { plan = '', 'plan-digest': digest = '' } = gated.outputs;
    await step('apply', { command: 'apply', plan, 'plan-digest': digest });
  }

  test('every command, from the first version to the last', async () => {
    await step('lint', { command: 'lint' });
    await step('matrix', { command: 'matrix' });
    await register(0.8);
    await step('promote', { stage: 'staging', version: name('1') });
    await release('1');
    await register(0.85);
    await step('promote', { stage: 'staging', version: name('2') });
    await step('promote-repeated', { stage: 'staging', version: name('2') });
    await release('2');
    await register(0.3);
    await step('promote-rejected', { stage: 'staging', version: name('3') });
    await step('promote-unknown', { stage: 'staging', version: name('9') });
    await step('status', { command: 'status' });
    await step('monitor-healthy', { command: 'monitor', stage: 'production' });
    writeFileSync(join(repository.folder, 'ill'), '');
    await step('monitor-ill', { command: 'monitor', stage: 'production' });
    rmSync(join(repository.folder, 'ill'));
    await step('rollback-nobody', { command: 'rollback', stage: 'production', reason: 'golden' });
    await step('backtest', { command: 'backtest', stage: 'production' });
    await step('archive', { command: 'archive', version: name('3'), reason: 'golden' });
    await step('adopt', { command: 'adopt', stage: 'production', reason: 'golden' });
    await step('status', { command: 'status' });
    expect(github.violations).toEqual([]);
  });
});
