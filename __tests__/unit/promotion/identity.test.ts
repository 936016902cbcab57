import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { adopt } from '../../../src/promotion/adopt.js';
import { archive } from '../../../src/promotion/archive.js';
import { monitor } from '../../../src/promotion/monitor.js';
import { promote } from '../../../src/promotion/promote.js';
import { register } from '../../../src/promotion/register.js';
import { rollback } from '../../../src/promotion/rollback.js';
import { readStatus } from '../../../src/commands/status/read.js';
import { loadPolicy, sourceOf } from '../../support/policy.js';
import type { Registry } from '../../../src/registry/registry.js';
import type { Report } from '../../../src/domain/report.js';
import { GitWorld } from '../../support/git-world.js';
import { newWorld, registryOf, removeWorlds, run, type Act, type World } from '../../support/mlflow-world.js';
import type { Setting } from '../../support/run-promotion.js';

/** A model whose versions are good until one of them is another one, with a bad metric. */
interface Scene {
  readonly type: 'git' | 'mlflow';
  /** Its names, oldest first. */
  readonly versions: readonly [string, string, string];
  run(act: Act, more?: Setting, production?: string): Promise<Report>;
  /** Gives the name to another version. */
  swap(version: string): Promise<void>;
  holder(stage: string): Promise<string | undefined>;
  registry(): Registry;
  dispose(): Promise<void>;
}

const anchored = '{ require: auc >= launch - 0.02 }';

const policyOf = (type: string, first: string, production = '{ require: auc >= 0.5 }'): string => `version: 1
registry: { type: ${type} }
model: churn
first_promotion: allow
anchors: { launch: ${first} }
metrics: { auc: { goal: maximize, min: 0, max: 1 } }
best: { metric: auc, passed: staging }
stages:
  staging: { checks: [{ require: auc >= 0.05 }] }
  production:
    after: staging
    checks: [${production}]
    monitor: { checks: [{ run: 'false' }], then: rollback }
`;

async function git(): Promise<Scene> {
  const world = await GitWorld.create();
  const versions = ['v1.0.0', 'v1.1.0', 'v1.2.0'] as const;
  for (const [index, version] of versions.entries()) await world.release(version, 0.9 + index / 100);
  return {
    type: 'git',
    versions,
    run: (act, more, production) => world.run(policyOf('git', versions[0], production), act, more),
    swap: (version) => world.moveTag(version, 0.1),
    holder: (stage) => world.holder(stage),
    registry: () => world.registry(),
    dispose: () => world.dispose(),
  };
}

function mlflow(): Promise<Scene> {
  const world: World = newWorld('alias');
  const versions = ['1', '2', '3'] as const;
  return Promise.resolve({
    type: 'mlflow',
    versions,
    run: (act, more, production) => run(world, policyOf('mlflow', versions[0], production), act, undefined, more),
    swap: (version) => {
      world.mlflow.makeAnew('churn', version);
      world.mlflow.runs.set(`run${version}`, { auc: 0.1 });
      return Promise.resolve();
    },
    holder: async (stage) => (await registryOf(world).holders('churn', [stage])).get(stage)?.[0],
    registry: () => registryOf(world),
    dispose: () => Promise.resolve(removeWorlds()),
  });
}

describe.each([
  ['git, a tag that was moved', git],
  ['MLflow, a version that was deleted and made again', mlflow],
])('%s', (_, open) => {
  let scene: Scene;
  let [first, second, third] = ['', '', ''];
  const to = (stageName: string, version: string, production?: string): Promise<Report> =>
    scene.run((work) => promote(work, version), { stageName }, production);
  const both = async (version: string): Promise<void> => {
    for (const stage of ['staging', 'production']) expect(await to(stage, version)).toMatchObject({ promoted: true });
  };
  const anew = (version: string): Promise<Report> =>
    scene.run((work) => register(work, { version }), { command: 'register', reason: 'it is right' });
  const back = (version?: string): Promise<Report> =>
    scene.run((work) => rollback(work, version), { command: 'rollback', reason: 'it is slow' });

  beforeEach(async () => {
    scene = await open();
    [first, second, third] = scene.versions;
  });
  afterEach(() => scene.dispose());

  test('is not what a rollback goes back to, registered or not', async () => {
    await both(first);
    await both(second);
    await scene.swap(first);
    expect(await to('production', first)).toMatchObject({ promoted: false });
    await expect(back()).rejects.toThrow('No version can be put back');
    await anew(first);
    await expect(back()).rejects.toThrow(
      `Of former holders, ${first} was deleted, or another version has the name now.`,
    );
    await expect(back(first)).rejects.toThrow('is no former good holder');
    expect(await scene.holder('production')).toBe(second);
  });

  test('archived, it is no former good holder either', async () => {
    await both(first);
    await both(second);
    await scene.swap(first);
    await scene.run((work) => archive(work, first), { command: 'archive' });
    await expect(back()).rejects.toThrow('No version can be put back');
    expect(await scene.holder('production')).toBe(second);
  });

  test('has not passed what the former one passed', async () => {
    await to('staging', first);
    await to('staging', second);
    await scene.swap(first);
    await anew(first);
    const report = await to('production', first, '{ require: auc >= 0.05 }');
    expect(report).toMatchObject({ decision: 'hold', promoted: false });
    expect(report.reason).toContain('has not passed staging');
    expect(await scene.run((work) => promote(work, 'best'), {})).toMatchObject({ candidate: { version: second } });
  });

  test('is no anchor, registered or not', async () => {
    await both(first);
    await both(second);
    await to('staging', third);
    await scene.swap(first);
    for (const prepare of [() => Promise.resolve(), () => anew(first)]) {
      await prepare();
      const report = await to('production', third, anchored);
      expect(report).toMatchObject({ decision: 'hold', promoted: false });
      expect(report.reason).toContain(`The policy's anchor 'launch' is ${first}, and the promotion log knows another`);
    }
    expect(await scene.holder('production')).toBe(second);
  });

  test('is a rejected one no more than it is a good one', async () => {
    await to('staging', third);
    expect(await to('production', third, '{ require: auc >= 0.99 }')).toMatchObject({ decision: 'reject' });
    await scene.swap(third);
    const version = await scene.registry().version('churn', third);
    expect([...version.tags.keys()].filter((key) => key.startsWith('promotion_') && scene.type === 'git')).toEqual([]);
  });

  test('status says that it is another one, and keeps the history apart', async () => {
    await both(first);
    await both(second);
    await scene.swap(first);
    const policy = loadPolicy(sourceOf('p.yml', policyOf(scene.type, first), 'main'));
    const status = await readStatus(scene.registry(), policy, 'churn');
    expect(status.notes.join()).toContain(`${first} is not the version that the promotion log knows by this name`);
    expect(status.stages[1]?.tenures.map(({ version }) => version)).toEqual([second, `a former version ${first}`]);
    expect(status.versions.find(({ version }) => version === first)?.state).toBe('registered');
    await anew(first);
    const later = await readStatus(scene.registry(), policy, 'churn');
    expect(later.stages[1]?.tenures.map(({ version }) => version)).toEqual([second, `a former version ${first}`]);
  });
});

describe('MLflow, the holder itself deleted and made again', () => {
  let scene: Scene;
  const to = (stageName: string, version: string): Promise<Report> =>
    scene.run((work) => promote(work, version), { stageName });

  beforeEach(async () => {
    scene = await mlflow();
    for (const version of ['1', '2']) for (const stage of ['staging', 'production']) await to(stage, version);
    await scene.swap('2');
  });
  afterEach(() => scene.dispose());

  test('holds nothing already', async () => {
    for (const prepare of [undefined, 'register'] as const) {
      if (prepare !== undefined)
        await scene.run((work) => register(work, { version: '2' }), { command: 'register', reason: 'it is right' });
      expect(await to('production', '2')).toMatchObject({ promoted: false, alreadyThere: false });
      const named = scene.run((work) => rollback(work, '2'), { command: 'rollback', reason: 'keep it' });
      await expect(named).rejects.toThrow(
        'churn 2 holds production by the registry, and the promotion log does not know it',
      );
    }
  });

  test('status names the former one', async () => {
    const policy = loadPolicy(sourceOf('p.yml', policyOf('mlflow', '1'), 'main'));
    const { stages } = await readStatus(scene.registry(), policy, 'churn');
    expect(stages.map(({ disagrees }) => disagrees)).toEqual(['a former version 2', 'a former version 2']);
  });

  test('adopted, it holds that stage alone, and goes no further', async () => {
    const adopted = await scene.run((work) => adopt(work), {
      command: 'adopt',
      stageName: 'production',
      reason: 'on call',
    });
    expect(adopted).toMatchObject({ decision: 'promote' });
    expect(await scene.run((work) => adopt(work), { command: 'adopt', reason: 'again' })).toMatchObject({
      alreadyThere: true,
    });
    const policy = loadPolicy(sourceOf('p.yml', policyOf('mlflow', '1'), 'main'));
    const { stages } = await readStatus(scene.registry(), policy, 'churn');
    expect(stages.map(({ disagrees }) => disagrees)).toEqual(['a former version 2', undefined]);
  });

  test('archived, the stage is empty for the log as well', async () => {
    await scene.run((work) => archive(work, '2'), { command: 'archive' });
    expect(await scene.holder('production')).toBeUndefined();
    const policy = loadPolicy(sourceOf('p.yml', policyOf('mlflow', '1'), 'main'));
    const { stages } = await readStatus(scene.registry(), policy, 'churn');
    expect(stages.map(({ disagrees }) => disagrees)).toEqual([undefined, undefined]);
    expect(await scene.run((work) => rollback(work, undefined), { command: 'rollback', reason: 'x' })).toMatchObject({
      promoted: true,
      candidate: { version: '1' },
    });
  });

  test('judged by the monitor, it was not put back by the rollback that put the former one back', async () => {
    await to('staging', '3');
    scene = await mlflow();
    for (const version of ['1', '2', '3']) for (const stage of ['staging', 'production']) await to(stage, version);
    await scene.run((work) => rollback(work, undefined), { command: 'rollback', reason: 'slow' });
    await scene.swap('2');
    const alarm = { raise: () => Promise.resolve([]), clear: () => Promise.resolve([]) };
    const report = await scene.run((work) => monitor(work, undefined, alarm), { command: 'monitor' });
    expect(report).toMatchObject({ promoted: true, candidate: { version: '1' } });
  });
});
