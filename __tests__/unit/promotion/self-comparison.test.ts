import { describe, expect, test } from '@jest/globals';
import { gate } from '../../../src/promotion/gate.js';
import { FakeRegistry } from '../../support/fake-registry.js';
import { outcomes, runPromote, runOperation } from '../../support/run-promotion.js';

const policy = (check: string, more = ''): string => `version: 1
registry: { type: mlflow }
model: churn
champion: production
${more}
metrics: { auc: { goal: maximize, min: 0, max: 1 }, 'auc/{c}': { goal: maximize } }
stages:
  staging: { checks: [{ require: auc >= 0.5 }, { require: ${check} }] }
  production: { checks: [{ require: auc >= 0.5 }] }
`;

const registry = (): FakeRegistry =>
  new FakeRegistry()
    .add('1', { auc: 0.8, 'auc/DE': 0.8 })
    .add('2', { auc: 0.9, 'auc/DE': 0.9 })
    .hold('production', '2');

const held = expect.stringMatching(
  /The champion is version 2, which is the version under judgement: it would be compared with itself\.$/,
);

describe('the holder of the champion’s stage, judged for another', () => {
  test.each([['auc >= champion - 0.01'], ['"auc/{c} >= champion"']])('%s holds', async (check) => {
    const ledger = registry();
    const { report } = await runPromote(policy(check), ledger, { stageName: 'staging', version: '2' });
    expect(report).toMatchObject({ decision: 'hold', promoted: false });
    expect(outcomes(report)[0]).toBe('auc >= 0.5: passed');
    expect(outcomes(report)[1]).toMatch(/: inconclusive$/);
    expect(ledger.writes).toEqual([]);
  });

  test('the first cause and the cure are told', async () => {
    const { report } = await runPromote(policy('auc >= champion'), registry(), { stageName: 'staging', version: '2' });
    expect(report.reason).toEqual(held);
    expect(report.cure).toBe(
      "Judge another version, by the input 'version'; or compare with a number, such as 'auc >= 0.9'. Where 2 held staging before, 'command: rollback' with 'stage: staging', 'version: 2' and a reason puts it back.",
    );
  });

  test('gate says the same', async () => {
    const { report } = await runOperation(
      policy('auc >= champion'),
      registry(),
      { stageName: 'staging' },
      async (work) => {
        return (await gate(work, '2')).report;
      },
    );
    expect(report).toMatchObject({ decision: 'hold', reason: held });
  });

  test('another version is compared as ever', async () => {
    const { report } = await runPromote(policy('auc >= champion - 0.2'), registry(), {
      stageName: 'staging',
      version: '1',
    });
    expect(report).toMatchObject({ decision: 'promote', promoted: true });
  });

  test('a value that is not there is an error, whoever is compared with', async () => {
    const ledger = registry().add('2', {});
    const { report } = await runPromote(policy('auc >= champion'), ledger, { stageName: 'staging', version: '2' });
    expect(report.decision).toBe('error');
  });
});

test('an anchor that is the version under judgement holds', async () => {
  const text = policy('auc >= launch - 0.02', 'anchors: { launch: 1 }');
  const { report } = await runPromote(text, registry(), { stageName: 'staging', version: '1' });
  expect(report).toMatchObject({
    decision: 'hold',
    reason: expect.stringContaining(
      'The anchor launch is version 1, which is the version under judgement: it would be compared with itself.',
    ) as unknown,
  });
  const other = await runPromote(text, registry(), { stageName: 'staging', version: '2' });
  expect(other.report.decision).toBe('promote');
});
