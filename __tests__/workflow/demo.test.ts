import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../support/tools.js';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'demo-test-'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

interface Demo {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What it left in the temporary folder. */
  readonly left: readonly string[];
}

function demo(within: string, args: readonly string[], path = process.env['PATH']): Demo {
  const folder = join(parent, 'tmp');
  mkdirSync(folder);
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(within, 'examples/demo/demo.mjs'), ...args], {
    encoding: 'utf8',
    timeout: 120_000,
    env: { PATH: path, HOME: parent, TMPDIR: folder },
  });
  return {
    status,
    stdout,
    stderr,
    left: readdirSync(folder).filter((name) => name.startsWith('model-promotion-demo')),
  };
}

/** What is typed is shown, and what comes out: nothing that only a runner understands. */
function expectStory({ status, stdout, stderr, left }: Demo, names: readonly string[]): void {
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const [first = '', second = '', third = ''] = names;
  expect(stdout).toContain('with: { stage: production }');
  const holds = (name: string, stage: string): RegExp => new RegExp(`churn v?${name} now holds ${stage}`);
  expect(stdout).toMatch(holds(first, 'production'));
  expect(stdout).toMatch(holds(second, 'staging'));
  expect(stdout).not.toMatch(holds(second, 'production'));
  expect(stdout).toContain('auc >= champion - 0.005: auc is 0.88, required >= 0.905');
  expect(stdout.match(/✗ The step fails\./g)).toHaveLength(1);
  expect(stdout).toMatch(new RegExp(`^ *production +v?${third} `, 'm'));
  expect(stdout).not.toMatch(/^\s*::/m);
  expect(stdout).toContain('Nothing is left behind.');
  expect(left).toEqual([]);
}

test('on git tags, in a folder that is removed', () => {
  const result = demo(root, []);
  expectStory(result, ['1.0.0', '1.1.0', '1.2.0']);
  expect(result.stdout).toContain('$ git tag -a churn@v1.0.0 -m "Register churn v1.0.0"');
});

test('on an MLflow server that it starts and ends', () => {
  const result = demo(root, ['--mlflow']);
  expectStory(result, ['1', '2', '3']);
  const [, url = ''] = /server was started at (\S+)\./.exec(result.stdout) ?? [];
  expect(url).toMatch(/^http:/);
  expect(spawnSync(process.execPath, ['-e', `fetch('${url}/health').then(() => process.exit(3))`]).status).toBe(1);
});

test('where MLflow is missing, it says so and what to type', () => {
  for (const part of ['dist', 'examples']) cpSync(join(root, part), join(parent, part), { recursive: true });
  const { status, stderr, left } = demo(parent, ['--mlflow'], join(parent, 'nothing'));
  expect(status).toBe(1);
  expect(stderr).toContain('Python is missing');
  expect(stderr).toContain('MLFLOW_TRACKING_URI=https://mlflow.example.com npm run demo -- --mlflow');
  expect(left).toEqual([]);
});
