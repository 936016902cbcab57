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
});
