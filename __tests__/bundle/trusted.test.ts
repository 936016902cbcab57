import { beforeEach, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAction, type ActionResult } from '../support/action.js';
import { checkout, type Checkout } from '../support/checkout.js';
import { lfsFolder } from '../support/tools.js';

const path = '.github/model-promotion.yml';
const policy = (trusted: string): string => `version: 1
registry: { type: git }
model: churn
first_promotion: allow
${trusted}
metrics: { auc: { goal: maximize, min: 0, max: 1 } }
stages:
  live:
    checks:
      - name: judge
        run: ./judge/judge.sh
      - require: auc >= 0.5
`;
const strict = '#!/bin/sh\nls judge\n. judge/rules.sh\ntest "$(cat model.txt)" = good\n';

let repository: Checkout;
const here = (name: string): string => join(repository.folder, name);

/** A repository whose policy trusts what is given, and a change that was made to it since. */
function change(trusted: string, files: Readonly<Record<string, string>>): void {
  repository = checkout(
    {
      [path]: policy(trusted),
      'metrics.json': '{"auc": 0.9}',
      'model.txt': 'bad',
      'judge/judge.sh': strict,
      'judge/rules.sh': 'true\n',
    },
    { remote: true },
  );
  repository.git('update-index', '--chmod=+x', 'judge/judge.sh');
  repository.git('commit', '-q', '-m', 'Make it run');
  repository.git('push', '-q', 'origin', 'HEAD:main');
  repository.git('checkout', '-q', '--', '.');
  repository.git('switch', '-q', '-c', 'change');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(here(name), '..'), { recursive: true });
    writeFileSync(here(name), text);
  }
  repository.git('add', '-A');
  repository.git('commit', '-q', '--allow-empty', '-m', 'Change');
}

const gate = (): Promise<ActionResult> =>
  runAction({
    workspace: repository.folder,
    inputs: { command: 'gate', stage: 'live', version: 'head' },
    eventName: 'pull_request',
  });

const lax = { 'judge/judge.sh': '#!/bin/sh\nexit 0\n', 'judge/extra.sh': 'true\n' };

describe('trusted files', () => {
  test('are those of the policy, with nothing beside them, while commands run; then all is as it was', async () => {
    change('trusted: [judge]', lax);
    writeFileSync(here('judge/untracked.sh'), 'true\n');
    const result = await gate();
    expect(result.outputs).toMatchObject({ decision: 'reject' });
    expect(result.log).not.toContain('extra.sh\n');
    expect(result.summary).toMatch(
      /'trusted': 'judge\/extra.sh', 'judge\/judge.sh', 'judge\/untracked.sh' differ here/,
    );
    expect(readFileSync(here('judge/judge.sh'), 'utf8')).toBe(lax['judge/judge.sh']);
    expect(['judge/extra.sh', 'judge/untracked.sh'].map((name) => existsSync(here(name)))).toEqual([true, true]);
    expect(statSync(here('judge/judge.sh')).mode & 0o111).not.toBe(0);
    expect(repository.git('status', '--porcelain')).toBe('?? judge/untracked.sh');
  });

  test('that do not differ are left alone', async () => {
    change('trusted: [judge/judge.sh, judge/]', { 'model.txt': 'good' });
    const before = statSync(here('judge/judge.sh')).mtimeMs;
    const result = await gate();
    expect(result.outputs).toMatchObject({ decision: 'promote' });
    expect(result.summary).not.toContain('trusted');
    expect(statSync(here('judge/judge.sh')).mtimeMs).toBe(before);
  });

  test('that were deleted are there for the commands', async () => {
    change('trusted: [judge]', {});
    repository.git('rm', '-rq', 'judge');
    repository.git('commit', '-qm', 'Remove');
    expect((await gate()).outputs).toMatchObject({ decision: 'reject' });
    expect(existsSync(here('judge'))).toBe(false);
  });

  test('behind a symbolic link are refused, and what it leads to is not touched', async () => {
    change('trusted: [judge/judge.sh]', {});
    const elsewhere = mkdtempSync(join(tmpdir(), 'elsewhere-'));
    writeFileSync(join(elsewhere, 'judge.sh'), 'exit 0\n');
    rmSync(here('judge'), { recursive: true });
    symlinkSync(elsewhere, here('judge'));
    const result = await gate();
    expect(result.log).toContain("'trusted' names 'judge/judge.sh', and a folder on the way there is a symbolic link.");
    expect(result.outputs).toMatchObject({ decision: 'error' });
    expect(readFileSync(join(elsewhere, 'judge.sh'), 'utf8')).toBe('exit 0\n');
  });

  test('that the policy does not have are an error', async () => {
    change('trusted: [judge/jugde.sh]', {});
    expect((await gate()).log).toContain("'trusted' names 'judge/jugde.sh', and the policy's commit");
  });

  test.each(['../x', '/etc/passwd', '.git/config', 'a/*.py', '.'])('%s cannot be trusted', async (name) => {
    change(`trusted: ['${name}']`, {});
    expect((await gate()).log).toMatch(/model-promotion.yml:5:11: '.*' is no file or folder below/);
  });
});

describe('trusted files that a command changes', () => {
  /** A gate whose first command, the change's own, comes before the judge; each may be tried again. */
  async function after(first: string, trusted = 'judge'): Promise<ActionResult> {
    repository = checkout(
      {
        [path]: policy(`trusted: [${trusted}]`).replace(
          '      - name: judge\n        run: ',
          `      - { name: first, run: sh first.sh }\n      - name: judge\n        retries: 2\n        run: sh `,
        ),
        'metrics.json': '{"auc": 0.9}',
        'model.txt': 'bad',
        'judge/judge.sh': strict,
        'judge/rules.sh': 'true\n',
        'first.sh': 'true\n',
      },
      { remote: true },
    );
    repository.git('switch', '-q', '-c', 'change');
    writeFileSync(here('first.sh'), first);
    repository.git('commit', '-qam', 'Change');
    return gate();
  }

  test.each([
    ['is overwritten', 'judge/judge.sh', 'echo exit 0 > judge/judge.sh', 'judge'],
    ['is overwritten by as many bytes', 'judge/rules.sh', 'echo exit > judge/rules.sh', 'judge'],
    ['is deleted', 'judge/rules.sh', 'rm judge/rules.sh', 'judge'],
    ['is a link', 'judge/judge.sh', 'mv judge/judge.sh j; ln -s ../j judge/judge.sh', 'judge'],
    ['is a pipe', 'judge/judge.sh', 'rm judge/judge.sh; mkfifo judge/judge.sh', 'judge'],
    ['is in a folder that is a link now', 'judge/judge.sh', 'mv judge j; ln -s j judge', 'judge/judge.sh'],
    ['is a folder that is a link now', 'judge', 'mv judge j; ln -s j judge', 'judge'],
    ['has something beside it', 'judge/extra.sh', 'touch judge/extra.sh', 'judge'],
    ['is in no commit any more', 'judge/judge.sh', 'echo exit 0 > judge/judge.sh; rm -rf .git/objects/*', 'judge'],
  ])('one that %s: no other command is started', async (_, name, first, trusted) => {
    const result = await after(first, trusted);
    expect(result.outputs).toMatchObject({ decision: 'error' });
    expect(result.log).toContain(
      `judge was not started: of what is 'trusted', '${name}' changed since it was pinned: an earlier command or another process wrote there.`,
    );
    expect(result.log).toContain('Let no command write there.');
    expect(result.log).not.toContain('trying again');
  });

  test('what Python and pytest leave there is removed, and nobody runs it', async () => {
    const result = await after(
      'mkdir -p judge/__pycache__ judge/.pytest_cache/v; touch judge/__pycache__/x.pyc judge/.pytest_cache/v/y; echo good > model.txt',
    );
    expect(result.outputs).toMatchObject({ decision: 'promote' });
    expect(['judge/__pycache__/x.pyc', 'judge/.pytest_cache/v/y'].map((name) => existsSync(here(name)))).toEqual([
      false,
      false,
    ]);
  });

  test('nor is a deployment tested, or undone, by what it wrote', async () => {
    repository = checkout(
      {
        [path]: `${policy('trusted: [judge]').replace('./judge/judge.sh', 'test -e judge')}    deploy:
      run: test "$MODEL_VERSION" = v1.0.0 || echo exit 0 > judge/judge.sh
      smoke_test: touch tested; test -e judge
      rollback: touch undone
`,
        'metrics.json': '{"auc": 0.9}',
        'judge/judge.sh': strict,
      },
      { remote: true },
    );
    const promote = (version: string): Promise<ActionResult> => {
      repository.git('tag', '-a', `churn@${version}`, '-m', 'Register');
      repository.git('push', '-q', 'origin', `churn@${version}`);
      rmSync(here('tested'), { force: true });
      return runAction({ workspace: repository.folder, inputs: { command: 'promote', stage: 'live', version } });
    };
    expect((await promote('v1.0.0')).outputs).toMatchObject({ promoted: 'true' });
    repository.commit({ 'model.txt': 'other' });
    const result = await promote('v2.0.0');
    expect(result.outputs).toMatchObject({ promoted: 'false' });
    expect(result.log).toContain("smoke test was not started: of what is 'trusted', 'judge/judge.sh' changed");
    expect(result.summary).toContain('Undoing it failed too');
    expect(['tested', 'undone'].map((name) => existsSync(here(name)))).toEqual([false, false]);
  });
});

describe('a trusted file that Git LFS keeps', () => {
  const environment = { PATH: `${lfsFolder}:${process.env['PATH'] ?? ''}` };
  const lfs = (...args: readonly string[]): void =>
    void execFileSync('git', ['-C', repository.folder, ...args], {
      env: { ...process.env, ...environment },
      stdio: 'pipe',
    });

  /** The judge reads it; the checkout has the pointer alone, and the object is on the remote. */
  function large(): void {
    repository = checkout({ [path]: policy('trusted: [judge]').replace('./judge', 'sh judge') }, { remote: true });
    repository.git('remote', 'set-url', 'origin', `file://${repository.git('remote', 'get-url', 'origin')}`);
    lfs('lfs', 'install', '--local');
    mkdirSync(here('judge'));
    writeFileSync(here('.gitattributes'), 'judge/*.csv filter=lfs -text\n');
    writeFileSync(here('judge/holdout.csv'), 'the holdout set\n');
    writeFileSync(here('judge/judge.sh'), 'grep -q "the holdout set" judge/holdout.csv\n');
    writeFileSync(here('metrics.json'), '{"auc": 0.9}');
    lfs('add', '-A');
    lfs('commit', '-qm', 'Judge');
    lfs('push', '-q', 'origin', 'HEAD:main');
    const pointer = repository.git('cat-file', 'blob', 'HEAD:judge/holdout.csv');
    writeFileSync(here('judge/holdout.csv'), `${pointer}\n`);
    rmSync(here('.git/lfs'), { recursive: true });
  }
  const judged = (): Promise<ActionResult> =>
    runAction({
      workspace: repository.folder,
      inputs: { command: 'gate', stage: 'live', version: 'head' },
      environment,
    });

  test('is laid as the file itself, and is a pointer again afterwards', async () => {
    large();
    expect((await judged()).outputs).toMatchObject({ decision: 'promote' });
    expect(readFileSync(here('judge/holdout.csv'), 'utf8')).toMatch(/^version https/);
  });

  test('is left alone where the checkout has it', async () => {
    large();
    writeFileSync(here('judge/holdout.csv'), 'the holdout set\n');
    const result = await judged();
    expect(result.outputs).toMatchObject({ decision: 'promote' });
    expect(result.summary).not.toContain('holdout.csv');
  });

  test('and that cannot be had is an error before any command', async () => {
    large();
    rmSync(`${repository.git('remote', 'get-url', 'origin').replace('file://', '')}/lfs`, { recursive: true });
    const result = await judged();
    expect(result.outputs).toMatchObject({ decision: 'error' });
    expect(result.log).toMatch(
      /'judge\/holdout\.csv' of the policy's commit [0-9a-f]{8} is a Git LFS pointer, and git-lfs could not/,
    );
  });
});

describe('what Python would load from beside a trusted script', () => {
  const judge = 'import json\nprint(json.loads(open("metrics.json").read())["auc"])\nraise SystemExit(1)\n';
  const planted = 'raise SystemExit(0)\n';

  /** The judge, and before it a command of the change. */
  function change(files: Readonly<Record<string, string>>, first = 'true'): void {
    repository = checkout(
      {
        [path]: policy('trusted: [evaluate.py]').replace(
          '      - name: judge\n        run: ./judge/judge.sh',
          `      - { name: first, run: '${first}' }\n      - name: judge\n        run: python3 evaluate.py`,
        ),
        'metrics.json': '{"auc": 0.9}',
        'evaluate.py': judge,
      },
      { remote: true },
    );
    repository.git('switch', '-q', '-c', 'change');
    for (const [name, text] of Object.entries(files)) writeFileSync(here(name), text);
    repository.git('add', '-A');
    repository.git('commit', '-q', '--allow-empty', '-m', 'Change');
  }

  test('is an error before any command is started, naming the file and what to do', async () => {
    change({ 'json.py': planted }, 'touch started');
    const result = await gate();
    expect(result.outputs).toMatchObject({ decision: 'error' });
    expect(result.log).toMatch(
      /judge was not started: 'json\.py' is not as on main \([0-9a-f]{8}\), and Python would take it for the module 'json' when 'evaluate\.py' runs/,
    );
    expect(result.log).toContain("Add it to 'trusted', or keep what is trusted in a folder of its own");
    expect(result.summary).toContain('json.py');
    expect(existsSync(here('started'))).toBe(false);
  });

  test('nor may a command put it there for the next one', async () => {
    change({ plant: planted }, 'cp plant json.py');
    const result = await gate();
    expect(result.outputs).toMatchObject({ decision: 'error' });
    expect(result.log).toContain("judge was not started: 'json.py' is not as on main");
  });

  test('what a trusted shell script, or make, runs is pointed out', async () => {
    const files = { 'tool.py': 'print(1)\n', Makefile: 'all:\n\ttrue\n', 'judge/judge.sh': 'python3 tool.py\n' };
    repository = checkout(
      {
        [path]: policy('trusted: [judge]').replace('./judge/judge.sh', 'make && sh judge/judge.sh'),
        'metrics.json': '{"auc": 0.9}',
        ...files,
      },
      { remote: true },
    );
    repository.git('switch', '-q', '-c', 'change');
    writeFileSync(here('tool.py'), 'print(2)\n');
    writeFileSync(here('Makefile'), 'all:\n\techo\n');
    repository.git('commit', '-qam', 'Change');
    expect((await gate()).summary).toMatch(
      /Commands run '(Makefile', 'tool\.py|tool\.py', 'Makefile)', not as on main/,
    );
  });

  test('without it the judge judges', async () => {
    change({ 'train.py': planted });
    const result = await gate();
    expect(result.outputs).toMatchObject({ decision: 'reject' });
    expect(result.summary).not.toContain('is not as on');
  });
});

describe('a checkout that is not of the commit that the run is for', () => {
  const run = (matches: boolean): Promise<ActionResult> => {
    const rule = matches ? '    evidence: { match: [commit] }\n' : '';
    repository = checkout(
      {
        [path]: policy('').replace('    checks:', `${rule}    checks:`).replace('./judge', 'sh judge'),
        'metrics.json': '{"auc": 0.9}',
        'judge/judge.sh': '',
      },
      { remote: true },
    );
    return runAction({
      workspace: repository.folder,
      inputs: { command: 'gate', stage: 'live', version: 'head' },
      environment: { GITHUB_SHA: 'b'.repeat(40) },
    });
  };

  test('is named in the report', async () => {
    const result = await run(false);
    expect(result.outputs).toMatchObject({ decision: 'promote' });
    expect(result.summary).toMatch(/The checkout('|&#39;)s HEAD is [0-9a-f]{12}, and this run is for b{12}/);
  });

  test('is an error where the evidence must match the commit, and no command is started', async () => {
    const result = await run(true);
    expect(result.outputs).toMatchObject({ decision: 'error' });
    expect(result.log).toContain("the evidence of 'live' must match the commit");
    expect(result.log).toContain("actions/checkout without 'ref'");
    expect(result.log).not.toContain('judge succeeded');
  });
});

describe('without them', () => {
  beforeEach(() => {
    change('', { ...lax, [path]: policy('# nothing is trusted').replace('0.5', '0.1') });
  });

  test('a changed file that a command names is pointed out, and so is what would become of the policy', async () => {
    const result = await gate();
    expect(result.outputs).toMatchObject({ decision: 'promote' });
    expect(result.summary).toContain("Commands run 'judge/judge.sh', not as on main");
    expect(result.summary).toContain('what is judged may have brought its own judge');
    expect(result.summary).toMatch(/How <code>.*model-promotion.yml<\/code> would change; that of main counts/);
    expect(result.summary).toContain('-      - require: auc &gt;= 0.5');
    expect(result.summary).toContain('+      - require: auc &gt;= 0.1');
  });
});
