import { isDeepStrictEqual } from 'node:util';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import type { StageAs } from '../../../src/registry/mlflow/settings.js';
import { recoverIfAbandoned } from '../../../src/promotion/recovery/recover.js';
import type { Report } from '../../../src/domain/report.js';
import { casesOf, type Case } from '../../support/disturbed.js';
import { back, to } from '../../support/interrupted-world.js';
import { newWorld, removeWorlds, run, whole, wrong, type Act, type World } from '../../support/mlflow-world.js';
import { KillableRun, type End } from '../../support/killable-run.js';

/** `FAULTS=all`: every moment, every way to hold a stage, every way to end and every way on; half an hour. */
const isComplete = process.env['FAULTS'] === 'all';
const modes: readonly StageAs[] = isComplete ? ['alias', 'stage', 'model'] : ['alias'];
const ends: readonly End[] = isComplete ? ['killed', 'cancelled'] : ['killed'];

/** What is run next: the same again, or something else, which has to clear up first. */
const settled: Act = async (work) => {
  await recoverIfAbandoned(work, { isSameJob: true });
  return { decision: 'promote' } as Report;
};
const nexts: readonly (readonly [string, Act | undefined])[] = [
  ['the same again', undefined],
  ['the post step', settled],
  ...(isComplete
    ? ([
        ['a promotion of 3', to('3')],
        ['a rollback', back],
      ] as const)
    : []),
];

let tried = 0;
let lost = 0;
afterEach(removeWorlds);
afterAll(() => {
  process.stderr.write(`${tried} interrupted runs tried, ${lost} lost\n`);
});

test.each(
  modes
    .flatMap(casesOf)
    .flatMap((each, index) => ends.map((end) => [each.stageAs, each.name, end, each, index] as const)),
)(
  '%s: %s, %s at any moment, is made good by what runs next',
  async (_, __, end, each, index) => {
    const calm = await begun(each);
    const alive = new KillableRun();
    await run(calm, each.policy, each.act, alive, each.more);
    const expected = await whole(calm);
    expect(await wrong(calm, each.isDeployed === true)).toEqual([]);
    expect(alive.moments).toBeGreaterThanOrEqual(2);

    // The short ones cost little.
    const stride = isComplete || alive.moments <= 8 ? 1 : 6;
    const faults: unknown[] = [];
    for (let moment = 1 + (index % stride); moment <= alive.moments; moment += stride) {
      for (const [name, next] of each.onlySame === true ? nexts.slice(0, 1) : nexts) {
        const world = await begun(each);
        const killable = new KillableRun(moment, end);
        await run(world, each.policy, each.act, killable, each.more).catch(() => undefined);
        const entries = world.log.entries.slice(-4).join(' ');
        const said = await run(
          world,
          each.policy,
          next ?? each.act,
          undefined,
          next === undefined ? each.more : {},
        ).then(({ reason }) => reason, String);
        const found =
          next === undefined ? differences(await whole(world), expected) : await wrong(world, each.isDeployed === true);
        tried += 1;
        if (found.length > 0) faults.push([`${moment} of ${alive.moments}, then ${name}`, entries, said, found]);
        removeWorlds();
      }
    }
    lost += faults.length;
    expect(faults).toEqual([]);
  },
  600_000,
);

async function begun({ stageAs, policy, begin }: Case): Promise<World> {
  const world = newWorld(stageAs);
  await begin(world, policy);
  return world;
}

function differences(
  found: Readonly<Record<string, unknown>>,
  expected: Readonly<Record<string, unknown>>,
): readonly unknown[] {
  return Object.entries(expected)
    .filter(([key, value]) => !isDeepStrictEqual(found[key], value))
    .map(([key, value]) => ({ key, found: found[key], expected: value }));
}
