import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runAction, type ActionResult } from '../support/action.js';
import { checkout, type Checkout } from '../support/checkout.js';
import { startMlflow, type MlflowServer } from '../support/mlflow.js';
import { startProxy } from '../support/proxy.js';

let server: MlflowServer;

beforeAll(async () => {
  server = await startMlflow();
});
afterAll(async () => {
  await server.stop();
});

function policy(model: string, checks: readonly string[]): string {
  return `version: 1
registry: { type: mlflow }
model: ${model}
metrics:
  auc: { goal: maximize, min: 0, max: 1 }
stages:
  production:
    checks:
${checks.map((check) => `      - ${check}`).join('\n')}
`;
}

function run(repository: Checkout, inputs: Record<string, string>, url = server.url): Promise<ActionResult> {
  return runAction({
    workspace: repository.folder,
    inputs: { stage: 'production', ...inputs },
    environment: { MLFLOW_TRACKING_URI: url },
  });
}

const rowsOf = ({ summary }: ActionResult): readonly (readonly string[])[] =>
  summary
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| Version'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

describe('backtest of 200 versions', () => {
  let result: ActionResult;
  let writes: readonly unknown[];
  const numbers = Array.from({ length: 200 }, (_, index) => index + 1);
  /** Each tenth is the best so far, each hundredth was never measured soundly, the others are worse. */
  const aucOf = (version: number): number =>
    version % 100 === 0 ? NaN : version % 10 === 1 ? 0.5 + version / 1000 : 0.4;

  beforeAll(async () => {
    await server.createModel('many');
    // Runs may be made at the same time; versions are numbered in the order in which they are asked for.
    const runs: string[] = [];
    for (let begin = 0; begin < numbers.length; begin += 8) {
      const some = numbers.slice(begin, begin + 8);
      runs.push(...(await Promise.all(some.map((version) => server.createRun({ auc: aucOf(version) })))));
    }
    for (const id of runs) {
      const source = `mlflow-artifacts:/0/${id}/artifacts/model`;
      await server.call('POST', 'model-versions/create', { name: 'many', source, run_id: id });
    }
    await server.setAlias('many', 'production', '55');
    const checks = ['require: auc >= champion - 0.005', "{ name: tests, run: 'exit 1' }"];
    const repository = checkout({ '.github/model-promotion.yml': policy('many', checks) });
    const proxy = await startProxy(server.url);
    result = await run(repository, { command: 'backtest' }, proxy.url);
    writes = proxy.calls.filter((call) => call.method !== 'GET');
    await proxy.stop();
  });

  test('succeeds, writes nothing, and tells how far it is', async () => {
    expect(result.log).not.toMatch(/::error/);
    expect(result.code).toBe(0);
    expect(writes).toEqual([]);
    expect(await server.aliases('many')).toEqual({ production: '55' });
    expect(await server.tags('many', '1')).toEqual({});
    expect(result.stdout).toMatch(/^backtest: 75 of 200$/m);
    expect(result.stdout).toMatch(/^backtest: 200 of 200$/m);
  });

  test('the summary has a row for each version, the one that is there against the policy first', () => {
    const rows = rowsOf(result);
    expect(rows).toHaveLength(200);
    expect(result.summary).toContain(
      '200 versions: 19 promote, 178 reject, 1 hold, 2 error; 1 otherwise than in fact.',
    );
    const [first] = rows;
    expect(first?.[0]).toBe('⚠️ **55**');
    expect(first?.slice(2)).toEqual([
      '❌ reject',
      expect.stringContaining('auc is 0.4, required &gt;= 0.546'),
      '51',
      'promoted',
    ]);
    const of = (version: number): readonly string[] | undefined => rows.find(([name]) => name === `**${version}**`);
    expect(of(1)?.slice(2)).toEqual([
      expect.stringMatching(/^⏸️ hold.*first champion/),
      expect.stringContaining('There is no champion'),
      '(none)',
      'no record',
    ]);
    expect(of(2)?.slice(2)).toEqual(['❌ reject', expect.any(String), '1', 'no record']);
    expect(of(191)?.slice(2)).toEqual(['✅ promote', expect.stringContaining('to spare'), '181', 'no record']);
    expect(of(200)?.slice(2)).toEqual(['❗ error', expect.stringContaining('auc is NaN'), '191', 'no record']);
    expect(result.summary).toContain('Not replayed: <code>tests</code>');
  });
});

test('a policy that is only in the workspace is tried on what the log says was promoted', async () => {
  await server.createModel('tried');
  const repository = checkout({ '.github/model-promotion.yml': policy('tried', ['require: auc >= 0.5']) });
  for (const auc of [0.6, 0.55, 0.4]) {
    await server.createVersion('tried', { auc });
    await run(repository, { command: 'promote' });
  }
  expect(await server.aliases('tried')).toMatchObject({ production: '2' });
  const stricter = policy('tried', ['require: auc >= 0.3', 'require: auc >= champion - 0.01']);
  writeFileSync(join(repository.folder, '.github/model-promotion.yml'), stricter);

  const result = await run(repository, { command: 'backtest', 'policy-ref': 'workspace' });

  expect(result.code).toBe(0);
  expect(rowsOf(result).map((cells) => [cells[0], cells[2]?.slice(0, 9), cells[4], cells[5]])).toEqual([
    ['⚠️ **2**', '❌ reject', '1', 'promoted'],
    ['**1**', expect.stringMatching(/^⏸️ hold/), '(none)', 'promoted'],
    ['**3**', '❌ reject', '1', 'rejected'],
  ]);
});
