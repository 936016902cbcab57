import { describe, expect, test } from '@jest/globals';
import { loadPolicy, sourceOf } from '../../support/policy.js';
import type { Check, Metric, Policy, Stage } from '../../../src/policy/policy.js';
import { apply } from '../../../src/promotion/apply.js';
import { makePlan, type Plan } from '../../../src/promotion/plan.js';
import { gate } from '../../../src/promotion/gate.js';
import { decide } from '../../../src/verdict/decide.js';
import type { Report } from '../../../src/domain/report.js';
import type { CheckResult } from '../../../src/domain/check.js';
import { FakeRegistry } from '../../support/fake-registry.js';
import { outcomes, runPromote, runOperation } from '../../support/run-promotion.js';

const text = (evaluate = ''): string => `version: 1
registry: { type: mlflow }
model: churn
first_promotion: allow
metrics:
  auc: { goal: maximize, min: 0, max: 1 }
  f1: { goal: maximize }
  val: { goal: maximize, from: evaluate }
stages:
  production:
    ${evaluate}
    checks:
      - { name: tests, run: 'true' }
      - { require: auc >= 0.6 }
      - { require: f1 >= 0.6 }
`;
const evaluate = `evaluate: { run: 'echo "{\\"val\\": 0.9}" > "$METRICS_FILE"', for: [candidate] }`;
const registry = (): FakeRegistry => new FakeRegistry().add('1', { auc: 0.8, f1: 0.8 });

/** The policy as a half-done addition to the code would have it: with a kind that no list names. */
function changed(
  given: string,
  change: { check?: (check: Check) => Check; metric?: (metric: Metric) => Metric },
): { policy: Policy; stage: Stage } {
  const policy = loadPolicy(sourceOf('policy.yml', given, 'main', 'c'.repeat(40)));
  const found = policy.stages.get('production')!;
  const stage = { ...found, checks: found.checks.map(change.check ?? ((each) => each)) };
  const metrics = new Map([...policy.metrics].map(([id, metric]) => [id, change.metric?.(metric) ?? metric]));
  return { policy: { ...policy, metrics, stages: new Map([['production', stage]]) }, stage };
}

const unknownSource = (metric: Metric): Metric =>
  metric.id === 'f1' ? { ...metric, source: { from: 'feature_store' } as never } : metric;

describe('a check that nothing has judged is an error', () => {
  test.each([
    ['alone', ''],
    ['beside evaluate', evaluate],
  ])('a metric of a source that no list names, %s', async (_, more) => {
    const { report, sealed } = await runPromote(text(more), registry(), changed(text(more), { metric: unknownSource }));
    expect(report).toMatchObject({ decision: 'error', promoted: false });
    expect(report.reason).toBe('f1 >= 0.6: It has no result: nothing has judged it, so nothing is proved.');
    expect(outcomes(report).slice(0, 3)).toEqual(['tests: passed', 'auc >= 0.6: passed', 'f1 >= 0.6: error']);
    expect(sealed[0]?.checks.map(({ name }) => name)).toContain('f1 >= 0.6');
  });

  test('a check of a kind that no list names', async () => {
    const check = (each: Check): Check => (each.name === 'tests' ? { ...each, kind: 'notebook' as never } : each);
    await expect(runPromote(text(), registry(), changed(text(), { check }))).rejects.toThrow('unknown kind of check');
  });

  test('an outcome that no list names', () => {
    const result = { kind: 'condition', name: 'x', outcome: 'postponed', reason: '' };
    expect(() => decide([result as never])).toThrow("'postponed' is an unknown outcome of a check.");
  });
});

describe('apply: a plan without a result for', () => {
  const origin = { repository: 'acme/churn', run: '77', commit: 'c'.repeat(40), approvals: [] };
  const context = { repository: 'acme/churn', run: '77', evidence: 'sha256:evidence' };

  async function applied(keep: (check: CheckResult) => boolean): Promise<Report> {
    const store = registry();
    let plan: Plan | undefined;
    await runOperation(text(evaluate), store, { command: 'gate' }, async (work) => {
      const { report, evidence } = await gate(work, '1');
      plan = makePlan(report, evidence, origin, work.now());
      return report;
    });
    const given = { ...plan!, checks: plan!.checks.filter(keep) };
    return (await runOperation(text(evaluate), store, { command: 'apply' }, (work) => apply(work, given, context)))
      .report;
  }

  test('nothing (all are there)', async () => {
    expect(await applied(() => true)).toMatchObject({ decision: 'promote', promoted: true });
  });

  test.each(['tests', 'auc >= 0.6', 'f1 >= 0.6', 'evaluate (candidate)'])('%s', async (name) => {
    const report = await applied((check) => check.name !== name);
    expect(report).toMatchObject({ decision: 'error', promoted: false });
    expect(report.reason).toBe(`${name}: It has no result: nothing has judged it, so nothing is proved.`);
  });
});
