import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { PromotionError } from '../../src/domain/errors.js';
import type { Registration, Registry, Transition } from '../../src/registry/registry.js';
import type { ModelVersion } from '../../src/domain/version.js';

export interface RegistryFixture {
  readonly registry: Registry;
  readonly model: string;
  /** Registers one more version with these metrics and returns its name. */
  addVersion(metrics: Record<string, number>): Promise<string>;
  /** Makes what a version can be registered from, and says how it is given. */
  make(metrics: Record<string, number>): Promise<Omit<Registration, 'model' | 'tags'>>;
  /** Someone else moves the stage behind our back. */
  breakIn(stage: string, version: string): Promise<void>;
  dispose(): Promise<void>;
  /** MLflow's own stages: taking one is leaving the other. */
  readonly oneStageAtATime?: boolean;
}

/** What every registry must do, whichever it is: one suite, run by each adapter's tests on its own fixture. */
export function registryConformance(name: string, fixture: () => Promise<RegistryFixture>): void {
  describe(`${name} keeps the registry's contract`, () => {
    let at: RegistryFixture;
    beforeEach(async () => {
      at = await fixture();
    });
    afterEach(() => at.dispose());

    const move = async (
      version: string,
      stage: string,
      replaces?: string,
      extra: Partial<Transition> = {},
    ): Promise<void> =>
      at.registry.transition({
        model: at.model,
        version: await at.registry.version(at.model, version),
        stage,
        ...(replaces === undefined ? {} : { replaces: await at.registry.version(at.model, replaces) }),
        archive: false,
        tags: record(stage, 'deployed'),
        replacedTags: new Map(),
        ...extra,
      });
    const vacate = async (version: string, stage: string, tags = record(stage, 'failed')): Promise<void> =>
      at.registry.vacate({ model: at.model, version: await at.registry.version(at.model, version), stage, tags });
    const register = async (
      given: Omit<Registration, 'model' | 'tags'>,
      tags: ReadonlyMap<string, string> = registered,
    ): Promise<ModelVersion> => at.registry.register({ ...given, model: at.model, tags });
    const holders = async (...stages: string[]): Promise<Record<string, readonly string[]>> =>
      Object.fromEntries(await at.registry.holders(at.model, stages));

    test('versions come newest first, each whole', async () => {
      const names = [
        await at.addVersion({ auc: 0.8 }),
        await at.addVersion({ auc: 0.9 }),
        await at.addVersion({ auc: 0.7 }),
      ];
      const versions = await collect(at.registry.versions(at.model));
      expect(versions.map(({ version }) => version)).toEqual(names.toReversed());
      for (const version of versions) {
        expect(version.model).toBe(at.model);
        expect(version.createdAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
        expect(version.uri).toContain(at.model);
      }
    });

    test('one version is found by its name, and is the one the list has', async () => {
      const name = await at.addVersion({ auc: 0.8 });
      const [listed] = await collect(at.registry.versions(at.model));
      expect(await at.registry.version(at.model, name)).toEqual(listed);
    });

    test('an unknown model is an error that says so', async () => {
      await at.addVersion({ auc: 0.8 });
      const error = await failure(() => collect(at.registry.versions(`${at.model}x`)));
      expect(error.code).toBe('MODEL_UNKNOWN');
      expect(error.message).toContain(`${at.model}x`);
      expect(error.sentence).toContain(`'${at.model}'`);
    });

    test('an unknown version is an error that names those there are', async () => {
      const name = await at.addVersion({ auc: 0.8 });
      const error = await failure(() => at.registry.version(at.model, '987'));
      expect(error.code).toBe('VERSION_UNKNOWN');
      expect(error.message).toContain('987');
      expect(error.sentence).toContain(name);
    });

    test('an unknown alias is an error', async () => {
      await at.addVersion({ auc: 0.8 });
      expect((await failure(() => at.registry.byAlias(at.model, 'nobody'))).code).toBe('VERSION_UNKNOWN');
    });

    test.each(['../../etc/passwd', '--upload-pack=x', 'a b', 'x\nInjected: y', '%2e%2e', 'é🚀', '', '$(id)', "'; --"])(
      'a hostile name %j is a model that does not exist',
      async (hostile) => {
        await at.addVersion({ auc: 0.8 });
        const error = await failure(() => collect(at.registry.versions(hostile)));
        expect(error.name).toBe('PromotionError');
        expect(error.code).not.toBe('INTERNAL');
      },
    );

    test('a hostile version name is a version that does not exist', async () => {
      await at.addVersion({ auc: 0.8 });
      for (const hostile of ['../1', '--all', '1 or 1', 'v1\n', '']) {
        expect((await failure(() => at.registry.version(at.model, hostile))).code).toBe('VERSION_UNKNOWN');
      }
    });

    test('no stage has a holder at first', async () => {
      await at.addVersion({ auc: 0.8 });
      expect(await holders('staging', 'production')).toEqual({});
    });

    test('a transition moves its stage and no other', async () => {
      const [first, second] = [await at.addVersion({ auc: 0.8 }), await at.addVersion({ auc: 0.9 })];
      await move(first, 'staging');
      await move(first, 'production');
      const staging = at.oneStageAtATime === true ? {} : { staging: [first] };
      expect(await holders('staging', 'production')).toEqual({ ...staging, production: [first] });
      await move(second, 'production', first);
      expect(await holders('staging', 'production')).toEqual({ ...staging, production: [second] });
    });

    test('an earlier version can take the stage back', async () => {
      const [first, second] = [await at.addVersion({ auc: 0.8 }), await at.addVersion({ auc: 0.9 })];
      await move(first, 'production');
      await move(second, 'production', first);
      await move(first, 'production', second);
      expect(await holders('production')).toEqual({ production: [first] });
    });

    test('the tags go with the transition, on both versions', async () => {
      const [first, second] = [await at.addVersion({ auc: 0.8 }), await at.addVersion({ auc: 0.9 })];
      await move(first, 'production');
      await move(second, 'production', first, {
        archive: true,
        tags: record('production', 'deployed', { actor: 'octocat', reason: 'better' }),
        replacedTags: new Map([['promotion_state', 'archived']]),
      });
      const promoted = await at.registry.version(at.model, second);
      expect(promoted.tags.get('promotion_state')).toBe('production_deployed');
      expect(JSON.parse(promoted.tags.get('promotion_production') ?? '{}')).toMatchObject({
        state: 'production_deployed',
        actor: 'octocat',
        reason: 'better',
        at: '2026-01-02T03:04:05.000Z',
      });
      expect((await at.registry.version(at.model, first)).tags.get('promotion_state')).toBe('archived');
    });

    test('a tag alone moves nothing', async () => {
      const [first, second] = [await at.addVersion({ auc: 0.8 }), await at.addVersion({ auc: 0.9 })];
      await move(first, 'production');
      await at.registry.tag(
        await at.registry.version(at.model, second),
        record('production', 'rejected', { reason: 'auc fell' }),
      );
      expect(await holders('production')).toEqual({ production: [first] });
      const rejected = await at.registry.version(at.model, second);
      expect(rejected.tags.get('promotion_state')).toBe('production_rejected');
      expect(JSON.parse(rejected.tags.get('promotion_production') ?? '{}')).toMatchObject({ reason: 'auc fell' });
    });

    test('a transition to the holder changes nothing', async () => {
      const first = await at.addVersion({ auc: 0.8 });
      await move(first, 'production');
      const before = await at.registry.version(at.model, first);
      await move(first, 'production');
      await move(first, 'production', first);
      expect(await at.registry.version(at.model, first)).toEqual(before);
      expect(await holders('production')).toEqual({ production: [first] });
    });

    test('a stage that someone else moved meanwhile is a conflict that names the holder', async () => {
      const [first, second, third] = [
        await at.addVersion({ auc: 0.8 }),
        await at.addVersion({ auc: 0.9 }),
        await at.addVersion({ auc: 0.95 }),
      ];
      await move(first, 'production');
      const transition: Transition = {
        model: at.model,
        version: await at.registry.version(at.model, third),
        stage: 'production',
        replaces: await at.registry.version(at.model, first),
        archive: false,
        tags: record('production', 'deployed'),
        replacedTags: new Map(),
      };
      await at.breakIn('production', second);
      const error = await failure(() => at.registry.transition(transition));
      expect(error.code).toBe('REGISTRY_CONFLICT');
      expect(error.message).toContain(second);
      expect(await holders('production')).toEqual({ production: [second] });
    });

    test('a stage that is vacated has no holder, not even the one before', async () => {
      const [first, second] = [await at.addVersion({ auc: 0.8 }), await at.addVersion({ auc: 0.9 })];
      await move(first, 'production');
      await move(second, 'production', first);
      await vacate(second, 'production', record('production', 'failed', { reason: 'smoke test' }));
      expect(await holders('production')).toEqual({});
      const left = await at.registry.version(at.model, second);
      expect(left.tags.get('promotion_state')).toBe('production_failed');
      expect(JSON.parse(left.tags.get('promotion_production') ?? '{}')).toMatchObject({ reason: 'smoke test' });
    });

    test('a vacated stage is vacant for the same version too, until it is given again', async () => {
      const first = await at.addVersion({ auc: 0.8 });
      await move(first, 'production');
      await vacate(first, 'production');
      const before = await at.registry.version(at.model, first);
      await vacate(first, 'production');
      expect(await at.registry.version(at.model, first)).toEqual(before);
      expect(await holders('production')).toEqual({});
      await move(first, 'production');
      expect(await holders('production')).toEqual({ production: [first] });
      expect((await at.registry.version(at.model, first)).tags.get('promotion_state')).toBe('production_deployed');
    });

    test('vacating one stage leaves the others', async () => {
      const [first, second] = [await at.addVersion({ auc: 0.8 }), await at.addVersion({ auc: 0.9 })];
      await move(first, 'staging');
      await move(second, 'production');
      await vacate(second, 'production');
      expect(await holders('staging', 'production')).toEqual({ staging: [first] });
    });

    test('vacating a stage that nobody holds sets the tags alone', async () => {
      const first = await at.addVersion({ auc: 0.8 });
      await vacate(first, 'production');
      expect(await holders('production')).toEqual({});
      expect((await at.registry.version(at.model, first)).tags.get('promotion_state')).toBe('production_failed');
    });

    test('vacating a stage that another holds is a conflict that names it, and sets nothing', async () => {
      const [first, second] = [await at.addVersion({ auc: 0.8 }), await at.addVersion({ auc: 0.9 })];
      await move(first, 'production');
      const error = await failure(() => vacate(second, 'production'));
      expect(error.code).toBe('REGISTRY_CONFLICT');
      expect(error.message).toContain(first);
      expect(await holders('production')).toEqual({ production: [first] });
      expect((await at.registry.version(at.model, second)).tags.has('promotion_state')).toBe(false);
    });

    test('the first version makes the model, the next one is newer', async () => {
      const first = await register(await at.make({ auc: 0.8 }));
      expect(first).toMatchObject({ model: at.model, uri: expect.stringContaining(at.model) });
      expect(first.tags.get('promotion_state')).toBe('registered');
      expect(await at.registry.version(at.model, first.version)).toEqual(first);
      const second = await register(await at.make({ auc: 0.9 }));
      expect((await collect(at.registry.versions(at.model))).map(({ version }) => version)).toEqual([
        second.version,
        first.version,
      ]);
      expect((await at.registry.metrics(second, ['auc'])).get('auc')?.value).toBe(0.9);
    });

    test('registering again tells the version there is, and leaves its record as it is', async () => {
      const made = await at.make({ auc: 0.8 });
      const first = await register(made);
      await move(first.version, 'production');
      const before = await at.registry.version(at.model, first.version);
      expect(await register(made, new Map([['promotion_state', 'registered']]))).toEqual(before);
      expect(await collect(at.registry.versions(at.model))).toHaveLength(1);
    });

    test('what is registered can be promoted', async () => {
      const { version } = await register(await at.make({ auc: 0.8 }));
      await move(version, 'production');
      expect(await holders('production')).toEqual({ production: [version] });
    });

    test('registrations of one thing at once tell one version', async () => {
      const made = await at.make({ auc: 0.8 });
      await register(made);
      const again = await Promise.all([register(made), register(made)]);
      expect(new Set(again.map(({ version }) => version)).size).toBe(1);
      expect(await collect(at.registry.versions(at.model))).toHaveLength(1);
    });

    test('metrics are given as they are, and the missing ones are absent', async () => {
      const name = await at.addVersion({ auc: 0.875, broken: Number.NaN, zero: 0 });
      const metrics = await at.registry.metrics(await at.registry.version(at.model, name), [
        'auc',
        'broken',
        'zero',
        'nowhere',
        '__proto__',
      ]);
      expect([...metrics.keys()].sort()).toEqual(['auc', 'broken', 'zero']);
      expect(metrics.get('auc')?.value).toBe(0.875);
      expect(metrics.get('zero')?.value).toBe(0);
      expect(Number.isNaN(Number(metrics.get('broken')?.value))).toBe(true);
      expect(metrics.get('auc')?.origin).not.toBe('');
    });

    test('usual stages are taken, and an impossible one is refused with a sentence', () => {
      for (const stage of ['staging', 'production']) expect(at.registry.refusesStage(stage)).toBeUndefined();
      expect(at.registry.refusesStage('')).toMatch(/\.$/);
    });

    test('the description holds no credentials', () => {
      expect(at.registry.description).not.toMatch(/:\/\/[^/]*@/);
    });
  });
}

const registered: ReadonlyMap<string, string> = new Map([
  ['promotion_state', 'registered'],
  ['promotion_registered', JSON.stringify({ state: 'registered', at: '2026-01-02T03:04:05.000Z' })],
]);

/** A stage's record as the action writes it. */
function record(stage: string, verb: string, more: Record<string, string> = {}): ReadonlyMap<string, string> {
  const state = `${stage}_${verb}`;
  return new Map([
    ['promotion_state', state],
    [`promotion_${stage}`, JSON.stringify({ state, at: '2026-01-02T03:04:05.000Z', ...more })],
  ]);
}

async function collect(versions: AsyncIterable<ModelVersion>): Promise<ModelVersion[]> {
  const all: ModelVersion[] = [];
  for await (const version of versions) all.push(version);
  return all;
}

async function failure(action: () => Promise<unknown>): Promise<PromotionError> {
  try {
    await action();
  } catch (thrown) {
    return thrown as PromotionError;
  }
  throw new Error('expected a failure');
}
