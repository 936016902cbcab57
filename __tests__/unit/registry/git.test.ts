import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PromotionError } from '../../../src/domain/errors.js';
import type { Registration, Registry } from '../../../src/registry/registry.js';
import type { ModelVersion } from '../../../src/domain/version.js';
import { registryConformance } from '../../support/registry-conformance.js';
import { Checkouts } from '../../support/git-checkouts.js';

const MODEL = 'churn';

for (const remote of [false, true]) {
  registryConformance(remote ? 'git with a remote' : 'git alone', async () => {
    const checkouts = await Checkouts.create();
    const path = await checkouts.repository(remote);
    const push = async (): Promise<void> => {
      if (remote) await checkouts.git(path, 'push', '-q', 'origin', 'main', '--tags');
    };
    const commit = (metrics: Record<string, number>): Promise<string> => {
      const json = JSON.stringify(metrics, (_, value: unknown) => (Number.isNaN(value) ? '@NaN@' : value));
      return checkouts.commit(path, { 'metrics.json': json.replaceAll('"@NaN@"', 'NaN') });
    };
    let count = 0;
    // Each question is a new run's: what a run remembers within itself is tested below.
    const registry = fresh(() => checkouts.registry(path));
    return {
      registry,
      model: MODEL,
      make: async (metrics) => ({ commit: await commit(metrics) }),
      async addVersion(metrics) {
        const version = `v0.0.${++count}`;
        await commit(metrics);
        await checkouts.annotate(path, `${MODEL}@${version}`);
        await push();
        return version;
      },
      async breakIn(stage, version) {
        const counter = (await checkouts.git(path, 'tag', '--list', `${MODEL}#*`)).split('\n').length + 1;
        checkouts.clock += 60_000;
        await checkouts.annotate(path, `${MODEL}#${stage}#${counter}`, `${MODEL}@${version}^{}`);
        await push();
      },
      dispose: () => checkouts.dispose(),
    };
  });
}

describe('the git registry', () => {
  let at: Checkouts;
  beforeEach(async () => {
    at = await Checkouts.create();
  });
  afterEach(() => at.dispose());

  const promote = async (registry: Registry, version: string, stage: string, replaces?: string): Promise<void> =>
    registry.transition({
      model: MODEL,
      version: await registry.version(MODEL, version),
      stage,
      ...(replaces === undefined ? {} : { replaces: await registry.version(MODEL, replaces) }),
      archive: false,
      tags: new Map(),
      replacedTags: new Map(),
    });
  const holder = async (path: string, stage: string): Promise<string | undefined> =>
    (await at.registry(path).holders(MODEL, [stage])).get(stage)?.[0];
  const register = async (path: string, ...versions: string[]): Promise<void> => {
    for (const version of versions) {
      await at.commit(path, { 'metrics.json': JSON.stringify({ version }) });
      await at.annotate(path, `${MODEL}@${version}`);
    }
  };

  test('what it writes, gto shows as its own', async () => {
    const path = await at.repository(false);
    await register(path, 'v1.0.0', 'v1.1.0');
    await promote(at.registry(path), 'v1.0.0', 'staging');
    await promote(at.registry(path), 'v1.1.0', 'staging', 'v1.0.0');
    await promote(at.registry(path), 'v1.0.0', 'production');
    const shown = JSON.parse(await at.gto(path, 'show', MODEL, '--json')) as {
      version: string;
      stages: { stage: string }[];
    }[];
    expect(shown.map(({ version, stages }) => [version, stages.map(({ stage }) => stage).sort()])).toEqual([
      ['v1.1.0', ['staging']],
      ['v1.0.0', ['production']],
    ]);
    expect(await at.gto(path, 'show', `${MODEL}#staging`, '--version')).toBe('v1.1.0');
    expect(await at.gto(path, 'show', `${MODEL}#production`, '--version')).toBe('v1.0.0');
    const history = await at.gto(path, 'history', MODEL, '--plain');
    for (const counter of [1, 2, 3]) expect(history).toContain(`#${counter}`);
    expect(history).toContain('assignment');
  });

  test('a rollback, which gto itself refuses without --force, gto reads as one', async () => {
    const path = await at.repository(false);
    await register(path, 'v1.0.0', 'v1.1.0');
    await promote(at.registry(path), 'v1.0.0', 'production');
    await promote(at.registry(path), 'v1.1.0', 'production', 'v1.0.0');
    await promote(at.registry(path), 'v1.0.0', 'production', 'v1.1.0');
    expect(await at.gto(path, 'show', `${MODEL}#production`, '--version')).toBe('v1.0.0');
  });

  test('what gto writes is read', async () => {
    const path = await at.repository(false);
    const later = (): Date => new Date(Date.now() + 1000);
    const read = (): Registry => at.registry(path, {}, later);
    const holds = async (stage: string): Promise<string | undefined> =>
      (await read().holders(MODEL, [stage])).get(stage)?.[0];
    const second = (): Promise<unknown> => new Promise((done) => setTimeout(done, 1050));
    await at.gto(path, 'register', MODEL);
    await at.commit(path, {});
    await at.gto(path, 'register', MODEL, '--version', 'v0.1.0-rc.1');
    await at.gto(path, 'assign', MODEL, '--version', 'v0.0.1', '--stage', 'prod');
    expect(await names(read())).toEqual(['v0.1.0-rc.1', 'v0.0.1']);
    expect(await holds('prod')).toBe('v0.0.1');
    expect((await read().version(MODEL, '0.0.1')).tags.get('promotion_state')).toBe('prod_deployed');
    await second();
    await at.gto(path, 'assign', MODEL, '--version', 'v0.1.0-rc.1', '--stage', 'prod');
    expect(await holds('prod')).toBe('v0.1.0-rc.1');
    await second();
    await at.gto(path, 'deprecate', MODEL, 'v0.1.0-rc.1', 'prod');
    expect(await at.git(path, 'tag', '--list', '*!*')).toBe('churn#prod!#3');
    expect(await holds('prod')).toBe(await at.gto(path, 'show', `${MODEL}#prod`, '--version'));
    await second();
    await at.gto(path, 'deprecate', MODEL, 'v0.1.0-rc.1');
    expect(await names(read())).toEqual(['v0.0.1']);
    await second();
    await at.gto(path, 'deprecate', MODEL);
    expect((await failure(() => names(read()))).message).toContain('deprecated');
  });

  describe('registering', () => {
    const given = (registry: Registry, more: Partial<Registration> = {}): Promise<ModelVersion> =>
      registry.register({ model: MODEL, tags: new Map(), ...more });

    test("gto takes what is registered for its own, and goes on from there, as we go on from gto's", async () => {
      const path = await at.repository(false);
      expect((await given(at.registry(path))).version).toBe('v0.0.1');
      await at.commit(path, {});
      expect(await at.gto(path, 'register', MODEL)).toContain("'churn@v0.0.2'");
      at.clock = Date.now();
      await at.commit(path, {});
      expect((await given(at.registry(path))).version).toBe('v0.0.3');
      const shown = JSON.parse(await at.gto(path, 'show', MODEL, '--json')) as { version: string }[];
      expect(shown.map(({ version }) => version)).toEqual(['v0.0.3', 'v0.0.2', 'v0.0.1']);
      expect(await at.git(path, 'cat-file', '-t', 'churn@v0.0.1')).toBe('tag');
      expect(await at.git(path, 'describe', '--tags', '--exact-match', 'HEAD')).toBe('churn@v0.0.3');
    });

    test.each([
      ['v2.0.0-rc.1', 'v2.0.1'],
      ['v1.9.9', 'v1.9.10'],
      ['v1.0.99999999999999999999', 'v1.0.100000000000000000000'],
    ])('after %s comes %s, as gto counts', async (highest, next) => {
      const path = await at.repository(false);
      await register(path, 'v0.1.0', highest);
      const other = await at.commit(path, {});
      expect((await given(at.registry(path))).version).toBe(next);
      await at.git(path, 'tag', '-d', `churn@${next}`);
      await at.gto(path, 'register', MODEL, other);
      expect(await at.git(path, 'tag', '--list', `churn@${next}`)).toBe(`churn@${next}`);
    });

    test('tag and event go to the remote together, and the version says them', async () => {
      const path = await at.repository(true);
      const commit = await at.commit(path, {});
      const made = await given(at.registry(path), {
        version: '1.2.0',
        tags: new Map([
          ['promotion_state', 'registered'],
          ['promotion_registered', JSON.stringify({ state: 'registered', actor: 'octocat', commit: 'f'.repeat(40) })],
        ]),
      });
      expect(made).toMatchObject({ version: 'v1.2.0', commit, uri: 'churn@v1.2.0' });
      expect(made.tags.get('promotion_state')).toBe('registered');
      expect(await at.git(path, 'ls-remote', 'origin', 'refs/tags/churn@v1.2.0^{}')).toContain(commit);
      expect(await at.git(path, 'tag', '--list', 'churn@*')).toBe('churn@v1.2.0');
      expect((await at.log(path, MODEL).read()).events).toMatchObject([
        { type: 'registered', version: 'v1.2.0', actor: 'octocat', tag: 'churn@v1.2.0', commit: 'f'.repeat(40) },
      ]);
    });

    test.each([
      [{ version: 'v1.0.0' }, 'REGISTRY_CONFLICT', /'v1.0.0' of 'churn' is commit/],
      [{ version: '1.0' }, 'INPUT_INVALID', /no semantic version/],
      [{ version: 'latest' }, 'INPUT_INVALID', /no semantic version/],
      [{ run: 'abc' }, 'INPUT_INVALID', /registers a commit, and 'run'/],
      [{ source: 's3://x' }, 'INPUT_INVALID', /registers a commit, and 'source'/],
      [{ commit: 'f'.repeat(40) }, 'VERSION_UNKNOWN', /no commit 'ffff/],
      [{ commit: 'nowhere' }, 'VERSION_UNKNOWN', /no commit 'nowhere'/],
      ...['', 'a b', '-x', 'x.lock/a:churn', '../a:churn', 'a//b', 'x#y', 'x=y', 'models:nlp:churn', 'é'].map(
        (model) => [{ model }, 'INPUT_INVALID', /cannot be a model's name/] as const,
      ),
    ] as const)('%j is refused, and no tag is made', async (more, code, message) => {
      const path = await at.repository(true);
      await register(path, 'v1.0.0');
      await at.git(path, 'push', '-q', 'origin', 'main', '--tags');
      await at.commit(path, {});
      const error = await failure(() => given(at.registry(path), more));
      expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
      expect(error.cure).toMatch(/\.$/);
      expect(await at.git(path, 'tag', '--list')).toBe('churn@v1.0.0');
    });

    test('a commit that is registered keeps its version, and takes no second name', async () => {
      const path = await at.repository(false);
      await register(path, 'v1.0.0');
      for (const more of [{}, { version: '1.0.0' }, { version: 'v1.0.0' }, { commit: 'churn@v1.0.0' }]) {
        expect((await given(at.registry(path), more)).version).toBe('v1.0.0');
      }
      const error = await failure(() => given(at.registry(path), { version: 'v2.0.0' }));
      expect([error.code, error.message]).toEqual(['REGISTRY_CONFLICT', expect.stringContaining("'v1.0.0'")]);
      expect(await at.git(path, 'tag', '--list')).toBe('churn@v1.0.0');
      expect((await at.log(path, MODEL).read()).events).toMatchObject([{ type: 'registered', version: 'v1.0.0' }]);
    });

    test('a refused push leaves no tag', async () => {
      const path = await at.repository(true);
      await writeFile(join(at.folder, 'origin.git/hooks/pre-receive'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
      expect((await failure(() => given(at.registry(path)))).code).toBe('GIT_FAILED');
      expect(await at.git(path, 'tag', '--list')).toBe('');
    });

    test('several runs at once each get a version of their own', async () => {
      const path = await at.repository(true);
      const clones = await Promise.all(['a', 'b', 'c'].map((name) => at.clone(name)));
      for (const [index, clone] of clones.entries()) await at.commit(clone, { 'metrics.json': `{"n": ${index}}` });
      const made = await Promise.all(clones.map((clone) => given(at.registry(clone))));
      expect(made.map(({ version }) => version).sort()).toEqual(['v0.0.1', 'v0.0.2', 'v0.0.3']);
      expect((await at.log(path, MODEL).read()).events).toHaveLength(3);
    });

    test('a name that was deregistered, or is lightweight, is taken', async () => {
      const path = await at.repository(false);
      await register(path, 'v1.0.0', 'v1.0.1');
      await at.annotate(path, 'churn@v1.0.1!');
      await at.git(path, 'tag', 'churn@v1.0.3', 'HEAD~1');
      await at.commit(path, {});
      for (const version of ['v1.0.1', 'v1.0.3']) {
        const error = await failure(() => given(at.registry(path), { version }));
        expect([error.code, error.message]).toEqual(['REGISTRY_CONFLICT', expect.stringContaining(version)]);
      }
      expect((await given(at.registry(path))).version).toBe('v1.0.2');
    });

    test('a commit whose version was deregistered is not registered again: gto would read the model no more', async () => {
      const path = await at.repository(false);
      await register(path, 'v1.0.0');
      await at.annotate(path, 'churn@v1.0.0!');
      for (const more of [{}, { version: 'v1.0.0' }, { version: 'v2.0.0' }]) {
        const error = await failure(() => given(at.registry(path), more));
        expect([error.code, error.cure]).toEqual(['REGISTRY_CONFLICT', expect.stringContaining("'churn@v1.0.0!'")]);
      }
    });

    test('a deprecated model comes back, and one of lightweight tags alone is left to its owner', async () => {
      const path = await at.repository(false);
      await register(path, 'v1.0.0');
      await at.annotate(path, 'churn@deprecated');
      await at.commit(path, {});
      expect((await given(at.registry(path))).version).toBe('v1.0.1');
      expect(await names(at.registry(path))).toEqual(['v1.0.1', 'v1.0.0']);
      await at.git(path, 'tag', 'light@v1.0.0');
      expect((await failure(() => given(at.registry(path), { model: 'light' }))).message).toContain('lightweight');
    });

    test('a model in a folder is registered under its folder', async () => {
      const path = await at.repository(false);
      const { version } = await given(at.registry(path), { model: 'models:nlp/churn' });
      expect(await at.git(path, 'tag', '--list')).toBe('models=nlp/churn@v0.0.1');
      expect((await at.registry(path).version('models:nlp/churn', version)).model).toBe('models:nlp/churn');
    });
  });

  test('a vacated stage is vacant to gto too, though others held it before', async () => {
    const path = await at.repository(true);
    await register(path, 'v1.0.0', 'v1.1.0', 'v1.2.0');
    await at.git(path, 'push', '-q', 'origin', 'main', '--tags');
    await promote(at.registry(path), 'v1.0.0', 'production');
    await promote(at.registry(path), 'v1.1.0', 'production', 'v1.0.0');
    await promote(at.registry(path), 'v1.0.0', 'staging');
    const version = await at.registry(path).version(MODEL, 'v1.1.0');
    await at.registry(path).vacate({ model: MODEL, version, stage: 'production', tags: new Map() });
    expect(await holder(path, 'production')).toBeUndefined();
    expect((await at.git(path, 'tag', '--list', '*!*')).split('\n').sort()).toEqual([
      'churn#production!#4',
      'churn#production!#5',
    ]);
    expect(await at.git(path, 'ls-remote', '--refs', 'origin', '*!*')).toContain('churn#production!#5');
    const shown = JSON.parse(await at.gto(path, 'show', MODEL, '--json')) as {
      version: string;
      stages: { stage: string }[];
    }[];
    expect(shown.map((each) => [each.version, each.stages.map(({ stage }) => stage)])).toEqual([
      ['v1.2.0', []],
      ['v1.1.0', []],
      ['v1.0.0', ['staging']],
    ]);
    const { events } = await at.log(path, MODEL).read();
    expect(events.at(-1)).toMatchObject({ type: 'archived', version: 'v1.1.0', stage: 'production' });
    await promote(at.registry(path), 'v1.2.0', 'production');
    expect(await at.gto(path, 'show', `${MODEL}#production`, '--version')).toBe('v1.2.0');
    await promote(at.registry(path), 'v1.0.0', 'production', 'v1.2.0');
    expect(await at.gto(path, 'show', `${MODEL}#production`, '--version')).toBe('v1.0.0');
  });

  test('several runs at once leave one order and nothing behind', async () => {
    const path = await at.repository(true);
    await register(path, 'v1.0.0', 'v1.1.0', 'v1.2.0', 'v1.3.0');
    await at.git(path, 'push', '-q', 'origin', 'main', '--tags');
    const clones = await Promise.all(['a', 'b', 'c', 'd'].map((name) => at.clone(name)));
    const outcomes = await Promise.allSettled(
      clones.map((clone, index) => promote(at.registry(clone), `v1.${index}.0`, 'production')),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect((outcome.reason as PromotionError).code).toBe('REGISTRY_CONFLICT');
    }
    const winner = `v1.${outcomes.findIndex(({ status }) => status === 'fulfilled')}.0`;
    expect(await at.git(path, 'ls-remote', 'origin', 'refs/tags/churn#*')).toMatch(
      /^\S+\trefs\/tags\/churn#production#1\n\S+\t\S+\^\{\}$/,
    );
    for (const clone of clones) {
      expect(await holder(clone, 'production')).toBe(winner);
      const tags = await at.git(clone, 'tag', '--list', 'churn#*');
      expect(['', 'churn#production#1']).toContain(tags);
    }
    expect((await at.log(path, MODEL).read()).events.map(({ version, type, tag }) => [version, type, tag])).toEqual([
      [winner, 'deployed', 'churn#production#1'],
    ]);
  });

  test('several stages at once all get through, each with a counter of its own', async () => {
    const path = await at.repository(true);
    await register(path, 'v1.0.0');
    await at.git(path, 'push', '-q', 'origin', 'main', '--tags');
    const stages = ['dev', 'staging', 'canary', 'production'];
    const clones = await Promise.all(stages.map((name) => at.clone(name)));
    await Promise.all(clones.map((clone, index) => promote(at.registry(clone), 'v1.0.0', stages[index] ?? '')));
    const tags = (await at.git(path, 'ls-remote', '--refs', 'origin', 'refs/tags/churn#*'))
      .split('\n')
      .map((line) => line.split('#')[2]);
    expect(tags.sort()).toEqual(['1', '2', '3', '4']);
    expect((await at.log(path, MODEL).read()).events).toHaveLength(4);
  });

  test('tags deleted on the remote do not count, though this clone still has them', async () => {
    const path = await at.repository(true);
    await register(path, 'v1.0.0', 'v1.1.0');
    await at.git(path, 'push', '-q', 'origin', 'main', '--tags');
    await promote(at.registry(path), 'v1.0.0', 'production');
    await promote(at.registry(path), 'v1.1.0', 'production', 'v1.0.0');
    await at.git(path, 'push', '-q', 'origin', ':refs/tags/churn#production#2', ':refs/tags/churn@v1.1.0');
    expect(await at.git(path, 'tag', '--list', 'churn#production#2')).toBe('churn#production#2');
    expect(await holder(path, 'production')).toBe('v1.0.0');
    expect(await names(at.registry(path))).toEqual(['v1.0.0']);
  });

  test('a refused push leaves no tag here or there', async () => {
    const path = await at.repository(true);
    await register(path, 'v1.0.0');
    await at.git(path, 'push', '-q', 'origin', 'main', '--tags');
    await writeFile(
      join(at.folder, 'origin.git/hooks/pre-receive'),
      '#!/bin/sh\necho "error: GH013: Repository rule violations found" >&2\nexit 1\n',
      { mode: 0o755 },
    );
    const error = await failure(() => promote(at.registry(path), 'v1.0.0', 'production'));
    expect(error.code).toBe('GIT_FAILED');
    expect(error.cure).toContain('ruleset');
    expect(await at.git(path, 'tag', '--list', 'churn#*')).toBe('');
    expect(await at.git(path, 'ls-remote', 'origin', 'refs/tags/churn#*')).toBe('');
  });

  test('a tag dated far ahead is an error that names it', async () => {
    const path = await at.repository(false);
    await register(path, 'v1.0.0');
    const clock = at.clock;
    at.clock = Date.parse('2099-01-01T00:00:00Z');
    await at.annotate(path, 'churn#production#1');
    at.clock = clock;
    const error = await failure(() => holder(path, 'production'));
    expect(error.message).toContain("'churn#production#1' is dated 2099");
    expect(await holder(path, 'staging')).toBeUndefined();
  });

  test('a deprecation dated far ahead is an error that names it', async () => {
    const path = await at.repository(false);
    await register(path, 'v1.0.0');
    const clock = at.clock;
    at.clock = Date.parse('2099-01-01T00:00:00Z');
    await at.annotate(path, 'churn@deprecated');
    at.clock = clock;
    await at.commit(path, {});
    const error = await failure(() => at.registry(path).register({ model: MODEL, tags: new Map() }));
    expect(error.message).toContain("'churn@deprecated', which deprecates the model, is dated 2099");
    expect(error.cure).toContain(':refs/tags/churn@deprecated');
  });

  test('a runner whose clock is behind writes after what one has written whose clock is ahead', async () => {
    const path = await at.repository(false);
    await register(path, 'v1.0.0', 'v1.1.0');
    const now = at.clock;
    const ahead = (): Date => new Date(now + 40 * 60_000);
    const behind = (): Date => new Date(now - 10 * 60_000);
    await promote(at.registry(path, {}, ahead), 'v1.0.0', 'production');
    await promote(at.registry(path, {}, behind), 'v1.1.0', 'production', 'v1.0.0');
    expect(await at.gto(path, 'show', `${MODEL}#production`, '--version')).toBe('v1.1.0');
    expect(await holder(path, 'production')).toBe('v1.1.0');
    const times = await at.git(path, 'for-each-ref', '--format=%(taggerdate:unix)', 'refs/tags/churn#*');
    const [first, second] = times.split('\n').map(Number);
    expect(second).toBe((first ?? 0) + 1);
  });

  test('within one second the higher counter counts, and a new tag is a second later than the newest', async () => {
    const path = await at.repository(false);
    await register(path, 'v1.0.0', 'v1.1.0');
    const clock = at.clock;
    await at.annotate(path, 'churn#production#1', 'churn@v1.1.0^{}');
    at.clock = clock;
    await at.annotate(path, 'churn#production#2', 'churn@v1.0.0^{}');
    expect(await holder(path, 'production')).toBe('v1.0.0');
    at.clock = clock;
    await promote(at.registry(path), 'v1.1.0', 'production', 'v1.0.0');
    expect(await holder(path, 'production')).toBe('v1.1.0');
    expect(await at.gto(path, 'show', `${MODEL}#production`, '--version')).toBe('v1.1.0');
  });

  test('versions are in the order of semantic versions', async () => {
    const path = await at.repository(false);
    await register(path, 'v1.10.0', 'v1.9.0', 'v2.0.0-rc.10', 'v2.0.0-rc.9', 'v2.0.0-rc.x', 'v2.0.0', 'v2.0.0-rc');
    expect(await names(at.registry(path))).toEqual([
      'v2.0.0',
      'v2.0.0-rc.x',
      'v2.0.0-rc.10',
      'v2.0.0-rc.9',
      'v2.0.0-rc',
      'v1.10.0',
      'v1.9.0',
    ]);
  });

  test('a lightweight tag beside annotated ones is named, with what makes it annotated', async () => {
    const path = await at.repository(true);
    await register(path, 'v1.0.0');
    await at.commit(path, { 'metrics.json': '{"auc": 0.9}' });
    await at.git(path, 'tag', 'churn@v1.1.0');
    await at.git(path, 'tag', 'churn@v1.0.9');
    await at.git(path, 'push', '-q', 'origin', 'main', '--tags');
    const registry = at.registry(path);
    expect(await names(registry)).toEqual(['v1.0.0']);
    expect(registry.remarks()).toEqual([
      expect.stringMatching(
        /^The tag 'churn@v1\.1\.0' is lightweight, so it registers no version: .* So is 1 more\. Make it annotated: git tag -f/,
      ),
    ]);
    for (const version of ['v1.1.0', '1.1.0']) {
      const error = await failure(() => registry.version(MODEL, version));
      expect(error.code).toBe('VERSION_UNKNOWN');
      expect(error.message).toContain("the tag 'churn@v1.1.0' is lightweight");
      const [, command = ''] = /Make it annotated: (.*)$/.exec(error.cure ?? '') ?? [];
      await promisify(execFile)('sh', ['-c', command], {
        cwd: path,
        env: { ...process.env, GIT_COMMITTER_NAME: 'A', GIT_COMMITTER_EMAIL: 'a@b' },
      });
      const again = at.registry(path);
      expect((await again.version(MODEL, version)).version).toBe('v1.1.0');
      await at.git(path, 'tag', '-f', 'churn@v1.1.0', 'churn@v1.1.0^{}');
      await at.git(path, 'push', '-qf', 'origin', 'refs/tags/churn@v1.1.0');
    }
  });

  test('lightweight tags alone are no model, and the message says why', async () => {
    const path = await at.repository(false);
    await at.git(path, 'tag', 'churn@v1.0.0');
    const error = await failure(() => names(at.registry(path)));
    expect(error.code).toBe('MODEL_UNKNOWN');
    expect(error.message).toContain('lightweight');
  });

  test('a shallow clone is refused with the line to add', async () => {
    const path = await at.repository(true);
    await register(path, 'v1.0.0');
    await at.git(path, 'push', '-q', 'origin', 'main', '--tags');
    const clone = await at.clone('shallow', '--depth', '1');
    const error = await failure(() => names(at.registry(clone)));
    expect(error.code).toBe('GIT_SHALLOW');
    expect(error.cure).toContain('fetch-depth: 0');
  });

  test('a model in a folder is written with a colon, as gto does', async () => {
    const path = await at.repository(false);
    await at.annotate(path, 'models=nlp/churn@v1.0.0');
    const version = await at.registry(path).version('models:nlp/churn', '1.0.0');
    expect(version).toMatchObject({ model: 'models:nlp/churn', version: 'v1.0.0', uri: 'models=nlp/churn@v1.0.0' });
  });

  test('a version made again after it was judged is a conflict', async () => {
    const path = await at.repository(false);
    await register(path, 'v1.0.0');
    const judged = await at.registry(path).version(MODEL, 'v1.0.0');
    await at.commit(path, {});
    await at.git(path, 'tag', '-d', 'churn@v1.0.0');
    await at.annotate(path, 'churn@v1.0.0');
    const error = await failure(() =>
      at.registry(path).transition({
        model: MODEL,
        version: judged,
        stage: 'production',
        archive: false,
        tags: new Map(),
        replacedTags: new Map(),
      }),
    );
    expect(error.code).toBe('REGISTRY_CONFLICT');
    expect(await at.git(path, 'tag', '--list', 'churn#*')).toBe('');
  });

  test.each([
    ['{"a.c": 2, "a": {"b": 3, "d.e": 4}}', { 'a.b': 3, 'a.c': 2, 'a.d.e': 4 }],
    [
      '{"x": NaN, "y": -Infinity, "text": "not NaN here", "yes": true, "no": null, "list": [1]}',
      { x: 'NaN', y: '-Infinity', text: 'not NaN here', yes: 'true', no: 'null', list: '[1]' },
    ],
    ['{"val auc (5-fold)": 0.5, "constructor": 1}', { 'val auc (5-fold)': 0.5, constructor: 1 }],
  ])('metrics of %s', async (json, expected) => {
    const path = await at.repository(false);
    await at.commit(path, { 'metrics.json': json });
    await at.annotate(path, 'churn@v1.0.0');
    const registry = at.registry(path);
    const keys = [...Object.keys(expected), 'list', 'a', 'toString', 'x.y'];
    const found = await registry.metrics(await registry.version(MODEL, 'v1.0.0'), keys.slice(0, -1));
    expect(Object.fromEntries([...found].map(([key, { value }]) => [key, value]))).toEqual(expected);
  });

  test('a metrics file that was asked for and is not there, or is no JSON, is an error that names it', async () => {
    const path = await at.repository(false);
    await at.commit(path, { 'metrics.json': '{"auc": 0,9}' });
    await at.annotate(path, 'churn@v1.0.0');
    const version = await at.registry(path).version(MODEL, 'v1.0.0');
    const missing = await failure(() => at.registry(path, { metricsFile: 'out/m.json' }).metrics(version, ['auc']));
    expect([missing.code, missing.message]).toEqual(['METRIC_UNREADABLE', expect.stringContaining("'out/m.json'")]);
    const broken = await failure(() => at.registry(path).metrics(version, ['auc']));
    expect([broken.code, broken.message]).toEqual([
      'METRIC_UNREADABLE',
      expect.stringContaining(`metrics.json at ${version.commit?.slice(0, 8)}`),
    ]);
  });

  test("a version's files are put where asked, byte for byte, and the checkout stays as it is", async () => {
    const path = await at.repository(false);
    await mkdir(join(path, 'model'));
    const bytes = Buffer.from([0, 255, 10, 13, 128, 0]);
    await writeFile(join(path, 'model/model.bin'), bytes);
    await at.commit(path, {});
    await at.annotate(path, 'churn@v1.0.0');
    await at.git(path, 'rm', '-q', '-r', 'model');
    await at.commit(path, { 'other.txt': 'x' });
    const registry = at.registry(path, { files: ['model/', './README.md'] });
    const folder = await registry.materialise(await registry.version(MODEL, 'v1.0.0'), join(at.folder, 'out'));
    expect(await readFile(join(folder ?? '', 'model/model.bin'))).toEqual(bytes);
    expect(await readFile(join(folder ?? '', 'README.md'), 'utf8')).toBe('a model\n');
    expect(await at.git(path, 'status', '--porcelain')).toBe('');
  });

  test('files outside the repository, links that lead out, and missing files are refused', async () => {
    const path = await at.repository(false);
    await symlink('/etc/passwd', join(path, 'link'));
    await at.commit(path, {});
    await at.annotate(path, 'churn@v1.0.0');
    const version = await at.registry(path).version(MODEL, 'v1.0.0');
    const out = join(at.folder, 'out');
    expect((await failure(() => at.registry(path, { files: ['../x'] }).materialise(version, out))).code).toBe(
      'FILE_UNSAFE',
    );
    expect((await failure(() => at.registry(path, { files: ['/etc'] }).materialise(version, out))).code).toBe(
      'FILE_UNSAFE',
    );
    expect((await failure(() => at.registry(path).materialise(version, out))).message).toContain("'link'");
    expect(
      (await failure(() => at.registry(path, { files: ['model.pkl'] }).materialise(version, out))).message,
    ).toContain("'model.pkl'");
  });

  test.each<[string, Record<string, string>, string | undefined]>([
    ['to a file, a folder and itself', { a: 'README.md', b: '.', 'sub/c': '..' }, undefined],
    ['to nothing inside', { a: 'gone/file', b: 'README.md/x' }, undefined],
    ['out at once', { a: '../x' }, "'a' of churn@v1.0.0 is a link that leads out of the version's files."],
    // By its text it stays: `..` goes up from where `sub/up` leads.
    ['out through another', { 'sub/deep/up': '../..', z: 'sub/deep/up/../x' }, "'z' of churn@v1.0.0 is a link that"],
    ['out to nothing, in two steps', { a: 'b/../gone', b: 'sub/..', 'sub/c': '../b/../gone' }, "'a' of churn@v1.0.0"],
    ['from the root', { a: '/etc/hostname' }, "'a' of churn@v1.0.0 is a link that leads out"],
    ['in circles', { a: 'b', b: 'a' }, "'a' of churn@v1.0.0 is a link that leads in circles."],
  ])('links %s', async (_, links, refusal) => {
    const path = await at.repository(false);
    await mkdir(join(path, 'sub/deep'), { recursive: true });
    for (const [name, target] of Object.entries(links)) await symlink(target, join(path, name));
    await at.commit(path, { 'sub/file': 'x' });
    await at.annotate(path, 'churn@v1.0.0');
    const registry = at.registry(path);
    const version = await registry.version(MODEL, 'v1.0.0');
    const written = registry.materialise(version, join(at.folder, 'out'));
    if (refusal === undefined) await expect(written).resolves.toBe(join(at.folder, 'out'));
    else
      await expect(written).rejects.toMatchObject({ code: 'FILE_UNSAFE', message: expect.stringContaining(refusal) });
  });

  test('one run fetches once, and once more before it writes', async () => {
    const path = await at.repository(true);
    await register(path, 'v1.0.0');
    await at.git(path, 'push', '-q', 'origin', 'main', '--tags');
    const registry = at.registry(path);
    expect(await names(registry)).toEqual(['v1.0.0']);
    const other = await at.clone('other');
    await register(other, 'v1.1.0');
    await at.git(other, 'push', '-q', 'origin', '--tags');
    expect(await names(registry)).toEqual(['v1.0.0']);
    await registry.tag(await registry.version(MODEL, 'v1.0.0'), new Map([['promotion_state', 'registered']]));
    expect(await names(registry)).toEqual(['v1.1.0', 'v1.0.0']);
  });
});

async function names(registry: Registry): Promise<string[]> {
  const found: ModelVersion[] = [];
  for await (const version of registry.versions(MODEL)) found.push(version);
  return found.map(({ version }) => version);
}

async function failure(action: () => Promise<unknown>): Promise<PromotionError> {
  try {
    await action();
  } catch (thrown) {
    return thrown as PromotionError;
  }
  throw new Error('expected a failure');
}

/** A registry that is opened anew for every call. */
function fresh(open: () => Registry): Registry {
  return new Proxy(open(), {
    get: (_, name) => {
      const now = open();
      const value: unknown = Reflect.get(now, name);
      return typeof value === 'function' ? (value.bind(now) as unknown) : value;
    },
  });
}
