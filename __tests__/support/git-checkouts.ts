import { Redactor } from '../../src/domain/redactor.js';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GitRepository } from '../../src/git/repository.js';
import { logRef, PromotionLog } from '../../src/log/promotion-log.js';
import type { GitSettings } from '../../src/registry/git/settings.js';
import { createGitRegistry } from '../../src/registry/git/git-registry.js';
import type { Registry } from '../../src/registry/registry.js';
import { gto as GTO } from './tools.js';

const run = promisify(execFile);
const IDENTITY = { name: 'Promoter', email: 'promoter@example.com' };
export const SETTINGS: GitSettings = { type: 'git', files: [] };

/** No configuration of the machine's user reaches the repositories. */
const ENVIRONMENT: Record<string, string> = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
};

/** A folder of checkouts for one test, and a clock that all of them share. */
export class Checkouts {
  readonly folder: string;
  clock = Date.parse('2026-01-01T00:00:00Z');

  constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<Checkouts> {
    return new Checkouts(await mkdtemp(join(tmpdir(), 'gmp-git-')));
  }

  /** A repository with one commit; `remote` makes it the clone of a bare one. */
  async repository(remote: boolean): Promise<string> {
    const path = join(this.folder, 'work');
    await this.git(this.folder, 'init', '-q', '-b', 'main', path);
    await this.commit(path, { 'README.md': 'a model\n' });
    if (remote) {
      await this.git(this.folder, 'clone', '-q', '--bare', path, 'origin.git');
      await this.git(path, 'remote', 'add', 'origin', join(this.folder, 'origin.git'));
    }
    return path;
  }

  async clone(name: string, ...options: string[]): Promise<string> {
    await this.git(this.folder, 'clone', '-q', ...options, `file://${join(this.folder, 'origin.git')}`, name);
    return join(this.folder, name);
  }

  /** One git command; every one happens a second after the one before, so that GTO can order what it makes. */
  async git(cwd: string, ...args: string[]): Promise<string> {
    const date = `${Math.floor((this.clock += 1000) / 1000)} +0000`;
    const { stdout } = await run('git', args, {
      cwd,
      env: { ...ENVIRONMENT, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
    });
    return stdout.trim();
  }

  async gto(cwd: string, ...args: string[]): Promise<string> {
    const { stdout } = await run(GTO, args, { cwd, env: { ...ENVIRONMENT, HOME: this.folder } });
    return stdout.trim();
  }

  async commit(path: string, files: Record<string, string>): Promise<string> {
    for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
    await this.git(path, 'add', '-A');
    await this.git(path, 'commit', '-q', '--allow-empty', '-m', 'work');
    return this.git(path, 'rev-parse', 'HEAD');
  }

  async annotate(path: string, tag: string, target = 'HEAD'): Promise<void> {
    await this.git(path, 'tag', '-a', '-m', tag, tag, target);
  }

  opened(path: string): GitRepository {
    return new GitRepository({ folder: path, environment: ENVIRONMENT });
  }

  log(path: string, model: string): PromotionLog {
    return new PromotionLog({
      redactor: new Redactor(),
      repository: this.opened(path),
      ref: logRef(model),
      identity: IDENTITY,
      now: () => new Date(this.clock),
    });
  }

  /** A registry as one run has it. */
  registry(path: string, settings: Partial<GitSettings> = {}, now = (): Date => new Date(this.clock)): Registry {
    const repository = this.opened(path);
    return createGitRegistry({
      settings: { ...SETTINGS, ...settings },
      stages: ['staging', 'production'],
      repository,
      log: (model) =>
        new PromotionLog({ redactor: new Redactor(), repository, ref: logRef(model), identity: IDENTITY, now }),
      identity: IDENTITY,
      now,
    });
  }

  async dispose(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
