import { describe, expect, test } from '@jest/globals';
import { PromotionError } from '../../../src/domain/errors.js';
import { loadPolicy, sourceOf } from '../../support/policy.js';
import { FakeRegistry } from '../../support/fake-registry.js';
import { runPromote } from '../../support/run-promotion.js';

const policy = (checks: string, anchors = '{ launch: 1 }'): string => `version: 1
registry: { type: mlflow }
model: churn
anchors: ${anchors}
metrics:
  auc: { goal: maximize, min: 0, max: 1 }
  val: { goal: maximize, from: evaluate }
stages:
  production:
    evaluate: { run: 'echo "{\\"val\\": 0.7}" > "$METRICS_FILE"', for: [candidate] }
    checks: [${checks}, { require: val >= 0.5 }]
`;
/** The champion is 4; each version lost a little, and none more than was tolerated. */
const registry = (auc: number): FakeRegistry =>
  new FakeRegistry()
    .add(
      '1',
      { auc: 0.9 },
      {
        promotion_state: 'archived',
        promotion_production: JSON.stringify({
          state: 'archived',
          stage: 'production',
          at: '2026-01-01T00:00:00Z',
          metrics: { val: '0.72' },
        }),
      },
    )
    .add('4', { auc: 0.885 })
    .add('5', { auc })
    .hold('production', '4');

describe('an anchor', () => {
  const drift = '{ require: auc >= champion - 0.01 }, { require: auc >= launch - 0.02 }';

  test('stops small tolerated losses from adding up', async () => {
    const { report } = await runPromote(policy(drift), registry(0.876));
    expect(report).toMatchObject({ decision: 'reject', promoted: false });
    expect(report.reason).toBe('auc >= launch - 0.02: auc is 0.876, required >= 0.88 (missed by 0.004).');
    expect(report.checks.find(({ name }) => name.includes('launch'))).toMatchObject({
      threshold: '0.88',
      difference: '-0.024',
    });
  });

  test('lets through what is near enough', async () => {
    expect((await runPromote(policy(drift), registry(0.88))).report).toMatchObject({ promoted: true });
  });

  test('in per cent, of a metric that its own promotion recorded', async () => {
    const { report } = await runPromote(policy('{ require: val >= launch - 1% }'), registry(0.88));
    expect(report.checks[0]).toMatchObject({ outcome: 'failed', threshold: '0.7128' });
  });

  test('without a value is an error, never passed over', async () => {
    const registered = registry(0.88).add('1', {});
    const { report } = await runPromote(policy(drift), registered);
    expect(report.decision).toBe('error');
    expect(report.reason).toContain(
      "The anchor launch (version 1) has no auc: run run-1 of version 1 has no metric 'auc'",
    );
  });

  test('that does not exist is an error that says what does', async () => {
    await expect(runPromote(policy(drift, '{ launch: 7 }'), registry(0.9))).rejects.toMatchObject({
      code: 'VERSION_UNKNOWN',
      message: "'churn' has no version '7'.",
    });
  });

  test('that no condition uses is not looked up', async () => {
    expect((await runPromote(policy('{ require: auc >= 0.5 }', '{ old: 99 }'), registry(0.9))).report).toMatchObject({
      promoted: true,
    });
  });
});

test.each<[string, string]>([
  [
    '{ require: auc >= lanch - 0.02 }',
    "'lanch' is no version to compare with. Existing ones: 'champion', 'launch'. Did you mean 'launch'?",
  ],
  ['{ require: auc >= launch-0.02 }', "Write 'launch - 0.02', with blanks around the sign."],
  ['{ require: auc >= launch 0.02 }', "After 'launch' comes '+' or '-'"],
])('%s', (check, words) => {
  try {
    loadPolicy(sourceOf('p.yml', policy(check), 'main'));
    throw new Error('It was accepted.');
  } catch (thrown) {
    expect(thrown instanceof PromotionError ? thrown.problems.map(({ message }) => message).join() : thrown).toContain(
      words,
    );
  }
});

test('an anchor called champion', () => {
  expect(() => loadPolicy(sourceOf('p.yml', policy('{ require: auc >= 0.5 }', '{ champion: 1 }'), 'main'))).toThrow(
    "'champion' means something in a condition already",
  );
});
