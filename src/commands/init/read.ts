import type { Environment } from '../../domain/environment.js';
import { PromotionError } from '../../domain/errors.js';
import { type RegistrySettings, descriptorOf } from '../../domain/registry-descriptor.js';
import { Redactor } from '../../domain/redactor.js';
import type { ModelVersion } from '../../domain/version.js';
import type { GitRepository } from '../../git/repository.js';
import type { Registry } from '../../registry/registry.js';
import type { Tables } from '../../run/tables.js';

/** Where a registry may be. */
export interface Surroundings {
  readonly environment: Environment;
  readonly repository: GitRepository | undefined;
  readonly tables: Tables;
  readonly redactor: Redactor;
}

/** The registry that has the model, and how it holds its stages. */
export interface Found {
  readonly registry: Registry;
  readonly type: 'mlflow' | 'git';
  readonly usesStages: boolean;
  /** Newest first, a few of them. */
  readonly versions: readonly ModelVersion[];
  /** The stage that users are served from, and who holds it. */
  readonly last: string;
  readonly champion: ModelVersion | undefined;
}

/** Enough to see which metrics are always there. */
const newest = 5;
/** Names that stages which users are served from have, the usual first. */
const served = ['production', 'champion', 'prod', 'live'];

/** Opens the registry that settings name; nothing is written through it. */
export function openToRead(
  { environment, repository, tables, redactor }: Surroundings,
  settings: RegistrySettings,
): Promise<Registry> {
  return descriptorOf(tables.registries, settings.type).open({
    settings,
    stages: ['staging', ...served],
    environment,
    repository,
    checkoutCure: (otherwise) => otherwise,
    logRepository: () => Promise.resolve(repository),
    identity: { name: 'init', email: 'init@localhost' },
    redactor,
    now: () => new Date(),
  });
}

/**
 * Finds the model: in MLflow where the environment names a server, else in the repository's tags.
 * @throws PromotionError `INPUT_INVALID` where there is no registry; `MODEL_UNKNOWN` naming what exists
 */
export async function findModel(
  around: Surroundings,
  given: string | undefined,
): Promise<Found & { readonly model: string }> {
  const { environment, repository, tables } = around;
  const addresses = descriptorOf(tables.registries, 'mlflow').credentials.addresses;
  const named = addresses.find((name) => (environment[name] ?? '') !== '');
  const tagged = repository === undefined ? [] : await taggedModels(repository);
  const model = given ?? (named === undefined && tagged.length === 1 ? tagged[0] : undefined);
  if (named === undefined && tagged.length === 0) {
    throw new PromotionError(
      'INPUT_INVALID',
      'There is no registry: MLFLOW_TRACKING_URI is not set, and the repository has no tags such as churn@v1.0.0.',
      {
        cure: "Set MLFLOW_TRACKING_URI to your server's address, or run this in the clone that has the versions as tags.",
      },
    );
  }
  if (model === undefined) {
    throw new PromotionError(
      'INPUT_INVALID',
      `Input 'model' is missing.${tagged.length === 0 ? '' : ` The repository's tags have: ${tagged.join(', ')}.`}`,
      {
        cure: "Give the model's name in the registry.",
      },
    );
  }
  const isTagged = tagged.includes(model);
  if (named !== undefined) {
    try {
      return { model, ...(await inMlflow(around, model)) };
    } catch (thrown) {
      if (!(thrown instanceof PromotionError) || thrown.code !== 'MODEL_UNKNOWN' || !isTagged) throw thrown;
    }
  }
  if (!isTagged) {
    throw new PromotionError('MODEL_UNKNOWN', `The repository's tags have no model '${model}'.`, {
      cure: `They have: ${tagged.join(', ')}. For a model in MLflow, set MLFLOW_TRACKING_URI.`,
    });
  }
  return { model, ...(await inGit(around, model)) };
}

async function taggedModels(repository: GitRepository): Promise<readonly string[]> {
  const names = (await repository.listTags()).flatMap(({ name }) => /^(.+)@v\d/.exec(name)?.[1] ?? []);
  return [...new Set(names)];
}

async function inMlflow(around: Surroundings, model: string): Promise<Found> {
  const registry = await openToRead(around, mlflowSettings('alias'));
  const versions = await newestOf(registry, model);
  const held = await holderOf(registry, model);
  if (held !== undefined) return { registry, type: 'mlflow', usesStages: false, versions, ...held };
  const own = await openToRead(around, mlflowSettings('stage'));
  const staged = await holderOf(own, model, ['Production']).catch(ignoreUnknownStages);
  if (staged !== undefined)
    return { registry: own, type: 'mlflow', usesStages: true, versions, ...staged, last: 'production' };
  return { registry, type: 'mlflow', usesStages: false, versions, last: 'production', champion: undefined };
}

/** Servers of a later MLflow have no stages of their own. */
function ignoreUnknownStages(thrown: unknown): undefined {
  if (thrown instanceof PromotionError && thrown.code === 'REGISTRY_ANSWER') return undefined;
  throw thrown;
}

async function inGit(around: Surroundings, model: string): Promise<Found> {
  const registry = await openToRead(around, { type: 'git', files: [] } as RegistrySettings);
  const versions = await newestOf(registry, model);
  const held = await holderOf(registry, model);
  return {
    registry,
    type: 'git',
    usesStages: false,
    versions,
    ...(held ?? { last: 'production', champion: undefined }),
  };
}

export function mlflowSettings(stageAs: 'alias' | 'stage'): RegistrySettings {
  return { type: 'mlflow', stageAs } as RegistrySettings;
}

async function newestOf(registry: Registry, model: string): Promise<readonly ModelVersion[]> {
  const found: ModelVersion[] = [];
  for await (const version of registry.versions(model)) {
    found.push(version);
    if (found.length === newest) break;
  }
  if (found.length > 0) return found;
  throw new PromotionError('VERSION_UNKNOWN', `The model '${model}' has no versions.`, {
    cure: 'Register one first: the policy is made from what the newest ones measured.',
  });
}

async function holderOf(
  registry: Registry,
  model: string,
  names: readonly string[] = served,
): Promise<{ readonly last: string; readonly champion: ModelVersion } | undefined> {
  const holders = await registry.holders(model, names);
  for (const last of names) {
    const [only, ...more] = holders.get(last) ?? [];
    if (only !== undefined && more.length === 0) return { last, champion: await registry.version(model, only) };
  }
  return undefined;
}

/** What the version measured, by name: finite numbers alone. */
export async function numbersOf(registry: Registry, version: ModelVersion): Promise<ReadonlyMap<string, number>> {
  const readings = await registry.metrics(version, await registry.metricKeys(version));
  const numbers = [...readings].flatMap(([key, { value, fault }]) => {
    const number = Number(value);
    return fault === undefined && Number.isFinite(number) ? [[key, number] as const] : [];
  });
  return new Map(numbers);
}
