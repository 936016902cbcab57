import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runAction, type ActionResult } from '../support/action.js';
import { checkout, type Checkout } from '../support/checkout.js';
import { startGithub, type GithubServer } from '../support/github.js';

const path = '.github/model-promotion.yml';
const policy = `version: 1
registry: { type: git, metrics_file: 'models/{model}/metrics.json' }
models:
  churn: { paths: ['models/churn/**', '!**/*.md'] }
  fraud: { paths: ['models/fraud/**', 'common/*.py'] }
metrics: { auc: { goal: maximize } }
stages: { staging: {}, production: { after: staging, checks: [{ require: auc >= 0.5 }] } }
`;

let github: GithubServer;
let repository: Checkout;
beforeAll(async () => {
  github = await startGithub();
  repository = checkout({ [path]: policy }, { remote: true });
});
afterAll(() => github.stop());

interface Files {
  readonly path: string;
  readonly from?: string;
}

async function listed(
  files: readonly Files[],
  inputs: Readonly<Record<string, string>> = {},
  token = github.token,
): Promise<ActionResult> {
  const { number, sha } = await github.openPullRequest(`change-${Math.random()}`);
  github.touches(number, files);
  const repo = { full_name: 'acme/churn' };
  return runAction({
    workspace: repository.folder,
    inputs: { command: 'matrix', stage: 'staging', ...inputs },
    token,
    eventName: 'pull_request',
    event: {
      repository: { default_branch: 'main', full_name: 'acme/churn' },
      pull_request: { number, head: { sha, repo }, base: { repo } },
    },
    environment: { GITHUB_API_URL: github.url, GITHUB_REF: `refs/pull/${number}/merge` },
  });
}

const models = ({ outputs }: ActionResult): readonly string[] =>
  (JSON.parse(outputs['matrix'] ?? 'null') as { model: string }[]).map(({ model }) => model);

test.each<[string, readonly Files[], readonly string[]]>([
  ['its folder', [{ path: 'models/churn/a/b.py' }], ['churn']],
  ['what is excluded', [{ path: 'models/churn/a/b.md' }], []],
  ['a star is no slash', [{ path: 'common/deep/a.py' }, { path: 'commons/a.py' }], []],
  ['a hidden file', [{ path: 'models/fraud/.env' }], ['fraud']],
  ['what was moved away', [{ path: 'old/a.py', from: 'models/fraud/a.py' }], ['fraud']],
  ['the policy', [{ path }], ['churn', 'fraud']],
  [
    'the last of many',
    [...Array.from({ length: 250 }, (_, i) => ({ path: `a/${i}` })), { path: 'common/a.py' }],
    ['fraud'],
  ],
  ['more than GitHub lists', Array.from({ length: 3000 }, (_, i) => ({ path: `a/${i}` })), ['churn', 'fraud']],
])('a pull request touches %s', async (_, files, expected) => {
  const result = await listed(files);
  expect(result.code).toBe(0);
  expect(models(result)).toEqual(expected);
  expect(github.violations).toEqual([]);
});

test('when GitHub does not list the files, all models count, and it is said why', async () => {
  github.failures.set('GET /repos/acme/churn/pulls', {
    status: 403,
    message: 'Resource not accessible by integration',
  });
  const result = await listed([]);
  github.failures.clear();
  expect(models(result)).toEqual(['churn', 'fraud']);
  expect(result.summary).toContain("'pull-requests: read' under 'permissions:'");
  expect(result.code).toBe(0);
});

test('every other event lists all; names narrow the list; a wrong one says what exists', async () => {
  const act = (inputs: Readonly<Record<string, string>>): Promise<ActionResult> =>
    runAction({ workspace: repository.folder, inputs: { command: 'matrix', ...inputs } });
  expect(JSON.parse((await act({})).outputs['matrix'] ?? '')).toEqual([
    { model: 'churn', stage: 'staging' },
    { model: 'churn', stage: 'production' },
    { model: 'fraud', stage: 'staging' },
    { model: 'fraud', stage: 'production' },
  ]);
  expect(JSON.parse((await act({ model: 'fraud', stage: 'Production' })).outputs['matrix'] ?? '')).toEqual([
    { model: 'fraud', stage: 'production' },
  ]);
  const wrong = await act({ model: 'frauds' });
  expect(wrong.code).toBe(1);
  expect(wrong.log).toContain("The policy is not for the model 'frauds'");
  expect(wrong.log).toContain("'churn', 'fraud'");
});
