import { afterEach, describe, expect, test } from '@jest/globals';
import type { StageAs } from '../../../src/registry/mlflow/settings.js';
import { loadPolicy, sourceOf } from '../../support/policy.js';
import { adopt } from '../../../src/promotion/adopt.js';
import { monitor } from '../../../src/promotion/monitor.js';
import { gate } from '../../../src/promotion/gate.js';
import { readStatus, type Status } from '../../../src/commands/status/read.js';
import { asPromotionError } from '../../../src/domain/errors.js';
import type { Report } from '../../../src/domain/report.js';
import { ReportBuilder } from '../../../src/promotion/report-builder.js';
import { back, killedAfterTheMove, must, newAlarm, staged, three, to } from '../../support/interrupted-world.js';
import {
  type Act,
  deploys,
  soleOwner,
  newWorld,
  policyOf,
  registryOf,
  removeWorlds,
  run,
  tell,
  type World,
  wrong,
} from '../../support/mlflow-world.js';
import type { Setting } from '../../support/run-promotion.js';

const policyIn = (stageAs: StageAs): string =>
  policyOf(stageAs, "    monitor: { checks: [{ name: bad, run: 'exit 1' }], then: rollback }");
const judged =
  (version: string): Act =>
  async (work) =>
    (await gate(work, version)).report;

afterEach(removeWorlds);

/** Everybody else's operation goes on; `pause` is what happens while one waits for it. */
function among(others: { readonly pause?: () => Promise<unknown> }, dryRun = false): Setting {
  const runOwner = {
    ...soleOwner(),
    ownerHasEnded: () => Promise.resolve(false),
    pause: others.pause ?? (() => Promise.resolve()),
  };
  return { runOwner, dryRun };
}

interface Signal {
  readonly given: Promise<void>;
  readonly give: () => void;
}

function signal(): Signal {
  let give = (): void => undefined;
  const given = new Promise<void>((resolve) => (give = resolve));
  return { given, give: () => give() };
}

/** What a run does that has read the log and asks the registry, when another has moved it and not told the log yet. */
async function overtaken(
  world: World,
  policy: string,
  act: Act,
  { isPatient, dryRun = false }: { readonly isPatient: boolean; readonly dryRun?: boolean },
): Promise<Report> {
  const { mlflow, log } = world;
  const [ask, append] = [mlflow.fetch, log.append.bind(log)];
  const moved = signal();
  const goOn = signal();
  log.append = async (told, options) => {
    if (told.some(({ type, version }) => type === 'deployed' && version === '3')) {
      moved.give();
      await goOn.given;
    }
    return append(told, options);
  };
  let other: Promise<Report> | undefined;
  mlflow.fetch = async (url, init) => {
    mlflow.fetch = ask;
    other = run(world, policy, to('3'), undefined, among({}));
    await moved.given;
    return ask(url, init);
  };
  const pause = async (): Promise<void> => {
    if (!isPatient) return;
    goOn.give();
    await other;
  };
  try {
    return await run(world, policy, act, undefined, among({ pause }, dryRun)).catch((thrown: unknown) =>
      new ReportBuilder(() => new Date()).failed(asPromotionError(thrown)),
    );
  } finally {
    goOn.give();
    expect(await other).toMatchObject({ promoted: true });
  }
}

/** 2 holds production, where 1 was before; 3 and 4 have passed staging. */
async function four(stageAs: StageAs): Promise<World> {
  const world = newWorld(stageAs, 5);
  await three(world, policyIn(stageAs));
  await must(world, policyIn(stageAs), to('4'), staged);
  return world;
}

describe.each<StageAs>(['alias', 'stage'])(
  'while another run has moved the stage (%s) and not told the log yet',
  (stageAs) => {
    const policy = policyIn(stageAs);

    test.each<[string, Act, string]>([
      ['a promotion', to('4'), '4'],
      ['a rollback', back, '2'],
      ['an adoption', adopt, '3'],
      ['a gate', judged('4'), '3'],
    ])('%s waits, and takes the holder for what the log says by then', async (_, act, holder) => {
      const world = await four(stageAs);
      expect(await overtaken(world, policy, act, { isPatient: true })).toMatchObject({ decision: 'promote' });
      expect(await tell(world)).toMatchObject({ registry: { production: [holder] }, log: { production: holder } });
      expect(world.log.events.some(({ type, version }) => type === 'adopted' && version === '3')).toBe(false);
      expect(await wrong(world, false)).toEqual([]);
    });

    test.each<[string, Act, boolean]>([
      ['a promotion', to('4'), false],
      ['a promotion that is only tried', to('4'), true],
      ['a rollback', back, false],
      ['a rollback that is only tried', back, true],
      ['an adoption', adopt, false],
      ['an adoption that is only tried', adopt, true],
      ['a gate', judged('4'), false],
    ])('%s holds where that takes too long, and names the other run', async (_, act, dryRun) => {
      const world = await four(stageAs);
      const report = await overtaken(world, policy, act, { isPatient: false, dryRun });
      expect(report).toMatchObject({ decision: 'hold', promoted: false });
      expect(report.reason).toMatch(
        /^Another run is moving a version of 'churn': promote of 3 to production, since .*, in https:\/\/github\.test\/run\/\d+\.$/,
      );
      expect(report.cure).toMatch(/^Run again when it has ended/);
      expect(`${report.reason} ${report.cure ?? ''}`).not.toMatch(/adopt|rollback/);
      expect(await tell(world)).toMatchObject({ registry: { production: ['3'] }, log: { production: '3' } });
      expect(await wrong(world, false)).toEqual([]);
    });

    test('a monitor leaves alone what is on its way', async () => {
      const world = await four(stageAs);
      const report = await overtaken(world, policy, (work) => monitor(work, undefined, newAlarm()), {
        isPatient: false,
      });
      expect(report).toMatchObject({
        decision: 'hold',
        reason: expect.stringContaining('3 is on its way to production'),
      });
      expect(await tell(world)).toMatchObject({ registry: { production: ['3'] }, log: { production: '3' } });
    });
  },
);

async function statusOf(world: World): Promise<Status> {
  return readStatus(
    registryOf(world),
    loadPolicy(sourceOf('policy.yml', policyIn('alias'), 'main', 'c'.repeat(40))),
    'churn',
  );
}

test('a promotion of what another run promotes just then finds it there', async () => {
  const world = await four('alias');
  expect(await overtaken(world, policyIn('alias'), to('3'), { isPatient: true })).toMatchObject({ alreadyThere: true });
  expect(await wrong(world, false)).toEqual([]);
});

describe('what an interrupted run has moved and not told', () => {
  const policy = policyOf('alias', deploys('true', ', transition: before-deploy'));

  async function half(): Promise<World> {
    const world = newWorld('alias', 4);
    await three(world, policy);
    await must(world, policy, to('4'), staged);
    await killedAfterTheMove(world, policy, to('3'));
    return world;
  }

  test('is no disagreement: a gate names the operation and how it is finished', async () => {
    const world = await half();
    const report = await run(world, policy, judged('4'));
    expect(report.decision).toBe('hold');
    expect(report.reason).toMatch(/The promote of 3 to production that began on .* was interrupted: the registry says/);
    expect(report.cure).toContain("'command: promote' with 'stage: production' and 'version: 3'");
    const [production] = (await statusOf(world)).stages.filter(({ stage }) => stage === 'production');
    expect(production).toMatchObject({ holders: ['3'] });
    expect(production?.disagrees).toBeUndefined();
    await must(world, policy, to('3'));
    expect(await run(world, policy, judged('4'))).toMatchObject({ decision: 'promote' });
  });

  test('does not explain a third version that somebody has set by hand', async () => {
    const world = await half();
    world.mlflow.setAlias('churn', 'production', '1');
    const [production] = (await statusOf(world)).stages.filter(({ stage }) => stage === 'production');
    expect(production?.disagrees).toBe('2');
  });
});

test('an operation on another stage does not explain a holder that was set by hand', async () => {
  const world = await four('alias');
  const policy = policyIn('alias');
  await begun(world, policy, to('5'), staged);
  expect(await tell(world)).toMatchObject({ operation: 'promote 5 opened' });
  world.mlflow.setAlias('churn', 'production', '1');
  const report = await run(world, policy, judged('4'), undefined, among({}));
  expect(report.reason).toContain('The registry says that production is held by 1, the promotion log says 2');
});

/** It goes on: it has opened its operation, and no more is heard of it. */
async function begun(world: World, policy: string, act: Act, more: Setting): Promise<void> {
  const { log } = world;
  const append = log.append.bind(log);
  log.append = async (told, options) => {
    await append(told, options);
    log.append = () => Promise.reject(new Error('It is heard of no more.'));
    throw new Error('It is heard of no more.');
  };
  await run(world, policy, act, undefined, more).catch(() => undefined);
  log.append = append;
}
