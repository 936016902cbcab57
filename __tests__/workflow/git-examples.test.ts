import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exampleRepository, runWorkflow, type WorkflowResult, type WorkflowRun } from '../support/act.js';
import type { Checkout } from '../support/checkout.js';
import { pullRequestEvent, tagVersion } from '../support/example-events.js';
import { startGithub, type GithubServer } from '../support/github.js';

let github: GithubServer;
beforeAll(async () => {
  github = await startGithub();
});
afterAll(() => github.stop());

function run(repository: Checkout, more: Partial<WorkflowRun> & Pick<WorkflowRun, 'event'>): Promise<WorkflowResult> {
  return runWorkflow({
    repository,
    secrets: { GITHUB_TOKEN: github.token },
    environment: { GITHUB_API_URL: github.url },
    ...more,
  });
}

/** A pull request of these files. */
async function pullRequest(
  repository: Checkout,
  files: Readonly<Record<string, string>>,
  workflow: string,
): Promise<WorkflowResult> {
  repository.git('switch', '-q', '-c', 'change');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(repository.folder, path)), { recursive: true });
    writeFileSync(join(repository.folder, path), text);
  }
  repository.git('add', '-A');
  repository.git('commit', '-q', '-m', 'Change');
  const { number } = await github.openPullRequest(`change-${Math.random()}`);
  return run(repository, { event: 'pull_request', workflow, payload: pullRequestEvent(repository, number) });
}

describe('examples/lint-on-pull-request', () => {
  const path = '.github/model-promotion.yml';
  const changed = async (from: string, to: string): Promise<WorkflowResult> => {
    const repository = exampleRepository('lint-on-pull-request');
    tagVersion(repository, 'v1.0.0', 0.9);
    tagVersion(repository, 'v1.1.0', 0.87);
    const text = readFileSync(join(repository.folder, path), 'utf8');
    expect(text).toContain(from);
    return pullRequest(repository, { [path]: text.replace(from, to) }, 'lint.yml');
  };

  test('annotates a mistake of the pull request at its line', async () => {
    const { code, log } = await changed('auc >= 0.85', 'acu >= 0.85');
    expect(code).not.toBe(0);
    expect(log).toMatch(/::error file=\.github\/model-promotion\.yml,line=17\b.*acu/);
  });

  test('shows what a stricter policy would have decided', async () => {
    const { code, log } = await changed('auc >= 0.85', 'auc >= 0.88');
    expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
    expect(log).toMatch(/v1\.0\.0.*promote/i);
    expect(log).toMatch(/v1\.1\.0.*reject/i);
  });
});

test('examples/from-a-tag: the pushed tag is checked and staging moves to it', async () => {
  const repository = exampleRepository('from-a-tag');
  tagVersion(repository, 'v1.0.0', 0.9);
  tagVersion(repository, 'v1.1.0', 0.95);
  const { code, log, outputs } = await run(repository, {
    event: 'push',
    payload: { ref: 'refs/tags/churn@v1.0.0', base_ref: 'refs/heads/main' },
  });
  expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
  // Not the newest version: the one that was pushed.
  expect(outputs['staging']).toMatchObject({ promoted: 'true', version: 'v1.0.0' });
  expect(repository.git('ls-remote', '--tags', 'origin')).toContain('refs/tags/churn#staging#1');
});

test('examples/central-policy: another repository decides what a pull request and a promotion need', async () => {
  const repository = exampleRepository('central-policy');
  const central = readFileSync(join(repository.folder, 'policies/model-promotion.yml'), 'utf8');
  rmSync(join(repository.folder, 'policies'), { recursive: true });
  for (const name of ['gate.yml', 'promote.yml']) {
    const file = join(repository.folder, '.github/workflows', name);
    writeFileSync(file, readFileSync(file, 'utf8').replace('your-org/policies', 'acme/policies'));
  }
  repository.commit({}, 'Name the owner');
  await github.putFile('model-promotion.yml', central, 'main', 'acme/policies');

  tagVersion(repository, 'v1.0.0', 0.82);
  const merged = await github.putFile('README.md', 'Words');
  const promoted = await run(repository, {
    event: 'workflow_dispatch',
    workflow: 'promote.yml',
    inputs: { stage: 'staging', version: 'latest' },
    // act takes the run's commit from here: one that GitHub knows.
    payload: { ref: 'refs/heads/main', deleted: false, after: merged },
  });
  expect({ code: promoted.code, log: promoted.code === 0 ? '' : promoted.log }).toEqual({ code: 0, log: '' });
  expect(promoted.outputs['promote']).toMatchObject({ promoted: 'true', version: 'v1.0.0' });

  const lax = central.replace('least: 0.8 ', 'least: 0.1 ');
  const judged = await pullRequest(
    repository,
    { '.github/model-promotion.yml': lax, 'model.json': '{"weights": [1]}', 'metrics.json': '{"auc": 0.7}' },
    'gate.yml',
  );
  expect(judged.outputs['gate']).toMatchObject({ decision: 'reject' });
  expect(judged.log).toContain('auc is 0.7');
});
