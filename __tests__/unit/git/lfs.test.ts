import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PromotionError } from '../../../src/domain/errors.js';
import { lfsPointer } from '../../../src/git/lfs.js';
import { GitRepository } from '../../../src/git/repository.js';
import { runGit, type RunGit } from '../../../src/git/run.js';
import { logRef, PromotionLog } from '../../../src/log/promotion-log.js';
import type { GitSettings } from '../../../src/registry/git/settings.js';
import { createGitRegistry } from '../../../src/registry/git/git-registry.js';
import type { Registry } from '../../../src/registry/registry.js';
import { Redactor } from '../../../src/domain/redactor.js';
import { lfsFolder } from '../../support/tools.js';
import { Checkouts, SETTINGS } from '../../support/git-checkouts.js';

const model = Buffer.alloc(300_000, 'weights ');
const metrics = '{"auc": 0.91}';
const identity = { name: 'Ada', email: 'ada@example.com' };

let at: Checkouts;
/** A clone that has the pointers alone, as actions/checkout makes it without `lfs: true`. */
let clone: string;
let environment: Record<string, string>;

beforeEach(async () => {
  at = await Checkouts.create();
  const path = await at.repository(true);
  environment = { PATH: `${lfsFolder}:${process.env['PATH'] ?? ''}`, HOME: at.folder, GIT_CONFIG_NOSYSTEM: '1' };
  const git = (cwd: string, ...args: readonly string[]): string =>
    execFileSync('git', [...args], {
      cwd,
      encoding: 'utf8',
      env: {
        ...environment,
        GIT_AUTHOR_NAME: 'A',
        GIT_AUTHOR_EMAIL: 'a@b',
        GIT_COMMITTER_NAME: 'A',
        GIT_COMMITTER_EMAIL: 'a@b',
      },
      stdio: 'pipe',
    });
  git(path, 'lfs', 'install', '--local');
  git(path, 'remote', 'set-url', 'origin', `file://${at.folder}/origin.git`);
  writeFileSync(join(path, '.gitattributes'), '*.pkl filter=lfs -text\nmetrics.json filter=lfs -text\n');
  mkdirSync(join(path, 'a, b'));
  writeFileSync(join(path, 'model.pkl'), model);
  chmodSync(join(path, 'model.pkl'), 0o755);
  writeFileSync(join(path, 'a, b/second [1].pkl'), 'second');
  writeFileSync(join(path, 'metrics.json'), metrics);
  git(path, 'add', '-A');
  git(path, 'commit', '-qm', 'Model');
  git(path, 'tag', '-a', '-m', 'x', 'churn@v1.0.0');
  git(path, 'push', '-q', 'origin', 'main', '--tags');
  clone = join(at.folder, 'clone');
  git(at.folder, 'clone', '-q', `file://${at.folder}/origin.git`, clone);
  expect(readFileSync(join(clone, 'model.pkl'), 'utf8')).toMatch(/^version https:\/\/git-lfs/);
});
afterEach(() => at.dispose());

function registryOf(settings: Partial<GitSettings> = {}, run: RunGit = runGit): Registry {
  const repository = new GitRepository({ folder: clone, environment, run });
  const now = (): Date => new Date(at.clock);
  return createGitRegistry({
    settings: { ...SETTINGS, ...settings },
    repository,
    log: (name) => new PromotionLog({ redactor: new Redactor(), repository, ref: logRef(name), identity, now }),
    identity,
    now,
  });
}

const withoutLfs: RunGit = (args, call) =>
  args.includes('lfs')
    ? Promise.resolve({
        exitCode: 1,
        stdout: Buffer.alloc(0),
        stderr: "git: 'lfs' is not a git command. See 'git --help'.",
      })
    : runGit(args, call);

async function materialised(settings: Partial<GitSettings> = {}, run: RunGit = runGit): Promise<string> {
  const registry = registryOf(settings, run);
  return (await registry.materialise(await registry.version('churn', 'v1.0.0'), join(at.folder, 'out'))) ?? '';
}

async function refusal(action: Promise<unknown>): Promise<PromotionError> {
  return action.then(
    () => {
      throw new Error('expected a failure');
    },
    (error: unknown) => error as PromotionError,
  );
}

describe('a version whose files Git LFS keeps', () => {
  test('is written as the files themselves, and the checkout keeps its pointers', async () => {
    const folder = await materialised();
    expect(readFileSync(join(folder, 'model.pkl')).equals(model)).toBe(true);
    expect(statSync(join(folder, 'model.pkl')).mode & 0o111).not.toBe(0);
    expect(readFileSync(join(folder, 'a, b/second [1].pkl'), 'utf8')).toBe('second');
    expect(statSync(join(clone, 'model.pkl')).size).toBeLessThan(200);
    expect(await at.git(clone, 'status', '--porcelain')).toBe('');
  });

  test('brings those of its files alone', async () => {
    await materialised({ files: ['model.pkl'] });
    const oid = createHash('sha256').update('second').digest('hex');
    expect(existsSync(join(clone, '.git/lfs/objects', oid.slice(0, 2), oid.slice(2, 4), oid))).toBe(false);
  });

  test('is the same where the machine filters by itself', async () => {
    execFileSync('git', ['lfs', 'install', '--skip-repo'], { env: environment, stdio: 'pipe' });
    expect(readFileSync(join(await materialised(), 'model.pkl')).equals(model)).toBe(true);
  });

  test('needs no git-lfs for what the checkout has brought', async () => {
    execFileSync('git', ['lfs', 'fetch', 'origin', 'main'], { cwd: clone, env: environment, stdio: 'pipe' });
    expect(readFileSync(join(await materialised({}, withoutLfs), 'model.pkl')).equals(model)).toBe(true);
  });

  test('without git-lfs is an error that names the file and what to install', async () => {
    const error = await refusal(materialised({ files: ['model.pkl'] }, withoutLfs));
    expect(error.code).toBe('GIT_FAILED');
    expect(error.message).toBe(
      "'model.pkl' of churn@v1.0.0 is a Git LFS pointer, not the file itself, and git-lfs is not installed on this runner.",
    );
    expect(error.cure).toContain("'sudo apt-get install -y git-lfs'");
    expect(error.cure).toContain("'lfs: true'");
  });

  test('and an object that the server has not is an error with the command that brings it', async () => {
    rmSync(join(at.folder, 'origin.git/lfs'), { recursive: true });
    const error = await refusal(materialised({ files: ['model.pkl'] }));
    const oid = createHash('sha256').update(model).digest('hex');
    expect(error.message).toContain(`git-lfs could not fetch its object (${oid}, 300000 bytes): `);
    expect(error.cure).toContain(`'git lfs push --object-id origin ${oid}'`);
  });

  test('and an object that is another is refused', async () => {
    const oid = createHash('sha256').update(model).digest('hex');
    const place = join(clone, '.git/lfs/objects', oid.slice(0, 2), oid.slice(2, 4));
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, oid), Buffer.alloc(model.length));
    const error = await refusal(materialised({ files: ['model.pkl'] }));
    expect(error.message).toBe("The Git LFS object of 'model.pkl' is not what its pointer says.");
  });

  test('has its metrics read', async () => {
    const registry = registryOf();
    const version = await registry.version('churn', 'v1.0.0');
    expect((await registry.metrics(version, ['auc'])).get('auc')?.value).toBe(0.91);
    expect(await registry.metricKeys(version)).toEqual(['auc']);
  });

  test('has none read without git-lfs', async () => {
    const registry = registryOf({}, withoutLfs);
    const error = await refusal(registry.metrics(await registry.version('churn', 'v1.0.0'), ['auc']));
    expect(error.message).toContain("'metrics.json' of churn@v1.0.0 is a Git LFS pointer");
  });
});

describe('a pointer', () => {
  const oid = 'a'.repeat(64);
  const text = (more = '', size = '5'): string =>
    `version https://git-lfs.github.com/spec/v1\n${more}oid sha256:${oid}\nsize ${size}\n`;

  test('is read as the specification has it', () => {
    expect(lfsPointer(Buffer.from(text()), 'm')).toEqual({ oid, size: 5 });
    expect(lfsPointer(Buffer.from(text().replaceAll('\n', '\r\n')), 'm')).toEqual({ oid, size: 5 });
    expect(lfsPointer(Buffer.from(text().replace('git-lfs.github.com', 'hawser.github.com')), 'm')).toEqual({
      oid,
      size: 5,
    });
    expect(lfsPointer(Buffer.from('version 1\n'), 'm')).toBeUndefined();
    expect(lfsPointer(Buffer.from(text().padEnd(1024)), 'm')).toBeUndefined();
  });

  test.each([text('ext-0-x sha256:1\n'), text('', 'x'), text().replace('sha256', 'md5')])(
    'that cannot be read is no file: %j',
    (bad) => {
      expect(() => lfsPointer(Buffer.from(bad), 'm.pkl')).toThrow(
        "'m.pkl' is a pointer of Git LFS that cannot be read.",
      );
    },
  );
});
