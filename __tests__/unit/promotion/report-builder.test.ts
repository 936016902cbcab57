import { describe, expect, test } from '@jest/globals';
import { PromotionError } from '../../../src/domain/errors.js';
import { promote } from '../../../src/promotion/promote.js';
import { ReportBuilder } from '../../../src/promotion/report-builder.js';
import { killedAfterTheMove, staged, three, to } from '../../support/interrupted-world.js';
import { newWorld, policyOf, run } from '../../support/mlflow-world.js';

const clock = (): (() => Date) => {
  let minute = 0;
  return () => new Date(Date.UTC(2026, 0, 1, 0, minute++));
};

describe('a report that is built', () => {
  test('has what was known by then when something is thrown, and nothing of a verdict', () => {
    const report = new ReportBuilder(clock()).add({ model: 'churn', stage: 'production' }).note('one', 'two', 'one');
    report.end({ decision: 'reject', reason: 'auc is low', cure: 'Train again.', promoted: true });
    const failed = report.failed(new PromotionError('REGISTRY_UNREACHABLE', 'No answer.'));
    expect(failed).toMatchObject({
      model: 'churn',
      stage: 'production',
      decision: 'error',
      reason: 'No answer.',
      promoted: false,
      notes: ['one', 'two'],
    });
    expect(failed).not.toHaveProperty('cure');
    expect(failed.endedAt > failed.startedAt).toBe(true);
  });

  test('holds where another run is at work', () => {
    const failed = new ReportBuilder(clock()).failed(new PromotionError('OPERATION_OPEN', 'Another run is moving it.'));
    expect(failed.decision).toBe('hold');
  });

  test('is not changed by what is added afterwards', () => {
    const report = new ReportBuilder(clock());
    const before = report.note('one').end({ reason: 'first' });
    report.note('two').add({ reason: 'second' });
    expect(before).toMatchObject({ reason: 'first', notes: ['one'] });
  });
});

test('a run that fails after it has finished what another left says both', async () => {
  const policy = policyOf('alias');
  const world = newWorld('alias', 4);
  await three(world, policy);
  await killedAfterTheMove(world, policy, to('3'));
  const report = new ReportBuilder(clock());
  const failing = run(world, policy, (work) => promote(work, '9'), undefined, { ...staged, report });
  const thrown = await failing.catch((error: unknown) => error as PromotionError);
  expect(report.failed(thrown as PromotionError)).toMatchObject({
    decision: 'error',
    notes: [expect.stringMatching(/^The promote of 3 to production .* it is finished now\.$/)],
  });
});
