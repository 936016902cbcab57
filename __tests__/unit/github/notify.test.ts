import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { marker } from '../../../src/github/comment.js';
import { readContext, type GithubContext } from '../../../src/github/context.js';
import { notifyGithub } from '../../../src/github/notify.js';
import { readInputs, type Inputs } from '../../../src/run/inputs.js';
import type { Report } from '../../../src/domain/report.js';
import { report, samples, unresolved } from '../../support/sample-report.js';
import { startGithubStub, type GithubStub } from '../../support/github-stub.js';

let github: GithubStub;
let context: GithubContext;
const sha = 'a'.repeat(40);
const mark = marker('churn', 'production');
const bot = { login: 'github-actions[bot]', type: 'Bot' };
const person = { login: 'mallory', type: 'User' };

beforeEach(async () => {
  github = await startGithubStub();
  context = await readContext({
    GITHUB_REPOSITORY: 'o/r',
    GITHUB_API_URL: github.url,
    GITHUB_SHA: sha,
    GITHUB_RUN_ID: '42',
    GITHUB_REF: 'refs/heads/main',
    GITHUB_EVENT_NAME: 'push',
  });
});
afterEach(async () => {
  await github.close();
  expect(github.faults).toEqual([]);
});

function inputs(more: Partial<Inputs> = {}): Inputs {
  return { ...readInputs({}), githubToken: 'ghs_x', prNumber: 7, ...more };
}
const rejected = samples['rejected']!;
const promoted = samples['promoted']!;
const writes = (): string[] => github.requests.filter((line) => !line.startsWith('GET ') && !line.endsWith('/graphql'));

describe('the comment', () => {
  test('is created once and then updated', async () => {
    expect(await notifyGithub(rejected, inputs(), context, undefined)).toEqual([]);
    expect(await notifyGithub(promoted, inputs(), context, undefined)).toEqual([]);
    expect(github.comments).toHaveLength(1);
    expect(github.comments[0]?.body).toContain('✅ Promoted: churn 12 to production');
  });

  test('that says the same already is left alone', async () => {
    await notifyGithub(rejected, inputs(), context, undefined);
    await notifyGithub(rejected, inputs(), context, undefined);
    expect(writes()).toHaveLength(1);
  });

  test('is found on the last page', async () => {
    github.comments = Array.from({ length: 230 }, (_, id) => ({
      id,
      body: id === 229 ? `${mark}\nold` : 'hello',
      user: id === 229 ? bot : person,
    }));
    await notifyGithub(rejected, inputs(), context, undefined);
    expect(github.comments).toHaveLength(230);
    expect(github.comments[229]?.body).toContain('Rejected');
  });

  test.each([['github-actions[bot]'], [undefined]])(
    "a person's forged mark is not taken over (viewer %s)",
    async (viewer) => {
      github.viewer = viewer;
      github.comments = [{ id: 1, body: `${mark}\nforged`, user: person }];
      await notifyGithub(rejected, inputs(), context, undefined);
      expect(github.comments.map(({ body }) => body.includes('forged'))).toEqual([true, false]);
    },
  );

  test('another bot is not us', async () => {
    github.comments = [{ id: 1, body: `${mark}\nforged`, user: { login: 'evil[bot]', type: 'Bot' } }];
    await notifyGithub(rejected, inputs(), context, undefined);
    expect(github.comments).toHaveLength(2);
  });

  test('two of ours become one', async () => {
    github.comments = [1, 2].map((id) => ({ id, body: `${mark}\nold`, user: bot }));
    await notifyGithub(rejected, inputs(), context, undefined);
    expect(github.comments.map(({ id }) => id)).toEqual([1]);
  });

  test('of a run that failed before it knew its model is taken back by the next', async () => {
    await notifyGithub(unresolved({ reason: 'No policy.' }), inputs(), context, undefined);
    await notifyGithub(promoted, inputs(), context, undefined);
    expect(github.comments).toHaveLength(1);
    expect(github.comments[0]?.body).toMatch(new RegExp(`^${mark}`));
  });

  test('of another model or stage is another', async () => {
    await notifyGithub(rejected, inputs(), context, undefined);
    await notifyGithub({ ...rejected, stage: 'staging' }, inputs(), context, undefined);
    await notifyGithub({ ...rejected, model: '--> <b>' }, inputs(), context, undefined);
    expect(github.comments).toHaveLength(3);
    for (const { body } of github.comments)
      expect(body.split('\n')[0]).toMatch(/^<!-- gated-model-promotion:[\da-f]{24} -->$/);
  });

  test("'on-failure' says nothing of a success, but takes back a failure", async () => {
    const only = inputs({ comment: 'on-failure' });
    await notifyGithub(promoted, only, context, undefined);
    expect(github.comments).toEqual([]);
    await notifyGithub(rejected, only, context, undefined);
    await notifyGithub(promoted, only, context, undefined);
    expect(github.comments.map(({ body }) => body.includes('Promoted'))).toEqual([true]);
  });

  test("'never' asks nothing", async () => {
    await notifyGithub(rejected, inputs({ comment: 'never' }), context, undefined);
    expect(github.requests).toEqual([]);
  });

  test.each([
    [
      'the one that was merged so',
      [
        { number: 3, merged_at: 'x', merge_commit_sha: 'b', state: 'closed' },
        { number: 7, merged_at: 'x', merge_commit_sha: sha, state: 'closed' },
      ],
      1,
    ],
    [
      'an open one',
      [
        { number: 3, merged_at: null, state: 'closed' },
        { number: 7, merged_at: null, state: 'open' },
      ],
      1,
    ],
    ['none that was closed without merging', [{ number: 7, merged_at: null, state: 'closed' }], 0],
  ])("goes to the commit's pull request: %s", async (_, pulls, count) => {
    github.pulls = pulls;
    await notifyGithub(rejected, inputs({ prNumber: undefined }), context, undefined);
    expect(github.comments).toHaveLength(count);
  });
});

describe('the environment', () => {
  test('is told once, however often the run is repeated', async () => {
    await notifyGithub({ ...rejected, deployed: true }, inputs({ comment: 'never' }), context, 'production');
    await notifyGithub({ ...promoted, reason: 'x'.repeat(300) }, inputs({ comment: 'never' }), context, 'production');
    expect(github.deployments).toHaveLength(1);
    expect(github.bodies.find((body) => 'ref' in body)).toMatchObject({
      auto_merge: false,
      required_contexts: [],
      ref: sha,
      environment: 'production',
    });
    const [failure, success] = github.deployments[0]?.statuses ?? [];
    expect(failure).toMatchObject({
      state: 'failure',
      auto_inactive: true,
      log_url: 'https://github.com/o/r/actions/runs/42',
      environment_url: promoted.candidate?.page,
    });
    expect(success).toMatchObject({ state: 'success' });
    expect(String(success?.['description'])).toHaveLength(140);
  });

  test.each([
    ['controls', 'a\u001b[31mb\u001b[0m\u202ec\u0000\u200b\nd\t  e', 'churn 12: abc d e'],
    ['half a character', 'a\ud83d', 'churn 12: a\ufffd'],
    ['a character at the limit', `${'x'.repeat(128)}🚀 and more`, `churn 12: ${'x'.repeat(128)}…`],
  ])('is not shown %s', async (_, reason, description) => {
    await notifyGithub(report({ reason, promoted: true }), inputs({ comment: 'never' }), context, 'production');
    expect(github.deployments).toMatchObject([{ description, statuses: [{ description }] }]);
  });

  test.each([
    ['https://github.com/o/r/actions/runs/42/job/9', 1],
    ['https://github.com/o/r/actions/runs/421/job/9', 2],
  ])("is left to GitHub where the job's own deployment is there: %s", async (log_url, count) => {
    github.deployments = [
      {
        id: 1,
        task: 'deploy',
        payload: '',
        environment: 'production',
        sha,
        description: '',
        statuses: [{ state: 'in_progress', log_url, target_url: '' }],
      },
    ];
    await notifyGithub(promoted, inputs({ comment: 'never' }), context, 'production');
    expect(github.deployments).toHaveLength(count);
  });

  test.each<[string, Partial<Report>]>([
    ['a gate', { command: 'gate' }],
    ['a dry run', { dryRun: true }],
    ['nothing to be done', { alreadyThere: true }],
    ['a rejection', { decision: 'reject' }],
    ['a hold', { decision: 'hold' }],
    ['an error before anything was moved', { decision: 'error' }],
    ['a rollback that did not come to it', { command: 'rollback', decision: 'hold' }],
  ])('is not told of %s', async (_, more) => {
    await notifyGithub(report(more), inputs({ comment: 'never' }), context, 'production');
    expect(github.requests).toEqual([]);
  });
});

test.each<[string, Partial<Report>, string]>([
  ['a deployment that failed', { decision: 'reject', deployed: true }, 'failure'],
  ['a deployment that could not be judged', { decision: 'error', deployed: true }, 'error'],
  ['a deployment that another took over', { decision: 'hold', deployed: true }, 'failure'],
  ['a rollback that deployed the holder again', { command: 'rollback', deployed: true }, 'success'],
  ['a bad version that monitor rolled back', { command: 'monitor', decision: 'reject', promoted: true }, 'success'],
])('the environment is told of %s', async (_, more, state) => {
  await notifyGithub(report(more), inputs({ comment: 'never' }), context, 'production');
  expect(github.deployments).toMatchObject([{ statuses: [{ state }] }]);
});

test('the environment is told of what an earlier attempt of the run did, and once', async () => {
  const again = report({ alreadyThere: true, byThisRun: true });
  await notifyGithub(again, inputs({ comment: 'never' }), context, 'production');
  await notifyGithub(again, inputs({ comment: 'never' }), context, 'production');
  expect(github.deployments.map(({ statuses }) => statuses.map(({ state }) => state))).toEqual([['success']]);
});

describe('what cannot be told is a note', () => {
  test.each([
    [403, 'Resource not accessible by integration', /403.*'pull-requests: write' under 'permissions:'/],
    [403, 'API rate limit exceeded for installation', /rate limit/],
    [404, 'Not Found', /does not exist, or the token may not see it/],
    [401, 'Bad credentials', /does not accept the token/],
    [502, 'Bad Gateway', /GitHub answered 502/],
  ])('%i %s, and the environment is still told', async (status, message, note) => {
    github.failures = { 'POST /repos/o/r/issues': { status, message } };
    const notes = await notifyGithub(promoted, inputs(), context, 'production');
    expect(notes).toEqual([expect.stringMatching(note)]);
    expect(github.deployments).toHaveLength(1);
  });

  test('each of the two', async () => {
    github.failures = {
      'POST /repos/o/r/': { status: 403, message: 'no' },
      'GET /repos/o/r/deployments': { status: 403, message: 'no' },
    };
    expect(await notifyGithub(promoted, inputs(), context, 'production')).toEqual([
      expect.stringContaining('pull-requests: write'),
      expect.stringContaining('deployments: write'),
    ]);
  });

  test('no server at all', async () => {
    await github.close();
    const notes = await notifyGithub(rejected, inputs(), context, undefined);
    expect(notes).toEqual([expect.stringContaining('GitHub could not be reached')]);
  });

  test('no token', async () => {
    expect(await notifyGithub(rejected, inputs({ githubToken: undefined }), context, undefined)).toEqual([
      expect.stringContaining("'github-token' is empty"),
    ]);
    expect(github.requests).toEqual([]);
  });
});
