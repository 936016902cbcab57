import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleRepository, runWorkflow, type WorkflowResult, type WorkflowRun } from '../support/act.js';
import type { Checkout } from '../support/checkout.js';
import { startGithub, type GithubServer } from '../support/github.js';
import { gto } from '../support/tools.js';

let github: GithubServer;
let repository: Checkout;
let serving: string;

beforeAll(async () => {
  github = await startGithub();
});
afterAll(async () => {
  await github.stop();
});
beforeEach(() => {
  repository = exampleRepository('approved-release');
  serving = mkdtempSync(join(tmpdir(), 'serving-'));
  github.environment('staging');
  github.environment('production', { reviewers: ['bea'] });
});

/** Trains, so to speak, and registers a version as GTO does. */
function register(version: string, auc: number, model = `{"weights": [${auc}]}`): void {
  repository.commit({ 'model.json': `${model}\n`, 'metrics.json': `{"auc": ${auc}}\n` }, `Train ${version}`);
  repository.git('tag', '-a', `churn@${version}`, '-m', `Register churn ${version}`);
  repository.git('push', '-q', 'origin', 'main', `churn@${version}`);
}

const approve = (login = 'bea'): void => {
  github.approve('1', { environment: 'production', login });
};

function dispatch(
  workflow: string,
  inputs: Record<string, string>,
  between?: WorkflowRun['between'],
): Promise<WorkflowResult> {
  return runWorkflow({
    repository,
    workflow,
    event: 'workflow_dispatch',
    inputs,
    vars: { SERVING_FOLDER: serving },
    secrets: { GITHUB_TOKEN: github.token },
    environment: { GITHUB_API_URL: github.url },
    ...(between === undefined ? {} : { between }),
  });
}

/** Releases a version; `between` runs once production's plan is made. */
const release = (
  version: string,
  between: (folder: string) => Promise<void> | void = () => approve(),
): Promise<WorkflowResult> =>
  dispatch('release.yml', { version }, (artifact, folder) =>
    artifact === 'plan-production' ? between(folder) : undefined,
  );

/** Who holds the stages, as GTO reads it from a fresh clone: only what was pushed counts. */
function holders(): Record<string, string> {
  const clone = mkdtempSync(join(tmpdir(), 'clone-'));
  execFileSync('git', ['clone', '-q', repository.git('remote', 'get-url', 'origin'), clone]);
  const held = (stage: string): string =>
    execFileSync(gto, ['show', `churn#${stage}`, '--version'], { cwd: clone, encoding: 'utf8' }).trim();
  return { staging: held('staging'), production: held('production') };
}

const served = (stage: string): string => readFileSync(join(serving, stage, 'model.json'), 'utf8').trim();
const remote = (...args: readonly string[]): string =>
  execFileSync('git', ['-C', repository.git('remote', 'get-url', 'origin'), ...args], { encoding: 'utf8' });
const log = (): string[] => remote('log', '--reverse', '--format=%s', 'refs/promotion/churn').trim().split('\n');

describe('examples/approved-release', () => {
  test('gate, approval, apply; a successor; a bad deployment undone; a bad version rolled back', async () => {
    register('v1.0.0', 0.9);
    const first = await release('v1.0.0');
    expect(first).toMatchObject({
      code: 0,
      outputs: {
        'judge-for-production': { decision: 'promote', 'approval-required': 'true', promoted: 'false' },
        production: { promoted: 'true', version: 'v1.0.0' },
      },
    });
    expect(holders()).toEqual({ staging: 'v1.0.0', production: 'v1.0.0' });
    expect([served('staging'), served('production')]).toEqual(['{"weights": [0.9]}', '{"weights": [0.9]}']);
    expect(remote('show', 'refs/promotion/churn~1:event.json')).toContain('"bea"');

    register('v1.1.0', 0.92);
    expect(await release('latest')).toMatchObject({
      code: 0,
      outputs: { production: { 'previous-version': 'v1.0.0' } },
    });
    expect(served('production')).toBe('{"weights": [0.92]}');

    // Good in every metric, and what it is made of cannot be served: that shows in staging.
    register('v1.2.0', 0.93, '{"layers": 3}');
    const unsound = await release('v1.2.0');
    expect(unsound.code).not.toBe(0);
    expect(unsound.outputs['staging']).toMatchObject({ decision: 'reject', promoted: 'false' });
    expect(unsound.log).toContain('The deployment was undone: v1.1.0 is back.');
    expect(served('staging')).toBe('{"weights": [0.92]}');

    const rolledBack = await dispatch('rollback.yml', { reason: 'wrong currency' });
    expect(rolledBack).toMatchObject({ code: 0, outputs: { rollback: { promoted: 'true', version: 'v1.0.0' } } });
    expect(holders()).toEqual({ staging: 'v1.1.0', production: 'v1.0.0' });
    expect(served('production')).toBe('{"weights": [0.9]}');

    expect(await dispatch('watch.yml', {})).toMatchObject({ code: 0, outputs: { watch: { decision: 'promote' } } });
    expect(log().filter((line) => !/^\w+: (opened|deploying|verified|closed) /.test(line))).toEqual([
      ...['staging', 'production'].flatMap((stage) => [`${stage}: approved v1.0.0`, `${stage}: deployed v1.0.0`]),
      ...['staging', 'production'].flatMap((stage) => [`${stage}: approved v1.1.0`, `${stage}: deployed v1.1.0`]),
      'production: archived v1.0.0',
      'staging: approved v1.2.0',
      'staging: failed v1.2.0',
      'production: deployed v1.0.0',
      'production: rolled back v1.1.0',
    ]);
    expect(github.violations).toEqual([]);
  });

  describe('between plan and approval', () => {
    beforeEach(async () => {
      register('v1.0.0', 0.9);
      await release('v1.0.0');
      register('v1.1.0', 0.92);
    });

    const plan = (folder: string): string => join(folder, 'plan.json');
    const edit = (path: string, from: string, to: string): void => {
      const text = readFileSync(path, 'utf8');
      expect(text).toContain(from);
      writeFileSync(path, text.replace(from, to));
    };

    test.each<[string, (folder: string) => void, string]>([
      [
        'the plan is edited',
        (folder) => edit(plan(folder), '"decision": "promote"', '"decision": "promote" '),
        "is not the one that 'gate' made",
      ],
      [
        'the evidence is edited',
        (folder) => edit(join(folder, 'evidence.json'), '0.92', '0.99'),
        'The evidence beside the plan is not what the plan was made from',
      ],
      [
        'the policy is changed on the default branch',
        () => {
          repository.git('checkout', '-q', 'main');
          edit(join(repository.folder, '.github/model-promotion.yml'), 'auc >= 0.85', 'auc >= 0.10');
          repository.commit({}, 'Lower the bar');
          repository.git('push', '-q', 'origin', 'main');
        },
        'The policy .github/model-promotion.yml has changed since the plan was made',
      ],
      [
        'the stage is assigned by hand',
        () => {
          repository.git('tag', '-a', 'churn#production#9', '-m', 'by hand', 'churn@v1.1.0^{}');
          repository.git('push', '-q', 'origin', 'churn#production#9');
        },
        'production moved from v1.0.0 to v1.1.0',
      ],
      [
        'the version is deleted and made anew',
        () => {
          const commit = repository.commit({ 'model.json': '{"weights": ["evil"]}\n' }, 'Another model');
          repository.git('tag', '-f', '-a', 'churn@v1.1.0', '-m', 'anew', commit);
          repository.git('push', '-q', '-f', 'origin', 'churn@v1.1.0');
        },
        'churn v1.1.0 is no longer what was judged',
      ],
      [
        'the record of staging is taken out of the log',
        () => {
          const opened = remote('log', '-1', '--format=%H', '--grep=^staging: opened v1.1.0', 'refs/promotion/churn');
          remote('update-ref', 'refs/promotion/churn', `${opened.trim()}~1`);
        },
        'has not passed staging',
      ],
      ['nobody approves', () => undefined, "Nobody has approved this run for the environment 'production'"],
    ])('%s: refused by name', async (what, tamper, words) => {
      const result = await release('v1.1.0', (folder) => {
        tamper(folder);
        if (what !== 'nobody approves') approve();
      });
      expect(result.log).toContain(words);
      expect(result.outputs['production']).toMatchObject({ promoted: 'false' });
      expect(result.code).not.toBe(0);
      if (!what.includes('assigned')) expect(holders()['production']).toBe('v1.0.0');
      expect(served('production')).toBe('{"weights": [0.9]}');
    });

    test('the author approves: not counted', async () => {
      const result = await release('v1.1.0', () => approve('octocat'));
      expect(result.log).toContain('Only octocat has approved it, who is an author');
      expect(holders()['production']).toBe('v1.0.0');
    });

    test('an environment that approves nothing', async () => {
      github.environment('production');
      const result = await release('v1.1.0');
      expect(result.log).toContain("The environment 'production' has no required reviewer");
      expect(holders()['production']).toBe('v1.0.0');
    });
  });
});
