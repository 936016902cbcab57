import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { runAction, type ActionResult } from '../support/action.js';
import { checkout, type Checkout } from '../support/checkout.js';
import { startProxy } from '../support/proxy.js';
import { startGithub, type GithubServer, type PullRequest } from '../support/github.js';

const policy = `version: 1
registry: { type: git }
model: churn
first_promotion: allow
metrics:
  auc: { goal: maximize, min: 0, max: 1 }
stages:
  production:
    environment: production
    checks:
      - require: auc >= 0.8
`;

let github: GithubServer;
let repository: Checkout;
let pull: PullRequest;

beforeEach(async () => {
  github = await startGithub();
  repository = checkout({ '.github/model-promotion.yml': policy }, { remote: true });
  pull = await github.openPullRequest();
});
afterEach(async () => {
  await github.stop();
  expect(github.violations).toEqual([]);
});

/** Registers a version and promotes it, in a run for the commit that a pull request brought. */
async function promote(version: string, auc: number, api = github.url): Promise<ActionResult> {
  const sha = repository.commit({ 'metrics.json': JSON.stringify({ auc }) });
  repository.git('tag', '-a', `churn@${version}`, '-m', 'Register');
  repository.git('push', '-q', 'origin', `churn@${version}`);
  await github.broughtBy(sha, pull.number, { merged: true });
  return runAction({
    workspace: repository.folder,
    inputs: { stage: 'production' },
    token: github.token,
    environment: {
      GITHUB_API_URL: api,
      GITHUB_SHA: sha,
      GITHUB_EVENT_NAME: 'push',
      PROMOTION_GITHUB_TIMEOUT: '5',
    },
    eventName: 'push',
  });
}

test('the pull request has one comment, kept up to date, and the environment every promotion', async () => {
  await github.comment(pull.number, 'Shall we?', 'octocat');
  expect(await promote('v1.0.0', 0.9)).toMatchObject({ code: 0, outputs: { decision: 'promote' } });
  expect(await promote('v2.0.0', 0.91)).toMatchObject({ code: 0, outputs: { decision: 'promote' } });

  const comments = await github.comments(pull.number);
  expect(comments.map(({ user }) => user.login)).toEqual(['octocat', 'github-actions[bot]']);
  expect(comments[1]?.body).toContain('v2.0.0');
  // GitHub takes only what is not in production out of service by itself.
  expect(github.deployments().map((each) => [each.environment, each.statuses[0]?.state])).toEqual([
    ['production', 'success'],
    ['production', 'success'],
  ]);
});

test('a rejection fails the step and is told, and the environment keeps what it had', async () => {
  await promote('v1.0.0', 0.9);
  const rejected = await promote('v2.0.0', 0.5);

  expect(rejected).toMatchObject({ outputs: { decision: 'reject', promoted: 'false' } });
  expect(rejected.code).not.toBe(0);
  const [comment] = await github.comments(pull.number);
  expect(comment?.body).toContain('0.5');
  expect(github.deployments().map((each) => each.statuses.map(({ state }) => state))).toEqual([['success']]);
});

test.each([
  ['may only read', { readOnlyToken: true }],
  ['finds GitHub down', { down: true }],
])('a token that %s costs the comment, not the promotion nor the summary', async (_name, fault) => {
  Object.assign(github, fault);
  const result = await promote('v1.0.0', 0.9);

  expect(result).toMatchObject({ code: 0, outputs: { decision: 'promote', promoted: 'true' } });
  expect(result.summary).toContain('v1.0.0');
  expect(result.annotations.filter(({ level }) => level === 'error')).toEqual([]);
  Object.assign(github, { readOnlyToken: false, down: false });
  expect(await github.comments(pull.number)).toEqual([]);
});

test('a GitHub that is silent costs comment and deployment, and the summary names both', async () => {
  const silent = await startProxy(
    github.url,
    '',
    (call) => call.method === 'POST' || call.path.includes('/deployments'),
  );
  try {
    const result = await promote('v1.0.0', 0.9, silent.url);
    expect(result).toMatchObject({ code: 0, outputs: { decision: 'promote', promoted: 'true' } });
    expect(result.summary).toContain('The pull request was not told');
    expect(result.summary).toMatch(/environment .*production.* was not told/);
    expect(repository.git('ls-remote', '--refs', 'origin', 'refs/tags/churn#*')).toContain('churn#production#1');
  } finally {
    await silent.stop();
  }
});

test('the token is in no line of the log, no output and no file for later steps', async () => {
  const { log, outputs, summary, leaked, state } = await promote('v1.0.0', 0.9);
  const masked = log.replaceAll(`::add-mask::${github.token}`, '');
  expect([masked, JSON.stringify(outputs), summary, JSON.stringify(state)].join('\n')).not.toContain(github.token);
  expect(leaked).toBe('');
});
