import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PromotionError } from '../../../src/domain/errors.js';
import { GitFailure } from '../../../src/git/failure.js';
import { GitRepository } from '../../../src/git/repository.js';
import { runGit, type GitCall, type GitOutput, type RunGit } from '../../../src/git/run.js';
import { Checkouts } from '../../support/git-checkouts.js';

const TOKEN = 'ghs_secret0123456789';
const BASIC = Buffer.from(`x-access-token:${TOKEN}`).toString('base64');

describe('a git repository', () => {
  let at: Checkouts;
  let path: string;
  beforeEach(async () => {
    at = await Checkouts.create();
    path = await at.repository(true);
  });
  afterEach(() => at.dispose());

  test('files at a commit come as they were, and none where there was none', async () => {
    await writeFile(join(path, 'model.bin'), Buffer.from([0, 255, 10, 0x80]));
    const commit = await at.commit(path, { 'ä b.txt': 'text\n' });
    const repository = at.opened(path);
    expect(await repository.head()).toBe(commit);
    expect(await repository.showBytes(commit, 'model.bin')).toEqual(Buffer.from([0, 255, 10, 0x80]));
    expect(await repository.show('HEAD', './ä b.txt')).toBe('text\n');
    expect(await repository.show('HEAD', 'nowhere.txt')).toBeUndefined();
    expect(await repository.show('HEAD~99', 'README.md')).toBeUndefined();
    expect(await repository.readBlobs(['HEAD:nowhere', 'HEAD:README.md', 'HEAD:ä b.txt'])).toEqual([
      undefined,
      Buffer.from('a model\n'),
      Buffer.from('text\n'),
    ]);
  });

  test.each(['--output=/tmp/x', '-h', ''])('the name %j is refused', async (name) => {
    const repository = at.opened(path);
    for (const call of [
      () => repository.resolve(name),
      () => repository.fetch([name]),
      () => repository.show(name, 'README.md'),
    ]) {
      if (name === '' && String(call).includes('show')) continue;
      expect(((await thrown(call)) as PromotionError).code).toBe('GIT_FAILED');
    }
  });

  test.each(['../secret', '/etc/passwd', 'a/../../b', 'C:\\x', '.'])('the path %j is refused', async (name) => {
    expect(((await thrown(() => at.opened(path).show('HEAD', name))) as PromotionError).code).toBe('FILE_UNSAFE');
  });

  test('a name that nothing has resolves to nothing', async () => {
    const repository = at.opened(path);
    expect(await repository.resolve('nowhere')).toBeUndefined();
    expect(await repository.resolve('a b ^{')).toBeUndefined();
    expect(await repository.resolve('0'.repeat(40))).toBeUndefined();
  });

  test('the default branch is asked of the remote', async () => {
    expect(await at.opened(path).defaultBranchFromRemote()).toEqual({
      branch: 'main',
      commit: await at.git(path, 'rev-parse', 'main'),
    });
  });

  test('a fetched branch is FETCH_HEAD, which a fetch into refs leaves alone', async () => {
    const main = await at.git(path, 'rev-parse', 'main');
    const repository = at.opened(path);
    await repository.fetch(['refs/heads/main']);
    await at.git(path, 'push', '-q', 'origin', `${await at.commit(path, {})}:refs/promotion/x`);
    await repository.fetch(['+refs/promotion/*:refs/gated/origin/promotion/*']);
    expect(await repository.resolve('FETCH_HEAD')).toBe(main);
  });

  describe('the tip of a branch', () => {
    /** Thirty commits with 40 kB each, a log of three entries, and a clone as a pull request has it. */
    async function shallow(depth: number): Promise<{ readonly clone: string; readonly main: string }> {
      await at.git(path, 'checkout', '-q', '-b', 'change');
      await at.git(path, 'push', '-q', 'origin', 'change');
      await at.git(path, 'checkout', '-q', 'main');
      for (let each = 0; each < 30; each++)
        await at.commit(path, { 'data.bin': randomBytes(30_000).toString('base64') });
      await at.git(path, 'push', '-q', 'origin', 'main');
      await at.git(path, 'checkout', '-q', '--orphan', 'log');
      for (let each = 0; each < 3; each++) await at.commit(path, { 'event.json': String(each) });
      await at.git(path, 'push', '-q', 'origin', 'log:refs/promotion/churn');
      const clone = await at.clone('shallow', `--depth=${depth}`, '--branch', depth > 1 ? 'main' : 'change');
      return { clone, main: await at.git(path, 'rev-parse', 'main') };
    }
    const kibibytes = async (clone: string): Promise<number> => {
      const told = await at.git(clone, 'count-objects', '-v');
      return [...told.matchAll(/^size(?:-pack)?: (\d+)/gm)].reduce((sum, [, size]) => sum + Number(size), 0);
    };
    const commits = (clone: string, ref: string): Promise<string> => at.git(clone, 'rev-list', '--count', ref);

    test('comes to a shallow clone without its history, and the log comes whole', async () => {
      const { clone, main } = await shallow(1);
      const before = await kibibytes(clone);
      const repository = at.opened(clone);
      expect(await repository.bringTip('main', main)).toBe(main);
      await repository.fetch(['+refs/promotion/*:refs/gated/origin/promotion/*'], { prune: true });
      expect(await commits(clone, main)).toBe('1');
      expect(await commits(clone, 'refs/gated/origin/promotion/churn')).toBe('3');
      // One commit's 40 kB, where the history has 30 of them.
      expect((await kibibytes(clone)) - before).toBeLessThan(100);
    });

    test('does not cut short what a shallow clone has of it', async () => {
      const { clone, main } = await shallow(7);
      expect(await at.opened(clone).bringTip('main')).toBe(main);
      expect(await commits(clone, 'main')).toBe('7');
    });

    test('does not make a whole clone a shallow one', async () => {
      const { main } = await shallow(1);
      const whole = await at.clone('whole');
      await at.git(whole, 'checkout', '-q', '--orphan', 'new');
      const repository = at.opened(whole);
      expect(await repository.bringTip('main')).toBe(main);
      const next = await at.commit(path, { 'README.md': 'next' });
      await at.git(path, 'push', '-q', '-f', 'origin', 'log:main');
      expect(await repository.bringTip('main', next)).toBe(next);
      expect(await repository.isShallow()).toBe(false);
    });
  });

  test('a folder that is no repository is told apart from one that fails', async () => {
    expect(await at.opened(at.folder).isRepository()).toBe(false);
    expect(await at.opened(path).isRepository()).toBe(true);
    expect(await at.opened(path).isShallow()).toBe(false);
  });

  test('tags tell what only their objects know', async () => {
    await at.annotate(path, 'churn@v1.0.0');
    await at.git(path, 'tag', 'light');
    const head = await at.git(path, 'rev-parse', 'HEAD');
    expect(await at.opened(path).listTags()).toEqual([
      {
        name: 'churn@v1.0.0',
        annotated: true,
        object: await at.git(path, 'rev-parse', 'churn@v1.0.0'),
        commit: head,
        time: expect.any(Number),
        tagger: 'Ada',
        subject: 'churn@v1.0.0',
      },
      { name: 'light', annotated: false, object: head, commit: head, time: 0, tagger: '', subject: 'work' },
    ]);
  });

  test('a tag of ours is one that git accepts, whatever the tagger is called', async () => {
    const target = await at.git(path, 'rev-parse', 'HEAD');
    const repository = at.opened(path);
    await repository.createTag({
      name: 'm#prod#1',
      target,
      message: 'why\n\nbody',
      tagger: { name: 'Eve <x>\ntagger', email: 'e@x>\n' },
      when: new Date(1_700_000_000_000),
    });
    expect((await repository.listTags())[0]).toMatchObject({
      name: 'm#prod#1',
      commit: target,
      time: 1_700_000_000,
      tagger: 'Eve x tagger',
    });
    await at.git(path, 'fsck', '--strict');
    expect(
      (
        (await thrown(() =>
          repository.createTag({
            name: 'm#prod#1',
            target,
            message: 'x',
            tagger: { name: 'a', email: 'b' },
            when: new Date(),
          }),
        )) as PromotionError
      ).message,
    ).toContain('exists already');
    await repository.deleteTag('m#prod#1');
    expect(await repository.listTags()).toEqual([]);
  });

  test('a push from where the ref no longer is moves nothing, and says so without an error', async () => {
    const [first, second] = [await at.git(path, 'rev-parse', 'HEAD'), await at.commit(path, {})];
    const repository = at.opened(path);
    const lock = 'refs/promotion/churn';
    expect(await repository.push([{ ref: lock, to: first, from: null }])).toBe('changed');
    expect(
      await repository.push([
        { ref: lock, to: second, from: null },
        { ref: 'refs/tags/x', to: first, from: null },
      ]),
    ).toBe('moved');
    expect(await repository.push([{ ref: lock, to: second, from: second }])).toBe('moved');
    expect(await at.git(path, 'ls-remote', 'origin', 'refs/tags/x')).toBe('');
    expect(
      await repository.push([
        { ref: lock, to: second, from: first },
        { ref: 'refs/tags/x', to: first, from: null },
      ]),
    ).toBe('changed');
    expect(await repository.push([{ ref: 'refs/tags/x', to: undefined, from: first }])).toBe('changed');
  });

  test('refs here move together or not at all', async () => {
    const [first, second] = [await at.git(path, 'rev-parse', 'HEAD'), await at.commit(path, {})];
    const repository = at.opened(path);
    expect(await repository.updateRefs([{ ref: 'refs/x/a', to: first, from: null }])).toBe('changed');
    expect(
      await repository.updateRefs([
        { ref: 'refs/x/b', to: first, from: null },
        { ref: 'refs/x/a', to: second, from: null },
      ]),
    ).toBe('moved');
    expect(await repository.updateRefs([{ ref: 'refs/x/a', to: second, from: second }])).toBe('moved');
    expect(await repository.refObject('refs/x/b')).toBeUndefined();
    expect(await repository.refObject('refs/x/a')).toBe(first);
  });

  test("the checkout's hooks do not run for us", async () => {
    await writeFile(join(path, '.git/hooks/pre-push'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    await writeFile(join(path, '.git/hooks/reference-transaction'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const to = await at.git(path, 'rev-parse', 'HEAD');
    expect(await at.opened(path).push([{ ref: 'refs/promotion/x', to, from: null }])).toBe('changed');
    expect(await at.opened(path).updateRefs([{ ref: 'refs/x/a', to, from: null }])).toBe('changed');
  });

  test.each([
    [
      "remote: Permission to o/r.git denied to github-actions[bot].\nfatal: unable to access 'https://x-access-token:abc@github.com/o/r/': The requested URL returned error: 403",
      'denied',
      'contents: write',
    ],
    [
      '! [remote rejected] x -> x (refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without `workflows` permission)',
      'workflows',
      'workflows: write',
    ],
    [
      'remote: error: GH013: Repository rule violations found for refs/tags/churn#production#1.',
      'protected',
      'ruleset',
    ],
    [
      "fatal: could not read Username for 'https://github.com': terminal prompts disabled",
      'credentials',
      'persist-credentials',
    ],
    ['error: something new', 'other', undefined],
  ])('%s', async (stderr, kind, cure) => {
    const run: RunGit = (args, call) =>
      args.includes('push') ? Promise.resolve(output(1, stderr)) : runGit(args, call);
    const repository = new GitRepository({ folder: path, environment: process.env, run });
    const error = (await thrown(() => repository.push([{ ref: 'refs/x', to: 'HEAD', from: null }]))) as PromotionError;
    expect(error.code).toBe('GIT_FAILED');
    expect((error.cause as GitFailure).kind).toBe(kind);
    expect(error.cure ?? '').toContain(cure ?? '');
    expect(error.message).not.toContain('abc');
  });

  test('without git the error says to install it', async () => {
    const repository = new GitRepository({
      folder: path,
      environment: { PATH: '' },
      run: () => Promise.reject(new Error('Unable to locate executable file: git.')),
    });
    expect(((await thrown(() => repository.head())) as PromotionError).message).toBe(
      'git is not installed on this runner.',
    );
  });

  describe('the token', () => {
    const SERVER = 'https://github.example.com';
    const fetched = async (
      url: string,
      configured?: string,
    ): Promise<{ args: string; env: Record<string, string> }> => {
      await at.git(path, 'remote', 'set-url', 'origin', url);
      if (configured !== undefined) await at.git(path, 'config', `http.${SERVER}/.extraheader`, configured);
      let seen: { args: readonly string[]; call: GitCall } | undefined;
      const run: RunGit = (args, call) => {
        if (!args.includes('fetch')) return runGit(args, call);
        seen = { args, call };
        return Promise.resolve(output(128, `fatal: Authentication failed with ${TOKEN} and ${BASIC}`));
      };
      const repository = new GitRepository({
        folder: path,
        environment: { ...process.env, GITHUB_TOKEN: TOKEN, GIT_DIR: '/nowhere' },
        token: TOKEN,
        serverUrl: SERVER,
        run,
      });
      const error = (await thrown(() => repository.fetch(['refs/x:refs/y']))) as PromotionError;
      expect(error.message).not.toContain(TOKEN);
      expect(error.message).not.toContain(BASIC);
      return { args: seen?.args.join(' ') ?? '', env: { ...seen?.call.env } };
    };

    test('goes to its own server through the environment, never as an argument', async () => {
      const { args, env } = await fetched(`${SERVER}/o/r.git`);
      expect(env).toMatchObject({
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: `http.${SERVER}/.extraheader`,
        GIT_CONFIG_VALUE_0: `AUTHORIZATION: basic ${BASIC}`,
      });
      expect(args).not.toMatch(/basic|ghs_/);
      expect(env['GITHUB_TOKEN']).toBeUndefined();
      expect(env['GIT_DIR']).toBeUndefined();
    });

    test.each([
      'https://elsewhere.example.com/o/r.git',
      'http://github.example.com/o/r.git',
      'https://github.example.com:8443/o/r',
      'git@github.example.com:o/r.git',
    ])('does not go to %s', async (url) => {
      expect(JSON.stringify(await fetched(url))).not.toContain(BASIC);
    });

    test("does not join the checkout's own header", async () => {
      expect(JSON.stringify(await fetched(`${SERVER}/o/r.git`, 'AUTHORIZATION: basic own'))).not.toContain(BASIC);
    });
  });

  test("the remote's address is shown without its user", async () => {
    await at.git(path, 'remote', 'set-url', 'origin', 'https://me:pw@github.com/o/r.git');
    expect(await at.opened(path).remote()).toEqual({ name: 'origin', url: 'https://github.com/o/r.git' });
  });
});

function output(exitCode: number, stderr: string): GitOutput {
  return { exitCode, stdout: Buffer.alloc(0), stderr };
}

async function thrown(action: () => Promise<unknown>): Promise<unknown> {
  try {
    await action();
  } catch (error) {
    return error;
  }
  throw new Error('expected a failure');
}
