import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAction, type ActionResult } from '../support/action.js';
import { startGitServer, type GitServer } from '../support/git-http.js';
import { startGithub, type GithubServer } from '../support/github.js';
import { startMlflow, type MlflowServer } from '../support/mlflow.js';

let mlflow: MlflowServer;
let github: GithubServer;
let git: GitServer;
beforeAll(async () => {
  [mlflow, github] = await Promise.all([startMlflow(), startGithub()]);
  git = await startGitServer(github.token);
  await mlflow.createModel('churn');
  await github.putFile(
    '.github/model-promotion.yml',
    `version: 1
registry: { type: mlflow }
model: churn
first_promotion: allow
metrics: { auc: { goal: maximize, min: 0, max: 1 } }
stages:
  staging: { checks: [{ require: auc >= 0.5 }] }
  production: { after: staging, checks: [{ require: auc >= 0.6 }] }
`,
  );
});
afterAll(async () => {
  await Promise.all([mlflow.stop(), github.stop(), git.stop()]);
});

/** A step without a checkout: the workspace is an empty folder, and what there is comes with the token. */
const act = (inputs: Record<string, string>): Promise<ActionResult> =>
  runAction({
    workspace: mkdtempSync(join(tmpdir(), 'empty-')),
    inputs,
    token: github.token,
    environment: { MLFLOW_TRACKING_URI: mlflow.url, GITHUB_API_URL: github.url, GITHUB_SERVER_URL: git.url },
  });
const log = (): string[] => {
  const refs = execFileSync('git', ['-C', git.folder, 'for-each-ref', '--format=%(refname)'], { encoding: 'utf8' });
  if (!refs.includes('refs/promotion/churn')) return [];
  return execFileSync('git', ['-C', git.folder, 'log', '--reverse', '--format=%s', 'refs/promotion/churn'], {
    encoding: 'utf8',
  })
    .trim()
    .split('\n');
};

test('without a checkout: the log is kept with the token, which is shown nowhere', async () => {
  git.mayWrite = false;
  const first = await mlflow.createVersion('churn', { auc: 0.7 });
  const readOnly = await act({ stage: 'staging' });
  expect([readOnly.code, readOnly.outputs['promoted']]).toEqual([0, 'true']);
  expect(readOnly.summary).toContain('because this token may not write one');
  expect(readOnly.summary).toContain('nothing keeps two promotions apart');
  expect(log()).toEqual([]);

  git.mayWrite = true;
  const logged = await act({ stage: 'production', version: first });
  expect(logged.outputs).toMatchObject({ promoted: 'true' });
  expect(logged.summary).not.toContain('may not write');
  // The record that the registry had is where the log begins.
  expect(log()).toEqual([
    `production: opened ${first}`,
    `staging: deployed ${first}`,
    `production: approved ${first}`,
    `production: deployed ${first}`,
    `production: closed ${first}`,
  ]);

  git.mayWrite = false;
  const second = await mlflow.createVersion('churn', { auc: 0.8 });
  const refused = await act({ stage: 'staging', version: second });
  expect([refused.code, refused.outputs['decision'], refused.outputs['promoted']]).toEqual([1, 'error', 'false']);
  expect(refused.annotations[0]?.message).toContain('contents: write');
  expect(await mlflow.aliases('churn')).toMatchObject({ staging: first, production: first });

  for (const { log: said, summary } of [readOnly, logged, refused]) {
    // The runner takes this line for itself.
    expect(said.replaceAll(/^::add-mask::.*$/gm, '') + summary).not.toContain(github.token);
  }
});
