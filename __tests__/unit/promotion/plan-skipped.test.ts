import { describe, expect, test } from '@jest/globals';
import { apply, type ApplyContext } from '../../../src/promotion/apply.js';
import { makePlan, type Plan } from '../../../src/promotion/plan.js';
import { gate } from '../../../src/promotion/gate.js';
import type { PromotionContext } from '../../../src/promotion/context.js';
import type { Report } from '../../../src/domain/report.js';
import { FakeRegistry } from '../../support/fake-registry.js';
import { LoggedFake } from '../../support/logged-registry.js';
import { runPromote, runOperation, type Setting } from '../../support/run-promotion.js';

const policy = (production: string): string => `version: 1
registry: { type: mlflow }
model: churn
metrics:
  auc: { goal: maximize, min: 0, max: 1 }
  val_auc: { goal: maximize, min: 0, max: 1, from: evaluate }
stages:
  staging:
    checks: [{ require: auc >= 0.5 }]
  production:
    after: staging
    soak: 2h
    approval: { environment: production }
${production}
`;
const context: ApplyContext = { repository: 'acme/churn', run: '77', evidence: 'sha256:evidence' };
const origin = { repository: 'acme/churn', run: '77', commit: 'c'.repeat(40), approvals: [] };
const at = (hour: string): Setting => ({ now: () => new Date(`2026-03-02T${hour}:00:00Z`) });

async function begun(text: string): Promise<LoggedFake> {
  const registry = new LoggedFake(
    new FakeRegistry().add('1', { auc: 0.8 }).add('2', { auc: 0.9 }).hold('production', '1'),
  );
  await runPromote(text, registry, { ...at('08'), stageName: 'staging', version: '2' });
  return registry;
}

async function planned(text: string, registry: LoggedFake, more: Setting): Promise<Plan> {
  const kept: Plan[] = [];
  await runOperation(text, registry, { ...more, command: 'gate' }, async (work) => {
    const { report, evidence } = await gate(work, '2');
    kept.push(makePlan(report, evidence, origin, work.now()));
    return report;
  });
  const [plan] = kept;
  if (plan === undefined) throw new Error('There is no plan.');
  return plan;
}

async function carriedOut(text: string, registry: LoggedFake, plan: Plan, more: Setting): Promise<Report> {
  const setting: Setting = {
    command: 'apply',
    approval: () => Promise.resolve({ approved: true, approvers: ['bea'], how: 'Approved by bea' }),
    ...more,
  };
  const act = (work: PromotionContext): Promise<Report> => apply(work, plan, context);
  return (await runOperation(text, registry, setting, act)).report;
}

const kinds: readonly (readonly [string, string])[] = [
  ['a command', '    checks: [{ require: auc >= 0.6 }, { name: tests, run: exit 1 }]'],
  [
    'an evaluation',
    `    evaluate: { run: 'echo "{\\"val_auc\\": 0.1}" > "$METRICS_FILE"', for: [candidate] }
    checks: [{ require: auc >= 0.6 }, { require: val_auc >= 0.9 }]`,
  ],
];

describe.each(kinds)('what the gate did not start, %s, is not proved once its blocked is gone', (_, checks) => {
  const text = policy(checks);

  test.each<[string, Setting]>([
    ['by time', at('12')],
    ['by an override', { ...at('09'), override: ['soak'], reason: 'in a hurry' }],
  ])('%s', async (__, more) => {
    const registry = await begun(text);
    const plan = await planned(text, registry, at('09'));
    expect(plan.checks).toContainEqual(expect.objectContaining({ outcome: 'skipped' }));
    await expect(carriedOut(text, registry, plan, more)).rejects.toMatchObject({
      code: 'PLAN_REFUSED',
      message: expect.stringMatching(/^The gate has no result of '.*': .*not started.*soak is not met/i),
      cure: "Run the gate again: 'command: gate' with 'stage: production' and 'version: 2'.",
    });
  });
});

test('a plan without anything left out is carried out once its blocked is gone', async () => {
  const text = policy('    checks: [{ require: auc >= 0.6 }]');
  const registry = await begun(text);
  const plan = await planned(text, registry, at('09'));
  expect(await carriedOut(text, registry, plan, at('12'))).toMatchObject({ promoted: true });
});

test('what had no champion to measure is no blocked', async () => {
  const text = policy(
    `    evaluate: { run: 'echo "{\\"val_auc\\": 0.9}" > "$METRICS_FILE"', for: [candidate, champion] }
    checks: [{ require: auc >= 0.6 }, { require: val_auc >= champion - 0.1 }]`,
  ).replace('model: churn', 'model: churn\nfirst_promotion: allow');
  const registry = new LoggedFake(new FakeRegistry().add('1', { auc: 0.8 }).add('2', { auc: 0.9 }));
  await runPromote(text, registry, { ...at('08'), stageName: 'staging', version: '2' });
  const plan = await planned(text, registry, at('12'));
  expect(plan.checks.filter(({ outcome }) => outcome === 'skipped')).toHaveLength(2);
  expect(await carriedOut(text, registry, plan, at('12'))).toMatchObject({ promoted: true });
});
