import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { adopt } from '../../../src/promotion/adopt.js';
import { apply } from '../../../src/promotion/apply.js';
import { archive } from '../../../src/promotion/archive.js';
import { makePlan, type Plan } from '../../../src/promotion/plan.js';
import { gate } from '../../../src/promotion/gate.js';
import type { Report } from '../../../src/domain/report.js';
import { must, staged, to, two } from '../../support/interrupted-world.js';
import { type Act, newWorld, policyOf, removeWorlds, run, withCheck, type World } from '../../support/mlflow-world.js';
import type { Setting } from '../../support/run-promotion.js';

afterAll(removeWorlds);

const compares = withCheck(policyOf('alias'), 'require: auc >= champion - 0.001');
const override: Setting = { override: ['champion'], reason: 'the champion is gone for good' };
const because: Setting = { reason: 'end of the contract' };
const retired: Act = (work) => archive(work, '2');

/** 2 was champion with 0.82 and is retired; the versions after it are there to be judged. */
async function emptied(how: 'archive' | 'adopt', versions = 3, policy = compares): Promise<World> {
  const world = newWorld('alias', versions);
  await two(world, policy);
  if (how === 'archive') await must(world, policy, retired, because);
  else {
    world.mlflow.models.get('churn')?.aliases.delete('production');
    await must(world, policy, adopt, because);
  }
  await must(world, policy, to('3'), staged);
  return world;
}

describe('a champion’s stage that the log records as empty', () => {
  test.each(['archive', 'adopt'] as const)('by %s: it holds, and the cure works', async (how) => {
    const world = await emptied(how);
    const held = await run(world, compares, to('3'));
    expect(held).toMatchObject({
      decision: 'hold',
      reason: expect.stringContaining(
        'champion: There is no champion to compare with: nobody holds production since 2',
      ),
      cure: expect.stringContaining(
        "'command: promote' with 'stage: production', 'override: champion' and a reason compares with what the log recorded of 2",
      ),
    });
    const report = await run(world, compares, to('3'), undefined, override);
    expect(report).toMatchObject({ promoted: true });
    expect(report.checks).toContainEqual(
      expect.objectContaining({
        name: 'champion',
        outcome: 'passed',
        reason: expect.stringContaining('Lifted by an override: the champion is gone for good'),
      }),
    );
    expect(report.checks).toContainEqual(
      expect.objectContaining({ champion: expect.objectContaining({ value: '0.82' }), outcome: 'passed' }),
    );
    expect(world.log.events.at(-1)).toMatchObject({ type: 'deployed', reason: 'the champion is gone for good' });
  });

  test('one that is worse than what was recorded is rejected, whatever the run of the last one says now', async () => {
    const world = newWorld('alias', 2);
    world.mlflow.add('churn', { auc: 0.7 });
    await two(world, compares);
    await must(world, compares, retired, because);
    await must(world, compares, to('3'), staged);
    world.mlflow.runs.set('run2', { auc: 0.1 });
    expect(await run(world, compares, to('3'), undefined, override)).toMatchObject({ decision: 'reject' });
    world.mlflow.remove('churn', '2');
    world.mlflow.runs.set('run3', { auc: 0.95 });
    expect(await run(world, compares, to('3'), undefined, override)).toMatchObject({ promoted: true });
  });

  test('a stage without comparisons needs none', async () => {
    const plain = policyOf('alias');
    const world = await emptied('archive', 3, plain);
    expect(await run(world, plain, to('3'))).toMatchObject({ promoted: true });
  });
});

test('it lifts nothing while there is a champion', async () => {
  const world = newWorld('alias', 2);
  world.mlflow.add('churn', { auc: 0.7 });
  await two(world, compares);
  await must(world, compares, to('3'), staged);
  const report = await run(world, compares, to('3'), undefined, override);
  expect(report).toMatchObject({ decision: 'reject' });
  expect(report.checks).toContainEqual(
    expect.objectContaining({ name: 'champion', reason: "'override: champion' lifts nothing: 2 holds production." }),
  );
});

test('nor where somebody has only taken the alias away', async () => {
  const world = newWorld('alias');
  await two(world, compares);
  await must(world, compares, to('3'), staged);
  world.mlflow.models.get('churn')?.aliases.delete('production');
  expect(await run(world, compares, to('3'), undefined, override)).toMatchObject({
    decision: 'hold',
    reason: expect.stringContaining('the promotion log says 2'),
  });
});

describe('where the log recorded nothing of it', () => {
  // The last champion was taken as it was, on first use: nothing of it was measured here.
  const approved = `${compares}    approval: { environment: production }\n`;
  const gated = { repository: 'acme/churn', run: '77', commit: 'c'.repeat(40), approvals: [] };
  const yes: Setting = {
    ...override,
    approval: () => Promise.resolve({ approved: true, approvers: ['bea'], how: 'Approved by bea' }),
  };

  async function adopted(): Promise<World> {
    const world = newWorld('alias');
    world.mlflow.setAlias('churn', 'staging', '3');
    world.mlflow.setAlias('churn', 'production', '2');
    // Where a log begins with an archive, it knows the other stages' holders all the same.
    await must(world, compares, retired, because);
    return world;
  }

  async function planned(world: World): Promise<{ plan: Plan; report: Report }> {
    const kept: Plan[] = [];
    const report = await run(
      world,
      approved,
      async (work) => {
        const judgement = await gate(work, '3');
        kept.push(makePlan(judgement.report, judgement.evidence, gated, work.now()));
        return judgement.report;
      },
      undefined,
      override,
    );
    const [plan] = kept;
    if (plan === undefined) throw new Error('There is no plan.');
    return { plan, report };
  }
  const applied =
    (plan: Plan): Act =>
    (work) =>
      apply(work, plan, { repository: 'acme/churn', run: '77', evidence: plan.evidence });

  test('one step holds; the approval that is given after a gate answers it', async () => {
    const world = await adopted();
    const held = await run(world, approved, to('3'), undefined, yes);
    expect(held).toMatchObject({
      decision: 'hold',
      reason: expect.stringContaining('The log recorded no auc of 2, the last champion'),
      cure: expect.stringContaining("'command: gate' with 'stage: production', 'override: champion' and a reason"),
    });
    const { plan, report } = await planned(world);
    expect(report).toMatchObject({ decision: 'hold', approvalRequired: true });
    expect(await run(world, approved, applied(plan), undefined, { ...yes, override: [] })).toMatchObject({
      decision: 'hold',
      reason: expect.stringContaining('There is no champion to compare with'),
    });
    expect(await run(world, approved, applied(plan), undefined, yes)).toMatchObject({ promoted: true });
  });

  test('whom it asks is told since when the stage is empty, and only where a comparison is dropped', async () => {
    const asked: (string | undefined)[] = [];
    const tell: Setting = {
      ...override,
      approval: (_, since) => {
        asked.push(since);
        return Promise.resolve({ approved: true, approvers: ['bea'], how: 'Approved by bea' });
      },
    };
    const nothing = await adopted();
    const { plan } = await planned(nothing);
    expect(await run(nothing, approved, applied(plan), undefined, tell)).toMatchObject({ promoted: true });
    const emptyAt = nothing.log.events.find(({ type, stage }) => type === 'archived' && stage === 'production')?.at;
    expect(emptyAt).toMatch(/^20/);
    const something = await emptied('archive');
    const { plan: other } = await planned(something);
    expect(await run(something, approved, applied(other), undefined, tell)).toMatchObject({ promoted: true });
    expect(asked).toEqual([emptyAt, undefined]);
  });

  test('an approval from before the stage became empty again does not count', async () => {
    const world = await adopted();
    const { plan } = await planned(world);
    await must(world, policyOf('alias'), to('3'));
    await must(world, policyOf('alias'), (work) => archive(work, '3'), because);
    await expect(run(world, approved, applied(plan), undefined, yes)).rejects.toMatchObject({ code: 'PLAN_REFUSED' });
  });

  test('an override that only `apply` is given turns no comparison that would fail into a hold', async () => {
    const measured = approved
      .replace('metrics:\n', 'metrics:\n  p99: { goal: minimize, from: file, path: latency.json }\n')
      .replace('require: auc >= champion - 0.001', 'require: p99 <= champion + 10%');
    const world = newWorld('alias');
    const latency = (p99: number): void => {
      writeFileSync(join(world.workspace, 'latency.json'), JSON.stringify({ p99 }));
    };
    latency(20);
    await two(world, measured.replace(/ +approval:.*/, ''));
    await must(world, measured, retired, because);
    await must(world, measured, to('3'), staged);
    latency(900);
    const kept: Plan[] = [];
    const gatedBy = (more: Setting): Promise<Report> =>
      run(
        world,
        measured,
        async (work) => {
          const { report, evidence } = await gate(work, '3');
          kept.push(makePlan(report, evidence, gated, work.now()));
          return report;
        },
        undefined,
        more,
      );
    expect(await gatedBy({})).toMatchObject({ decision: 'hold' });
    expect(await gatedBy(override)).toMatchObject({ decision: 'reject' });
    const [without, withIt] = kept;
    if (without === undefined || withIt === undefined) throw new Error('There are no plans.');
    await expect(run(world, measured, applied(without), undefined, yes)).rejects.toMatchObject({
      code: 'PLAN_REFUSED',
      cure: expect.stringContaining("'command: gate' with 'stage: production', 'override: champion' and a reason"),
    });
    expect(await run(world, measured, applied(withIt), undefined, yes)).toMatchObject({ decision: 'reject' });
  });
});
