import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  judgedAndFoundWanting,
  runCommand,
  type ExecutionContext,
  type CommandRun,
} from '../../../src/evidence/exec/run-command.js';
import { judgeCommand } from '../../../src/evidence/command-check.js';
import type { Command } from '../../../src/policy/policy.js';
import { noCredentials } from '../../support/credentials.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'command-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const given: Command = {
  run: 'true',
  shell: 'bash',
  timeoutMs: 20_000,
  retries: 0,
  retryFailures: false,
  passEnv: [],
  at: { file: 'p', line: 1, column: 1 },
};

async function run(
  script: string,
  more: Partial<Command> = {},
  execution: Partial<ExecutionContext> = {},
): Promise<CommandRun & { readonly lines: readonly string[] }> {
  const lines: string[] = [];
  const command: Command = { ...given, run: script, ...more };
  const result = await runCommand(
    command,
    { MODEL_NAME: 'churn' },
    {
      workspace: folder,
      temporary: folder,
      environment: process.env,
      passEnv: [],
      ...noCredentials,
      secrets: [],
      cancelled: new AbortController().signal,
      blocked: () => Promise.resolve(undefined),
      log: (line) => lines.push(line),
      ...execution,
    },
  );
  return { ...result, lines };
}

test.each<[string, string, object, boolean]>([
  ['succeeds', 'exit 0', { kind: 'exit', code: 0 }, false],
  ['fails', 'exit 3', { kind: 'exit', code: 3 }, true],
  ['fails in a pipe', 'false | cat', { kind: 'exit', code: 1 }, true],
  ['stops at the first error', 'false\ntrue', { kind: 'exit', code: 1 }, true],
  ['is not found', 'no-such-command-here', { kind: 'exit', code: 127 }, false],
  ['is not executable', 'touch not-executable; ./not-executable', { kind: 'exit', code: 126 }, false],
  ['is killed', 'kill -9 $$', { kind: 'signal' }, false],
  ['reads its standard input', 'cat; exit 0', { kind: 'exit', code: 0 }, false],
  ['has a child that is killed', 'bash -c "kill -9 \\$\\$"; exit $?', { kind: 'exit', code: 137 }, false],
])('a command that %s', async (_, script, ending, failure) => {
  const result = await run(script);
  expect(result.ending).toMatchObject(ending);
  expect(judgedAndFoundWanting(result.ending)).toBe(failure);
});

test('a folder or shell that is not there', async () => {
  expect((await run('true', { workingDirectory: 'nowhere' })).ending).toMatchObject({ kind: 'not-started' });
  expect((await run('true', { shell: 'pwsh' })).ending).toMatchObject({
    kind: 'not-started',
    why: expect.stringContaining('pwsh'),
  });
});

describe('working_directory', () => {
  let workspace: string;
  beforeAll(async () => {
    workspace = join(folder, 'workspace');
    for (const name of ['workspace/model', 'workspace-2', 'elsewhere'])
      await mkdir(join(folder, name), { recursive: true });
    await symlink('model', join(workspace, 'inside'));
    await symlink('../elsewhere', join(workspace, 'outside'));
    await symlink(workspace, join(folder, 'link'));
  });

  test.each([
    ['model', 'workspace/model'],
    ['./model/../model', 'workspace/model'],
    ['inside', 'workspace/model'],
    ['.', 'workspace'],
  ])('%s is in the workspace, also in one that is itself behind a link', async (workingDirectory, place) => {
    for (const root of [workspace, join(folder, 'link')]) {
      const { tail } = await run('pwd -P', { workingDirectory }, { workspace: root });
      expect(tail).toBe(await realpath(join(folder, place)));
    }
  });

  test.each(['..', '../..', '../workspace-2', 'outside', 'inside/../../elsewhere', '/', tmpdir()])(
    '%s leads out of it, and nothing is started there',
    async (workingDirectory) => {
      const result = await run('touch started', { workingDirectory }, { workspace });
      const why = `its 'working_directory' ${workingDirectory} leads out of the workspace`;
      expect(result.ending).toMatchObject({ kind: 'not-started', why });
      expect(existsSync(join(workspace, workingDirectory, 'started'))).toBe(false);
      expect(judgeCommand('tests', { ...given, workingDirectory }, result)).toMatchObject({
        outcome: 'error',
        reason: `The command could not be started: ${why}.`,
        cure: expect.stringContaining('inside the workspace'),
      });
    },
  );
});

test('other shells', async () => {
  expect((await run('import os\nprint(os.environ["MODEL_NAME"])', { shell: 'python' })).tail).toBe('churn');
  expect((await run('echo "$MODEL_NAME"', { shell: 'sh' })).tail).toBe('churn');
});

test('a time-out ends the whole tree, also what left it', async () => {
  const result = await run('setsid sleep 86401 &\n(nohup sleep 86402 >/dev/null 2>&1 &)\nsleep 86403', {
    timeoutMs: 700,
  });
  expect(result.ending).toEqual({ kind: 'timeout' });
  expect(sleeping()).toEqual([]);
});

test('what a command leaves behind is ended with it', async () => {
  expect((await run('setsid sleep 86404 >/dev/null 2>&1 &\nexit 0')).ending).toEqual({ kind: 'exit', code: 0 });
  expect(sleeping()).toEqual([]);
});

function sleeping(): string[] {
  return execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => /sleep 8640\d/.test(line));
}

describe('retries', () => {
  const flaky = (code: number): string =>
    `f=$MODEL_NAME.${code}; n=$(cat $f 2>/dev/null || echo 0); echo $((n + 1)) > $f; [ $n -ge 2 ] || exit ${code}`;
  test.each<[string, number, Partial<Command>, number, number]>([
    ['repeat errors', 127, { retries: 2 }, 3, 0],
    ['leave failures', 4, { retries: 2 }, 1, 4],
    ['repeat failures where asked', 5, { retries: 2, retryFailures: true }, 3, 0],
    ['end', 126, { retries: 1 }, 2, 126],
  ])('%s', async (_, code, more, attempts, last) => {
    const result = await run(flaky(code), more);
    expect(result).toMatchObject({ attempts, ending: { kind: 'exit', code: last } });
  });
});

test('a command is not started, nor tried again, once there is an blocked', async () => {
  const blocked = { why: 'its file changed', cure: 'Change it back.' };
  const never = await run('touch never', { retries: 2 }, { blocked: () => Promise.resolve(blocked) });
  expect(never).toMatchObject({ ending: { kind: 'refused', ...blocked }, attempts: 0 });
  expect(existsSync(join(folder, 'never'))).toBe(false);
  const once = await run(
    'echo x >> once; exit 127',
    { retries: 2 },
    { blocked: () => Promise.resolve(existsSync(join(folder, 'once')) ? blocked : undefined) },
  );
  expect(once).toMatchObject({ ending: { kind: 'refused' }, attempts: 1 });
  expect(readFileSync(join(folder, 'once'), 'utf8')).toBe('x\n');
  expect(judgedAndFoundWanting(once.ending)).toBe(false);
});

describe('output', () => {
  test('is never a workflow command', async () => {
    const { lines } = await run(
      String.raw`printf '::error::a\n  ::set-output name=x::y\n##[error]b\nc##[command]d\r::warning::e\n\033]0;title\007\033[31mred\033[0m\n'`,
    );
    for (const line of lines) {
      expect(line.trimStart()).not.toMatch(/^::/);
      expect(line).not.toContain('##[');

      expect(line).not.toMatch(/[\u0000-\u0008\u001b]/);
    }
    expect(lines.at(-1)).toContain('red');
  });
  test('is masked, bounded and keeps its end', async () => {
    const result = await run(
      'echo "token s3cr3t-value and $API_KEY"; seq 1 100000',
      { passEnv: ['API_KEY'] },
      { secrets: ['s3cr3t-value'], environment: { ...process.env, API_KEY: 'key-12345' } },
    );
    expect(result.lines[0]).toContain('token *** and ***');
    expect(result.tail.split('\n')).toHaveLength(60);
    expect(result.tail).toMatch(/100000$/);
  });
  test('a line without end of many megabytes passes', async () => {
    const result = await run('head -c 8000000 /dev/zero | tr "\\0" x');
    expect(result.ending).toEqual({ kind: 'exit', code: 0 });
    expect(result.tail.length).toBeLessThan(10_000);
  });
});

test('the environment is the allow-list, pass_env and never the runner’s own', async () => {
  const environment = {
    ...process.env,
    'INPUT_GITHUB-TOKEN': 'a',
    ACTIONS_RUNTIME_TOKEN: 'b',
    GITHUB_TOKEN: 'c',
    GITHUB_ENV: 'd',
    GITHUB_OUTPUT: 'e',
    GITHUB_PATH: 'f',
    GITHUB_STATE: 'g',
    GITHUB_STEP_SUMMARY: 'h',
    MLFLOW_TRACKING_TOKEN: 'i',
    MY_KEY: 'j',
    OTHER: 'k',
    CUDA_VISIBLE_DEVICES: '0',
  };
  const names = async (passEnv: readonly string[]): Promise<string[]> =>
    (
      await run(
        'env | cut -d= -f1 | sort | tail -n 55',
        { passEnv },
        { environment, credentialNames: ['MLFLOW_TRACKING_TOKEN'] },
      )
    ).tail.split('\n');
  const plain = await names([]);
  expect(plain).toEqual(expect.arrayContaining(['PATH', 'MODEL_NAME', 'METRICS_FILE', 'CUDA_VISIBLE_DEVICES']));
  for (const hidden of ['MY_KEY', 'OTHER', 'MLFLOW_TRACKING_TOKEN']) expect(plain).not.toContain(hidden);
  expect(await names(['MY_*'])).toContain('MY_KEY');
  expect(await names(['registry'])).toContain('MLFLOW_TRACKING_TOKEN');
  const everything = await names(['*']);
  expect(everything).toContain('OTHER');
  for (const name of everything)
    expect(name).not.toMatch(/^(INPUT_|ACTIONS_)|^GITHUB_(TOKEN|ENV|OUTPUT|PATH|STATE|STEP_SUMMARY)$/);
});

test.each<[string, string, object | undefined]>([
  ['a number', `echo '{"auc": 0.91}' > "$METRICS_FILE"`, { values: new Map([['auc', 0.91]]) }],
  [
    'NaN as Python writes it',
    `echo '{"auc": NaN, "s": "NaN", "i": -Infinity}' > "$METRICS_FILE"`,
    {
      values: new Map([
        ['auc', 'NaN'],
        ['s', 'NaN'],
        ['i', '-Infinity'],
      ]),
    },
  ],
  [
    'what is no number',
    `echo '{"a": true, "b": null, "c": [1]}' > "$METRICS_FILE"`,
    {
      values: new Map([
        ['a', 'true'],
        ['b', 'null'],
        ['c', '[1]'],
      ]),
    },
  ],
  ['nested values', `echo '{"eval": {"auc": 0.9}}' > "$METRICS_FILE"`, { values: new Map([['eval.auc', 0.9]]) }],
  ['UTF-16', `printf '{\\000"\\000a\\000' > "$METRICS_FILE"`, { unreadable: expect.stringContaining('It is UTF-16') }],
  [
    'a key that stands twice',
    `echo '{"auc": 0.1, "auc": 0.99}' > "$METRICS_FILE"`,
    { unreadable: expect.stringContaining('the key "auc" stands twice') },
  ],
  ['no JSON', `echo 'auc=0.9' > "$METRICS_FILE"`, { unreadable: expect.stringContaining('not JSON') }],
  ['a list', `echo '[1]' > "$METRICS_FILE"`, { unreadable: expect.stringContaining('not a JSON object') }],
  ['a link', `ln -s /etc/hostname "$METRICS_FILE"`, { unreadable: expect.stringContaining('not a regular file') }],
  ['nothing', 'true', undefined],
])('METRICS_FILE with %s', async (_, script, metrics) => {
  expect((await run(script)).metrics).toEqual(metrics);
});
