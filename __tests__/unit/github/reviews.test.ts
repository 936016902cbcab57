import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Github, openGithub } from '../../../src/github/client.js';
import { readContext } from '../../../src/github/context.js';
import { approvedByReviews, type ReviewQuestion } from '../../../src/github/reviews.js';
import type { ApprovalVerdict } from '../../../src/domain/approval.js';
import { type GithubServer, type PullRequest, startGithub } from '../../support/github.js';

let server: GithubServer;
let github: Github;
let pull: PullRequest;
beforeEach(async () => {
  server = await startGithub();
  const context = await readContext({ GITHUB_REPOSITORY: 'acme/churn', GITHUB_API_URL: server.url });
  const opened = await openGithub(context, server.token);
  if (opened === undefined) throw new Error('no client');
  github = opened;
  for (const login of ['bea', 'cem', 'octocat', 'evil[bot]']) {
    await server.as('acme', 'PUT', `collaborators/${login}`, { permission: 'push' });
  }
  await server.as('acme', 'PUT', 'collaborators/dan', { permission: 'pull' });
  pull = await server.openPullRequest('change', 'octocat');
});
afterEach(async () => {
  await server.stop();
  expect(server.violations).toEqual([]);
});

const review = (login: string, event = 'APPROVE', commit?: string): Promise<{ id: number }> =>
  server.as(login, 'POST', `pulls/${pull.number}/reviews`, {
    event,
    body: 'a word',
    ...(commit === undefined ? {} : { commit_id: commit }),
  });
const merge = (): Promise<unknown> => server.as('acme', 'PUT', `pulls/${pull.number}/merge`, {});
const asked = (more: Partial<ReviewQuestion> = {}): Promise<ApprovalVerdict> =>
  approvedByReviews({ github, pull: pull.number, min: 2, notAuthor: true, authors: [], ...more });
const reasonOf = async (more: Partial<ReviewQuestion> = {}): Promise<string> => {
  const verdict = await asked(more);
  return verdict.approved ? 'approved' : verdict.reason;
};

test('enough of them', async () => {
  await review('bea');
  await review('cem');
  await merge();
  expect(await asked()).toEqual({
    approved: true,
    approvers: ['bea', 'cem'],
    how: `Approved by bea and cem in the pull request #${pull.number}`,
  });
});

test('one person twice is one', async () => {
  await review('bea');
  await review('bea');
  await merge();
  expect(await reasonOf()).toBe(`1 of 2 reviewers have approved #${pull.number} (bea).`);
});

test('who does not count, and why', async () => {
  await review('mallory');
  await review('dan');
  await review('evil[bot]');
  await merge();
  expect(await reasonOf({ authors: ['bea'] })).toBe(
    `0 of 2 reviewers have approved #${pull.number}; not counted: mallory (has no write access), dan (has no write access), evil[bot] (a bot).`,
  );
});

test('authors of what is judged', async () => {
  await review('bea');
  await review('cem');
  await merge();
  expect(await reasonOf({ authors: ['BEA'] })).toContain('not counted: bea (an author)');
  expect(await reasonOf({ authors: ['BEA'], notAuthor: false })).toBe('approved');
});

test('what was approved before the last push', async () => {
  await review('bea', 'APPROVE', 'f'.repeat(40));
  await review('cem');
  await merge();
  expect(await reasonOf()).toBe(
    `1 of 2 reviewers have approved #${pull.number} (cem); not counted: bea (approved an earlier commit).`,
  );
});

test('only what was approved after a moment, where one is given', async () => {
  await review('bea');
  await review('cem');
  await merge();
  const long = new Date(Date.now() - 3_600_000).toISOString();
  const soon = new Date(Date.now() + 3_600_000).toISOString();
  expect(await reasonOf({ since: long })).toBe('approved');
  expect(await asked({ since: soon })).toEqual({
    approved: false,
    reason: `0 of 2 reviewers have approved #${pull.number}; not counted: bea (approved before ${soon}), cem (approved before ${soon}).`,
    cure: `Ask for a new review of #${pull.number}, or of a new pull request that changes the same: only an approval that is given after ${soon} counts.`,
  });
});

test('a comment after an approval takes nothing back, a request for changes does', async () => {
  await review('bea');
  await review('bea', 'COMMENT');
  await review('cem');
  await merge();
  expect(await reasonOf()).toBe('approved');
  await review('cem', 'REQUEST_CHANGES');
  expect(await reasonOf()).toBe(`cem has requested changes to #${pull.number}.`);
});

test('a request for changes by an author stands too, though their approval would not count', async () => {
  await review('cem');
  await review('dan');
  await review('bea', 'REQUEST_CHANGES');
  await merge();
  expect(await reasonOf({ authors: ['bea'], min: 1 })).toBe(`bea has requested changes to #${pull.number}.`);
});

test('all who requested changes are named; an earlier commit does not settle them, an approval does', async () => {
  await review('bea', 'REQUEST_CHANGES', 'f'.repeat(40));
  await review('cem', 'REQUEST_CHANGES');
  await merge();
  expect(await reasonOf({ min: 1 })).toBe(`bea and cem have requested changes to #${pull.number}.`);
  await review('bea');
  await review('cem');
  expect(await reasonOf()).toBe('approved');
});

test('dismissed, a request for changes holds nothing up, and is no approval', async () => {
  await review('bea');
  const { id } = await review('cem', 'REQUEST_CHANGES');
  await server.as('acme', 'PUT', `pulls/${pull.number}/reviews/${id}/dismissals`, { message: 'settled' });
  await merge();
  expect(await reasonOf({ min: 1 })).toBe('approved');
  expect(await reasonOf()).toBe(`1 of 2 reviewers have approved #${pull.number} (bea).`);
});

test('the author of the pull request does not count, for nobody reviews their own', async () => {
  await review('octocat');
  await review('bea');
  await merge();
  expect(await reasonOf()).toBe(
    `1 of 2 reviewers have approved #${pull.number} (bea); not counted: octocat (an author).`,
  );
  expect(await reasonOf({ notAuthor: false })).toBe('approved');
});

test('who maintains or administers may write; who only triages may not', async () => {
  await server.as('acme', 'PUT', 'collaborators/bea', { permission: 'maintain' });
  await server.as('acme', 'PUT', 'collaborators/cem', { permission: 'admin' });
  await server.as('acme', 'PUT', 'collaborators/dan', { permission: 'triage' });
  for (const login of ['bea', 'cem', 'dan']) await review(login);
  await merge();
  expect(await asked()).toMatchObject({ approved: true, approvers: ['bea', 'cem'] });
});

test('an account that is gone, whether it reviewed or wrote the change', async () => {
  await review('bea');
  await review('cem');
  await merge();
  server.deleted.add('octocat');
  expect(await reasonOf()).toBe('approved');
  server.deleted.add('cem');
  expect(await reasonOf()).toBe(`1 of 2 reviewers have approved #${pull.number} (bea).`);
});

test('merged into a branch that is not the default', async () => {
  const { sha } = pull;
  await server.as('acme', 'POST', 'git/refs', { ref: 'refs/heads/release', sha });
  await server.as('acme', 'PATCH', `pulls/${pull.number}`, { base: 'release' });
  await review('bea');
  await review('cem');
  await merge();
  expect(await asked()).toEqual({
    approved: false,
    reason: `The pull request #${pull.number} was merged into 'release', not into 'main': nobody has reviewed it for that.`,
    cure: "Change 'main' by pull requests to it only.",
  });
});

test('a request for changes by somebody without write access holds nothing up', async () => {
  await review('bea');
  await review('cem');
  await review('dan', 'REQUEST_CHANGES');
  await merge();
  expect(await reasonOf()).toBe('approved');
});

test('a dismissed approval', async () => {
  await review('bea');
  const { id } = await review('cem');
  await server.as('acme', 'PUT', `pulls/${pull.number}/reviews/${id}/dismissals`, { message: 'no' });
  await merge();
  expect(await reasonOf()).toBe(`1 of 2 reviewers have approved #${pull.number} (bea).`);
});

test('more reviews than a page', async () => {
  for (let index = 0; index < 105; index += 1) await review('dan', 'COMMENT');
  await review('bea');
  await review('cem');
  await merge();
  expect(await reasonOf()).toBe('approved');
});

test('not merged, or no pull request at all', async () => {
  expect(await reasonOf()).toBe(`The pull request #${pull.number} is not merged.`);
  expect(await reasonOf({ pull: undefined })).toBe('No pull request brought this commit, so nobody has reviewed it.');
});

test('who may write cannot be asked: an error, not a reviewer without access', async () => {
  await review('bea');
  await merge();
  server.failures.set('GET /repos/acme/churn/collaborators/', { status: 403, message: 'Resource not accessible' });
  await expect(asked()).rejects.toMatchObject({ code: 'GITHUB_DENIED' });
});

test('a token that may not ask is an error', async () => {
  server.failures.set(`GET /repos/acme/churn/pulls/${pull.number}`, {
    status: 403,
    message: 'Resource not accessible',
  });
  await expect(asked()).rejects.toMatchObject({
    code: 'GITHUB_DENIED',
    cure: expect.stringContaining("'pull-requests: read'") as unknown,
  });
});
