import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PromotionError } from '../../src/domain/errors.js';
import type { LoggedEvent } from '../../src/log/event.js';
import type { StageAs } from '../../src/registry/mlflow/settings.js';
import { existing } from '../../src/promotion/judge/holders.js';
import { fingerprintOf } from '../../src/domain/version.js';
import type { Registry } from '../../src/registry/registry.js';
import type { Report } from '../../src/domain/report.js';
import { GitWorld } from './git-world.js';
import { MemoryLog } from './logged-registry.js';
import type { MemoryMlflow } from './memory-mlflow.js';
import { type Act, newWorld, registryOf, run, type World } from './mlflow-world.js';
import type { Setting } from './run-promotion.js';

export const MODEL = 'churn';

/** Four versions, oldest first: a former holder of production, its holder, one that passed staging, a new one. */
export type Four = readonly [former: string, live: string, staged: string, fresh: string];

/** A model in a registry, which people disturb and commands are run on. */
export interface MatrixWorld {
  readonly versions: Four;
  run(act: Act, more?: Setting): Promise<Report>;
  /** The registry as one run has it. */
  registry(): Registry & { readonly model: string };
  events(): Promise<readonly LoggedEvent[]>;
  /** Gives the name to another version. */
  swap(version: string): Promise<void>;
  /** Deletes the version, with what named it as a holder, and makes another of its name. */
  recreate(version: string): Promise<void>;
  /** Deletes all of the model, and makes it again with other versions of the same names. */
  recreateModel(): Promise<void>;
  /** Gives the stage to the version, past the gate. */
  set(stage: string, version: string): Promise<void>;
  /** Takes the stage from whoever holds it. */
  unset(stage: string): Promise<void>;
  copy(): MatrixWorld;
  dispose(): void;
}

export function policyOf(type: 'git' | 'mlflow', stageAs: StageAs = 'alias'): string {
  // Every version is good enough: nothing but what the log remembers stands between it and production.
  return `version: 1
registry: { type: ${type}${type === 'git' ? '' : `, stage_as: ${stageAs}`} }
model: ${MODEL}
first_promotion: allow
metrics: { auc: { goal: maximize, min: 0, max: 1 } }
stages:
  staging: { checks: [{ require: auc >= 0.05 }] }
  production:
    after: staging
    checks: [{ require: auc >= 0.05 }]
    monitor: { checks: [{ require: auc >= 0.999 }], then: rollback }
`;
}

/** Whoever holds the stage now: its name, and its identity where the registry has such a version and can tell which. */
export async function holderOf(
  registry: Registry,
  stage: string,
): Promise<{ readonly name: string; readonly identity: string | undefined } | undefined> {
  const holders = await registry.holders(MODEL, [stage]).catch((thrown: unknown) => {
    if (thrown instanceof PromotionError && thrown.code === 'REGISTRY_CONFLICT') return undefined;
    throw thrown;
  });
  if (holders === undefined) return { name: 'a version in disorder', identity: undefined };
  const [name] = holders.get(stage) ?? [];
  if (name === undefined) return undefined;
  const found = await existing(registry, MODEL, name);
  return { name, identity: found === undefined ? undefined : fingerprintOf(found) };
}

class MlflowMatrix implements MatrixWorld {
  readonly versions: Four = ['1', '2', '3', '4'];

  constructor(private readonly world: World) {}

  run(act: Act, more: Setting = {}): Promise<Report> {
    return run(this.world, policyOf('mlflow', this.world.stageAs), act, undefined, more);
  }

  registry(): Registry & { readonly model: string } {
    return registryOf(this.world);
  }

  events(): Promise<readonly LoggedEvent[]> {
    return Promise.resolve(this.world.log.events);
  }

  swap(version: string): Promise<void> {
    this.mlflow.makeAnew(MODEL, version);
    return Promise.resolve();
  }

  recreate(version: string): Promise<void> {
    this.mlflow.recreate(MODEL, version);
    return Promise.resolve();
  }

  recreateModel(): Promise<void> {
    this.mlflow.models.delete(MODEL);
    for (const [index] of this.versions.entries()) this.mlflow.add(MODEL, { auc: 0.8 + index / 100 });
    return Promise.resolve();
  }

  async set(stage: string, version: string): Promise<void> {
    const { stageAs } = this.world;
    if (stageAs === 'alias') this.mlflow.setAlias(MODEL, stage, version);
    else if (stageAs === 'stage') await this.#transition(version, own(stage), true);
    else {
      const made = await this.#ask<{ model_version: { version: string } }>('model-versions/create', {
        name: `${MODEL}-${stage}`,
        source: `models:/${MODEL}/${version}`,
        run_id: `run${version}`,
        tags: [],
      });
      this.mlflow.setAlias(`${MODEL}-${stage}`, stage, made.model_version.version);
    }
  }

  async unset(stage: string): Promise<void> {
    const { stageAs } = this.world;
    if (stageAs === 'alias') this.mlflow.models.get(MODEL)?.aliases.delete(stage);
    else if (stageAs === 'model') this.mlflow.models.get(`${MODEL}-${stage}`)?.aliases.delete(stage);
    else {
      for (const each of this.mlflow.models.get(MODEL)?.versions ?? [])
        if (each.current_stage === own(stage)) await this.#transition(each.version, 'None', false);
    }
  }

  copy(): MatrixWorld {
    const { world } = this;
    const log = new MemoryLog();
    log.told.push(...world.log.told);
    return new MlflowMatrix({ ...world, mlflow: this.mlflow.copy(), log });
  }

  dispose(): void {
    return; // With the others, by removeWorlds.
  }

  private get mlflow(): MemoryMlflow {
    return this.world.mlflow;
  }

  async #transition(version: string, stage: string, archives: boolean): Promise<void> {
    const asked = { name: MODEL, version, stage, archive_existing_versions: archives };
    await this.#ask('model-versions/transition-stage', asked);
  }

  async #ask<T>(what: string, asked: unknown): Promise<T> {
    const init = { method: 'POST', body: JSON.stringify(asked) };
    const answer = await this.mlflow.fetch(`http://mlflow.test/api/2.0/mlflow/${what}`, init);
    return (await answer.json()) as T;
  }
}

/** MLflow's own spelling. */
function own(stage: string): string {
  return `${stage.slice(0, 1).toUpperCase()}${stage.slice(1)}`;
}

class GitMatrix implements MatrixWorld {
  readonly versions: Four = ['v1.0.0', 'v1.1.0', 'v1.2.0', 'v1.3.0'];

  constructor(private readonly world: GitWorld) {}

  run(act: Act, more: Setting = {}): Promise<Report> {
    return this.world.run(policyOf('git'), act, more);
  }

  registry(): Registry & { readonly model: string } {
    return this.world.registry();
  }

  async events(): Promise<readonly LoggedEvent[]> {
    return ((await this.registry().history(MODEL)) ?? []) as readonly LoggedEvent[];
  }

  async swap(version: string): Promise<void> {
    await this.world.moveTag(version, 0.1);
  }

  async recreate(version: string): Promise<void> {
    await this.world.git('tag', '-d', `${MODEL}@${version}`);
    await this.world.release(version, 0.1);
  }

  async recreateModel(): Promise<void> {
    const tags = await this.world.git('tag', '--list', `${MODEL}[@#]*`);
    await this.world.git('tag', '-d', ...tags.split('\n'));
    for (const version of this.versions) await this.world.release(version, 0.1);
  }

  async set(stage: string, version: string): Promise<void> {
    await this.world.git('tag', '-a', '-m', 'by hand', `${MODEL}#${stage}#99`, `${MODEL}@${version}^{}`);
  }

  async unset(stage: string): Promise<void> {
    const tags = await this.world.git('tag', '--list', `${MODEL}#${stage}#*`);
    await this.world.git('tag', '-d', ...tags.split('\n'));
  }

  copy(): MatrixWorld {
    const folder = mkdtempSync(join(tmpdir(), 'gmp-matrix-'));
    cpSync(this.world.folder, folder, { recursive: true });
    return new GitMatrix(this.world.copyIn(folder));
  }

  dispose(): void {
    rmSync(this.world.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

export function mlflowMatrix(stageAs: StageAs): Promise<MatrixWorld> {
  return Promise.resolve(new MlflowMatrix(newWorld(stageAs, 4)));
}

export async function gitMatrix(): Promise<MatrixWorld> {
  const world = await GitWorld.create();
  const made = new GitMatrix(world);
  for (const [index, version] of made.versions.entries()) await world.release(version, 0.8 + index / 100);
  return made;
}
