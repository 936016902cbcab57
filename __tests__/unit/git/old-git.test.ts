import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PromotionError } from '../../../src/domain/errors.js';
import { GitRepository } from '../../../src/git/repository.js';
import { startGitServer, type GitServer } from '../../support/git-http.js';
import { oldGit } from '../../support/old-git.js';
import { Checkouts } from '../../support/git-checkouts.js';

const token = 'ghs_workflow';
const identity = { name: 'Ada', email: 'ada@example.com' };

let at: Checkouts;
let server: GitServer;
let path: string;
const folders: string[] = [];

beforeEach(async () => {
  at = await Checkouts.create();
  server = await startGitServer(token);
  path = await at.repository(false);
  await at.git(path, 'remote', 'add', 'origin', server.folder);
  await at.git(path, 'push', '-q', 'origin', 'main');
  await at.git(path, 'remote', 'set-url', 'origin', `${server.url}/acme/churn`);
});
afterEach(async () => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  await server.stop();
  await at.dispose();
});

/** The checkout through a git of that version; OLD_GIT names the folder of a real one instead. */
function opened(
  version: string,
  environment: Record<string, string> = {},
  isOwn = false,
  folder = path,
): GitRepository {
  const git = process.env['OLD_GIT'] ?? oldGit(version, { isOwn });
  if (process.env['OLD_GIT'] === undefined) folders.push(git);
  const foreign = process.env['OLD_GIT'] === undefined || isOwn ? {} : { GIT_TEST_ASSUME_DIFFERENT_OWNER: '1' };
  return new GitRepository({
    folder,
    environment: { PATH: `${git}:${process.env['PATH'] ?? ''}`, HOME: at.folder, ...environment, ...foreign },
    passEnvironment: ['GIT_TEST_ASSUME_DIFFERENT_OWNER'],
    token,
    serverUrl: server.url,
    pause: () => Promise.resolve(),
  });
}

async function throughout(repository: GitRepository): Promise<void> {
  expect(await repository.isRepository()).toBe(true);
  const head = await repository.head();
  expect(head).toBeDefined();
  await repository.fetch(['refs/heads/main']);
  await repository.fetch(['+refs/tags/*:refs/gated/origin/tags/*'], { prune: true });
  expect(await repository.defaultBranchFromRemote()).toEqual({ branch: 'main', commit: head });
  expect(await repository.listFiles(head ?? '', [])).toHaveLength(1);
  expect(await repository.mayPush('refs/promotion/churn')).toBe(true);
  const object = await repository.writeTag({
    name: 'churn@v1.0.0',
    target: head ?? '',
    message: 'x',
    tagger: identity,
    when: new Date(at.clock),
  });
  const tree = await repository.writeTree(new Map([['event.json', await repository.writeBlob('{}')]]));
  const commit = await repository.commitTree({ tree, message: 'x', author: identity, when: new Date(at.clock) });
  const changes = [
    { ref: 'refs/tags/churn@v1.0.0', to: object, from: null },
    { ref: 'refs/promotion/churn', to: commit, from: null },
  ];
  expect(await repository.push(changes)).toBe('changed');
  const other = await repository.commitTree({ tree, message: 'y', author: identity, when: new Date(at.clock) });
  expect(await repository.push([{ ref: 'refs/promotion/churn', to: other, from: null }])).toBe('moved');
  await repository.fetch(['+refs/tags/*:refs/gated/origin/tags/*', '+refs/promotion/*:refs/gated/origin/promotion/*'], {
    prune: true,
  });
  expect((await repository.listTags('refs/gated/origin/tags/')).map(({ name }) => name)).toEqual(['churn@v1.0.0']);
  expect(await repository.chain('refs/gated/origin/promotion/churn')).toEqual([{ commit, parents: [] }]);
  mkdirSync(join(at.folder, 'out'), { recursive: true });
  await repository.writeFiles(head ?? '', ['README.md'], join(at.folder, 'out'), join(at.folder, 'index'));
}

describe.each(['2.25.1', '2.34.1', '2.36.0'])('git %s', (version) => {
  test('reads, fetches and pushes, with the token, where the checkout is its own', async () => {
    await throughout(opened(version, {}, true));
  });

  test('and where another user owns the checkout', async () => {
    await throughout(opened(version));
  });

  test("which the user's configuration is not lost by", async () => {
    mkdirSync(join(at.folder, '.config/git'), { recursive: true });
    writeFileSync(join(at.folder, '.gitconfig'), `[url "${server.url}/acme/"]\n\tinsteadOf = home:\n`);
    writeFileSync(join(at.folder, '.config/git/config'), '[url "home:"]\n\tinsteadOf = xdg:\n');
    await at.git(path, 'remote', 'set-url', 'origin', 'home:churn');
    await opened(version).fetch(['refs/heads/main']);
    writeFileSync(join(at.folder, '.config/git/config'), `[url "${server.url}/acme/"]\n\tinsteadOf = xdg:\n`);
    await at.git(path, 'remote', 'set-url', 'origin', 'xdg:churn');
    await opened(version).fetch(['refs/heads/main']);
  });

  test('by a link, too', async () => {
    symlinkSync(path, join(at.folder, 'linked'));
    expect(await opened(version, {}, false, join(at.folder, 'linked')).isRepository()).toBe(true);
  });

  test('and a folder above that another user owns stays refused, with the line that allows it', async () => {
    mkdirSync(join(path, 'below'));
    const error = await opened(version, {}, false, join(path, 'below'))
      .isRepository()
      .catch((thrown: unknown) => thrown as PromotionError);
    expect(error).toMatchObject({ code: 'GIT_FAILED' });
    expect((error as PromotionError).message).toContain('unsafe repository');
    expect((error as PromotionError).cure).toContain(`git config --global --add safe.directory "${path}"`);
  });
});

test('a GIT_CONFIG_GLOBAL of the job is kept', async () => {
  const global = join(at.folder, 'own');
  writeFileSync(global, `[url "${server.url}/acme/"]\n\tinsteadOf = own:\n`);
  await at.git(path, 'remote', 'set-url', 'origin', 'own:churn');
  await opened('2.34.1', { GIT_CONFIG_GLOBAL: global }).fetch(['refs/heads/main']);
});

test('a git that does not know an option is an error with the least version', async () => {
  const git = join(at.folder, 'bin');
  mkdirSync(git);
  writeFileSync(join(git, 'git'), '#!/bin/sh\necho "error: unknown option \\`porcelain" >&2\nexit 129\n');
  execFileSync('chmod', ['+x', join(git, 'git')]);
  const repository = new GitRepository({ folder: path, environment: { PATH: `${git}:${process.env['PATH'] ?? ''}` } });
  await expect(repository.listTags()).rejects.toMatchObject({
    cure: expect.stringContaining('needs git 2.25 or later'),
  });
});
