import { setTimeout as sleep } from 'node:timers/promises';
import { asPromotionError, PromotionError } from '../../domain/errors.js';
import type { Environment } from '../../domain/environment.js';
import { asInput } from '../../domain/cure.js';
import { listKnownNames } from '../../domain/suggest.js';
import type { MlflowSettings } from './settings.js';
import { HttpClient, HttpError } from '../http.js';
import type { Registration, Registry, LogRecord, Transition, Vacancy } from '../registry.js';
import type { Holders, MetricReading, ModelVersion, Unregistered } from '../../domain/version.js';
import { tagValue } from '../tag-value.js';
import { isMissing, MlflowApi, type RawVersion } from './api.js';
import { lineageOf } from './lineage.js';
import { readLoggedModelMetric, readMetrics } from './metrics.js';
import { isoTime } from './time.js';
import { type Server, serverAt } from './server.js';
import type { StageMapping } from './stage-mapping.js';
import { mlflowCredentials } from './credentials.js';
import { holdingOf } from './stage-mappings.js';
import { httpLimits } from './http-settings.js';
import { mayHaveSucceeded } from './ambiguous-write.js';
import { registered } from './register.js';
import { unregistered } from './run-candidate.js';
import type { Pause } from './create-version.js';

export interface MlflowOptions {
  readonly settings: MlflowSettings;
  readonly environment: Environment;
  readonly fetch?: typeof fetch;
  readonly pause?: (ms: number) => Promise<unknown>;
}

/** Databricks' limit for a tag's value; MLflow itself allows more. */
const longestValue = 1_000;
/** How often a stage's move is sent whose answer is lost, each time after a look at who holds the stage. */
const sends = 3;
const sendPauseMs = 1_000;
/** Databases hold a version's number in 32 bits; some answer 500 to a larger one. */
const highestVersion = 2 ** 31 - 1;

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
  const tracking =
    trackingAddress === undefined || trackingAddress === ''
      ? registry
      : serverAt(trackingAddress, 'MLFLOW_TRACKING_URI', environment);
  const limits = httpLimits(environment);
  const client = (server: Server): HttpClient =>
    new HttpClient({
      ...server,
      ...limits,
      ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
      ...(options.pause === undefined ? {} : { pause: options.pause }),
    });
  const api = new MlflowApi(client(registry), client(tracking));
  const pause: Pause = options.pause ?? ((ms) => sleep(ms));
  const holding = holdingOf(settings.stageAs, api, pause);
  return new MlflowRegistry(api, holding, pause, registry.base, tracking.base, environment['MLFLOW_WORKSPACE']);
}

class MlflowRegistry implements Registry {
  readonly atNames = 'alias';
  readonly description: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly credentialNames = mlflowCredentials.handedOn;
  readonly oneStageAtATime: boolean;
  /** Which tags hold less than the record they are a copy of, for the report. */
  private readonly shortened = new Set<string>();
  private readonly told = new Set<string>();

  constructor(
    private readonly api: MlflowApi,
    private readonly holding: StageMapping,
    private readonly pause: Pause,
    private readonly base: string,
    private readonly trackingBase: string,
    workspace: string | undefined,
  ) {
    this.oneStageAtATime = holding.oneStageAtATime;
    this.description = `MLflow at ${base} (stages as ${holding.plural})`;
    this.environment = {
      MLFLOW_TRACKING_URI: trackingBase,
      MLFLOW_REGISTRY_URI: base,
      ...(workspace === undefined || workspace === '' ? {} : { MLFLOW_WORKSPACE: workspace }),
    };
  }

  refusesStage(stage: string): string | undefined {
    return this.holding.refusesStage(stage);
  }

  /** Nothing is kept between calls. */
  refresh(): void {
    return;
  }

  /** MLflow keeps no log; `LoggedRegistry` does. */
  history(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  hasOrCanStartLog(): Promise<boolean> {
    return Promise.resolve(false);
  }

  remarks(): readonly string[] {
    return [...this.shortened, ...this.told];
  }

  async *versions(model: string): AsyncIterable<ModelVersion> {
    let any = false;
    try {
      for await (const raw of this.api.searchVersions(model)) {
        any = true;
        yield this.toVersion(raw);
      }
    } catch (error) {
      // A name that cannot be searched for is most likely one that does not exist.
      if (!any) await this.mustExist(model);
      throw error;
    }
    // A search finds nothing both for a model without versions and for a name that does not exist.
    if (!any) await this.mustExist(model);
  }

  async version(model: string, version: string): Promise<ModelVersion> {
    if (!/^[1-9]\d*$/.test(version)) {
      const cure = await this.newest(model);
      throw new PromotionError('VERSION_UNKNOWN', `'${version}' is no version of an MLflow model: they are numbered.`, {
        cure,
      });
    }
    try {
      if (Number(version) <= highestVersion) return this.toVersion(await this.api.getVersion(model, version));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    await this.mustExist(model);
    throw new PromotionError('VERSION_UNKNOWN', `Model '${model}' has no version ${version} in ${this.description}.`, {
      cure: await this.newest(model),
    });
  }

  async byAlias(model: string, alias: string): Promise<ModelVersion> {
    try {
      return this.toVersion(await this.api.versionByAlias(model, alias));
    } catch (error) {
      if (!isMissing(error)) throw error;
      const known = (await this.mustExist(model)).map((each) => each.alias);
      throw new PromotionError('VERSION_UNKNOWN', `Model '${model}' has no alias '${alias}'.`, {
        cure: listKnownNames('aliases', alias, known),
      });
    }
  }

  unregistered(model: string, given: Unregistered): Promise<ModelVersion> {
    if (given !== 'head') return unregistered(this.api, model, given.run, this.trackingBase);
    const error = new PromotionError('INPUT_INVALID', "'head' is a commit, and MLflow's versions are made by runs.", {
      cure: "Write 'run:' and the id of the run.",
    });
    return Promise.reject(error);
  }

  async holders(model: string, stages: readonly string[]): Promise<Holders> {
    try {
      return await this.holding.holders(model, stages);
    } catch (error) {
      if (isMissing(error)) await this.mustExist(model);
      throw error;
    }
  }

  async metricKeys(version: ModelVersion): Promise<readonly string[]> {
    const lineage = await lineageOf(this.api, version);
    if (lineage === undefined) return [];
    const { data } = await this.api.getRun(lineage.run).catch((error: unknown) => {
      throw isMissing(error) ? this.lost(version, lineage.run) : error;
    });
    return (data?.metrics ?? []).map(({ key }) => key);
  }

  async metrics(version: ModelVersion, keys: readonly string[]): Promise<ReadonlyMap<string, MetricReading>> {
    if (keys.length === 0) return new Map();
    const lineage = await lineageOf(this.api, version);
    if (lineage === undefined) return new Map();
    const { run } = lineage;
    const page = (experiment: string): string =>
      `${this.trackingBase}/#/experiments/${encodeURIComponent(experiment)}/runs/${encodeURIComponent(run)}`;
    try {
      return await readMetrics(this.api, lineage, keys, page);
    } catch (error) {
      throw isMissing(error) ? this.lost(version, run) : error;
    }
  }

  loggedModelMetric(version: ModelVersion, key: string, dataset?: string): Promise<MetricReading> {
    const page = (experiment: string, id: string): string =>
      `${this.trackingBase}/#/experiments/${encodeURIComponent(experiment)}/models/${encodeURIComponent(id)}`;
    return readLoggedModelMetric(this.api, version, key, dataset, page);
  }

  /**
   * MLflow has no compare-and-swap: who holds the stage is read just before the move and again after it. The
   * record follows the move, so that a version which says it is deployed holds the stage; a run that ends in
   * between leaves a holder without a record, which the next one completes.
   */
  async transition(transition: Transition): Promise<void> {
    const { model, version, stage, replaces, whoever = false } = transition;
    const before = await this.heldBy(model, stage).catch((error: unknown): readonly string[] => {
      // A person has decided: what has the stage now need be no version at all.
      if (whoever && error instanceof PromotionError && error.code === 'REGISTRY_CONFLICT') return [];
      throw error;
    });
    if (!isHeldBy(before, version)) {
      const expected = replaces === undefined ? [] : [replaces.version];
      // Where stages are MLflow's own, a move that was cut off leaves both there.
      const halfDone =
        before.length === 2 && [version, replaces].every((each) => each !== undefined && before.includes(each.version));
      if (!whoever && !halfDone && before.join() !== expected.join()) {
        throw conflict(
          `Before the move, '${stage}' of '${model}' is held by ${named(before)}, not by ${named(expected)} as when it was judged: nothing was moved.`,
        );
      }
      const move = async (): Promise<void> => {
        for (const remark of await this.holding.move(transition)) this.told.add(remark);
      };
      await this.carryOut(move, transition, before, version);
    }
    await this.tag(version, transition.tags);
    if (replaces !== undefined && replaces.version !== version.version)
      await this.tag(replaces, transition.replacedTags);
  }

  async register(registration: Registration): Promise<ModelVersion> {
    const { tags, leftOut } = fitted(registration.tags);
    const version = await registered(this.api, { ...registration, tags }, this.pause);
    this.remember(version, leftOut);
    return this.version(registration.model, version);
  }

  /** As a transition: read, write, read again, and only then the record. */
  async vacate(vacancy: Vacancy): Promise<void> {
    const { model, version, stage, tags } = vacancy;
    const before = await this.heldBy(model, stage);
    if (before.length > 0) {
      if (!isHeldBy(before, version)) {
        throw conflict(
          `'${stage}' of '${model}' is held by ${named(before)}, not by ${version.version} alone: it stays so.`,
        );
      }
      await this.carryOut(() => this.holding.leave(vacancy), vacancy, before, undefined);
    }
    await this.tag(version, tags);
  }

  async tag(version: ModelVersion, tags: ReadonlyMap<string, string>): Promise<void> {
    if (tags.size === 0) return;
    const { tags: fit, leftOut } = fitted(tags);
    const { model: name, version: number } = version;
    const own = version.isGone === true ? [] : [{ name, version: number }];
    for (const each of [...own, ...(await this.holding.copies(version))]) {
      for (const [key, value] of fit) await this.api.setTag(each.name, each.version, key, value);
    }
    this.remember(number, leftOut);
  }

  /** What there is without a log: no operations, and records that are tags alone. */
  operation(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async appendToLog(
    _model: string,
    decide: (operation: undefined) => readonly LogRecord[] | Promise<readonly LogRecord[]>,
  ): Promise<boolean> {
    for (const told of await decide(undefined)) if ('tags' in told) await this.tag(told.version, told.tags);
    return false;
  }

  syncTags(version: ModelVersion, tags: ReadonlyMap<string, string>): Promise<void> {
    return this.tag(version, tags);
  }

  /** MLflow keeps files where only its own client can read them: commands load by MODEL_URI. */
  materialise(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  private remember(version: string, leftOut: ReadonlyMap<string, string>): void {
    for (const [key, what] of leftOut) {
      this.shortened.add(
        `The tag '${key}' of version ${version} holds at most ${longestValue} characters, so its copy of the record leaves out ${what}; only the promotion log has records whole.`,
      );
    }
  }

  private lost({ uri }: ModelVersion, run: string): PromotionError {
    return new PromotionError(
      'METRIC_UNREADABLE',
      `Run ${run}, or the logged model it made for ${uri}, is not in the tracking server ${this.trackingBase}.`,
      { cure: 'Set MLFLOW_TRACKING_URI to the server that has them.' },
    );
  }

  private async heldBy(model: string, stage: string): Promise<readonly string[]> {
    return (await this.holding.holders(model, [stage])).get(stage) ?? [];
  }

  /**
   * A write whose answer was lost may have been done: who holds the stage then decides. It is sent again only while
   * the stage is held as before: otherwise it would undo what somebody else has done since.
   */
  private async carryOut(
    write: () => Promise<void>,
    { model, stage }: { readonly model: string; readonly stage: string },
    before: readonly string[],
    expected: ModelVersion | undefined,
  ): Promise<void> {
    for (let send = 1; ; send += 1) {
      const lost = await lostAnswer(write);
      const after = await this.heldBy(model, stage).catch((error: unknown) => {
        throw lost === undefined ? asPromotionError(error) : notKnown(lost, model, stage);
      });
      if (expected === undefined ? after.length === 0 : isHeldBy(after, expected)) return;
      // Where stages are MLflow's own, the first half of a move leaves both there.
      const half = expected !== undefined && after.length === 2 && after.includes(expected.version);
      const isOurs = after.join() === before.join() || (half && before.every((each) => after.includes(each)));
      if (lost === undefined || !isOurs) {
        throw conflict(
          `After the move, '${stage}' of '${model}' is held by ${named(after)}, not by ${expected === undefined ? 'no version' : `${expected.version} alone`}: somebody else moved it at the same time.`,
        );
      }
      if (send === sends || (lost instanceof HttpError && lost.status === 500)) throw lost;
      await this.pause(sendPauseMs * send * (0.5 + Math.random()));
    }
  }

  /** The model's aliases. Throws `MODEL_UNKNOWN` with the models that exist. */
  private async mustExist(model: string): Promise<readonly { readonly alias: string; readonly version: string }[]> {
    try {
      return (await this.api.getModel(model)).aliases ?? [];
    } catch (error) {
      if (!(error instanceof HttpError) || !isMissing(error)) throw error;
      throw new PromotionError('MODEL_UNKNOWN', `Model '${model}' does not exist in ${this.description}.`, {
        cure: listKnownNames('models', model, await this.api.modelNames()),
      });
    }
  }

  private async newest(model: string): Promise<string> {
    const known: string[] = [];
    for await (const version of this.versions(model)) {
      known.push(version.version);
      if (known.length === 10) break;
    }
    return known.length === 0
      ? `The model has no versions: register one first, with ${asInput('register', { run: '<id of the run>' })}.`
      : `The newest versions: ${known.join(', ')}.`;
  }

  private toVersion(raw: RawVersion): ModelVersion {
    const tags = new Map((raw.tags ?? []).map(({ key, value }) => [key, value ?? '']));
    const commit = tags.get('mlflow.source.git.commit');
    return {
      model: raw.name,
      version: raw.version,
      createdAt: isoTime(raw.creation_timestamp),
      ...(raw.run_id === undefined || raw.run_id === '' ? {} : { run: raw.run_id }),
      ...(raw.source === undefined || raw.source === '' ? {} : { source: raw.source }),
      ...(commit === undefined ? {} : { commit }),
      uri: `models:/${raw.name}/${raw.version}`,
      page: `${this.base}/#/models/${encodeURIComponent(raw.name)}/versions/${raw.version}`,
      tags,
    };
  }
}

/** What came of a write that may have been done all the same. */
async function lostAnswer(write: () => Promise<void>): Promise<PromotionError | undefined> {
  try {
    await write();
    return undefined;
  } catch (error) {
    if (!mayHaveSucceeded(error)) throw error;
    return error;
  }
}

function notKnown(lost: PromotionError, model: string, stage: string): PromotionError {
  return new PromotionError(
    lost.code,
    `Whether '${stage}' of '${model}' was moved is not known, and it cannot be read back: ${lost.message}`,
    { cure: 'Run again once the registry answers: what has been done is found, and not done twice.', cause: lost },
  );
}

function isHeldBy(holders: readonly string[], { version }: ModelVersion): boolean {
  return holders.length === 1 && holders[0] === version;
}

function named(versions: readonly string[]): string {
  return versions.join(' and ') || 'no version';
}

/** The tags as the registry can hold them, and what its copy of a record leaves out, by key. */
function fitted(given: ReadonlyMap<string, string>): {
  readonly tags: ReadonlyMap<string, string>;
  readonly leftOut: ReadonlyMap<string, string>;
} {
  const tags = new Map<string, string>();
  const leftOut = new Map<string, string>();
  for (const [key, value] of given) {
    if (/[.,\-=/:]/.test(key)) throw new RangeError(`The tag '${key}' does not fit a registry's limits.`);
    const { text, leftOut: what } = tagValue(value, longestValue);
    tags.set(key, text);
    if (what !== undefined) leftOut.set(key, what);
  }
  return { tags, leftOut };
}

function conflict(message: string): PromotionError {
  return new PromotionError('REGISTRY_CONFLICT', message, {
    cure: `See who holds the stage with ${asInput('status', {})}, then run this again.`,
  });
}
