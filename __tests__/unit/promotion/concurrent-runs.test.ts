import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { archive } from '../../../src/promotion/archive.js';
import { back, must, staged, three, to } from '../../support/interrupted-world.js';
import {
  deploys,
  soleOwner,
  mlflowOf,
  newWorld,
  policyOf,
  recorded,
  removeWorlds,
  run,
  wrong,
  type Act,
  type World,
} from '../../support/mlflow-world.js';
import { KillableRun } from '../../support/killable-run.js';
import { Random } from '../../fuzz/random.js';
import { runOperation } from '../../support/run-promotion.js';

/** `FAULTS=all`: chance has more to choose from. */
const rounds = process.env['FAULTS'] === 'all' ? 20 : 1;
const kinds = [
  ['no deployment', ''],
  ['deploys', deploys()],
  ['moves, then deploys', deploys('true', ', transition: before-deploy')],
] as const;
const pairs: readonly (readonly [string, Act, Act])[] = [
  ['two promotions', to('3'), to('4')],
  ['the same promotion twice', to('3'), to('3')],
  ['a promotion and a rollback', to('3'), back],
  ['two rollbacks', back, back],
  ['a promotion and an archival of the holder', to('3'), (work) => archive(work, '2')],
];

let tried = 0;
afterEach(removeWorlds);
afterAll(() => {
  process.stderr.write(`${tried} pairs of runs side by side tried\n`);
});

/** One of two at once, each call after a pause of its own; an owner has ended only where it was killed. */
async function beside(world: World, policy: string, act: Act, token: string, random: Random): Promise<string> {
  const paused =
    <Given extends unknown[], Answer>(go: (...given: Given) => Promise<Answer>) =>
    async (...given: Given): Promise<Answer> => {
      await sleep(random.below(5));
      const answer = await go(...given);
      await sleep(random.below(5));
      return answer;
    };
  const { log, mlflow, workspace, stageAs } = world;
  const seen = {
    read: paused(() => log.read()),
    append: paused(log.append.bind(log)),
    mayBegin: () => log.mayBegin(),
  };
  const now = new Date('2026-03-01T13:00:00Z');
  const runOwner = {
    ...soleOwner(),
    owner: { token },
    ownerHasEnded: paused(({ token: of }: { readonly token: string }) => Promise.resolve(of === 'killed')),
    pause: () => sleep(30),
  };
  const registry = recorded(mlflowOf(stageAs, paused(mlflow.fetch)), seen, now);
  const setting = { workspace, stageName: 'production', runOwner, now: () => now };
  return runOperation(policy, registry, setting, act).then(
    ({ report }) => `${report.decision}: ${report.reason}`,
    String,
  );
}

test.each(
  pairs.flatMap(([name, first, second]) =>
    [false, true].map(
      (isAfterKill) => [name, isAfterKill ? ', after a run that was killed,' : '', first, second] as const,
    ),
  ),
)(
  '%s%s leave one holder, on record and live',
  async (_, after, first, second) => {
    const lost: unknown[] = [];
    for (const [kind, deploy] of kinds) {
      for (let round = 0; round < rounds; round += 1) {
        const random = new Random(round);
        const policy = policyOf('alias', deploy);
        const world = newWorld('alias', 4);
        await three(world, policy);
        await must(world, policy, to('4'), staged);
        if (after !== '') {
          const runOwner = { ...soleOwner(), owner: { token: 'killed' } };
          await run(world, policy, to('3'), new KillableRun(2 + random.below(18)), { runOwner }).catch(() => undefined);
        }
        const said = await Promise.all([
          beside(world, policy, first, 'first', random),
          beside(world, policy, second, 'second', random),
        ]);
        tried += 1;
        const faults = await wrong(world, deploy !== '');
        if (faults.length > 0) lost.push({ kind, round, said, faults, log: world.log.lines.slice(-6) });
        removeWorlds();
      }
    }
    expect(lost).toEqual([]);
  },
  300_000,
);
