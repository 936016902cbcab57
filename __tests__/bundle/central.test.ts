import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runAction, type ActionResult, type ActionRun } from '../support/action.js';
import { checkout, type Checkout } from '../support/checkout.js';
import { startGithub, type GithubServer } from '../support/github.js';

const policy = (least: number): string => `version: 1
registry: { type: git }
model: churn
first_promotion: allow
metrics: { auc: { goal: maximize, min: 0, max: 1 } }
stages: { staging: { checks: [{ require: auc >= ${least} }] } }
`;

let github: GithubServer;
let repository: Checkout;
let old: string;
let merged: string;
let unmerged: string;
beforeAll(async () => {
  github = await startGithub();
  old = await github.putFile('ml/policy.yml', policy(0.5), 'main', 'acme/policies');
  await github.putFile('ml/policy.yml', policy(0.8), 'main', 'acme/policies');
  merged = await github.putFile('README.md', 'Words');
  await github.putFile('LATER.md', 'Words');
  unmerged = (await github.openPullRequest()).sha;
  repository = checkout({ 'metrics.json': '{"auc": 0.7}', 'model.txt': 'x' }, { remote: true });
  repository.git('tag', '-a', 'churn@v1.0.0', '-m', 'Register');
  repository.git('push', '-q', 'origin', 'churn@v1.0.0');
});
afterAll(() => github.stop());

const act = (place: string, more: Partial<ActionRun> = {}): Promise<ActionResult> =>
  runAction({
    workspace: repository.folder,
    token: github.token,
    ...more,
    inputs: { policy: place, stage: 'staging', comment: 'never', ...more.inputs },
    environment: { GITHUB_API_URL: github.url, GITHUB_SHA: merged, ...more.environment },
  });

test('judges by the policy of another repository as its branch is now, or by one commit of it', async () => {
  const strict = await act('acme/policies/ml/policy.yml@main');
  expect(strict.outputs).toMatchObject({ decision: 'reject', promoted: 'false' });
  expect(strict.summary).toMatch(/policy <code>acme\/policies\/ml\/policy.yml<\/code> of main/);
  repository.git('fetch', '-q', 'origin', '+refs/promotion/*:refs/promotion/*');
  const register = { inputs: { command: 'register', version: 'v1.0.0', reason: 'again', stage: '' } };
  expect((await act('acme/policies/ml/policy.yml@main', register)).code).toBe(0);
  const lax = await act(`acme/policies/ml/policy.yml@${old}`);
  expect(lax.outputs).toMatchObject({ decision: 'promote', promoted: 'true' });
  expect(github.violations).toEqual([]);
});

test.each<[string, string, Partial<ActionRun>, string]>([
  ['an abbreviated commit', 'acme/policies/ml/policy.yml@abcdef1', {}, 'Give all 40 digits of the commit'],
  [
    'no such repository',
    'acme/nowhere/ml/policy.yml@main',
    {},
    "The policy's repository 'acme/nowhere' does not exist",
  ],
  ['no such ref', 'acme/policies/ml/policy.yml@v9', {}, "The policy's repository 'acme/policies' has no 'v9'"],
  [
    'no such file',
    'acme/policies/ml/other.yml@main',
    {},
    "There is no policy at 'ml/other.yml' in acme/policies at 'main'",
  ],
  ['another owner', 'mallory/policies/ml/policy.yml@main', {}, "is not of a repository of 'acme'"],
  [
    'a workflow of a branch',
    'acme/policies/ml/policy.yml@main',
    { environment: {} },
    'is of a commit that is not merged',
  ],
  ['no token', 'acme/policies/ml/policy.yml@main', { token: '' }, 'or it has no token'],
  [
    'the workspace as well',
    'acme/policies/ml/policy.yml@main',
    { inputs: { 'policy-ref': 'workspace', command: 'status' } },
    'is a policy of another repository',
  ],
])('%s is refused by name', async (what, place, more, words) => {
  const environment = what === 'a workflow of a branch' ? { GITHUB_SHA: unmerged } : {};
  const result = await act(place, { ...more, environment });
  expect(result.log).toContain(words);
  expect(result.outputs).not.toMatchObject({ promoted: 'true' });
  expect(result.code).toBe(1);
});

test('a gate in a pull request may use it, and an error in it is told with its place', async () => {
  const gated = await act('acme/policies/ml/policy.yml@main', {
    inputs: { command: 'gate', version: 'head' },
    environment: { GITHUB_SHA: unmerged },
  });
  expect(gated.outputs).toMatchObject({ decision: 'reject' });
  await github.putFile('bad.yml', 'version: 1\nstagess: {}\n', 'main', 'acme/policies');
  const bad = await act('acme/policies/bad.yml@main');
  expect(bad.log).toContain('::error file=acme/policies/bad.yml,line=2,col=1::Unknown key');
});
