import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { approvedByEnvironment } from '../../../src/github/approvals.js';
import { openGithub } from '../../../src/github/client.js';
import { readContext, type GithubContext } from '../../../src/github/context.js';
import { notifyGithub } from '../../../src/github/notify.js';
import { approvedByReviews } from '../../../src/github/reviews.js';
import { readInputs, type Inputs } from '../../../src/run/inputs.js';
import { startGithub, type GithubServer, type PullRequest } from '../../support/github.js';
import { startProxy, type Fault, type Proxied, type Proxy } from '../../support/proxy.js';
import { samples } from '../../support/sample-report.js';

let server: GithubServer;
let pull: PullRequest;
const proxies: Proxy[] = [];
const promoted = samples['promoted']!;

beforeEach(async () => {
  server = await startGithub();
  server.environment('production', { reviewers: ['bea'] });
  pull = await server.openPullRequest();
});
afterEach(async () => {
  for (const proxy of proxies.splice(0)) await proxy.stop();
  await server.stop();
  expect(server.violations).toEqual([]);
});

/** The context of a run whose GitHub does as `fault` says; without one, it is well. */
async function behind(fault: Fault = () => false): Promise<GithubContext & { readonly calls: readonly Proxied[] }> {
  const proxy = await startProxy(server.url, '', fault);
  proxies.push(proxy);
  const context = await readContext({
    GITHUB_REPOSITORY: 'acme/churn',
    GITHUB_API_URL: proxy.url,
    GITHUB_SHA: pull.sha,
    GITHUB_RUN_ID: '77',
    GITHUB_REF: 'refs/heads/main',
    GITHUB_EVENT_NAME: 'push',
    PROMOTION_GITHUB_TIMEOUT: '3',
  });
  return { ...context, calls: proxy.calls };
}

function inputs(): Inputs {
  return { ...readInputs({}), githubToken: server.token, prNumber: pull.number };
}

const told = (context: GithubContext): Promise<readonly string[]> =>
  notifyGithub(promoted, inputs(), context, 'production');
const answers =
  (answer: (response: ServerResponse) => unknown): Fault =>
  (_, response) => {
    answer(response);
    return true;
  };
const isAdd = ({ method, path }: Proxied): boolean => method === 'POST' && !path.endsWith('/graphql');

describe('reports degrade', () => {
  test.each<[string, Fault, RegExp]>([
    ['silent', () => true, /no answer within 3 s/],
    ['a cut line', answers((response) => response.destroy()), /could not be reached/],
    ['a page', answers((response) => response.end('<html>')), /HTML page/],
    ['an error', answers((response) => response.writeHead(500).end('{}')), /GitHub answered 500/],
    [
      'a limit',
      answers((response) =>
        response
          .writeHead(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '4070908800' })
          .end('{"message": "API rate limit exceeded"}'),
      ),
      /rate limit is reached \(403\)\. Run the step again after 2099-01-01T00:00Z/,
    ],
  ])('a GitHub that is %s costs the comment and the deployment, and both are named', async (_, fault, why) => {
    const notes = await told(await behind(fault));
    expect(notes).toHaveLength(2);
    expect(notes[0]).toMatch(/^The pull request was not told: /);
    expect(notes[0]).toMatch(why);
    expect(notes[1]).toMatch(/^The environment 'production' was not told: /);
  });
});

describe('a report whose answer is lost is made once', () => {
  test.each(['issues', 'deployments', 'statuses'])('%s: done, and nobody hears of it', async (what) => {
    let lost = 0;
    // What has been done is seen through the server itself; the answer on its way is not.
    const context = await behind((call, response) => {
      const ending = what === 'issues' ? '/comments' : `/${what}`;
      if (!isAdd(call) || !call.path.endsWith(ending) || (lost += 1) > 1) return false;
      response.writeHead = () => response;
      response.write = () => true;
      response.end = () => response.destroy();
      return false;
    });
    expect(await told(context)).toEqual([]);
    expect(lost).toBe(1);
    expect(await server.comments(pull.number)).toHaveLength(1);
    expect(server.deployments()).toHaveLength(1);
    expect(server.deployments()[0]?.statuses).toHaveLength(1);
  });

  test('and what was lost on the way is made then', async () => {
    let lost = 0;
    const context = await behind((call, response) => {
      if (!isAdd(call) || !call.path.endsWith('/comments') || (lost += 1) > 1) return false;
      response.writeHead(502).end('<html>');
      return true;
    });
    expect(await told(context)).toEqual([]);
    expect(lost).toBe(2);
    expect(await server.comments(pull.number)).toHaveLength(1);
  });
});

describe('verdicts do not degrade', () => {
  const faults: readonly [string, Fault][] = [
    ['silent', () => true],
    ['down', answers((response) => response.writeHead(503).end('{}'))],
    ['a page', answers((response) => response.end('<html>'))],
    ['an empty list that breaks off', answers((response) => response.end('['))],
    ['limited', answers((response) => response.writeHead(429, { 'retry-after': '3600' }).end('{}'))],
  ];

  test.each(faults)('an approval that cannot be read, because GitHub is %s, is none', async (_, fault) => {
    server.approve('77', { environment: 'production', login: 'bea' });
    const question = { runId: '77', environment: 'production', notAuthor: false, authors: [], before: [] };
    const asked = async (context: GithubContext): Promise<unknown> =>
      approvedByEnvironment({ ...question, github: (await openGithub(context, server.token))! });
    expect(await asked(await behind())).toMatchObject({ approved: true });
    await expect(asked(await behind(fault))).rejects.toMatchObject({
      code: expect.stringMatching(/^GITHUB_(ANSWER|DENIED)$/),
      message: expect.stringContaining('could not be read'),
    });
    // Only the list of reviews is out of reach.
    await expect(
      asked(await behind((call, response) => call.path.includes('/approvals') && fault(call, response))),
    ).rejects.toMatchObject({ message: expect.stringContaining("The run's approvals could not be read") });
  });

  test.each(faults)('a review that cannot be read, because GitHub is %s, is none', async (_, fault) => {
    const github = (await openGithub(await behind(fault), server.token))!;
    await expect(
      approvedByReviews({ github, pull: pull.number, min: 1, notAuthor: false, authors: [] }),
    ).rejects.toMatchObject({ message: expect.stringContaining('could not be read') });
  });
});

test.each(['0', 'soon', '601', '-1'])('PROMOTION_GITHUB_TIMEOUT=%s is refused', async (value) => {
  await expect(readContext({ PROMOTION_GITHUB_TIMEOUT: value })).rejects.toMatchObject({
    code: 'INPUT_INVALID',
    message: expect.stringContaining('PROMOTION_GITHUB_TIMEOUT'),
  });
});
