import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PromotionError } from '../../../src/domain/errors.js';
import type { GitFailure } from '../../../src/git/failure.js';
import { GitRepository } from '../../../src/git/repository.js';
import { startGitServer, type GitServer } from '../../support/git-http.js';
import { startProxy, type Fault, type Proxied, type Proxy } from '../../support/proxy.js';
import { Checkouts } from '../../support/git-checkouts.js';

const token = 'ghs_workflow';
const tag = 'churn#production#1';
const ref = `refs/tags/${tag}`;

let at: Checkouts;
let server: GitServer;
let path: string;
let target: string;
const proxies: Proxy[] = [];

beforeEach(async () => {
  at = await Checkouts.create();
  server = await startGitServer(token);
  path = await at.repository(false);
  target = await at.git(path, 'rev-parse', 'HEAD');
  await at.git(path, 'remote', 'add', 'origin', server.folder);
  await at.git(path, 'push', '-q', 'origin', 'main');
  await at.git(path, 'remote', 'set-url', 'origin', `${server.url}/acme/churn`);
});
afterEach(async () => {
  for (const proxy of proxies.splice(0)) await proxy.stop();
  await server.stop();
  await at.dispose();
});

function opened(serverUrl: string, environment: Record<string, string> = {}, timeoutMs?: number): GitRepository {
  return new GitRepository({
    folder: path,
    environment: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...environment },
    token,
    serverUrl,
    pause: () => Promise.resolve(),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
}

/** The checkout, with a front before the server that does as `fault` says. */
async function through(
  fault: Fault,
  environment: Record<string, string> = {},
  timeoutMs?: number,
): Promise<{ readonly repository: GitRepository; readonly calls: readonly Proxied[] }> {
  const proxy = await startProxy(server.url, '', fault);
  proxies.push(proxy);
  await at.git(path, 'remote', 'set-url', 'origin', `${proxy.url}/acme/churn`);
  return { repository: opened(proxy.url, environment, timeoutMs), calls: proxy.calls };
}

const isPush = ({ method, path: asked }: Proxied): boolean => method === 'POST' && asked.endsWith('git-receive-pack');
const pushes = (calls: readonly Proxied[]): number => calls.filter(isPush).length;
const there = (name = ref): Promise<string> => at.git(server.folder, 'for-each-ref', '--format=%(objectname)', name);
const here = (): Promise<string> => at.git(path, 'tag', '--list');

async function written(repository: GitRepository): Promise<string> {
  const tagger = { name: 'Ada', email: 'ada@example.com' };
  return repository.writeTag({ name: tag, target, message: 'Promoted', tagger, when: new Date(at.clock) });
}

async function failure(action: Promise<unknown>): Promise<PromotionError> {
  try {
    await action;
  } catch (error) {
    return error as PromotionError;
  }
  throw new Error('expected a failure');
}

describe('a push that the server refuses', () => {
  // GitHub's own words.
  test.each([
    [
      'remote: refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without `workflows` permission',
      'workflows',
      /GitHub App that has 'workflows: write'/,
    ],
    [
      'refusing to allow a Personal Access Token to create or update workflow `.github/workflows/ci.yml` without `workflow` scope',
      'workflows',
      /the scope 'workflow'/,
    ],
    [
      `error: GH013: Repository rule violations found for ${ref}.\nReview all repository rules at https://github.com/acme/churn/rules\n\n- Cannot create ref due to creations being restricted.`,
      'protected',
      /bypass the rule/,
    ],
    [
      `error: GH013: Repository rule violations found for ${ref}.\n\n- Commits must have verified signatures.`,
      'protected',
      /signs nothing/,
    ],
    [
      `error: GH006: Protected tag update failed for ${ref}.\nerror: You're not authorized to create a tag`,
      'protected',
      /bypass the rule/,
    ],
  ])('%s', async (words, kind, cure) => {
    const hook = join(server.folder, 'hooks', 'pre-receive');
    writeFileSync(hook, `#!/bin/sh\ncat >&2 <<'WORDS'\n${words}\nWORDS\nexit 1\n`);
    chmodSync(hook, 0o755);
    const repository = opened(server.url);
    const error = await failure(repository.push([{ ref, to: await written(repository), from: null }]));
    expect(error).toMatchObject({ code: 'GIT_FAILED', cure: expect.stringMatching(cure) });
    expect((error.cause as GitFailure).kind).toBe(kind);
    expect(await here()).toBe('');
    expect(await there()).toBe('');
  });

  test('for want of contents: write', async () => {
    server.mayWrite = false;
    const repository = opened(server.url);
    const error = await failure(repository.push([{ ref, to: await written(repository), from: null }]));
    expect(error.cure).toContain('contents: write');
    expect((error.cause as GitFailure).kind).toBe('denied');
    expect(await here()).toBe('');
  });

  test('for a history with its beginning cut off', async () => {
    await at.git(path, 'remote', 'set-url', 'origin', server.folder);
    await at.git(path, 'push', '-q', 'origin', `${await at.commit(path, {})}:refs/heads/main`);
    const shallow = join(at.folder, 'shallow');
    await at.git(at.folder, 'clone', '-q', '--depth=1', `file://${server.folder}`, shallow);
    await at.git(server.folder, 'update-ref', '-d', 'refs/heads/main');
    await at.git(server.folder, 'gc', '--prune=now', '-q');
    await at.git(shallow, 'remote', 'set-url', 'origin', `${server.url}/acme/churn`);
    path = shallow;
    const repository = opened(server.url);
    const to = await repository.head();
    const error = await failure(repository.push([{ ref, to, from: null }]));
    expect(error.cure).toContain('fetch-depth: 0');
    expect((error.cause as GitFailure).kind).toBe('shallow');
  });
});

describe('a push whose answer is lost', () => {
  test.each([undefined, 502, 503])('on the way (%s): it is sent again', async (status) => {
    let lost = 0;
    const { repository, calls } = await through((call, response) => {
      if (!isPush(call) || (lost += 1) > 1) return false;
      if (status === undefined) response.destroy();
      else response.writeHead(status).end('<html>');
      return true;
    });
    const to = await written(repository);
    expect(await repository.push([{ ref, to, from: null }])).toBe('changed');
    expect(pushes(calls)).toBe(2);
    expect(await there()).toBe(to);
  });

  /** Does at the server what the first push would have done, and loses the answer. */
  const done = (to: () => string, status?: number): Fault => {
    let lost = 0;
    return (call, response) => {
      if (!isPush(call) || (lost += 1) > 1) return false;
      void at.git(path, 'push', '-q', server.folder, `${to()}:${ref}`).finally(() => {
        if (status === undefined) response.destroy();
        else response.writeHead(status).end('Gateway Timeout');
      });
      return true;
    };
  };

  // Where the connection is cut, curl sends the push again by itself, and is refused.
  test.each([504, undefined])('that was done (%s) is found', async (status) => {
    let to = '';
    const { repository, calls } = await through(done(() => to, status));
    to = await written(repository);
    expect(await repository.push([{ ref, to, from: null }])).toBe('changed');
    expect(pushes(calls)).toBe(status === undefined ? 2 : 1);
    expect(await there()).toBe(to);
  });

  test.each([504, undefined])('where somebody else was faster (%s) has moved', async (status) => {
    const { repository } = await through(done(() => target, status));
    expect(await repository.push([{ ref, to: await written(repository), from: null }])).toBe('moved');
    expect(await there()).toBe(target);
  });

  test('and that cannot be read back says that nobody knows', async () => {
    let sent = false;
    const { repository, calls } = await through((call, response) => {
      sent ||= isPush(call);
      if (sent) response.writeHead(504).end();
      return sent;
    });
    const error = await failure(repository.push([{ ref, to: await written(repository), from: null }]));
    expect(error.message).toContain('Whether the remote took the push is not known');
    expect(error.cure).toContain('Run the job again');
    expect(pushes(calls)).toBe(1);
    expect(await here()).toBe('');
  });
});

describe('a remote that does not answer', () => {
  const silent: Fault = () => true;

  test('is left after a time of silence, by the name of the setting', async () => {
    const { repository } = await through(silent, { GIT_HTTP_LOW_SPEED_TIME: '1' });
    const error = await failure(repository.fetch(['refs/heads/main']));
    expect(error.cure).toContain('GIT_HTTP_LOW_SPEED_TIME');
    expect((error.cause as GitFailure).kind).toBe('unreachable');
  });

  test('does not hold git, nor what git has started, beyond its time', async () => {
    const { repository, calls } = await through(silent, {}, 5_000);
    const error = await failure(repository.fetch(['refs/heads/main']));
    expect(error.message).toContain('no end after 5 s');
    expect(calls.length).toBeGreaterThan(1);
    // The connection is closed by the helper's end alone: the server would not.
    await proxies[0]?.stop();
  });

  test('for a moment is asked again', async () => {
    let asked = 0;
    const { repository } = await through((_, response) => {
      if ((asked += 1) > 2) return false;
      if (asked === 1) response.destroy();
      else response.writeHead(503).end();
      return true;
    });
    await repository.fetch(['refs/heads/main']);
    expect(await repository.resolve('FETCH_HEAD')).toBe(target);
  });

  test.each([
    [401, 'credentials'],
    [403, 'denied'],
    [404, 'other'],
  ])('but says %d is not', async (status, kind) => {
    const { repository, calls } = await through((_, response) => {
      response.writeHead(status).end();
      return true;
    });
    const error = await failure(repository.fetch(['refs/heads/main']));
    expect((error.cause as GitFailure).kind).toBe(kind);
    expect(calls.length).toBeLessThanOrEqual(2);
  });
});
