import { expect, test } from '@jest/globals';
import { runAction, type ActionRun } from '../support/action.js';
import { checkout, type Checkout } from '../support/checkout.js';

/** One stage, which a run without inputs would promote to. */
const policy = `version: 1
registry: { type: git }
model: churn
metrics: { auc: { goal: maximize, min: 0, max: 1 } }
stages:
  live:
    checks: [{ require: auc >= 0.8 }]
`;

function scene(): Checkout {
  const repository = checkout({ '.github/model-promotion.yml': policy }, { remote: true });
  repository.commit({ 'metrics.json': '{"auc": 0.9}' });
  repository.git('tag', '-a', 'churn@v1.0.0', '-m', 'Register');
  repository.git('push', '-q', 'origin', 'churn@v1.0.0');
  return repository;
}

function everything({ git }: Checkout): string {
  return [git('for-each-ref'), git('ls-remote', 'origin'), git('status', '--porcelain', '--ignored')].join('\n');
}

const outside = { GITHUB_ACTIONS: undefined };

test.each<[string, Partial<ActionRun>]>([
  ['outside a runner', { environment: outside }],
  ['where GITHUB_ACTIONS is not true', { environment: { GITHUB_ACTIONS: '1' } }],
  ['with --help on a laptop', { environment: outside, args: ['--help'] }],
  ['with --help on a runner', { args: ['--help'] }],
  ['with a command on a runner', { args: ['rollback'] }],
  ['with an empty argument', { args: [''] }],
])('%s it prints its usage, writes nothing and exits with 2', async (_, more) => {
  const repository = scene();
  const before = everything(repository);
  const { code, stdout, log, outputs, summary, state, leaked } = await runAction({
    workspace: repository.folder,
    inputs: {},
    ...more,
  });
  expect(code).toBe(2);
  expect(stdout).toContain('uses: your-org/gated-model-promotion@v1');
  expect(stdout).toContain('https://github.com/your-org/gated-model-promotion#readme');
  expect(log).not.toContain('::');
  expect([outputs, summary, state, leaked]).toEqual([{}, '', {}, '']);
  expect(everything(repository)).toBe(before);
  // The same run on a runner does promote.
  const onRunner = await runAction({ workspace: repository.folder, inputs: {} });
  expect(onRunner.outputs).toMatchObject({ decision: 'promote', promoted: 'true' });
});

test.each([
  ['outside a runner', { environment: outside }],
  ['with arguments', { args: ['--help'] }],
])('the post step does nothing %s', async (_, more) => {
  const repository = scene();
  // An operation that this step left open, and inputs that cannot be read: on a runner that is an error.
  const post = { operation: JSON.stringify({ model: 'churn', operation: 'x', owner: 'y' }) };
  const run: ActionRun = { workspace: repository.folder, inputs: { command: 'nonsense' }, post };
  expect(await runAction({ ...run, ...more })).toMatchObject({ code: 0, log: '' });
  expect(await runAction(run)).toMatchObject({ code: 1 });
});
