import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { issueAlarm } from '../../../src/github/issue.js';
import { openGithub } from '../../../src/github/client.js';
import { readContext } from '../../../src/github/context.js';
import type { Alarm } from '../../../src/promotion/monitor.js';
import type { Report } from '../../../src/domain/report.js';
import { startGithub, type GithubServer } from '../../support/github.js';
import { samples } from '../../support/sample-report.js';

interface Issue {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly state: string;
}
interface Told {
  readonly body: string;
}

let server: GithubServer;
let alarm: Alarm;
beforeEach(async () => {
  server = await startGithub();
  const context = await readContext({ GITHUB_REPOSITORY: 'acme/churn', GITHUB_API_URL: server.url });
  const github = await openGithub(context, server.token);
  if (github === undefined) throw new Error('no client');
  alarm = issueAlarm(github);
});
afterEach(async () => {
  await server.stop();
  expect(server.violations).toEqual([]);
});

const bad: Report = { ...samples['rejected']!, command: 'monitor' };
const issues = (): Promise<readonly Issue[]> => server.as('acme', 'GET', 'issues?state=all&per_page=100');

test('opened once, brought up to date, closed, and opened anew', async () => {
  expect(await alarm.raise(bad)).toEqual([expect.stringMatching(/^Issue #1 was opened: http/)]);
  expect(await alarm.raise({ ...bad, reason: 'It is still bad.' })).toEqual([
    expect.stringMatching(/#1 was brought up to date/),
  ]);
  expect(await issues()).toMatchObject([
    {
      number: 1,
      state: 'open',
      title: 'Model churn in production: monitoring found version 12 bad',
      body: expect.stringContaining('still bad') as unknown,
    },
  ]);
  expect(await alarm.clear(bad)).toEqual([expect.stringMatching(/#1 was closed/)]);
  expect(await alarm.clear(bad)).toEqual([]);
  expect(await issues()).toMatchObject([{ number: 1, state: 'closed' }]);
  expect(await alarm.raise(bad)).toEqual([expect.stringMatching(/^Issue #2 was opened/)]);
});

test('the comment that closes it says why, and where', async () => {
  await alarm.raise(bad);
  await alarm.clear({ ...bad, reason: 'All is well @acme.', runPage: 'https://github.com/acme/churn/actions/runs/7' });
  const [told] = await server.as<Told[]>('acme', 'GET', 'issues/1/comments');
  expect(told?.body).toBe('All is well @&#8203;acme. ([run](https://github.com/acme/churn/actions/runs/7))');
  await alarm.raise(bad);
  await alarm.clear({ ...bad, reason: 'Well.', runPage: 'javascript:alert(1)' });
  const [other] = await server.as<Told[]>('acme', 'GET', 'issues/2/comments');
  expect(other?.body).toBe('Well. (run)');
});

test('two that were opened at once are both closed', async () => {
  await alarm.raise(bad);
  const [own] = await issues();
  await server.as('github-actions[bot]', 'POST', 'issues', { title: 'again', body: own?.body ?? '' });
  expect(await alarm.clear(bad)).toHaveLength(2);
  expect((await issues()).map(({ state }) => state)).toEqual(['closed', 'closed']);
});

test('a report that is too long for an issue is shortened, and says where it is whole', async () => {
  const [first] = bad.checks;
  const checks = Array.from({ length: 2000 }, (_, index) => ({ ...first!, name: `check ${index} ${'x'.repeat(90)}` }));
  const runPage = 'https://github.com/acme/churn/actions/runs/7';
  expect(await alarm.raise({ ...bad, checks, runPage })).toEqual([expect.stringContaining('was opened')]);
  const [issue] = await issues();
  expect(issue?.body.length).toBeLessThanOrEqual(65_536);
  expect(issue?.body).toContain(`The whole report is in [the run](${runPage}).`);
});

test('only what begins with the mark is the one, and no pull request', async () => {
  await alarm.raise(bad);
  const [own] = await issues();
  await alarm.clear(bad);
  const { number } = await server.openPullRequest('change', 'github-actions[bot]');
  await server.as('acme', 'PATCH', `pulls/${number}`, { body: own?.body ?? '' });
  const quoted = { title: 'quoted', body: `> ${own?.body ?? ''}` };
  await server.as('github-actions[bot]', 'POST', 'issues', quoted);
  expect(await alarm.clear(bad)).toEqual([]);
  expect(await alarm.raise(bad)).toEqual([expect.stringMatching(/was opened/)]);
});

test('another stage has an issue of its own', async () => {
  await alarm.raise(bad);
  await alarm.raise({ ...bad, stage: 'staging' });
  expect(await issues()).toHaveLength(2);
});

test('finds its issue without reading those of others', async () => {
  for (let index = 0; index < 101; index += 1) await server.as('acme', 'POST', 'issues', { title: `Issue ${index}` });
  await alarm.clear(bad);
  const lists = server.requests.filter(({ method, path }) => method === 'GET' && path.includes('/issues?'));
  expect(lists.map(({ path }) => new URL(path, server.url).searchParams.get('creator'))).toEqual([
    'github-actions[bot]',
  ]);
});

test('found behind a page of others; one with our mark by somebody else is not ours', async () => {
  await alarm.raise(bad);
  const [own] = await issues();
  for (let index = 0; index < 101; index += 1) await server.as('acme', 'POST', 'issues', { title: `Issue ${index}` });
  await server.as('mallory', 'POST', 'issues', { title: 'forged', body: own?.body ?? '' });
  expect(await alarm.raise(bad)).toEqual([expect.stringMatching(/^Issue #1 was brought up to date/)]);
  expect(await alarm.clear(bad)).toEqual([expect.stringMatching(/^Issue #1 was closed/)]);
  expect(await alarm.clear(bad)).toEqual([]);
});

test('a hostile name mentions nobody', async () => {
  await alarm.raise({ ...bad, model: '@acme/owners <img src=x>' });
  const [issue] = await issues();
  expect(issue?.body).not.toMatch(/@acme|<img/);
  expect(issue?.title).toContain('@\u200bacme');
});

test('what may not be told is a note', async () => {
  await alarm.raise(bad);
  server.readOnlyToken = true;
  expect(await alarm.raise({ ...bad, stage: 'staging' })).toEqual([
    expect.stringMatching(/^No issue was opened: .*issues: write/),
  ]);
  expect(await alarm.clear(bad)).toEqual([expect.stringMatching(/^The issue was not closed: .*issues: write/)]);
});

test('issues that are turned off, and a GitHub that is down, are notes', async () => {
  server.failures.set('POST /repos/acme/churn/issues', { status: 410, message: 'Issues has been disabled' });
  expect(await alarm.raise(bad)).toEqual([expect.stringMatching(/GitHub answered 410 \(Issues has been disabled/)]);
  server.down = true;
  expect(await alarm.raise(bad)).toEqual([expect.stringMatching(/^No issue was opened: GitHub answered 503/)]);
  expect(await alarm.clear(bad)).toEqual([expect.stringMatching(/^The issue was not closed: /)]);
});
