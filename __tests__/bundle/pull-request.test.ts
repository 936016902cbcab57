import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { runAction, type ActionResult } from '../support/action.js';
import { checkout, type Checkout } from '../support/checkout.js';
import { startGithub, type GithubServer, type PullRequest } from '../support/github.js';

const policy = `version: 1
registry: { type: git }
model: churn
metrics: { auc: { goal: maximize, min: 0, max: 1 } }
stages:
  production: { checks: [{ require: auc >= 0.8 }] }
`;

let github: GithubServer;
let repository: Checkout;
let tip: string;
/** The one that brought main's tip, and the one that the event is about. */
let brought: PullRequest;
let own: PullRequest;
beforeEach(async () => {
  github = await startGithub();
  repository = checkout({ '.github/model-promotion.yml': policy }, { remote: true });
  tip = repository.commit({ 'metrics.json': '{"auc": 0.9}' });
  repository.git('tag', '-a', 'churn@v1.0.0', '-m', 'Register');
  repository.git('push', '-q', 'origin', 'churn@v1.0.0');
  brought = await github.openPullRequest('merged');
  own = await github.openPullRequest('own');
  await github.broughtBy(tip, brought.number, { merged: true });
});
afterEach(async () => {
  await github.stop();
  expect(github.violations).toEqual([]);
});

const gate = (eventName: string, payload: object, inputs: Record<string, string> = {}): Promise<ActionResult> =>
  runAction({
    workspace: repository.folder,
    inputs: { command: 'gate', ...inputs },
    token: github.token,
    environment: { GITHUB_API_URL: github.url, GITHUB_SHA: tip, PROMOTION_GITHUB_TIMEOUT: '2' },
    eventName,
    event: { repository: { default_branch: 'main' }, ...payload },
  });
const told = async (): Promise<readonly number[]> =>
  (
    await Promise.all(
      [brought, own].map(async ({ number }) => ((await github.comments(number)).length > 0 ? [number] : [])),
    )
  ).flat();
const head = (more: object = {}): object => ({
  workflow_run: {
    event: 'pull_request',
    head_sha: own.sha,
    head_branch: 'own',
    head_repository: { full_name: 'acme/churn' },
    ...more,
  },
});

test('issue_comment: the pull request that was commented on is told', async () => {
  const result = await gate('issue_comment', { issue: { number: own.number, pull_request: {} } });
  expect([result.code, await told()]).toEqual([0, [own.number]]);
});

test('workflow_run: the pull request with its head is told', async () => {
  expect([(await gate('workflow_run', head())).code, await told()]).toEqual([0, [own.number]]);
});

test('workflow_run: found by its branch where GitHub does not know the commit, as of a fork', async () => {
  const { commit } = await github.as<{ commit: { sha: string } }>('acme', 'GET', 'branches/main');
  await github.as('acme', 'POST', 'git/refs', { ref: 'refs/heads/late', sha: commit.sha });
  const sha = await github.putFile('LATE', 'late', 'late');
  const pull = { title: 'late', head: 'late', base: 'main' };
  const { number } = await github.as<{ number: number }>('acme', 'POST', 'pulls', pull);
  await gate('workflow_run', head({ head_sha: sha, head_branch: 'late' }));
  expect(await told()).toEqual([]);
  expect(await github.comments(number)).toHaveLength(1);
});

test('workflow_run: after a push, the pull request that brought that commit is told', async () => {
  await gate('workflow_run', head({ event: 'push', head_sha: tip, head_branch: 'main' }));
  expect(await told()).toEqual([brought.number]);
});

test.each<[string, string, () => object, RegExp]>([
  ['an issue', 'issue_comment', () => ({ issue: { number: 1 } }), /issue #.*1, which is none/],
  [
    'an unknown head',
    'workflow_run',
    () => head({ head_sha: 'b'.repeat(40) }),
    /none has the head bbbbbbbb of acme\/churn/,
  ],
  [
    'a head of another repository',
    'workflow_run',
    () => head({ head_repository: { full_name: 'mallory/churn' } }),
    /of mallory\/churn/,
  ],
  ['a head of nowhere', 'workflow_run', () => head({ head_repository: null }), /does not say of which repository/],
])('%s: none is told, and the report says so', async (_, event, payload, why) => {
  const result = await gate(event, payload());
  expect([result.code, await told()]).toEqual([0, []]);
  expect(result.summary).toMatch(why);
  expect(result.summary).toContain('pr-number');
});

test('several with one head: none is told, unless one is named', async () => {
  const other = await github.as<{ number: number }>('acme', 'POST', 'pulls', {
    title: 'x',
    head: 'own',
    base: 'merged',
  });
  await github.broughtBy(own.sha, other.number);
  const result = await gate('workflow_run', head());
  expect(await told()).toEqual([]);
  expect(result.summary).toMatch(new RegExp(`#.*${own.number} and #.*${other.number} have the head`));
  await gate('workflow_run', head(), { 'pr-number': String(own.number) });
  expect(await told()).toEqual([own.number]);
});
