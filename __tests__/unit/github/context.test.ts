import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readContext } from '../../../src/github/context.js';

function event(payload: unknown): string {
  const path = join(mkdtempSync(join(tmpdir(), 'event-')), 'event.json');
  writeFileSync(path, typeof payload === 'string' ? payload : JSON.stringify(payload));
  return path;
}

const base = { GITHUB_REPOSITORY: 'o/r', GITHUB_SHA: 'a'.repeat(40), GITHUB_RUN_ID: '42', GITHUB_ACTOR: 'ada' };
const pull = (head: string | null): object => ({
  repository: { default_branch: 'main' },
  pull_request: {
    number: 7,
    head: { sha: 'b'.repeat(40), repo: head === null ? null : { full_name: head } },
    base: { repo: { full_name: 'o/r' } },
  },
});

describe('readContext', () => {
  test('outside GitHub nearly everything is undefined', async () => {
    expect(await readContext({})).toMatchObject({
      repository: undefined,
      isPullRequest: false,
      pullRequest: undefined,
      runPage: undefined,
      branch: undefined,
    });
  });

  test('a push', async () => {
    const environment = {
      ...base,
      GITHUB_EVENT_NAME: 'push',
      GITHUB_REF: 'refs/heads/main',
      GITHUB_EVENT_PATH: event({ repository: { default_branch: 'main' } }),
    };
    expect(await readContext(environment)).toMatchObject({
      repository: { owner: 'o', repo: 'r' },
      isPullRequest: false,
      branch: 'main',
      defaultBranch: 'main',
      commit: base.GITHUB_SHA,
      runPage: 'https://github.com/o/r/actions/runs/42',
      actor: 'ada',
    });
  });

  test.each([
    ['o/r', false],
    ['mallory/r', true],
    [null, true],
  ])('a pull request from %s', async (head, fromFork) => {
    const environment = {
      ...base,
      GITHUB_EVENT_NAME: 'pull_request',
      GITHUB_REF: 'refs/pull/7/merge',
      GITHUB_EVENT_PATH: event(pull(head)),
    };
    expect(await readContext(environment)).toMatchObject({
      isPullRequest: true,
      branch: undefined,
      commit: 'b'.repeat(40),
      pullRequest: { number: 7, headSha: 'b'.repeat(40), fromFork },
    });
  });

  test.each<[string, string, unknown, boolean]>([
    ['pull_request_target', 'refs/heads/main', pull('mallory/r'), true],
    ['pull_request_review', 'refs/pull/7/merge', pull('o/r'), true],
    ['merge_group', 'refs/heads/gh-readonly-queue/main/pr-7-b', {}, true],
    ['workflow_run', 'refs/heads/main', { workflow_run: { event: 'pull_request' } }, true],
    ['workflow_run', 'refs/heads/main', { workflow_run: { event: 'push' } }, false],
    ['schedule', 'refs/heads/main', {}, false],
    ['workflow_dispatch', 'refs/heads/main', '{broken', false],
    ['push', 'refs/tags/v1', null, false],
  ])('%s on %s: %j', async (name, ref, payload, isPullRequest) => {
    const environment = { ...base, GITHUB_EVENT_NAME: name, GITHUB_REF: ref, GITHUB_EVENT_PATH: event(payload) };
    expect((await readContext(environment)).isPullRequest).toBe(isPullRequest);
  });

  const head = { head_sha: 'b'.repeat(40), head_branch: 'change', head_repository: { full_name: 'mallory/r' } };
  const [ofCommit, none] = [{ kind: 'commit', sha: head.head_sha }, { kind: 'none' }];
  test.each<[string, string, unknown, object | undefined]>([
    ['pull_request', 'a pull request', pull('o/r'), { kind: 'pull request', number: 7 }],
    ['pull_request_review_comment', 'a remark', pull('o/r'), { kind: 'pull request', number: 7 }],
    [
      'issue_comment',
      'a pull request',
      { issue: { number: 9, pull_request: {} } },
      { kind: 'pull request', number: 9 },
    ],
    ['issue_comment', 'an issue', { issue: { number: 9 } }, none],
    ['issue_comment', 'nothing', {}, none],
    ['issues', 'an issue', { issue: { number: 9 } }, none],
    [
      'merge_group',
      'a queue',
      { merge_group: { head_ref: `refs/heads/gh-readonly-queue/main/pr-7-${'c'.repeat(40)}` } },
      { kind: 'pull request', number: 7 },
    ],
    [
      'workflow_run',
      'a pull request',
      { workflow_run: { event: 'pull_request', ...head } },
      { kind: 'head', sha: head.head_sha, repository: 'mallory/r', branch: 'change' },
    ],
    [
      'workflow_run',
      'a head of nowhere',
      { workflow_run: { event: 'pull_request', ...head, head_repository: null } },
      none,
    ],
    [
      'workflow_run',
      'a push',
      { workflow_run: { event: 'push', ...head, head_repository: { full_name: 'o/r' } } },
      ofCommit,
    ],
    ['check_run', 'a commit', { check_run: head }, ofCommit],
    ['check_suite', 'a commit', { check_suite: head }, ofCommit],
    ['status', 'a commit', { sha: head.head_sha }, ofCommit],
    ['push', "the run's commit", {}, undefined],
    ['workflow_dispatch', "the run's commit", {}, undefined],
  ])('what %s is about: %s', async (name, _, payload, subject) => {
    const environment = { ...base, GITHUB_EVENT_NAME: name, GITHUB_EVENT_PATH: event(payload) };
    const found = (await readContext(environment)).subject;
    if (subject === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(subject);
  });
});
