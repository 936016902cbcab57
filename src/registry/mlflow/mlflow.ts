import { PromotionError } from '../../errors.js';
import type { Environment } from '../../evidence/environment.js';
import { whatExists } from '../../nearest.js';
import type { RegistrySettings } from '../../policy/policy.js';
import { HttpClient, HttpError } from '../http.js';
import type { Holders, MetricReading, ModelVersion, Registry, Transition } from '../registry.js';
import { isMissing, MlflowApi, type RawVersion } from './api.js';
import { readRunMetrics } from './metrics.js';
import { credentialNames, serverAt, type Server } from './server.js';
import { aliasHolding, stageHolding, type Holding } from './holding.js';

export interface MlflowOptions {
  readonly settings: RegistrySettings;
  readonly environment: Environment;
  readonly fetch?: typeof fetch;
  readonly pause?: (ms: number) => Promise<unknown>;
}

/** Databricks' limit for a tag's value; MLflow itself allows more. */
const longestValue = 1_000;
/** How many copies (`models:/name/version`) are followed back to the run. */
const deepestCopy = 5;

/**
 * MLflow's model registry over its REST API.
 * @throws PromotionError `INPUT_INVALID` where no server is named, or not by an http(s) address
 */
export function createMlflowRegistry(options: MlflowOptions): Registry {
  const { settings, environment } = options;
  const named = [
    [settings.uri, "The policy's registry.uri"],
    [environment['MLFLOW_REGISTRY_URI'], 'MLFLOW_REGISTRY_URI'],
    [environment['MLFLOW_TRACKING_URI'], 'MLFLOW_TRACKING_URI'],
  ] as const;
  const [address, from] = named.find(([uri]) => uri !== undefined && uri !== '') ?? [];
  if (address === undefined || from === undefined) {
    throw new PromotionError('INPUT_INVALID', 'No MLflow server is named.', {
      cure: 'Set MLFLOW_TRACKING_URI in the env of the step, or registry.uri in the policy.',
    });
  }
  const registry = serverAt(address, from, environment);
  const trackingAddress = environment['MLFLOW_TRACKING_URI'];
  const tracking = trackingAddress === undefined || trackingAddress === '' ? registry : serverAt(trackingAddress, 'MLFLOW_TRACKING_URI', environment);
  const client = (server: Server): HttpClient =>
    new HttpClient({
      ...server,
      ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
      ...(options.pause === undefined ? {} : { pause: options.pause }),
    });
  const api = new MlflowApi(client(registry), client(tracking));
  const holding = settings.stageAs === 'stage' ? stageHolding(api) : aliasHolding(api);
  return new MlflowRegistry(api, holding, registry.base, tracking.base);
}

class MlflowRegistry implements Registry {
  readonly type = 'mlflow';
  readonly description: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly credentialNames = credentialNames;

  constructor(
    private readonly api: MlflowApi,
    private readonly holding: Holding,
    private readonly base: string,
    private readonly trackingBase: string,
  ) {
    this.description = `MLflow at ${base} (stages as ${holding.plural})`;
    this.environment = { MLFLOW_TRACKING_URI: trackingBase, MLFLOW_REGISTRY_URI: base };
  }

  refusesStage(stage: string): string | undefined {
    return this.holding.refusesStage(stage);
  }

  /** Nothing is kept between calls. */
  refresh(): void {
    return;
  }

  async *versions(model: string): AsyncIterable<ModelVersion> {
    let any = false;
    for await (const raw of this.api.searchVersions(model)) {
      any = true;
      yield this.toVersion(raw);
    }
    // A search finds nothing both for a model without versions and for a name that does not exist.
    if (!any) await this.mustExist(model);
  }

  async version(model: string, version: string): Promise<ModelVersion> {
    if (!/^[1-9]\d*$/.test(version)) {
      throw new PromotionError('VERSION_UNKNOWN', `'${version}' is no version of an MLflow model: they are numbered.`, { cure: await this.newest(model) });
    }
    try {
      return this.toVersion(await this.api.getVersion(model, version));
    } catch (error) {
      if (!isMissing(error)) throw error;
      await this.mustExist(model);
      throw new PromotionError('VERSION_UNKNOWN', `Model '${model}' has no version ${version} in ${this.description}.`, { cure: await this.newest(model) });
    }
  }

  async byAlias(model: string, alias: string): Promise<ModelVersion> {
    try {
      return this.toVersion(await this.api.versionByAlias(model, alias));
    } catch (error) {
      if (!isMissing(error)) throw error;
      const known = (await this.mustExist(model)).map((each) => each.alias);
      throw new PromotionError('VERSION_UNKNOWN', `Model '${model}' has no alias '${alias}'.`, { cure: whatExists('aliases', alias, known) });
    }
  }

  async holders(model: string, stages: readonly string[]): Promise<Holders> {
    try {
      return await this.holding.holders(model, stages);
    } catch (error) {
      if (isMissing(error)) await this.mustExist(model);
      throw error;
    }
  }

  async metrics(version: ModelVersion, keys: readonly string[]): Promise<ReadonlyMap<string, MetricReading>> {
    if (keys.length === 0) return new Map();
    const run = await this.runOf(version);
    if (run === undefined) return new Map();
    const page = (experiment: string): string => `${this.trackingBase}/#/experiments/${encodeURIComponent(experiment)}/runs/${encodeURIComponent(run)}`;
    try {
      return await readRunMetrics(this.api, run, keys, page);
    } catch (error) {
      if (!isMissing(error)) throw error;
      throw new PromotionError('METRIC_UNREADABLE', `Run ${run}, which made ${version.uri}, is not in the tracking server ${this.trackingBase}.`, {
        cure: 'Set MLFLOW_TRACKING_URI to the server that has the run.',
      });
    }
  }

  /**
   * MLflow has no compare-and-swap: who holds the stage is read just before the move and again after it. The
   * record follows the move, so that a version which says it is deployed holds the stage.
   */
  async transition(transition: Transition): Promise<void> {
    const { model, version, stage, replaces } = transition;
    const before = await this.heldBy(model, stage);
    if (before.length !== 1 || before[0] !== version.version) {
      const expected = replaces === undefined ? [] : [replaces.version];
      if (before.join() !== expected.join()) {
        throw conflict(`Before the move, '${stage}' of '${model}' is held by ${before.join(' and ') || 'no version'}, not by ${expected.join() || 'no version'} as when it was judged: nothing was moved.`);
      }
      await this.holding.move(transition);
      const after = await this.heldBy(model, stage);
      if (after.length !== 1 || after[0] !== version.version) {
        throw conflict(`After the move, '${stage}' of '${model}' is held by ${after.join(' and ') || 'no version'}, not by ${version.version} alone: somebody else moved it at the same time.`);
      }
    }
    await this.tag(version, transition.tags);
    if (replaces !== undefined) await this.tag(replaces, transition.replacedTags);
  }

  async tag(version: ModelVersion, tags: ReadonlyMap<string, string>): Promise<void> {
    for (const [key, value] of tags) {
      if (/[.,\-=/:]/.test(key) || value.length > longestValue) throw new RangeError(`The tag '${key}' does not fit a registry's limits.`);
      await this.api.setTag(version.model, version.version, key, value);
    }
  }

  /** MLflow keeps files where only its own client can read them: commands load by MODEL_URI. */
  materialise(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  private async heldBy(model: string, stage: string): Promise<readonly string[]> {
    return (await this.holding.holders(model, [stage])).get(stage) ?? [];
  }

  private async runOf(version: ModelVersion): Promise<string | undefined> {
    let { run, source } = version;
    for (let depth = 0; run === undefined && depth < deepestCopy; depth += 1) {
      const copied = /^models:\/([^/]+)\/(\d+)$/.exec(source ?? '');
      if (copied?.[1] === undefined || copied[2] === undefined) return undefined;
      const original = await this.api.getVersion(decodeURIComponent(copied[1]), copied[2]);
      run = original.run_id === '' ? undefined : original.run_id;
      source = original.source;
    }
    return run;
  }

  /** The model's aliases. Throws `MODEL_UNKNOWN` with the models that exist. */
  private async mustExist(model: string): Promise<readonly { readonly alias: string; readonly version: string }[]> {
    try {
      return (await this.api.getModel(model)).aliases ?? [];
    } catch (error) {
      if (!(error instanceof HttpError) || !isMissing(error)) throw error;
      throw new PromotionError('MODEL_UNKNOWN', `Model '${model}' does not exist in ${this.description}.`, {
        cure: whatExists('models', model, await this.api.modelNames()),
      });
    }
  }

  private async newest(model: string): Promise<string> {
    const known: string[] = [];
    for await (const version of this.versions(model)) {
      known.push(version.version);
      if (known.length === 10) break;
    }
    return known.length === 0 ? 'The model has no versions: register one first.' : `The newest versions: ${known.join(', ')}.`;
  }

  private toVersion(raw: RawVersion): ModelVersion {
    const tags = new Map((raw.tags ?? []).map(({ key, value }) => [key, value ?? '']));
    const commit = tags.get('mlflow.source.git.commit');
    return {
      model: raw.name,
      version: raw.version,
      createdAt: new Date(Number(raw.creation_timestamp ?? 0)).toISOString(),
      ...(raw.run_id === undefined || raw.run_id === '' ? {} : { run: raw.run_id }),
      ...(raw.source === undefined || raw.source === '' ? {} : { source: raw.source }),
      ...(commit === undefined ? {} : { commit }),
      uri: `models:/${raw.name}/${raw.version}`,
      page: `${this.base}/#/models/${encodeURIComponent(raw.name)}/versions/${raw.version}`,
      tags,
    };
  }
}

function conflict(message: string): PromotionError {
  return new PromotionError('REGISTRY_CONFLICT', message, { cure: 'Look at `status`, decide which version is right, and run again.' });
}
