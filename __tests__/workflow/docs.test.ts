import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { runWorkflow, type WorkflowResult } from '../support/act.js';
import { checkout, type Checkout } from '../support/checkout.js';
import { startGithub, type GithubServer } from '../support/github.js';
import { startMlflow, type MlflowServer } from '../support/mlflow.js';
import { blocksOf, filesOf } from '../support/pages.js';
import { python } from '../support/tools.js';

let github: GithubServer;
beforeAll(async () => {
  github = await startGithub();
});
afterAll(async () => {
  await github.stop();
});

function promote(repository: Checkout, stage: string, vars: Record<string, string> = {}): Promise<WorkflowResult> {
  return runWorkflow({
    repository,
    event: 'workflow_dispatch',
    inputs: { stage, version: 'latest' },
    vars,
    secrets: { GITHUB_TOKEN: github.token },
    environment: { GITHUB_API_URL: github.url },
  });
}

describe('what a reader pastes', () => {
  let server: MlflowServer;
  beforeAll(async () => {
    server = await startMlflow();
  });
  afterAll(async () => {
    await server.stop();
  });

  test("README's policy and workflow promote the model of getting-started to staging and to production, at the first try", async () => {
    const pasted = filesOf('README.md');
    expect(Object.keys(pasted)).toEqual(['.github/model-promotion.yml', '.github/workflows/promote.yml']);
    const training = filesOf('docs/getting-started.md', '## With MLflow');
    const files = Object.fromEntries(
      ['requirements.txt', 'train.py', 'tests/model/test_data.py'].map((name) => [name, training[name] ?? '']),
    );
    const repository = checkout({ ...files, ...pasted }, { remote: true });

    const { status, stderr } = spawnSync(python, [join(repository.folder, 'train.py')], {
      encoding: 'utf8',
      cwd: repository.folder,
      env: { ...process.env, MLFLOW_TRACKING_URI: server.url, MLFLOW_DISABLE_TELEMETRY: 'true' },
    });
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });

    for (const stage of ['staging', 'production']) {
      const { code, log, outputs } = await promote(repository, stage, { MLFLOW_TRACKING_URI: server.url });
      expect({ stage, code, log: code === 0 ? '' : log }).toEqual({ stage, code: 0, log: '' });
      expect(outputs['promote']).toMatchObject({ decision: 'promote', promoted: 'true', version: '1', stage });
    }
    expect(await server.aliases('churn')).toMatchObject({ staging: '1', production: '1' });
    expect(github.violations).toEqual([]);
  });
});

test('getting-started without a server: its files and git commands lead to production on git tags', async () => {
  const heading = '## Without a server, on git tags';
  const pasted = filesOf('docs/getting-started.md', heading);
  const repository = checkout(
    Object.fromEntries(
      ['.github/model-promotion.yml', '.github/workflows/promote.yml'].map((name) => [name, pasted[name] ?? '']),
    ),
    { remote: true },
  );
  const commands = blocksOf('docs/getting-started.md').filter(
    ({ language, text }) => language === 'sh' && /^(echo|git) /.test(text),
  );
  expect(commands.length).toBe(2);
  for (const { text, place } of commands) {
    const { status, stderr } = spawnSync('bash', ['-euc', text], { cwd: repository.folder, encoding: 'utf8' });
    expect({ place, status, stderr: status === 0 ? '' : stderr }).toEqual({ place, status: 0, stderr: '' });
  }
  for (const stage of ['staging', 'production']) {
    const { code, log, outputs } = await promote(repository, stage);
    expect({ stage, code, log: code === 0 ? '' : log }).toEqual({ stage, code: 0, log: '' });
    expect(outputs['promote']).toMatchObject({ decision: 'promote', promoted: 'true', version: 'v1.0.0', stage });
  }
  expect(repository.git('ls-remote', '--tags', 'origin')).toContain('refs/tags/churn#production#');

  const look = blocksOf('docs/how-it-works.md').find(({ language }) => language === 'sh')?.text ?? '';
  const shown = spawnSync('bash', ['-euc', look], { cwd: repository.folder, encoding: 'utf8' });
  expect({ status: shown.status, stderr: shown.stderr.replaceAll(/^.*(?:->|From|remote\.git).*\n/gm, '') }).toEqual({
    status: 0,
    stderr: '',
  });
  expect(shown.stdout.trim().split('\n').length).toBeGreaterThan(4);
});
