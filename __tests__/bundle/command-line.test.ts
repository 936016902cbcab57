import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandNames } from '../../src/domain/command-name.js';
import { runAction } from '../support/action.js';
import { checkout, type Checkout } from '../support/checkout.js';
import { type CommandLineResult, type CommandLineRun, runCommandLine } from '../support/command-line.js';
import { root } from '../support/tools.js';

const policyOf = (more = '', production = ''): string => `version: 1
registry: { type: git }
model: churn
first_promotion: allow
${more}
metrics: { auc: { goal: maximize, min: 0, max: 1 } }
stages:
  staging:
    checks: [{ require: auc >= 0.8 }]
  production:
    after: staging
    checks: [{ require: auc >= 0.8 }]
${production}
`;

type Typed = (line: string, more?: Partial<CommandLineRun>) => Promise<CommandLineResult>;

interface Scene {
  readonly repository: Checkout;
  readonly type: Typed;
  readonly everything: () => string;
  /** The entries of the promotion log, oldest first. */
  readonly entries: () => readonly Readonly<Record<string, unknown>>[];
}

function scene(policy = policyOf()): Scene {
  const repository = checkout({ '.github/model-promotion.yml': policy }, { remote: true });
  const { git } = repository;
  git('config', 'user.name', 'Ada Lovelace');
  register(repository, 'v1.0.0');
  return {
    repository,
    type: (line, more = {}) =>
      runCommandLine({ folder: repository.folder, args: line.split(' ').filter((word) => word !== ''), ...more }),
    everything: () =>
      [
        git('for-each-ref', 'refs/heads', 'refs/tags', 'refs/promotion'),
        git('ls-remote', 'origin'),
        git('status', '--porcelain'),
      ].join('\n'),
    entries: () => {
      git('fetch', '-q', 'origin', '+refs/promotion/churn:refs/seen');
      return git('rev-list', '--reverse', 'refs/seen')
        .split('\n')
        .map((commit) => JSON.parse(git('show', `${commit}:event.json`)) as Readonly<Record<string, unknown>>);
    },
  };
}

function register({ commit, git }: Checkout, version: string, auc = 0.9): void {
  commit({ 'metrics.json': JSON.stringify({ auc }), 'model.txt': version });
  git('tag', '-a', `churn@${version}`, '-m', 'Register');
  git('push', '-q', 'origin', `churn@${version}`);
}

describe('help and mistakes', () => {
  test.each(['--help', 'help', ...['init', ...commandNames].map((name) => `${name} --help`)])(
    '%p says how it is used, and does nothing',
    async (line) => {
      const folder = mkdtempSync(join(tmpdir(), 'help-'));
      const { code, stdout, stderr } = await runCommandLine({ folder, args: line.split(' ') });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^Usage: gated-model-promotion /);
      expect(stdout).not.toContain('::');
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  test.each([
    ['', /Which command/],
    ['promot --stage staging', /Did you mean 'promote'/],
    ['promote --stag staging', /Did you mean --stage/],
    ['rollback --stage staging', /Option --reason is missing/],
    ['promote', /Option --stage is missing .*staging, production/s],
    ['promote --stage prod', /Stage 'prod' does not exist.*Did you mean 'production'/s],
  ])('%p ends with 2 and says what to type', async (line, why) => {
    const { type, everything } = scene();
    const before = everything();
    const { code, stdout, stderr } = await type(line);
    expect(code).toBe(2);
    expect(stdout + stderr).toMatch(why);
    expect(stdout + stderr).not.toContain('::');
    expect(everything()).toBe(before);
  });
});

describe('without --yes', () => {
  test.each([
    ['promote --stage staging', 0, /Passed: churn v1\.0\.0 .*Nothing was written\. Add --yes/s],
    ['promote --stage production', 3, /has not passed staging/],
    ['register --version v2.0.0', 0, /Nothing was written/],
    ['archive --version v1.0.0 --reason old', 0, /Nothing was written/],
    ['adopt --stage staging --reason x', 0, /./],
    ['gate --stage staging', 0, /Plan: .*plan\.json\nApply it with: apply --plan .* --plan-digest sha256:\w+ --yes/],
    ['status', 0, /staging +\(empty\)/],
    ['backtest --stage staging', 0, /1 version: 1 promote/],
    ['lint', 0, /is a valid policy/],
    ['matrix', 0, /1 of 1 models/],
    ['verify --stage staging', 4, /There is no promotion log/],
  ])('%p writes nothing and ends with %p', async (line, expected, says) => {
    const { type, everything } = scene();
    const before = everything();
    const { code, stdout, stderr } = await type(line);
    expect(stdout).toMatch(says);
    expect({ code, stderr }).toEqual({ code: expected, stderr: '' });
    expect(stdout).not.toContain('::');
    expect(everything()).toBe(before);
  });

  test("the work tree's policy counts, so that one can try it", async () => {
    const { type, repository } = scene();
    writeFileSync(join(repository.folder, '.github/model-promotion.yml'), policyOf().replaceAll('0.8', '0.95'));
    expect((await type('promote --stage staging')).code).toBe(1);
    expect((await type('gate --stage staging')).code).toBe(1);
  });
});

describe('--yes', () => {
  test('promotes, and each entry of the log says that it is local and by whom', async () => {
    const { type, entries, repository } = scene();
    const { code, stdout } = await type('promote --stage staging --yes');
    expect(stdout).toMatch(/Promoted: churn v1\.0\.0 to staging/);
    expect(code).toBe(0);
    expect(entries().length).toBeGreaterThan(2);
    for (const entry of entries()) expect(entry).toMatchObject({ origin: 'local' });
    expect(entries().find(({ type: each }) => each === 'deployed')).toMatchObject({
      version: 'v1.0.0',
      stage: 'staging',
      actor: 'Ada Lovelace',
    });
    expect(repository.git('ls-remote', '--tags', 'origin')).toMatch(/churn#staging#1/);
    const verified = await type('verify --stage staging --json');
    expect(verified.code).toBe(0);
    const { verification = '' } = JSON.parse(verified.stdout) as Record<string, string>;
    expect(JSON.parse(verification)).toMatchObject({ verified: true, by: 'Ada Lovelace', origin: 'local' });
    expect(verified.stdout.trim().split('\n')).toHaveLength(1);
    expect(verified.stdout).not.toContain('::');
  });

  test('carries out the plan that gate has written', async () => {
    const { type } = scene();
    const gated = await type('gate --stage staging');
    const line = /Apply it with: (.*)/.exec(gated.stdout)?.[1] ?? '';
    const { code, stdout } = await type(line);
    expect(stdout).toMatch(/Promoted: churn v1\.0\.0 to staging/);
    expect(code).toBe(0);
  });

  test.each<[string, (repository: Checkout) => void, RegExp]>([
    ['a changed file', ({ folder }) => writeFileSync(join(folder, 'metrics.json'), '{}'), /metrics\.json/],
    ['a new file', ({ folder }) => writeFileSync(join(folder, 'new.py'), ''), /new\.py.*git stash/s],
    [
      'a commit that is not pushed',
      ({ git }) => git('commit', '-q', '--allow-empty', '-m', 'Local'),
      /HEAD \w{8} is not on it.*git switch --detach origin\/main/s,
    ],
  ])('refuses %s', async (_, change, why) => {
    const { type, repository, everything } = scene();
    change(repository);
    const before = everything();
    const { code, stdout } = await type('promote --stage staging --yes');
    expect(stdout).toMatch(why);
    expect(code).toBe(2);
    expect(everything()).toBe(before);
  });

  test('refuses a folder without git', async () => {
    const { repository } = scene();
    const folder = mkdtempSync(join(tmpdir(), 'no-git-'));
    cpSync(join(repository.folder, '.github'), join(folder, '.github'), { recursive: true });
    const run = (args: readonly string[]): Promise<CommandLineResult> => runCommandLine({ folder, args });
    const { code, stdout } = await run(['promote', '--stage', 'staging', '--yes']);
    expect(stdout).toMatch(/needs a git repository.*clone of the repository/s);
    expect(code).toBe(2);
    expect((await run(['lint'])).code).toBe(0);
  });

  test('takes an older commit of the default branch, and a repository without a remote', async () => {
    const { type, repository } = scene();
    repository.commit({ 'more.txt': '' });
    repository.git('switch', '-q', '--detach', 'HEAD~1');
    expect((await type('promote --stage staging --yes')).code).toBe(0);
    const alone = checkout({ '.github/model-promotion.yml': policyOf(), 'metrics.json': '{"auc":0.9}' });
    alone.git('tag', '-a', 'churn@v1.0.0', '-m', 'Register');
    const { code } = await runCommandLine({ folder: alone.folder, args: 'promote --stage staging --yes'.split(' ') });
    expect(code).toBe(0);
  });

  test('in a step of a workflow it is a terminal, too: no workflow command, no output file', async () => {
    const { type } = scene();
    const output = join(mkdtempSync(join(tmpdir(), 'outputs-')), 'output');
    writeFileSync(output, '');
    const environment = {
      GITHUB_ACTIONS: 'true',
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: output,
      GITHUB_REPOSITORY: 'acme/churn',
      INPUT_STAGE: 'production',
    };
    const { code, stdout } = await type('promote --stage staging', { environment });
    expect(code).toBe(0);
    expect(stdout).not.toContain('::');
    expect(readFileSync(output, 'utf8')).toBe('');
  });
});

describe('what was done at a terminal', () => {
  const act = ({ repository }: Scene, inputs: Record<string, string>): ReturnType<typeof runAction> =>
    runAction({ workspace: repository.folder, inputs });

  test("does not count for 'after', until a person takes it over in a workflow", async () => {
    const world = scene();
    await world.type('promote --stage staging --yes');
    const held = await act(world, { stage: 'production' });
    expect(held.outputs).toMatchObject({ decision: 'hold', promoted: 'false' });
    expect(held.outputs['reason']).toMatch(/at a terminal \(Ada Lovelace\), which does not count/);
    const locally = await world.type('promote --stage production --yes');
    expect(locally.code).toBe(3);
    const adopted = await act(world, { command: 'adopt', stage: 'staging', reason: 'looked at it' });
    expect(adopted.outputs).toMatchObject({ decision: 'promote' });
    expect((await act(world, { stage: 'production' })).outputs).toMatchObject({ promoted: 'true' });
  });

  test("counts where the policy says 'local: allow', as an approval as well", async () => {
    const approval = '    approval: { environment: production }';
    const world = scene(policyOf('local: allow', approval));
    await world.type('promote --stage staging --yes');
    const { code, stdout } = await world.type('promote --stage production --yes');
    expect(stdout).toMatch(/Promoted/);
    expect(code).toBe(0);
    expect(world.entries().findLast(({ type }) => type === 'deployed')).toMatchObject({ approvers: ['Ada Lovelace'] });
  });

  test.each([
    ["without 'local: allow'", '', 'environment: production', /a terminal cannot ask for one/],
    ["with 'not_author'", 'local: allow', 'environment: production, not_author: true', /another person/],
  ])('is no approval %s', async (_, more, approval, why) => {
    const policy = policyOf(more, `    approval: { ${approval} }`).replace('    after: staging\n', '');
    const { type, entries } = scene(policy);
    await type('promote --stage staging --yes');
    const { code, stdout } = await type('promote --stage production --yes');
    expect(stdout).toMatch(why);
    expect(code).toBe(3);
    expect(entries().some(({ stage, type: each }) => stage === 'production' && each === 'deployed')).toBe(false);
  });
});

test('Ctrl-C in the middle of a deployment: it is undone before the program ends', async () => {
  const served = join(mkdtempSync(join(tmpdir(), 'served-')), 'model');
  const deploy = `    deploy:
      run: |
        echo "$MODEL_VERSION" > ${served}
        test "$MODEL_VERSION" != v2.0.0 || { echo "deployed-$((40 + 2))"; sleep 120; }
      rollback: echo "$PREVIOUS_VERSION" > ${served}`;
  const { type, repository, entries } = scene(policyOf('', deploy).replace('    after: staging\n', ''));
  await type('promote --stage production --yes');
  register(repository, 'v2.0.0');
  const { code, stdout } = await type('promote --stage production --yes', {
    signal: { name: 'SIGINT', after: 'deployed-42' },
  });
  expect(stdout).toMatch(/The run was cancelled/);
  expect(code).toBe(130);
  expect(readFileSync(served, 'utf8')).toBe('v1.0.0\n');
  expect(entries().at(-1)).toMatchObject({ type: 'closed' });
  expect((await type('verify --stage production --version v1.0.0')).code).toBe(0);
});

test('it is installed without any package, and starts by its name', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'install-'));
  const options = { cwd: folder, encoding: 'utf8' as const, stdio: 'pipe' as const };
  const offline = {
    ...options,
    env: { ...process.env, npm_config_registry: 'http://127.0.0.1:9', npm_config_offline: 'true' },
  };
  const [packed = ''] = execFileSync('npm', ['pack', root, '--silent', '--ignore-scripts'], options)
    .trim()
    .split('\n')
    .slice(-1);
  writeFileSync(join(folder, 'package.json'), '{"private": true}');
  execFileSync('npm', ['install', `./${packed}`, '--no-audit', '--no-fund'], offline);
  expect(readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
    'gated-model-promotion',
  ]);
  const bin = join(folder, 'node_modules/.bin/gated-model-promotion');
  expect(existsSync(bin)).toBe(true);
  const { code, stdout } = await runCommandLine({ folder, args: ['gate', '--help'], file: bin });
  expect(stdout).toMatch(/^Usage: gated-model-promotion gate/);
  expect(code).toBe(0);
});
