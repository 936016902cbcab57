import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exampleRepository, runWorkflow, type WorkflowResult } from '../support/act.js';
import type { Checkout } from '../support/checkout.js';
import { startGithub, type GithubServer } from '../support/github.js';
import { root } from '../support/tools.js';

// What can be run without GitHub: the workflow as it stands, by act, on a bare remote and the emulator. What only GitHub
// can refuse is refused by a hook, or is expected to be reported as not so.

let github: GithubServer;
beforeAll(async () => {
  github = await startGithub();
});
afterAll(async () => {
  await github.stop();
});

/** Refuses these refs, as GitHub refuses a token that may not write them. */
function refusing(repository: Checkout, refs: readonly string[]): void {
  const hook = join(repository.git('remote', 'get-url', 'origin'), 'hooks/update');
  writeFileSync(
    hook,
    `#!/bin/sh\ncase "$1" in ${refs.join('|')}) echo "denied to github-actions[bot]" >&2; exit 1;; esac\n`,
  );
  chmodSync(hook, 0o755);
}

/** The summary's lines: assumption to result. */
function lines(log: string): Record<string, string> {
  const found = log.matchAll(/\| (✅ holds|❌ does not hold|⏭️ not tested) \| (.+?) \| (.*?) ?\|/gu);
  return Object.fromEntries([...found].map(([, result = '', what = '']) => [what, result]));
}

const run = (
  repository: Checkout,
  event: 'workflow_dispatch' | 'pull_request',
  payload: object = {},
): Promise<WorkflowResult> =>
  runWorkflow({
    repository,
    event,
    payload,
    secrets: { GITHUB_TOKEN: github.token },
    environment: { GITHUB_API_URL: github.url },
  });
const refs = (repository: Checkout): string => repository.git('ls-remote', '--refs', 'origin');

describe('examples/self-test', () => {
  test('reports a line for each assumption, and leaves nothing behind', async () => {
    const repository = exampleRepository('self-test');
    refusing(repository, ['refs/promotion/self-test-read-only', 'refs/tags/self-test-workflow']);
    const { commit } = await github.as<{ commit: { sha: string } }>('acme', 'GET', 'branches/main');
    await github.as('acme', 'POST', 'git/refs', { ref: 'refs/heads/self-test-change', sha: commit.sha });
    await github.putFile('CHANGED', 'self-test', 'self-test-change');
    github.environment('self-test-approval', { reviewers: ['bea'] });
    github.approve('1', { environment: 'self-test-approval', login: 'bea' });
    const before = refs(repository);

    const { code, log } = await run(repository, 'workflow_dispatch');

    const told = lines(log);
    expect(Object.keys(told).length).toBeGreaterThan(25);
    expect(Object.entries(told).filter(([, result]) => result !== '✅ holds')).toEqual([
      // The emulator knows neither the commit that was pushed nor this run: what does not hold is said, and fails the run.
      ['GitHub names the pull request of a commit', '❌ does not hold'],
      ['A run can ask for its own state', '❌ does not hold'],
      ["A fork's token can only read", '⏭️ not tested'],
    ]);
    expect(code).not.toBe(0);
    expect(refs(repository)).toBe(before);
    expect(github.deployments()).toEqual([]);
    const open = await github.as<readonly object[]>('acme', 'GET', 'issues?state=open');
    expect(open).toEqual([]);
    expect(github.violations).toEqual([]);
  });

  test("says which of a fork's limits hold, and which do not", async () => {
    const repository = exampleRepository('self-test');
    const before = refs(repository);
    github.readOnlyToken = true; // The comment is refused; nothing here refuses the push.

    const { code, log } = await run(repository, 'pull_request', {
      action: 'opened',
      number: 7,
      pull_request: { number: 7, head: { repo: { fork: true, full_name: 'mallory/churn' } } },
    });

    expect(lines(log)).toEqual({
      "A fork's token cannot push refs/promotion/…": '❌ does not hold',
      "A fork's token cannot comment": '✅ holds',
    });
    expect(code).not.toBe(0);
    expect(refs(repository)).toBe(before);
  });

  test('says of itself, and in the docs, that it has not been run on github.com', () => {
    const workflow = readFileSync(join(root, 'examples/self-test/.github/workflows/self-test.yml'), 'utf8');
    for (const text of [workflow.replaceAll('\n# ', ' '), readFileSync(join(root, 'docs/self-test.md'), 'utf8')])
      expect(text).toMatch(/has not been run on github\.com yet/);
  });
});
