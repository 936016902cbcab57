import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { responseFault } from '../../support/github-description.js';
import { startGithub, type GithubServer } from '../../support/github.js';

let github: GithubServer;
beforeEach(async () => {
  github = await startGithub();
});
afterEach(() => github.stop());

const repo = '/repos/acme/churn';
const sha = 'a'.repeat(40);

async function send(
  method: string,
  path: string,
  body?: object,
  token = github.token,
): Promise<{ status: number; data: unknown }> {
  const response = await fetch(`${github.url}${path}`, {
    method,
    headers: { authorization: `token ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, data: text === '' ? undefined : (JSON.parse(text) as unknown) };
}

const idOf = (data: unknown): number => (data as { id: number }).id;

describe('a request that GitHub does not describe is a violation', () => {
  test.each([
    ['an unknown call', 'GET', `${repo}/deploys`, undefined, 'there is no such call'],
    ['an unknown parameter', 'GET', `${repo}/deployments?enviroment=x`, undefined, "no parameter 'enviroment'"],
    ['a parameter of a wrong type', 'GET', `${repo}/deployments?per_page=many`, undefined, 'must be integer'],
    ['a missing property', 'POST', `${repo}/deployments`, { task: 'x' }, "must have required property 'ref'"],
    ['an unknown property', 'POST', `${repo}/deployments`, { ref: sha, enviroment: 'x' }, "no property 'enviroment'"],
    ['a value of a wrong type', 'POST', `${repo}/deployments`, { ref: sha, auto_merge: 'no' }, 'must be boolean'],
    [
      'a value outside the list',
      'POST',
      `${repo}/deployments/1/statuses`,
      { state: 'done' },
      'must be equal to one of',
    ],
    ['an empty body', 'POST', `${repo}/issues/1/comments`, undefined, 'needs a body'],
  ])('%s', async (_name, method, path, body, message) => {
    expect((await send(method, path, body)).status).toBe(422);
    expect(github.violations).toEqual([expect.stringContaining(message)]);
  });
});

describe('what the stubs answer is as GitHub describes it', () => {
  test('deployments and their statuses', async () => {
    const made = await send('POST', `${repo}/deployments`, {
      ref: sha,
      environment: 'production',
      payload: { key: 'k' },
    });
    expect(made.status).toBe(201);
    const statuses = `${repo}/deployments/${idOf(made.data)}/statuses`;
    expect((await send('POST', statuses, { state: 'success', log_url: 'https://example.com/1' })).status).toBe(201);
    expect((await send('GET', statuses)).data).toMatchObject([{ state: 'success', log_url: 'https://example.com/1' }]);
    expect((await send('GET', `${repo}/deployments?sha=${sha}`)).data).toHaveLength(1);
    expect((await send('GET', `${repo}/deployments?sha=b`)).data).toEqual([]);
    expect(github.deployments()).toMatchObject([{ environment: 'production', statuses: [{ state: 'success' }] }]);
    expect(github.violations).toEqual([]);
  });

  test.each([
    ['staging', {}, ['success', 'inactive']],
    ['production', {}, ['success', 'success']],
    ['blue', { production_environment: true }, ['success', 'success']],
    ['preview', { transient_environment: true }, ['success', 'success']],
  ])('a success in %s %j takes only non-transient, non-production ones out of service', async (name, more, states) => {
    for (let count = 0; count < 2; count += 1) {
      const { data } = await send('POST', `${repo}/deployments`, { ref: sha, environment: name, ...more });
      await send('POST', `${repo}/deployments/${idOf(data)}/statuses`, { state: 'success' });
    }
    expect(github.deployments().map((each) => each.statuses[0]?.state)).toEqual(states);
    expect(github.violations).toEqual([]);
  });

  test('a description longer than GitHub takes', async () => {
    const { status } = await send('POST', `${repo}/deployments`, { ref: sha, description: 'x'.repeat(141) });
    expect(status).toBe(422);
  });

  test('environments and approvals', async () => {
    expect((await send('GET', `${repo}/environments/production`)).status).toBe(404);
    github.environment('production', { reviewers: ['octocat'], preventSelfReview: true });
    github.environment('staging');
    github.approve('42', { environment: 'production', login: 'octocat', comment: 'Ship it' });
    const { data } = await send('GET', `${repo}/environments/production`);
    expect(data).toMatchObject({ protection_rules: [{ type: 'required_reviewers', prevent_self_review: true }] });
    expect((await send('GET', `${repo}/environments`)).data).toMatchObject({ total_count: 2 });
    expect((await send('GET', `${repo}/actions/runs/42/approvals`)).data).toMatchObject([
      { state: 'approved', user: { login: 'octocat' }, environments: [{ name: 'production' }] },
    ]);
    expect(github.violations).toEqual([]);
  });

  test('the pull request that brought a commit', async () => {
    const pull = await github.openPullRequest();
    await github.broughtBy(sha, pull.number, { merged: true });
    expect((await send('GET', `${repo}/commits/${pull.sha}/pulls`)).data).toMatchObject([
      { number: pull.number, merged_at: null },
    ]);
    expect((await send('GET', `${repo}/commits/${sha}/pulls`)).data).toMatchObject([
      { state: 'closed', merge_commit_sha: sha },
    ]);
    expect((await send('GET', `${repo}/commits/${'b'.repeat(40)}/pulls`)).data).toEqual([]);
    expect(github.violations).toEqual([]);
  });
});

test('lists come in pages', async () => {
  for (const environment of ['a', 'b', 'c']) await send('POST', `${repo}/deployments`, { ref: sha, environment });
  const first = await fetch(`${github.url}${repo}/deployments?per_page=2`, {
    headers: { authorization: `token ${github.token}` },
  });
  expect(await first.json()).toHaveLength(2);
  const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
  expect((await send('GET', next.slice(github.url.length))).data).toHaveLength(1);
});

test("the emulator's part: files, comments of several people over pages, all through one address", async () => {
  const commit = await github.putFile('.github/model-promotion.yml', 'version: 1');
  await github.putFile('.github/model-promotion.yml', 'version: 2');
  const { data } = await send('GET', `${repo}/contents/.github/model-promotion.yml?ref=${commit}`);
  expect(data).toMatchObject({ content: Buffer.from('version: 1').toString('base64') });
  const { number } = await github.openPullRequest();
  await github.comment(number, 'Hello', 'mallory');
  await send('POST', `${repo}/issues/${number}/comments`, { body: 'Verdict' });
  expect((await send('GET', `${repo}/issues/${number}/comments`)).data).toMatchObject([
    { body: 'Hello', user: { login: 'mallory', type: 'User' } },
    { body: 'Verdict', user: { login: 'github-actions[bot]', type: 'Bot' } },
  ]);
  const page = await fetch(`${github.url}${repo}/issues/${number}/comments?per_page=1`, {
    headers: { authorization: `token ${github.token}` },
  });
  expect(page.headers.get('link')).toContain(`<${github.url}${repo}/issues/`);
  expect((await github.comments(number)).map(({ body }) => body)).toEqual(['Hello', 'Verdict']);
  expect(github.violations).toEqual([]);
});

test('refuses as GitHub does', async () => {
  expect((await send('GET', repo, undefined, 'stolen')).status).toBe(401);
  github.readOnlyToken = true;
  const refused = await send('POST', `${repo}/deployments`, { ref: sha });
  expect(refused).toMatchObject({ status: 403, data: { message: 'Resource not accessible by integration' } });
  expect((await send('GET', repo)).status).toBe(200);
  github.failures.set(`GET ${repo}`, { status: 429, message: 'You have exceeded a secondary rate limit' });
  expect((await send('GET', repo)).status).toBe(429);
  github.down = true;
  expect((await send('GET', '/user')).status).toBe(503);
  expect(github.deployments()).toEqual([]);
  expect(github.requests.at(-2)).toEqual({ method: 'GET', path: repo, body: undefined });
});

test.each([
  ['a missing property', 200, { name: 'production' }, "must have required property 'id'"],
  ['a status that is not described', 201, {}, 'no such status'],
])("a stub's answer with %s is a violation", (_name, status, body, message) => {
  expect(responseFault('GET', `${repo}/environments/production`, status, body)).toContain(message);
});
