import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Environment } from '../../../src/domain/environment.js';
import { readContext } from '../../../src/github/context.js';
import { readInputs } from '../../../src/run/inputs.js';
import { isRemoteOf } from '../../../src/git/remote-url.js';
import { loadRunPolicy } from '../../../src/run/policy.js';
import type { LoadedPolicy } from '../../../src/policy/policy.js';
import { openRun } from '../../../src/run/context.js';
import { openRepository } from '../../../src/run/repository.js';
import { ReportBuilder } from '../../../src/promotion/report-builder.js';
import { Redactor } from '../../../src/domain/redactor.js';
import { checkout, type Checkout } from '../../support/checkout.js';
import { startGithub } from '../../support/github.js';

const path = '.github/model-promotion.yml';
const bar = (auc: number): string => `version: 1
registry: { type: git }
model: churn
trusted_branches: [release]
metrics: { auc: { goal: maximize } }
stages:
  production:
    checks: [{ require: auc >= ${auc} }]
`;
const [strict, weak, released] = [bar(0.9), bar(0.1), bar(0.95)];

/** The trunk and a trusted branch have bars of their own; what is checked out has a low one, on every other ref. */
let repository: Checkout;
beforeAll(() => {
  repository = checkout({ [path]: strict }, { remote: true });
  const push = (name: string, text: string): void => {
    repository.git('checkout', '-q', '-B', name, 'origin/main');
    writeFileSync(join(repository.folder, path), text);
    repository.git('commit', '-qam', name);
    repository.git('push', '-q', 'origin', `HEAD:${name}`);
  };
  push('release', released);
  for (const name of ['feature', 'master', 'gh-readonly-queue/main/pr-7-b']) push(name, weak);
  repository.git('tag', 'v1');
  repository.git('push', '-q', 'origin', 'v1', 'HEAD:refs/pull/7/merge', 'HEAD:refs/pull/7/head');
});

const ours = { full_name: 'acme/churn', default_branch: 'main' };
const pull = {
  repository: ours,
  pull_request: {
    number: 7,
    user: { login: 'mallory' },
    head: { sha: 'b'.repeat(40), ref: 'feature', repo: { full_name: 'mallory/churn', default_branch: 'feature' } },
    base: { ref: 'feature', repo: ours },
  },
};
const caused = (event: string | undefined, from = 'acme/churn'): object => ({
  repository: ours,
  workflow_run: { event, head_branch: 'release', head_repository: { full_name: from } },
});

async function rulebook(
  event: string,
  ref: string,
  payload: unknown,
  more: Environment = {},
  workspace = repository.folder,
): Promise<LoadedPolicy & { isPullRequest: boolean; commit: string | undefined }> {
  const folder = mkdtempSync(join(tmpdir(), 'event-'));
  writeFileSync(join(folder, 'event.json'), typeof payload === 'string' ? payload : JSON.stringify(payload));
  const environment = {
    PATH: process.env['PATH'],
    GITHUB_REPOSITORY: 'acme/churn',
    GITHUB_SHA: 'a'.repeat(40),
    GITHUB_EVENT_NAME: event,
    GITHUB_REF: ref,
    GITHUB_EVENT_PATH: join(folder, 'event.json'),
    RUNNER_TEMP: folder,
    ...more,
  };
  const context = await readContext(environment);
  const { signal: cancelled } = new AbortController();
  const report = new ReportBuilder(() => new Date());
  const opened = await openRun(readInputs(environment), context, environment, new Redactor(), cancelled, report);
  const session = { ...opened, workspace };
  const found = await loadRunPolicy(session, await openRepository(session));
  return { ...found, isPullRequest: context.isPullRequest, commit: context.commit };
}

const [trunk, feature, release, tag] = ['refs/heads/main', 'refs/heads/feature', 'refs/heads/release', 'refs/tags/v1'];
const merge = 'refs/pull/7/merge';
const queue = 'refs/heads/gh-readonly-queue/main/pr-7-b';
const changes = { isPullRequest: true };
const runs = { isPullRequest: false };

describe('the policy that counts is the default branch’s, or its trusted branch’s own', () => {
  test.each<[string, string, unknown, 'main' | 'release', object]>([
    ['push', trunk, { repository: ours, ref: trunk }, 'main', runs],
    ['push', feature, { repository: ours, ref: feature }, 'main', runs],
    ['push', release, { repository: ours, ref: release }, 'release', runs],
    ['push', tag, { repository: ours, ref: tag, base_ref: release }, 'main', runs],
    ['push', queue, { repository: ours, ref: queue }, 'main', changes],
    [
      'create',
      release,
      { repository: ours, ref: 'release', ref_type: 'branch', master_branch: 'feature' },
      'main',
      runs,
    ],
    ['pull_request', merge, pull, 'main', changes],
    ['pull_request', release, pull, 'main', changes],
    ['pull_request_target', release, pull, 'main', changes],
    ['pull_request_review', merge, pull, 'main', changes],
    ['pull_request_review_comment', merge, pull, 'main', changes],
    ['pull_request_of_the_future', release, pull, 'main', changes],
    ['merge_group', queue, { repository: ours, merge_group: { base_ref: release } }, 'main', changes],
    ['workflow_run', trunk, caused('push'), 'main', runs],
    ['workflow_run', release, caused('push'), 'main', runs],
    ['workflow_run', trunk, caused('pull_request', 'mallory/churn'), 'main', changes],
    ['workflow_run', trunk, caused('pull_request_target'), 'main', changes],
    ['workflow_run', trunk, caused('merge_group'), 'main', changes],
    ['workflow_run', trunk, caused('push', 'mallory/churn'), 'main', changes],
    ['workflow_run', trunk, caused('workflow_run'), 'main', changes],
    ['workflow_run', trunk, caused(undefined), 'main', changes],
    ['workflow_run', trunk, '{broken', 'main', changes],
    ['workflow_dispatch', feature, { repository: ours, ref: feature, inputs: { ref: release } }, 'main', runs],
    ['workflow_dispatch', release, { repository: ours, inputs: null }, 'release', runs],
    ['workflow_dispatch', tag, { repository: ours, ref: tag }, 'main', runs],
    ['schedule', trunk, { schedule: '0 4 * * *' }, 'main', runs],
    ['release', tag, { repository: ours, release: { target_commitish: 'release' } }, 'main', runs],
    ['deployment', feature, { repository: ours, deployment: { ref: 'release' } }, 'main', runs],
    ['deployment', '', { repository: ours, deployment: { ref: 'release' } }, 'main', runs],
    ['deployment_status', release, { repository: ours }, 'release', runs],
    [
      'repository_dispatch',
      trunk,
      { repository: ours, client_payload: { repository: { default_branch: 'feature' } } },
      'main',
      runs,
    ],
    ['issue_comment', trunk, { repository: ours, issue: { number: 7, pull_request: {} } }, 'main', runs],
    // Called by another workflow: event and ref are the caller's.
    ['workflow_call', release, { repository: ours }, 'main', runs],
    ['event_of_the_future', release, { repository: ours, ref: release }, 'main', runs],
  ])('%s on %s: %j', async (event, ref, payload, from, is) => {
    const found = await rulebook(event, ref, payload);
    expect(found).toMatchObject({ source: { ref: from, text: from === 'main' ? strict : released }, ...is });
    expect(found.source.commit).toBe(repository.git('rev-parse', `origin/${from}`));
  });

  test.each<[string, unknown]>([
    ['lacks it', {}],
    ['is broken', '{"repository": {'],
    ['is no object', '[null]'],
    ['has another type', { repository: { default_branch: 7 } }],
    ['is of before the rename (a run that is run again)', { repository: { default_branch: 'master' } }],
    ['was forged', { repository: { default_branch: 'feature' } }],
    ['was forged to be a commit', { repository: { default_branch: '../pull/7/head' } }],
    ['was forged to be an option', { repository: { default_branch: '--upload-pack=touch /tmp/x' } }],
  ])('also where the event %s', async (_what, payload) => {
    for (const event of ['push', 'pull_request', 'workflow_dispatch', 'schedule'])
      expect((await rulebook(event, feature, payload, { GITHUB_RUN_ATTEMPT: '2' })).source.text).toBe(strict);
  });

  test('a pull request in the event of a push does not say which commit is judged', async () => {
    expect((await rulebook('push', trunk, pull)).commit).toBe('a'.repeat(40));
  });
});

describe('without a checkout of this repository GitHub is asked, also which branch is the default one', () => {
  test.each([
    ['no checkout', undefined],
    ['a checkout without a remote', 'none'],
    ['a checkout of the fork', 'https://github.com/mallory/churn'],
  ])('%s', async (_what, remote) => {
    const github = await startGithub();
    try {
      const commit = await github.putFile(path, strict);
      await github.openPullRequest('feature');
      await github.putFile(path, weak, 'feature');
      const clone = checkout({ [path]: weak });
      if (remote?.startsWith('https') === true) clone.git('remote', 'add', 'origin', remote);
      const workspace = remote === undefined ? mkdtempSync(join(tmpdir(), 'empty-')) : clone.folder;
      const api = { GITHUB_API_URL: github.url, 'INPUT_GITHUB-TOKEN': github.token };
      for (const payload of [pull, {}, { repository: { default_branch: 'feature' } }]) {
        const found = await rulebook('pull_request_target', trunk, payload, api, workspace);
        expect(found.source).toMatchObject({ ref: 'main', commit, text: strict });
      }
      if (remote?.startsWith('https') === true)
        await expect(rulebook('pull_request_target', trunk, pull, {}, workspace)).rejects.toMatchObject({
          code: 'POLICY_UNTRUSTED',
          message: expect.stringContaining('mallory/churn'),
        });
    } finally {
      await github.stop();
    }
    expect(github.violations).toEqual([]);
  });
});

test.each([
  ['https://github.com/acme/churn', true],
  ['https://github.com/Acme/Churn.git/', true],
  ['https://x-access-token:***@github.com/acme/churn', true],
  ['git@github.com:acme/churn.git', true],
  ['ssh://git@ssh.github.com:443/acme/churn.git', true],
  ['/srv/mirrors/churn.git', true],
  ['file:///srv/mirrors/churn.git', true],
  ['https://github.com/mallory/churn', false],
  ['https://github.com/acme/churn-evil', false],
  ['https://github.com/acme/churn/../../mallory/churn', false],
  ['https://github.com.evil.example/acme/churn', false],
  ['https://evil.example/acme/churn', false],
  ['git@evil.example:acme/churn.git', false],
  ['git@github.com:mallory/churn', false],
  ['https://[', false],
])('a remote at %s is this repository: %s', (url, is) => {
  expect(isRemoteOf(url, { serverUrl: 'https://github.com', owner: 'acme', repo: 'churn' })).toBe(is);
});
