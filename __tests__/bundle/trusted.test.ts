import { beforeEach, describe, expect, test } from '@jest/globals';
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
