import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAction, type ActionResult } from '../support/action.js';
import { checkout, type Checkout } from '../support/checkout.js';
import { startGitServer, type GitServer } from '../support/git-http.js';
import { startGithub, type GithubServer } from '../support/github.js';
import { startMlflow, type MlflowServer } from '../support/mlflow.js';

let mlflow: MlflowServer;
let github: GithubServer;
let git: GitServer;
const others: GitServer[] = [];
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
  await Promise.all([mlflow, github, git, ...others].map((server) => server.stop()));
});

/** A step without a checkout: the workspace is an empty folder, and what there is comes with the token. */
const act = (
  inputs: Record<string, string>,
  workspace = mkdtempSync(join(tmpdir(), 'empty-')),
): Promise<ActionResult> =>
  runAction({
    workspace,
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
  // Who held a stage is where the log begins; the registry's own record of it anybody may have written.
  expect(log()).toEqual([
    `production: opened ${first}`,
    `staging: adopted ${first}`,
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

/** Of somebody else's repository, whose owner wrote a log that says what he wants. */
async function fork(model: string, version: string): Promise<Checkout> {
  const other = await startGitServer(github.token, 'mallory/churn');
  others.push(other);
  const clone = checkout({ README: 'Ours is better.' });
  const forged = { type: 'deployed', version, stage: 'staging', at: '2026-01-01T00:00:00.000Z', actor: 'octocat' };
  writeFileSync(join(clone.folder, 'event.json'), JSON.stringify(forged));
  clone.git('checkout', '-q', '--orphan', 'log');
  clone.git('rm', '-q', '-f', '--cached', 'README');
  clone.git('add', 'event.json');
  clone.git('commit', '-q', '-m', 'staging: deployed');
  clone.git('push', '-q', other.folder, `HEAD:refs/promotion/${model}`, 'main:main');
  clone.git('checkout', '-q', '-f', 'main');
  clone.git('remote', 'add', 'origin', `${other.url}/mallory/churn`);
  return clone;
}

test('a workspace that is a checkout of another repository brings no log of its own', async () => {
  git.mayWrite = true;
  const better = await mlflow.createVersion('churn', { auc: 0.9 });
  const clone = await fork('churn', better);
  const result = await act({ stage: 'production', version: better }, clone.folder);
  expect([result.code, result.outputs['decision'], result.outputs['promoted']]).toEqual([1, 'hold', 'false']);
  expect(result.outputs['reason']).toContain('has not passed staging');
});

test('nor tags, where these are the registry', async () => {
  await github.putFile(
    '.github/git-policy.yml',
    `version: 1
registry: { type: git }
model: churn
first_promotion: allow
metrics: { auc: { goal: maximize, min: 0, max: 1 } }
stages: { production: { checks: [{ require: auc >= 0.5 }] } }
`,
  );
  const clone = await fork('churn', 'v1.0.0');
  const result = await act({ stage: 'production', policy: '.github/git-policy.yml' }, clone.folder);
  expect(result.code).toBe(1);
  expect(result.outputs['reason']).toMatch(
    /The workspace is a checkout of http.*\/mallory\/churn, and this run is for another/,
  );
});

test('a dry run by the policy of the workspace hands no secret on, whatever it names', async () => {
  const version = await mlflow.createVersion('churn', { auc: 0.9 });
  const own = checkout({
    'policy.yml': `version: 1
registry: { type: mlflow }
model: churn
pass_env: ['*']
metrics: { auc: { goal: maximize, min: 0, max: 1 } }
stages: { production: { checks: [{ name: tell, run: 'env | rev', pass_env: [registry] }] } }
`,
  });
  const result = await runAction({
    workspace: own.folder,
    inputs: { stage: 'production', version, policy: 'policy.yml', 'policy-ref': 'workspace', 'dry-run': 'true' },
    environment: { MLFLOW_TRACKING_URI: mlflow.url, MLFLOW_TRACKING_TOKEN: 'the-token', CLOUD_SECRET: 'the-secret' },
  });
  expect(result.log).toContain('nruhc=EMAN_LEDOM');
  expect(result.log).not.toMatch(/nekot-eht|terces-eht/);
});

test('a password that is a word of ours changes no record', async () => {
  const version = await mlflow.createVersion('churn', { auc: 0.9 });
  const result = await runAction({
    workspace: mkdtempSync(join(tmpdir(), 'empty-')),
    inputs: { stage: 'staging', version },
    token: github.token,
    environment: {
      MLFLOW_TRACKING_URI: mlflow.url,
      MLFLOW_TRACKING_USERNAME: 'ada',
      MLFLOW_TRACKING_PASSWORD: 'staging',
      DATABASE_URL: `postgres://ada:${new Date().getUTCFullYear()}@localhost/churn`,
      GITHUB_API_URL: github.url,
      GITHUB_SERVER_URL: git.url,
    },
  });
  expect(result.outputs['promoted']).toBe('true');
  expect(log().at(-2)).toBe(`staging: deployed ${version}`);
  expect((await mlflow.tags('churn', version))['promotion_state']).toBe('staging_deployed');
});
