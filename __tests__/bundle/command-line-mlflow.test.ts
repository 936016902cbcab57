import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { wrapped } from '../../src/cli/wrap.js';
import { checkout, type Checkout } from '../support/checkout.js';
import { runCommandLine } from '../support/command-line.js';
import { type MlflowServer, startMlflow } from '../support/mlflow.js';
import { root } from '../support/tools.js';

let server: MlflowServer;
beforeAll(async () => {
  server = await startMlflow();
});
afterAll(async () => {
  await server.stop();
});

const page = join(root, 'docs/command-line-session.txt');

/** A session at a terminal, as it is shown. */
class Session {
  text = '';

  constructor(private readonly repository: Checkout) {}

  async type(line: string, expected = 0): Promise<string> {
    const args = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '');
    const environment = { MLFLOW_TRACKING_URI: server.url };
    const { code, stdout, stderr } = await runCommandLine({ folder: this.repository.folder, args, environment });
    this.text += `$ gated-model-promotion ${line}\n${stdout}${stderr}\n`;
    expect({ line, code, stderr, stdout: code === expected ? '' : stdout }).toEqual({
      line,
      code: expected,
      stderr: '',
      stdout: '',
    });
    expect(stdout).not.toContain('::');
    return stdout;
  }

  shell(line: string): void {
    const [program = '', ...args] = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(
      ([, quoted, word]) => quoted ?? word ?? '',
    );
    expect(program).toBe('git');
    this.repository.git(...args);
    this.text += `$ ${line}\n\n`;
  }
}

/** Without what is another in each session. */
function lasting(text: string): string {
  return text
    .replaceAll(server.url, 'http://mlflow.example.com')
    .replaceAll(/\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?Z?)?/g, '2026-03-01 12:00')
    .replaceAll(/\/\S*\/model-promotion-[^/\s]+/g, '/tmp/model-promotion')
    .replaceAll(/sha256:[0-9a-f]{64}/g, 'sha256:…')
    .replaceAll(/\b[0-9a-f]{32}\b/g, '…');
}

test('from nothing to a version in production, on a real MLflow server', async () => {
  await server.createModel('churn');
  const champion = await server.createVersion('churn', { auc: 0.91, p99_ms: 120, epoch: 7 });
  await server.createVersion('churn', { auc: 0.86, p99_ms: 110, epoch: 7 });
  await server.createVersion('churn', { auc: 0.93, p99_ms: 119, epoch: 7 });
  await server.setAlias('churn', 'production', champion);
  const repository = checkout({ 'README.md': 'churn\n' }, { remote: true });
  repository.git('config', 'user.name', 'Ada Lovelace');
  const session = new Session(repository);

  const unknown = await session.type('init --model chum', 4);
  expect(unknown).toMatch(/'churn'/);
  session.text = '';

  await session.type('init --model churn');
  const policy = readFileSync(join(repository.folder, '.github/model-promotion.yml'), 'utf8');
  expect(policy).toContain('- require: auc >= 0.891 # suggestion');
  expect(policy).toMatch(/# Backtest of staging: of the last 3 versions it would promote 2, reject 1/);
  expect(policy).not.toContain('  epoch:');
  await session.type('lint');
  await session.type('backtest --stage production');
  await session.type('gate --stage staging');
  session.shell('git add .github');
  session.shell('git commit -q -m "Add the promotion policy"');
  session.shell('git push -q origin HEAD:main');
  await session.type('promote --stage staging --yes');
  await session.type('status');
  await session.type('verify --stage staging');
  expect(await server.aliases('churn')).toMatchObject({ staging: '3', production: '1' });

  const shown = lasting(session.text)
    .split('\n')
    .flatMap((line) => wrapped(line, 100, 2))
    .join('\n');
  if (process.env['SESSION'] === 'write') writeFileSync(page, shown);
  expect(shown).toBe(readFileSync(page, 'utf8'));

  const again = await session.type('init --model churn', 2);
  expect(again).toMatch(/exists, and nothing was written/);
  expect(readFileSync(join(repository.folder, '.github/model-promotion.yml'), 'utf8')).toBe(policy);
});

test('init says what is missing, and keeps what is there', async () => {
  const repository = checkout({ 'README.md': '' });
  const type = (args: readonly string[], environment = {}): ReturnType<typeof runCommandLine> =>
    runCommandLine({ folder: repository.folder, args: ['init', ...args], environment });
  const nothing = await type(['--model', 'churn']);
  expect(nothing.stdout).toMatch(/There is no registry.*Set MLFLOW_TRACKING_URI/s);
  expect(nothing.code).toBe(2);

  repository.commit({ 'metrics.json': '{"f1": 0.8, "notes": "text"}', '.github/workflows/model-gate.yml': 'mine\n' });
  repository.git('tag', '-a', 'churn@v1.0.0', '-m', 'Register');
  const unknown = await type(['--model', 'chum']);
  expect(unknown.stdout).toMatch(/no model 'chum'.*They have: churn/s);
  const { code, stdout } = await type([]);
  expect(stdout).toMatch(/Kept as it is: \.github\/workflows\/model-gate\.yml exists/);
  expect(stdout).toMatch(/Written: \.github\/model-promotion\.yml/);
  expect(code).toBe(0);
  expect(readFileSync(join(repository.folder, '.github/workflows/model-gate.yml'), 'utf8')).toBe('mine\n');
  expect(readFileSync(join(repository.folder, '.github/model-promotion.yml'), 'utf8')).toMatch(/type: git/);
  const linted = await runCommandLine({ folder: repository.folder, args: ['lint'] });
  expect(linted.code).toBe(0);
});
