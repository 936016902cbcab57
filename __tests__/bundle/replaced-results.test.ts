import { beforeEach, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAction, type ActionResult } from '../support/action.js';
import { checkout, type Checkout } from '../support/checkout.js';

/** A deployment that knows where the results are, and puts something else there. */
const policy = (plants: string): string => `version: 1
registry: { type: git }
model: churn
first_promotion: allow
pass_env: [VICTIM]
metrics: { auc: { goal: maximize, min: 0, max: 1 } }
stages:
  production:
    checks: [{ require: auc >= 0.8 }]
    deploy:
      run: |
        shopt -s nullglob
        for results in "$RUNNER_TEMP"/model-promotion-*/evidence.json; do
          cd "$(dirname "$results")"
          ${plants}
        done
`;

let temporary: string;
let victim: string;
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'planted-'));
  victim = join(mkdtempSync(join(tmpdir(), 'victim-')), 'file');
  writeFileSync(victim, 'untouched');
});

function scene(plants: string): Checkout {
  const repository = checkout({
    '.github/model-promotion.yml': policy(plants),
    'metrics.json': JSON.stringify({ auc: 0.9 }),
  });
  repository.git('tag', '-a', 'churn@v1.0.0', '-m', 'Register');
  return repository;
}

const act = ({ folder }: Checkout, inputs: Record<string, string> = {}): Promise<ActionResult> =>
  runAction({
    workspace: folder,
    inputs: { stage: 'production', ...inputs },
    environment: { RUNNER_TEMP: temporary, VICTIM: victim },
  });

test.each([
  ['links', 'rm evidence.json; ln -s "$VICTIM" evidence.json; ln -s "$VICTIM" report.md'],
  ['hard links', 'ln -f "$VICTIM" evidence.json; ln "$VICTIM" report.md'],
  ['evidence of its own', 'echo "{}" > evidence.json; mkdir -p report.md/deep'],
])('%s that a deployment planted are neither followed nor believed', async (_, plants) => {
  const repository = scene(plants);
  const result = await act(repository);
  expect(result.outputs).toMatchObject({ decision: 'promote', promoted: 'true' });
  expect(readFileSync(victim, 'utf8')).toBe('untouched');
  const [evidence = '', report = ''] = [result.outputs['evidence'], result.outputs['report']];
  for (const path of [evidence, report]) expect(lstatSync(path).isFile()).toBe(true);
  expect(readFileSync(report, 'utf8')).toContain('The evidence was changed while commands ran');
  const digest = `sha256:${createHash('sha256').update(readFileSync(evidence)).digest('hex')}`;
  expect(repository.git('log', '-p', 'refs/promotion/churn')).toContain(digest);
});

test('a folder of results that a deployment made a link costs the files, and no verdict', async () => {
  const repository = scene('here=$PWD; cd ..; rm -r "$here"; ln -s "$(dirname "$VICTIM")" "$here"; exit 0');
  const result = await act(repository);
  expect(result.outputs).toMatchObject({ decision: 'promote', promoted: 'true' });
  expect(result.summary).toContain('The evidence could not be written');
  expect([result.outputs['evidence'], result.outputs['report']]).toEqual(['', undefined]);
  expect(existsSync(join(victim, '../evidence.json'))).toBe(false);
  expect(existsSync(join(victim, '../report.md'))).toBe(false);
});

test.each<[string, (path: string, original: string) => void, string]>([
  ['a link', (path, original) => symlinkSync(original, path), 'is a link, not a file.'],
  ['a pipe', (path) => execFileSync('mkfifo', [path]), 'is not a regular file.'],
  ['a folder', (path) => mkdirSync(path), 'is not a regular file.'],
  ['endless', (path) => (writeFileSync(path, ''), truncateSync(path, 33 * 1024 ** 2)), 'is larger than 32 MiB'],
])('a plan that is %s is refused, and so is evidence', async (_, make, reason) => {
  const repository = scene('true');
  const gate = await act(repository, { command: 'gate' });
  const { plan = '', evidence = '', 'plan-digest': digest = '' } = gate.outputs;
  const folder = mkdtempSync(join(tmpdir(), 'plan-'));
  const apply = (name: string): Promise<ActionResult> =>
    act(repository, { command: 'apply', plan: join(folder, name), 'plan-digest': digest });
  make(join(folder, 'plan.json'), plan);
  const refused = { decision: 'error', reason: expect.stringContaining(reason) };
  expect((await apply('plan.json')).outputs).toMatchObject(refused);
  writeFileSync(join(folder, 'copy.json'), readFileSync(plan));
  make(join(folder, 'evidence.json'), evidence);
  expect((await apply('copy.json')).outputs).toMatchObject(refused);
});

test('a deployment that removes the runner’s own files costs the outputs, and no verdict', async () => {
  const repository = scene('true');
  repository.commit({
    '.github/model-promotion.yml': policy('true')
      .replace('pass_env: [VICTIM]', 'pass_env: [GITHUB_ENV_FILE]')
      .replace('shopt -s nullglob', 'rm -f "$(dirname "$GITHUB_ENV_FILE")"/*; shopt -s nullglob'),
  });
  const files = mkdtempSync(join(tmpdir(), 'files-'));
  const [output, summary, state] = [join(files, 'output'), join(files, 'summary'), join(files, 'state')];
  for (const file of [output, summary, state]) writeFileSync(file, '');
  const result = await runAction({
    workspace: repository.folder,
    inputs: { stage: 'production' },
    environment: {
      RUNNER_TEMP: temporary,
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_STATE: state,
      GITHUB_ENV_FILE: output,
    },
  });
  expect(result.code).toBe(0);
  expect(result.log).toMatch(/^✅ Promoted: churn v1\.0\.0 to production.*\nchurn v1\.0\.0 now holds production/m);
  expect(result.log).toContain('The outputs could not be written');
  expect(result.log.length).toBeLessThan(10_000);
});
