import { afterAll, describe, expect, test } from '@jest/globals';
import { asPromotionError, PromotionError } from '../../../src/domain/errors.js';
import { GitFailure } from '../../../src/git/failure.js';
import type { StageAs } from '../../../src/registry/mlflow/settings.js';
import { adopt } from '../../../src/promotion/adopt.js';
import { promote } from '../../../src/promotion/promote.js';
import { gate } from '../../../src/promotion/gate.js';
import { rollback } from '../../../src/promotion/rollback.js';
import { curesIn } from '../../support/cures-world.js';
import { type Act, newWorld, policyOf, removeWorlds, run, withCheck, type World } from '../../support/mlflow-world.js';
import type { Setting } from '../../support/run-promotion.js';

afterAll(removeWorlds);

const modes: readonly StageAs[] = ['alias', 'stage', 'model'];
const because: Setting = { reason: 'on call' };
const to =
  (version: string): Act =>
  (work) =>
    promote(work, version);
const commands: readonly (readonly [string, Act])[] = [
  ['promote', to('3')],
  ['gate', async (work) => (await gate(work, '3')).report],
  ['rollback', (work) => rollback(work, undefined)],
  ['adopt', adopt],
];

/** Versions 1 and 2 held production, 3 has passed staging; the token may write no log. */
async function withoutLog(stageAs: StageAs, policy: string): Promise<World> {
  const world = newWorld(stageAs);
  world.log.refusal = new PromotionError('GIT_FAILED', 'No.', { cause: new GitFailure('denied', 'No.') });
  const steps = [
    ['1', 'staging'],
    ['1', 'production'],
    ['2', 'staging'],
    ['2', 'production'],
    ['3', 'staging'],
  ] as const;
  for (const [version, stageName] of steps) {
    const { promoted, reason } = await run(world, policy, to(version), undefined, { stageName });
    if (!promoted) throw new Error(reason);
  }
  return world;
}

/** Takes production from its holder by hand. */
function empty({ mlflow, stageAs }: World): void {
  if (stageAs === 'stage') {
    for (const each of mlflow.models.get('churn')?.versions ?? [])
      if (each.current_stage === 'Production') each.current_stage = 'None';
  } else mlflow.models.get(stageAs === 'model' ? 'churn-production' : 'churn')?.aliases.delete('production');
}

const disturbances: readonly (readonly [string, (world: World) => void])[] = [
  ['its alias was removed', empty],
  ['its holder was deleted, and its alias left', ({ mlflow }) => mlflow.remove('churn', '2', true)],
  ['its holder was deleted, and its alias with it', ({ mlflow }) => mlflow.remove('churn', '2', false)],
];

async function said(world: World, policy: string, act: Act): Promise<string> {
  try {
    const { reason, cure = '', notes } = await run(world, policy, act, undefined, because);
    return [reason, cure, ...notes].join(' ');
  } catch (thrown) {
    return asPromotionError(thrown).sentence;
  }
}

describe.each(modes)('without a log, %s, production that nobody holds', (stageAs) => {
  const policy = withCheck(policyOf(stageAs), 'require: auc >= champion - 0.01');
  const cells = disturbances.flatMap(([name, bring]) =>
    commands.map(([command, act]) => ({ name, bring, command, act })),
  );

  test.each(cells)('$name: what $command says leads on', async ({ bring, act }) => {
    const world = await withoutLog(stageAs, policy);
    bring(world);
    const text = await said(world, policy, act);
    const cure = curesIn(text).find((each) => 'command' in each && each.command === 'rollback');
    if (cure === undefined || !('command' in cure)) throw new Error(`No way on: ${text}`);
    expect(cure.inputs.get('stage')).toBe('production');
    const version = cure.inputs.get('version');
    const back = await run(world, policy, (work) => rollback(work, version), undefined, because);
    expect(back).toMatchObject({ promoted: true, reason: expect.stringContaining('Reason: on call') });
    // There is a champion again to compare with.
    const report = await run(world, policy, to('3'));
    expect(report).toMatchObject({ promoted: true, champion: { version } });
  });

  test('nothing is chosen unasked, and what was found bad or never held it is not put back', async () => {
    const world = await withoutLog(stageAs, policy);
    empty(world);
    const named =
      (version?: string): Act =>
      (work) =>
        rollback(work, version);
    await expect(run(world, policy, named(), undefined, because)).rejects.toMatchObject({
      code: 'ROLLBACK_IMPOSSIBLE',
      cure: expect.stringMatching(/'stage: production', 'version: 2' and a reason/),
    });
    await expect(run(world, policy, named('3'), undefined, because)).rejects.toMatchObject({
      code: 'ROLLBACK_IMPOSSIBLE',
      message: expect.stringContaining('3 is no former good holder'),
    });
  });

  test('a stage that has a holder is left as it is: nobody can tell who was good before', async () => {
    const world = await withoutLog(stageAs, policy);
    await expect(run(world, policy, (work) => rollback(work, '1'), undefined, because)).rejects.toMatchObject({
      code: 'ROLLBACK_IMPOSSIBLE',
      message: expect.stringContaining('has no promotion log'),
    });
  });

  test('a dry run puts nobody there', async () => {
    const world = await withoutLog(stageAs, policy);
    empty(world);
    const setting = { ...because, dryRun: true };
    const report = await run(world, policy, (work) => rollback(work, '2'), undefined, setting);
    expect(report).toMatchObject({ promoted: false, reason: 'churn 2 would be put back into production.' });
    expect(await said(world, policy, adopt)).toContain('nobody holds production');
  });
});
