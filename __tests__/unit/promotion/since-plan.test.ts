import { afterAll, describe, expect, test } from '@jest/globals';
import { apply } from '../../../src/promotion/apply.js';
import { archive } from '../../../src/promotion/archive.js';
import { makePlan, type Plan } from '../../../src/promotion/plan.js';
import { gate } from '../../../src/promotion/gate.js';
import { register } from '../../../src/promotion/register.js';
import { rollback } from '../../../src/promotion/rollback.js';
import type { Report } from '../../../src/domain/report.js';
import { must, staged, to, two } from '../../support/interrupted-world.js';
import { newWorld, policyOf, removeWorlds, run, withCheck, type World } from '../../support/mlflow-world.js';

afterAll(removeWorlds);

const origin = { repository: 'acme/churn', run: '77', commit: 'c'.repeat(40), approvals: [] };
const policy = policyOf('alias');
const because = { reason: 'it is bad' };

/** 2 is in production and 3 in staging; the plan is to put 3 in production. */
async function planned(): Promise<{ readonly world: World; readonly plan: Plan }> {
  const world = newWorld('alias');
  await two(world, policy);
  await must(world, policy, to('3'), staged);
  return { world, plan: await planIn(world) };
}

async function planIn(world: World): Promise<Plan> {
  const kept: Plan[] = [];
  await run(world, policy, async (work) => {
    const { report, evidence } = await gate(work, '3');
    kept.push(makePlan(report, evidence, origin, work.now()));
    return report;
  });
  const [plan] = kept;
  if (plan === undefined) throw new Error('There is no plan.');
  return plan;
}

function carriedOut(world: World, plan: Plan): Promise<Report> {
  return run(world, policy, (work) => apply(work, plan, { ...origin, evidence: plan.evidence }));
}

const archived = async (world: World): Promise<void> => {
  await must(world, policy, (work) => archive(work, '3'), because);
};
const rejected = async (world: World): Promise<void> => {
  const report = await run(world, withCheck(policy, 'require: auc >= 0.99'), to('3'));
  expect(report).toMatchObject({ decision: 'reject' });
};

describe('what was done to the candidate since it was judged', () => {
  test.each<[string, (world: World) => Promise<void>, RegExp]>([
    ['it was archived', archived, /churn 3 was archived \(/],
    ['it was rejected for this stage', rejected, /churn 3 was rejected for production \(/],
    [
      'it was found bad in another stage',
      async (world) => {
        await must(world, policy, (work) => rollback(work, undefined), { ...staged, ...because });
      },
      /churn 3 was rolled back for staging \(/,
    ],
  ])('%s: the plan is refused', async (_, act, message) => {
    const { world, plan } = await planned();
    await act(world);
    await expect(carriedOut(world, plan)).rejects.toMatchObject({
      code: 'PLAN_REFUSED',
      message: expect.stringMatching(message),
    });
    expect(world.mlflow.models.get('churn')?.aliases.get('production')).toBe('2');
  });

  test('it was archived while the gate measured', async () => {
    const { world, plan } = await planned();
    await archived(world);
    const late = { ...plan, madeAt: new Date(Date.parse(plan.madeAt) + 3_600_000).toISOString() };
    await expect(carriedOut(world, late)).rejects.toMatchObject({ code: 'PLAN_REFUSED' });
  });

  test('rejected, and registered anew with a reason', async () => {
    const { world, plan } = await planned();
    await rejected(world);
    await must(world, policy, (work) => register(work, { version: '3' }), { reason: 'the check was wrong' });
    expect(await carriedOut(world, plan)).toMatchObject({ promoted: true });
  });

  test('another version took its place in staging', async () => {
    const { world, plan } = await planned();
    world.mlflow.add('churn', { auc: 0.9 });
    await must(world, policy, to('4'), staged);
    expect(await carriedOut(world, plan)).toMatchObject({ promoted: true });
  });

  test('a rejection from before the judgement is what it was judged again for', async () => {
    const { world } = await planned();
    await rejected(world);
    expect(await carriedOut(world, await planIn(world))).toMatchObject({ promoted: true });
  });
});
