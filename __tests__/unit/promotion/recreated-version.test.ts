import { beforeEach, describe, expect, test } from '@jest/globals';
import type { CommandName } from '../../../src/domain/command-name.js';
import { adopt } from '../../../src/promotion/adopt.js';
import { register } from '../../../src/promotion/register.js';
import { rollback } from '../../../src/promotion/rollback.js';
import type { PromotionContext } from '../../../src/promotion/context.js';
import type { Report } from '../../../src/domain/report.js';
import { FakeRegistry } from '../../support/fake-registry.js';
import { LoggedFake } from '../../support/logged-registry.js';
import { outcomes, runPromote, runOperation } from '../../support/run-promotion.js';

const policy = `version: 1
registry: { type: mlflow }
model: churn
first_promotion: allow
metrics: { auc: { goal: maximize, min: 0, max: 1 } }
stages:
  staging: { checks: [{ require: auc >= 0.5 }] }
  production: { after: staging, checks: [{ require: auc >= 0.5 }] }
`;

let registry: LoggedFake;
const to = async (stageName: string, version: string): Promise<Report> =>
  (await runPromote(policy, registry, { stageName, version })).report;
const production = async (
  command: CommandName,
  act: (work: PromotionContext) => Promise<Report>,
  reason?: string,
): Promise<Report> =>
  (
    await runOperation(
      policy,
      registry,
      { stageName: 'production', command, ...(reason === undefined ? {} : { reason }) },
      act,
    )
  ).report;
/** Somebody who can write to the registry deletes the version and makes another one by its name, which is worse. */
const swap = (version: string): void => {
  registry.fake.add(version, { auc: 0.6 }, registry.fake.tagsOf(version), { createdAt: '2026-02-28T23:00:00.000Z' });
  registry.refresh();
};

beforeEach(async () => {
  registry = new LoggedFake(new FakeRegistry().add('1', { auc: 0.8 }).add('2', { auc: 0.85 }).add('3', { auc: 0.9 }));
  for (const version of ['1', '2']) for (const stage of ['staging', 'production']) await to(stage, version);
  expect(registry.fake.holdersOf('production')).toEqual(['2']);
});

describe('a version that was deleted and made anew under its name', () => {
  test('does not go to production on the strength of the one before; registered with a reason it begins anew', async () => {
    await to('staging', '3');
    swap('3');
    const refused = await to('production', '3');
    expect(refused).toMatchObject({ decision: 'hold', promoted: false });
    expect(refused.reason).toContain('churn 3 is not the version that the promotion log knows by this name');
    expect(outcomes(refused)).toContain('same version: inconclusive');

    await expect(production('register', (work) => register(work, { version: '3' }))).rejects.toThrow(
      "churn 3 was made anew; to register it anew needs the input 'reason'.",
    );
    expect(await production('register', (work) => register(work, { version: '3' }), 'trained again')).toMatchObject({
      decision: 'promote',
    });
    // What the old one proved in staging is not its own; that the old one held staging is for a person to settle.
    expect((await to('production', '3')).promoted).toBe(false);
    expect(registry.fake.holdersOf('production')).toEqual(['2']);
  });

  test('is not taken for the holder; adopted with a reason it is', async () => {
    await to('staging', '3');
    swap('2');
    const refused = await to('production', '3');
    expect(refused).toMatchObject({ decision: 'hold', promoted: false });
    expect(refused.reason).toContain('2, which holds production, is not the version that the promotion log knows');
    await production('adopt', adopt, 'trained again with the same data');
    expect(await to('production', '3')).toMatchObject({ promoted: true });
  });

  test('is not what a rollback goes back to', async () => {
    swap('1');
    await expect(production('rollback', (work) => rollback(work, undefined), 'it is slow')).rejects.toThrow(
      'nobody held production of churn before 2 and was good',
    );
    await expect(production('rollback', (work) => rollback(work, '1'), 'it is slow')).rejects.toThrow(
      'churn 1 is no former good holder of production',
    );
    expect(registry.fake.holdersOf('production')).toEqual(['2']);
  });
});
