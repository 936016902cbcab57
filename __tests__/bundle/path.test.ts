import { afterEach, describe, expect, test } from '@jest/globals';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runAction, type ActionResult } from '../support/action.js';
import { checkout, type Checkout } from '../support/checkout.js';

const policy = `version: 1
registry: { type: git }
model: churn
first_promotion: allow
trusted: [judge]
metrics:
  auc: { goal: maximize, min: 0, max: 1 }
  p99: { goal: minimize, from: file, path: reports/latency.json }
stages:
  live:
    checks:
      - { name: judge, run: sh ../judge/judge.sh, working_directory: reports }
      - require: auc >= 0.8
      - require: p99 <= 10
`;

let repository: Checkout;
/** The runner's workspace, with the checkout in its folder 'clone'. */
let workspace: string;
afterEach(() => {
  rmSync(workspace, { recursive: true, force: true });
});

function scene(): void {
  repository = checkout(
    {
      '.github/model-promotion.yml': policy,
      'metrics.json': '{"auc": 0.9}',
      'reports/latency.json': '{"p99": 7}',
      'judge/judge.sh': 'pwd > ../place\n',
    },
    { remote: true },
  );
  repository.git('tag', '-a', 'churn@v1.0.0', '-m', 'Register');
  repository.git('push', '-q', 'origin', 'churn@v1.0.0');
  workspace = dirname(repository.folder);
}

const run = (inputs: Readonly<Record<string, string>>): Promise<ActionResult> =>
  runAction({
    workspace,
    inputs: { stage: 'live', ...inputs },
    environment: { GITHUB_SHA: repository.git('rev-parse', 'HEAD') },
  });

describe('a checkout that is not the workspace itself', () => {
  test.each(['clone', './clone/', 'whole'])('is found by the input path: %s', async (path) => {
    scene();
    // An earlier step's change to what is trusted is taken back there, and not in the workspace.
    writeFileSync(join(repository.folder, 'judge/judge.sh'), 'exit 1\n');
    const result = await run({ path: path === 'whole' ? repository.folder : path });
    expect(result.outputs).toMatchObject({ decision: 'promote', promoted: 'true', version: 'v1.0.0' });
    expect(readFileSync(join(repository.folder, 'place'), 'utf8')).toBe(`${repository.folder}/reports\n`);
    expect(result.summary).not.toContain('HEAD');
    expect(result.code).toBe(0);
  });

  test('has its plan where artifacts are downloaded to: in the workspace', async () => {
    scene();
    const gate = await run({ command: 'gate', path: 'clone' });
    cpSync(dirname(gate.outputs['plan'] ?? ''), join(workspace, 'artifact'), { recursive: true });
    const digest = gate.outputs['plan-digest'] ?? '';
    const result = await run({ command: 'apply', path: 'clone', plan: 'artifact/plan.json', 'plan-digest': digest });
    expect(result.outputs).toMatchObject({ decision: 'promote', promoted: 'true' });
  });

  test.each([{ command: 'promote' }, { command: 'gate' }, { command: 'status' }, { command: 'lint' }])(
    'is named where it is needed: %j',
    async (inputs) => {
      scene();
      const result = await run(inputs);
      expect(result.code).toBe(1);
      expect(result.log).toContain("The checkout is in 'clone': set the input 'path: clone'.");
      expect((await run({ ...inputs, path: 'clone' })).code).toBe(0);
    },
  );

  test('several are all named', async () => {
    scene();
    mkdirSync(join(workspace, 'tools/other/.git'), { recursive: true });
    expect((await run({})).log).toContain("There are checkouts in 'clone', 'tools/other': set the input 'path'");
  });
});

describe('the input path', () => {
  test.each(['..', '../elsewhere', '/etc', 'link', 'link/below'])('%s leads out of the workspace', async (path) => {
    scene();
    symlinkSync('/etc', join(workspace, 'link'));
    const result = await run({ path });
    expect(result.outputs).toMatchObject({ decision: 'error' });
    expect(result.log).toContain(
      path === 'link/below'
        ? "Input 'path' is 'link/below'"
        : `Input 'path' is '${path}', and that leads out of the workspace.`,
    );
  });

  test('that is not there says which folders are', async () => {
    scene();
    const { log } = await run({ path: 'clnoe' });
    expect(log).toContain("Input 'path' is 'clnoe', and the workspace has no such folder.");
    expect(log).toMatch(/did you mean 'clone'/i);
  });

  test('that is a folder inside the checkout says what to write', async () => {
    scene();
    expect((await run({ path: 'clone/reports' })).log).toContain("Set the input 'path: clone'");
  });
});
