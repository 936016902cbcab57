import { join, relative } from 'node:path';
import type { PromotionContext } from '../../src/promotion/context.js';
import type { Registry } from '../../src/registry/registry.js';
import type { Report } from '../../src/domain/report.js';
import { Checkouts } from './git-checkouts.js';
import { runOperation, type Setting } from './run-promotion.js';

export const MODEL = 'churn';

/** A model in a repository of its own, and the runs of the action on it, one a minute. */
export class GitWorld {
  #runs: number;

  private constructor(
    private readonly checkouts: Checkouts,
    readonly path: string,
    runs = 0,
  ) {
    this.#runs = runs;
  }

  static async create(): Promise<GitWorld> {
    const checkouts = await Checkouts.create();
    return new GitWorld(checkouts, await checkouts.repository(false));
  }

  get folder(): string {
    return this.checkouts.folder;
  }

  /** The same, at the same hour, in a folder that holds a copy of this one's. */
  copyIn(folder: string): GitWorld {
    const checkouts = new Checkouts(folder);
    checkouts.clock = this.checkouts.clock;
    return new GitWorld(checkouts, join(folder, relative(this.folder, this.path)), this.#runs);
  }

  git(...args: string[]): Promise<string> {
    return this.checkouts.git(this.path, ...args);
  }

  /** Tags a new commit of main's with that metric, as a colleague does by hand. */
  async release(version: string, auc: number): Promise<void> {
    await this.checkouts.commit(this.path, { 'metrics.json': JSON.stringify({ auc }) });
    await this.checkouts.annotate(this.path, `${MODEL}@${version}`);
  }

  /** Moves the version's tag to a commit that nobody has merged. */
  async moveTag(version: string, auc: number): Promise<void> {
    await this.git('switch', '-q', '--detach');
    await this.checkouts.commit(this.path, { 'metrics.json': JSON.stringify({ auc }) });
    await this.git('tag', '-f', '-a', '-m', 'moved', `${MODEL}@${version}`);
    await this.git('switch', '-q', 'main');
  }

  /** The registry as one run has it. */
  registry(): Registry & { readonly model: string } {
    return Object.assign(this.checkouts.registry(this.path), { model: MODEL });
  }

  async run(policy: string, act: (work: PromotionContext) => Promise<Report>, more: Setting = {}): Promise<Report> {
    this.#runs += 1;
    this.checkouts.clock += 60_000;
    const now = new Date(this.checkouts.clock);
    const author = { actor: 'ada', run: `https://github.test/run/${this.#runs}`, commit: 'd'.repeat(40) };
    const setting = { workspace: this.path, now: () => now, author, stageName: 'production', ...more };
    return (await runOperation(policy, this.registry(), setting, act)).report;
  }

  async holder(stage: string): Promise<string | undefined> {
    return (await this.registry().holders(MODEL, [stage])).get(stage)?.[0];
  }

  dispose(): Promise<void> {
    return this.checkouts.dispose();
  }
}
