import { afterAll, describe, expect, test } from '@jest/globals';
import type { StageAs } from '../../../src/registry/mlflow/settings.js';
import { adopt } from '../../../src/promotion/adopt.js';
import { archive } from '../../../src/promotion/archive.js';
import { rollback } from '../../../src/promotion/rollback.js';
import { readStatus } from '../../../src/commands/status/read.js';
import { loadPolicy, sourceOf } from '../../support/policy.js';
import { statusLines, statusMarkdown } from '../../../src/commands/status/page.js';
import type { Report } from '../../../src/domain/report.js';
import { alias, back, must, one, staged, three, to, two } from '../../support/interrupted-world.js';
import {
  newWorld,
  policyOf,
  registryOf,
  removeWorlds,
  run,
  tell,
  wrong,
  type World,
} from '../../support/mlflow-world.js';
import type { Setting } from '../../support/run-promotion.js';

afterAll(removeWorlds);

const modes: readonly StageAs[] = ['alias', 'stage', 'model'];
const because: Setting = { reason: 'on call' };

const archiving =
  (version: string) =>
  (work: Parameters<typeof archive>[0]): Promise<Report> =>
    archive(work, version);

async function statusOf(world: World, policy: string): Promise<{ lines: string; page: string }> {
  const read = loadPolicy(sourceOf('policy.yml', policy, 'main'));
  const told = await readStatus(registryOf(world), read, 'churn');
  return { lines: statusLines(told).join('\n'), page: statusMarkdown(told) };
}

/** Takes production away by hand. */
function empty({ mlflow, stageAs }: World): void {
  if (stageAs === 'alias') mlflow.models.get('churn')?.aliases.delete('production');
  else if (stageAs === 'model') mlflow.models.get('churn-production')?.aliases.delete('production');
  else
    for (const each of mlflow.models.get('churn')?.versions ?? [])
      if (each.current_stage === 'Production') each.current_stage = 'None';
}

describe.each(modes)('a stage that nobody holds, %s', (stageAs) => {
  const policy = policyOf(stageAs);

  test('emptied by hand: the hold names both ways, and adopt records that nobody holds it', async () => {
    const world = newWorld(stageAs);
    await three(world, policy);
    empty(world);
    const held = await run(world, policy, to('3'));
    expect(held).toMatchObject({ decision: 'hold' });
    expect(held.cure).toContain("'command: adopt' with 'stage: production' and a reason records that nobody holds it");
    expect(held.cure).toContain("put 2 back with 'command: rollback' with 'stage: production' and a reason");
    const report = await run(world, policy, adopt, undefined, because);
    expect(report).toMatchObject({ decision: 'promote', reason: expect.stringContaining('nobody holds production') });
    expect(world.log.events.at(-1)).toMatchObject({
      type: 'archived',
      vacated: true,
      version: '2',
      stage: 'production',
      reason: 'on call',
    });
    expect(await wrong(world, false)).toEqual([]);
    expect(await run(world, policy, adopt, undefined, because)).toMatchObject({ alreadyThere: true });
    // What was taken away by hand was not found bad: a rollback may put it back.
    expect(await run(world, policy, back, undefined, because)).toMatchObject({
      promoted: true,
      candidate: { version: '2' },
    });
  });

  test('a dry run of it writes nothing', async () => {
    const world = newWorld(stageAs);
    await two(world, policy);
    empty(world);
    const { length } = world.log.told;
    await run(world, policy, adopt, undefined, { ...because, dryRun: true });
    expect(world.log.told).toHaveLength(length);
  });

  test('where nobody ever held it, there is nothing to record', async () => {
    const world = newWorld(stageAs);
    expect(await run(world, policy, adopt, undefined, because)).toMatchObject({
      decision: 'promote',
      alreadyThere: true,
    });
  });
});

describe('rollback after archive', () => {
  test.each(modes)('never chooses what the command archive retired, %s', async (stageAs) => {
    const world = newWorld(stageAs);
    const policy = policyOf(stageAs);
    await two(world, policy);
    await must(world, policy, archiving('2'), because);
    const report = await run(world, policy, back, undefined, because);
    expect(report).toMatchObject({ promoted: true, candidate: { version: '1' } });
    expect(await wrong(world, false)).toEqual([]);
  });

  test('nor one that was retired long after it was replaced; named, it returns', async () => {
    const world = newWorld('alias');
    const policy = policyOf('alias');
    await three(world, policy);
    await must(world, policy, to('3'));
    await must(world, policy, archiving('2'), because);
    expect(await run(world, policy, back, undefined, because)).toMatchObject({ candidate: { version: '1' } });
    expect(await run(world, policy, (work) => rollback(work, '2'), undefined, because)).toMatchObject({
      promoted: true,
      candidate: { version: '2' },
    });
  });

  test('into the empty stage, and once more in the same run: it goes back no further', async () => {
    const world = newWorld('alias');
    const policy = policyOf('alias');
    await three(world, policy);
    await must(world, policy, to('3'));
    await must(world, policy, archiving('3'), because);
    const author = { run: 'https://github.test/run/99' };
    expect(await run(world, policy, back, undefined, { ...because, author })).toMatchObject({ promoted: true });
    expect(await run(world, policy, back, undefined, { ...because, author })).toMatchObject({
      alreadyThere: true,
      candidate: { version: '2' },
    });
  });
});

describe('a credential that may not delete', () => {
  const policy = policyOf('alias');
  const noDelete = /^DELETE registered-models\/alias/;

  test('the archive closes its own operation, and names the right that is missing', async () => {
    const world = newWorld('alias');
    await two(world, policy);
    world.mlflow.forbidden = noDelete;
    const failed = run(world, policy, archiving('2'), undefined, because);
    await expect(failed).rejects.toMatchObject({
      message: expect.stringContaining(
        "churn 2 was not archived, and nothing was changed: The registry refuses access (403) to DELETE http://mlflow.test/api/2.0/mlflow/registered-models/alias, for the registered model 'churn'",
      ),
      cure: expect.stringContaining('MANAGE'),
    });
    expect(world.log.told.at(-1)).toMatchObject({ type: 'closed', outcome: 'undone' });
    expect(await wrong(world, false)).toEqual([]);
    expect(await run(world, policy, back, undefined, because)).toMatchObject({ candidate: { version: '1' } });
  });

  test('with stage_as model, the refused model is the one of the stage', async () => {
    const world = newWorld('model');
    await three(world, policyOf('model'));
    world.mlflow.forbidden = noDelete;
    await expect(run(world, policyOf('model'), archiving('2'), undefined, because)).rejects.toThrow(
      "for the registered model 'churn-production'",
    );
  });

  test('a promotion whose first write is refused closes its operation', async () => {
    const world = newWorld('alias');
    await two(world, policy);
    await must(world, policy, to('3'), staged);
    world.mlflow.forbidden = /^POST registered-models\/alias/;
    const report = await run(world, policy, to('3'));
    expect(report).toMatchObject({ decision: 'error', cure: expect.stringContaining('EDIT') });
    expect(report.notes).toContain(
      'The registry refused the first write: nothing was changed, and the operation is closed.',
    );
    expect(await wrong(world, false)).toEqual([]);
  });

  /** An archive that another run has begun and could not go on with. */
  async function interrupted(): Promise<World> {
    const world = newWorld('alias');
    await two(world, policy);
    await must(world, policy, to('2'), staged);
    world.mlflow.forbidden = /^DELETE registered-models\/alias .*"production"/;
    // 2 leaves staging, and production is refused: something has changed, so it stays open.
    await expect(run(world, policy, archiving('2'), undefined, because)).rejects.toThrow('403');
    return world;
  }

  test('what cannot be finished is named to every command, with the way out, and abandoned by a rollback', async () => {
    const world = await interrupted();
    const held = run(world, policy, to('3'), undefined, staged);
    await expect(held).rejects.toMatchObject({
      code: 'OPERATION_OPEN',
      message: expect.stringContaining(
        'was interrupted, and to finish it is refused: The registry refuses access (403)',
      ),
      cure: expect.stringContaining("give it up with 'command: rollback' with 'stage: staging' and a reason"),
    });
    const report = await run(world, policy, back, undefined, because);
    expect(report).toMatchObject({ promoted: true, candidate: { version: '1' } });
    const closed = world.log.told.findIndex((each) => 'outcome' in each && each.outcome === 'abandoned');
    // In one write with the rollback's own beginning.
    expect(world.log.told[closed + 1]).toMatchObject({ type: 'opened', version: '1', stage: 'production' });
    expect(await wrong(world, false)).toEqual([]);
  });

  test('also where the rollback has nobody to put back', async () => {
    const world = newWorld('alias');
    await must(world, policy, to('1'), staged);
    await must(world, policy, to('1'));
    world.mlflow.forbidden = /^DELETE registered-models\/alias .*"production"/;
    await expect(run(world, policy, archiving('1'), undefined, because)).rejects.toThrow('403');
    await expect(run(world, policy, back, undefined, because)).rejects.toThrow('is closed as abandoned');
    expect(await wrong(world, false)).toEqual([]);
  });

  test('a live owner is never passed', async () => {
    const world = await interrupted();
    // The interrupted one says that it has ended; take it over, as a run would that goes on.
    const operation = await registryOf(world).operation('churn');
    world.log.told.push({
      type: 'taken_over',
      operation: operation?.id ?? '',
      version: '2',
      at: '2026-03-01T13:00:00Z',
      owner: { token: 'other' },
      lease: '2030-01-01T00:00:00Z',
    });
    const alive: Setting = {
      ...because,
      runOwner: {
        owner: { token: 'mine' },
        ownerHasEnded: () => Promise.resolve(false),
        remember: () => undefined,
        killProcesses: () => undefined,
        pause: () => Promise.resolve(),
        cancelled: new AbortController().signal,
      },
    };
    await expect(run(world, policy, back, undefined, alive)).rejects.toThrow('Another run is moving a version');
  });

  test('an archive whose version was deleted meanwhile is finished', async () => {
    const world = await interrupted();
    world.mlflow.forbidden = undefined;
    world.mlflow.remove('churn', '2');
    expect(await run(world, policy, to('3'), undefined, staged)).toMatchObject({ promoted: true });
    expect(await wrong(world, false)).toEqual([]);
  });
});

describe('a holder that no longer exists', () => {
  const policy = policyOf('alias');

  test.each([
    ['its alias is left, as MLflow 2 does', true],
    ['its alias went with it, as in MLflow 3', false],
  ])('%s: status shows it, promote holds, rollback works', async (_, keepsAliases) => {
    const world = newWorld('alias');
    await three(world, policy);
    world.mlflow.remove('churn', '2', keepsAliases);
    const { lines, page } = await statusOf(world, policy);
    if (keepsAliases) {
      expect(lines).toMatch(/^production +2 +held by a version that no longer exists/m);
      expect(page).toContain('held by a version that no longer exists');
    } else expect(lines).toContain('the promotion log says 2, which no longer exists');
    expect(lines).toContain("put 1 back with 'command: rollback' with 'stage: production' and a reason");
    const held = await run(world, policy, to('3'));
    expect(held).toMatchObject({ decision: 'hold', cure: expect.stringContaining('put 1 back') });
    const report = await run(world, policy, back, undefined, because);
    expect(report).toMatchObject({ promoted: true, candidate: { version: '1' } });
    expect(await wrong(world, false)).toEqual([]);
    expect(alias(world, 'previous-production')).toBeUndefined();
  });

  test.each([true, false])(
    'the only one there ever was (its alias is left: %s): adopt records nobody',
    async (keeps) => {
      const world = newWorld('alias');
      await one(world, policy);
      world.mlflow.remove('churn', '1', keeps);
      const held = await run(world, policy, to('2'));
      expect(held.cure).toBe("'command: adopt' with 'stage: production' and a reason records that nobody holds it.");
      await expect(run(world, policy, back, undefined, because)).rejects.toMatchObject({
        code: 'ROLLBACK_IMPOSSIBLE',
        cure: expect.stringContaining("'command: adopt'"),
      });
      expect(await run(world, policy, adopt, undefined, because)).toMatchObject({ decision: 'promote' });
      expect((await tell(world)).log['production']).toBeUndefined();
      expect(await run(world, policy, to('2'))).toMatchObject({ promoted: true });
      expect(await wrong(world, false)).toEqual([]);
    },
  );

  test('an alias that outlived its copy', async () => {
    const world = newWorld('model');
    await two(world, policyOf('model'));
    world.mlflow.remove('churn-production', '2', true);
    expect((await statusOf(world, policyOf('model'))).lines).toContain('held by a version that no longer exists');
    expect(await run(world, policyOf('model'), back, undefined, because)).toMatchObject({ promoted: true });
    expect(await wrong(world, false)).toEqual([]);
  });

  test('it does not hold a stage that has nothing to do with it', async () => {
    const world = newWorld('alias', 4);
    await three(world, policy);
    world.mlflow.remove('churn', '2', true);
    expect(await run(world, policy, to('4'), undefined, staged)).toMatchObject({ promoted: true });
  });
});

describe('a disagreement holds what it concerns', () => {
  const compared = policyOf('alias', '', '').replace(
    'checks: [{ require: auc >= 0.5 }]',
    'checks: [{ require: auc >= 0.5 }, { require: auc >= champion - 0.5 }]',
  );

  test('the stage after the one in question', async () => {
    const world = newWorld('alias');
    await two(world, policyOf('alias'));
    world.mlflow.setAlias('churn', 'staging', '3');
    const held = await run(world, policyOf('alias'), to('1'));
    expect(held).toMatchObject({ decision: 'hold', reason: expect.stringContaining('holder of staging') });
  });

  test('a stage before it, only where its conditions use the champion', async () => {
    const world = newWorld('alias');
    await two(world, policyOf('alias'));
    world.mlflow.setAlias('churn', 'production', '1');
    const held = await run(world, compared, to('3'), undefined, staged);
    expect(held).toMatchObject({ decision: 'hold', reason: expect.stringContaining('holder of production') });
    expect(await run(world, policyOf('alias'), to('3'), undefined, staged)).toMatchObject({ promoted: true });
  });
});

describe('two versions in one of MLflow’s own stages', () => {
  const policy = policyOf('stage');

  test('status shows it, promote names the rollback, and that leaves one', async () => {
    const world = newWorld('stage');
    await three(world, policy);
    const first = world.mlflow.models.get('churn')?.versions[0];
    if (first !== undefined) first.current_stage = 'Production';
    expect((await statusOf(world, policy)).lines).toContain("Several versions of 'churn' hold 'production' at once");
    await expect(run(world, policy, to('3'))).rejects.toMatchObject({
      code: 'REGISTRY_CONFLICT',
      cure: expect.stringContaining("'command: rollback' with 'stage: production' and a reason"),
    });
    expect(await run(world, policy, back, undefined, because)).toMatchObject({
      promoted: true,
      candidate: { version: '2' },
    });
    expect(await wrong(world, false)).toEqual([]);
  });
});

test('where a stage’s alias names no copy, rollback puts the right one back', async () => {
  const world = newWorld('model');
  const policy = policyOf('model');
  await two(world, policy);
  const copies = world.mlflow.models.get('churn-production')?.versions ?? [];
  const copy = copies.find(({ version }) => version === '2');
  copy?.tags.set('promotion_copy_of', 'churn/3');
  expect((await statusOf(world, policy)).lines).toContain('is a copy of churn/3 by its tag');
  await expect(run(world, policy, to('3'))).rejects.toMatchObject({
    code: 'REGISTRY_CONFLICT',
    cure: expect.stringContaining("'command: rollback'"),
  });
  // The copy itself is of no use any more: rollback makes another of the version that the log knows.
  expect(await run(world, policy, back, undefined, because)).toMatchObject({ promoted: true });
  expect(await wrong(world, false)).toEqual([]);
});

describe('previous-<stage> after a rollback', () => {
  const policy = policyOf('alias');

  test('names the good version before the one put back', async () => {
    const world = newWorld('alias');
    await three(world, policy);
    await must(world, policy, to('3'));
    expect(alias(world, 'previous-production')).toBe('2');
    await must(world, policy, back, because);
    expect([alias(world, 'production'), alias(world, 'previous-production')]).toEqual(['2', '1']);
    await must(world, policy, back, because);
    expect([alias(world, 'production'), alias(world, 'previous-production')]).toEqual(['1', undefined]);
  });

  test('of copies, the copy of that version', async () => {
    const world = newWorld('model');
    await three(world, policyOf('model'));
    await must(world, policyOf('model'), to('3'));
    await must(world, policyOf('model'), back, because);
    const aliases = world.mlflow.models.get('churn-production')?.aliases;
    expect([aliases?.get('production'), aliases?.get('previous-production')]).toEqual(['2', '1']);
  });

  test('where that is refused, the rollback stands, and the report says so', async () => {
    const world = newWorld('alias');
    await two(world, policy);
    world.mlflow.forbidden = /^DELETE registered-models\/alias/;
    const report = await run(world, policy, back, undefined, because);
    expect(report).toMatchObject({ promoted: true, candidate: { version: '1' } });
    expect(report.notes.join()).toContain("The alias 'previous-production' of 'churn' could not be removed");
    expect(await wrong(world, false)).toEqual([]);
  });
});

describe('what was found bad in one stage and serves another', () => {
  test('the report and status say so, with the command', async () => {
    const world = newWorld('alias');
    const policy = policyOf('alias');
    await three(world, policy);
    await must(world, policy, to('3'));
    const report = await run(world, policy, back, undefined, { ...because, ...staged });
    const words = "'command: rollback' with 'stage: production' and a reason puts the last good version back";
    expect(report.notes.join('\n')).toContain('churn 3, which was found bad in staging, still holds production');
    expect(report.notes.join('\n')).toContain(words);
    const { lines, page } = await statusOf(world, policy);
    expect(lines).toContain('3 was found bad in staging');
    expect(lines).toContain(words);
    expect(page).toContain('was found bad in staging');
    await must(world, policy, back, because);
    expect((await statusOf(world, policy)).lines).not.toContain('was found bad');
  });
});
