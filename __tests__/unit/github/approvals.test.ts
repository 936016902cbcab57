import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  approvedByEnvironment,
  type EnvironmentQuestion,
  environmentRules,
  runApprovals,
} from '../../../src/github/approvals.js';
import { type Github, openGithub } from '../../../src/github/client.js';
import { readContext } from '../../../src/github/context.js';
import type { ApprovalVerdict } from '../../../src/domain/approval.js';
import { type GithubServer, startGithub } from '../../support/github.js';

let server: GithubServer;
let github: Github;
beforeEach(async () => {
  server = await startGithub();
  const context = await readContext({ GITHUB_REPOSITORY: 'acme/churn', GITHUB_API_URL: server.url });
  const opened = await openGithub(context, server.token);
  if (opened === undefined) throw new Error('no client');
  github = opened;
  server.environment('production', { reviewers: ['bea', 'cem'] });
});
afterEach(async () => {
  await server.stop();
  expect(server.violations).toEqual([]);
});

const asked = (more: Partial<EnvironmentQuestion> = {}): Promise<ApprovalVerdict> =>
  approvedByEnvironment({
    github,
    runId: '77',
    environment: 'production',
    notAuthor: false,
    authors: ['octocat'],
    before: [],
    ...more,
  });
const approve = (login: string, more: object = {}): void => {
  server.approve('77', { environment: 'production', login, ...more });
};

test('nobody has', async () => {
  expect(await asked()).toEqual({
    approved: false,
    reason: "Nobody has approved this run for the environment 'production'.",
    cure: "Give the job 'environment: production', so that it waits for a reviewer.",
  });
});

test('a reviewer has', async () => {
  approve('bea');
  expect(await asked()).toEqual({
    approved: true,
    approvers: ['bea'],
    how: "Approved by bea for the environment 'production'",
  });
});

test('not for another environment, nor another run', async () => {
  approve('bea', { environment: 'staging' });
  server.approve('78', { environment: 'production', login: 'bea' });
  expect(await asked()).toMatchObject({ approved: false });
});

test('only what was approved since the plan counts', async () => {
  approve('bea');
  const before = await runApprovals(github, '77');
  expect(await asked({ before })).toMatchObject({
    approved: false,
    reason: "Nobody has approved this run for the environment 'production' since the plan was made.",
  });
  // Tried again, the same person may approve it in the same words.
  approve('bea');
  expect(await asked({ before })).toMatchObject({ approved: true, approvers: ['bea'] });
});

test('an author’s own does not count where the policy says so, whatever its case', async () => {
  approve('OctoCat');
  expect(await asked()).toMatchObject({ approved: true });
  expect(await asked({ notAuthor: true })).toMatchObject({
    approved: false,
    reason: expect.stringContaining('Only OctoCat has approved it') as unknown,
  });
  approve('cem');
  expect(await asked({ notAuthor: true })).toMatchObject({ approved: true, approvers: ['cem'] });
});

test('all the authors who approved it are named, and what keeps them from it', async () => {
  approve('octocat');
  approve('bea');
  const verdict = asked({ notAuthor: true, authors: ['octocat', 'bea'] });
  expect(await verdict).toEqual({
    approved: false,
    reason:
      "Only octocat and bea have approved it, who are authors of what is judged, and the policy says 'not_author'.",
    cure: expect.stringContaining("'Prevent self-review'") as unknown,
  });
  server.environment('production', { reviewers: ['bea'], preventSelfReview: true });
  expect(await asked({ notAuthor: true, authors: ['octocat', 'bea'] })).toMatchObject({
    cure: "Let another reviewer of the environment 'production' approve it.",
  });
});

test('one approval in the plan takes away one of two that are the same, not both', async () => {
  approve('bea', { comment: 'fine' });
  approve('bea', { comment: 'fine' });
  const [first] = await runApprovals(github, '77');
  expect(await asked({ before: [first!] })).toMatchObject({ approved: true, approvers: ['bea'] });
  expect(await asked({ before: [first!, first!] })).toMatchObject({ approved: false });
});

test('a plan that went through a file takes away the same', async () => {
  approve('bea');
  const before = JSON.parse(JSON.stringify(await runApprovals(github, '77'))) as EnvironmentQuestion['before'];
  expect(before).toEqual([{ state: 'approved', user: 'bea', environments: ['production'], comment: '' }]);
  expect(await asked({ before })).toMatchObject({ approved: false });
});

test('what waits is no approval, and neither is one of an account that is gone', async () => {
  approve('bea', { state: 'pending' });
  approve('dan');
  server.deleted.add('dan');
  expect(await asked()).toMatchObject({ approved: false, reason: expect.stringContaining('Nobody') as unknown });
});

test('the case of an environment does not matter, as on GitHub', async () => {
  approve('bea');
  expect(await asked({ environment: 'Production' })).toMatchObject({ approved: true, approvers: ['bea'] });
});

test('a rejection stands, whatever the order that GitHub lists it in', async () => {
  approve('cem', { state: 'rejected' });
  approve('bea');
  expect(await asked()).toMatchObject({ approved: false, reason: expect.stringContaining('cem rejected') as unknown });
  // The gate that is run again has seen it.
  const [rejection] = await runApprovals(github, '77');
  expect(await asked({ before: [rejection!] })).toMatchObject({ approved: true, approvers: ['bea'] });
});

test('a rejection after an approval stands', async () => {
  approve('bea');
  approve('cem', { state: 'rejected' });
  expect(await asked()).toMatchObject({
    approved: false,
    reason: "cem rejected the run for the environment 'production'.",
  });
});

test('an environment without required reviewers approves nothing', async () => {
  server.environment('production');
  approve('bea');
  expect(await asked()).toMatchObject({
    approved: false,
    reason: expect.stringContaining("'production' has no required reviewer: it lets every job through") as unknown,
    cure: expect.stringContaining("'Required reviewers'") as unknown,
  });
});

test('an environment that only waits approves nothing', async () => {
  server.environment('production', { waitTimer: 30 });
  approve('bea');
  expect(await asked()).toMatchObject({
    approved: false,
    reason:
      "The environment 'production' has no required reviewer (only wait_timer): it lets every job through, so it approves nothing.",
  });
});

test('how an environment is protected', async () => {
  server.environment('staging', { waitTimer: 5 });
  server.environment('live', { reviewers: ['bea'], preventSelfReview: true, waitTimer: 5 });
  expect(await environmentRules(github, 'staging')).toEqual({
    exists: true,
    name: 'staging',
    reviewed: false,
    preventSelfReview: false,
    kinds: ['wait_timer'],
  });
  expect(await environmentRules(github, 'LIVE')).toEqual({
    exists: true,
    name: 'live',
    reviewed: true,
    preventSelfReview: true,
    kinds: ['wait_timer', 'required_reviewers'],
  });
});

test('the nearest of more environments than a page', async () => {
  for (let index = 0; index < 120; index += 1) server.environment(`preview-${index}`);
  server.environment('europe');
  expect(await environmentRules(github, 'eurpe')).toMatchObject({
    exists: false,
    reason: expect.stringMatching(/Did you mean 'europe'\? .* and \d+ more\.$/) as unknown,
  });
});

test('an environment that does not exist: those that do, and the nearest', async () => {
  expect(await asked({ environment: 'Prodution' })).toMatchObject({
    approved: false,
    reason:
      "The repository has no environment 'Prodution'. Existing environments: 'production'. Did you mean 'production'?",
  });
});

test('a token that may not read the environment is an error', async () => {
  server.failures.set('GET /repos/acme/churn/environments/', { status: 403, message: 'Resource not accessible' });
  await expect(asked()).rejects.toMatchObject({
    code: 'GITHUB_DENIED',
    cure: expect.stringContaining("'actions: read'") as unknown,
  });
});

test('a token that may read an environment, but not list them', async () => {
  server.failures.set('GET /repos/acme/churn/environments?', { status: 403, message: 'Resource not accessible' });
  await expect(asked({ environment: 'nowhere' })).rejects.toMatchObject({
    code: 'GITHUB_DENIED',
    message: expect.stringContaining('The environments could not be read') as unknown,
    cure: expect.stringContaining("'actions: read'") as unknown,
  });
});

test('a token that may not ask is an error with the permission, never an approval', async () => {
  server.failures.set('GET /repos/acme/churn/actions/runs/77/approvals', {
    status: 403,
    message: 'Resource not accessible by integration',
  });
  await expect(asked()).rejects.toMatchObject({
    code: 'GITHUB_DENIED',
    cure: expect.stringContaining("'actions: read'") as unknown,
  });
});
