import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exampleRepository, runWorkflow, type WorkflowResult } from '../support/act.js';
import type { Checkout } from '../support/checkout.js';
import { startGithub, type GithubServer } from '../support/github.js';
import { startMlflow, type MlflowServer } from '../support/mlflow.js';

const file = 'promotions/churn-production.yml';
let github: GithubServer;
let server: MlflowServer;
let repository: Checkout;

beforeAll(async () => {
  [github, server] = await Promise.all([startGithub(), startMlflow()]);
  for (const login of ['bea', 'cem', 'octocat'])
    await github.as('acme', 'PUT', `collaborators/${login}`, { permission: 'push' });
  await server.createModel('churn');
  repository = exampleRepository('promotion-request');
});
afterAll(async () => {
  await Promise.all([github.stop(), server.stop()]);
});

function run(
  workflow: string,
  event: 'workflow_dispatch' | 'pull_request' | 'push',
  more: { readonly payload?: object; readonly inputs?: Record<string, string> } = {},
): Promise<WorkflowResult> {
  return runWorkflow({
    repository,
    workflow,
    event,
    vars: { MLFLOW_TRACKING_URI: server.url },
    secrets: { GITHUB_TOKEN: github.token },
    environment: { GITHUB_API_URL: github.url },
    ...more,
  });
}

/** Asks for a version in the repository and on GitHub alike: in a branch, as a pull request has it. */
async function ask(branch: string, text: string): Promise<number> {
  repository.git('switch', '-q', '-c', branch);
  mkdirSync(dirname(join(repository.folder, file)), { recursive: true });
  writeFileSync(join(repository.folder, file), text);
  repository.git('add', '-A');
  repository.git('commit', '-q', '-m', `Ask: ${branch}`);
  return (await github.openPullRequest(branch, 'dan', { [file]: text })).number;
}

async function gate(number: number): Promise<WorkflowResult> {
  const repo = { full_name: 'acme/churn' };
  const sha = repository.git('rev-parse', 'HEAD');
  const pull = { number, head: { sha, ref: 'ask', repo }, base: { ref: 'main', repo } };
  return run('gate.yml', 'pull_request', { payload: { action: 'opened', number, pull_request: pull } });
}

async function merge(branch: string, number: number): Promise<void> {
  await github.merge(number);
  repository.git('switch', '-q', 'main');
  repository.git('merge', '-q', '--ff-only', branch);
  repository.git('push', '-q', 'origin', 'main');
}

const approve = (number: number, login: string): Promise<unknown> =>
  github.as(login, 'POST', `pulls/${number}/reviews`, { event: 'APPROVE' });
const push = (): Promise<WorkflowResult> =>
  run('promote.yml', 'push', { payload: { ref: 'refs/heads/main', head_commit: { modified: [file] } } });

test('examples/promotion-request: staged, asked for, judged, approved by two, and moved', async () => {
  const version = await server.createVersion('churn', { auc: 0.9 });
  const staged = await run('staging.yml', 'workflow_dispatch', { inputs: { version } });
  const outputs = staged.outputs['staging'] ?? {};
  expect(staged.code).toBe(0);
  expect(outputs).toMatchObject({ 'approval-required': 'true', version });
  const identity = outputs['identity'] ?? '';
  expect(identity).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(staged.log).toContain(`identity: ${identity}`);

  const wrong = await ask('wrong', `version: ${version}\nidentity: sha256:${'0'.repeat(64)}\n`);
  const refused = await gate(wrong);
  expect(refused).toMatchObject({ outputs: { gate: { decision: 'hold' } } });
  expect(refused.log).toContain(`${file}:2`);
  repository.git('switch', '-q', 'main');

  const number = await ask('ask', `version: ${version}\nidentity: ${identity}\n`);
  const judged = await gate(number);
  expect(judged).toMatchObject({ code: 0, outputs: { gate: { decision: 'promote', version, promoted: 'false' } } });
  await approve(number, 'bea');
  await merge('ask', number);

  const early = await push();
  expect(early.outputs['promote']).toMatchObject({ decision: 'hold', promoted: 'false' });
  expect(early.log).toContain(`1 of 2 reviewers have approved #${number}`);
  await approve(number, 'cem');
  expect(await push()).toMatchObject({ code: 0, outputs: { promote: { promoted: 'true', version } } });
  expect(github.violations).toEqual([]);
});
