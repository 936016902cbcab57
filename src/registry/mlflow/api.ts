import { asInput } from '../../domain/cure.js';
import { PromotionError } from '../../domain/errors.js';
import { HttpError, type HttpClient } from '../http.js';

/** The parts of MLflow's entities that are read. https://mlflow.org/docs/latest/api_reference/rest-api.html */
export interface RawVersion {
  readonly name: string;
  readonly version: string;
  readonly creation_timestamp?: number | string;
  readonly current_stage?: string;
  readonly source?: string;
  readonly run_id?: string;
  readonly run_link?: string;
  readonly description?: string;
  /** `READY`, `PENDING_REGISTRATION` or `FAILED_REGISTRATION`. */
  readonly status?: string;
  readonly status_message?: string;
  readonly tags?: readonly { readonly key: string; readonly value?: string }[];
}

/** What a version is made of. */
export interface NewVersion {
  readonly name: string;
  readonly source: string;
  readonly run_id?: string;
  readonly model_id?: string;
  readonly run_link?: string;
  readonly description?: string;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
}

export interface RawModel {
  readonly name: string;
  readonly aliases?: readonly { readonly alias: string; readonly version: string }[];
}

export interface RawMetric {
  readonly key: string;
  readonly value?: number | bigint | string;
  readonly timestamp?: number | bigint | string;
  readonly step?: number | string;
}

export interface RawRun {
  readonly info?: {
    readonly run_id?: string;
    readonly experiment_id?: string;
    readonly artifact_uri?: string;
    readonly lifecycle_stage?: string;
    readonly start_time?: number | string;
  };
  readonly data?: {
    readonly metrics?: readonly RawMetric[];
    readonly tags?: readonly { readonly key: string; readonly value?: string }[];
  };
  readonly outputs?: { readonly model_outputs?: readonly { readonly model_id?: string }[] };
}

/** A logged model's metrics say where, and on what, they were measured. */
export interface RawModelMetric extends RawMetric {
  readonly run_id?: string;
  readonly dataset_name?: string;
  readonly dataset_digest?: string;
}

export interface RawLoggedModel {
  readonly info?: {
    readonly model_id?: string;
    readonly source_run_id?: string;
    readonly experiment_id?: string;
  };
  readonly data?: { readonly metrics?: readonly RawModelMetric[] };
}

export interface RawFile {
  readonly path: string;
  readonly is_dir?: boolean;
}

const pageSize = 200;
const pointsAPage = 25_000;
const pagesOfPoints = 8;

/** MLflow's REST calls, one method each; names as MLflow's. Throws what `HttpClient` throws. */
export class MlflowApi {
  /**
   * @param registry where versions, aliases and tags are
   * @param tracking where runs are; often the same server
   */
  constructor(
    private readonly registry: HttpClient,
    private readonly tracking: HttpClient,
  ) {}

  async getModel(name: string): Promise<RawModel> {
    const answer = await this.get('registered-models/get', { name });
    return object(answer['registered_model'], 'registered_model') as RawModel;
  }

  /** The names of registered models, the first few hundred. */
  async modelNames(): Promise<readonly string[]> {
    const answer = await this.get('registered-models/search', { max_results: 500 });
    return (list(answer['registered_models']) as readonly RawModel[]).map((model) => model.name);
  }

  async getVersion(name: string, version: string): Promise<RawVersion> {
    const answer = await this.get('model-versions/get', { name, version });
    return object(answer['model_version'], 'model_version') as RawVersion;
  }

  /** Where a version's files are: its source, or what a source that names another version or model stood for. */
  async downloadUri(name: string, version: string): Promise<string> {
    const { artifact_uri: uri } = await this.get('model-versions/get-download-uri', { name, version });
    if (typeof uri === 'string' && uri !== '') return uri;
    throw new PromotionError('REGISTRY_ANSWER', `MLflow does not say where the files of ${name}/${version} are.`, {
      cure: `Without an address it cannot be loaded: register it again from its run, with ${asInput('register', { run: '<id of the run>' })}.`,
    });
  }

  /**
   * All versions of a model, the highest first; none for a model that does not exist.
   * @throws PromotionError `REGISTRY_ANSWER` for a name with both kinds of quotes, or pages that never end
   */
  async *searchVersions(name: string): AsyncIterable<RawVersion> {
    // Some databases compare without case: 'Churn' would find the versions of 'churn'.
    for await (const version of this.search(`name = ${quoted(name)}`)) if (version.name === name) yield version;
  }

  /** The versions of all models that have the tag. Throws as `searchVersions`. */
  async taggedVersions(key: string, value: string): Promise<readonly RawVersion[]> {
    const found: RawVersion[] = [];
    for await (const version of this.search(`tags.${key} = ${quoted(value)}`)) {
      if (version.tags?.some((tag) => tag.key === key && tag.value === value) === true) found.push(version);
    }
    return found;
  }

  private async *search(filter: string): AsyncIterable<RawVersion> {
    const seen = new Set<string>();
    let token: string | undefined;
    do {
      const query = { filter, order_by: 'version_number DESC', max_results: pageSize, page_token: token };
      const answer = await this.get('model-versions/search', query);
      yield* list(answer['model_versions']) as readonly RawVersion[];
      token = nextPage(answer, seen);
    } while (token !== undefined);
  }

  async versionByAlias(name: string, alias: string): Promise<RawVersion> {
    const answer = await this.get('registered-models/alias', { name, alias });
    return object(answer['model_version'], 'model_version') as RawVersion;
  }

  /** Sent once, as all that moves a stage: sent again without a look, it could undo somebody else's move. */
  setAlias(name: string, alias: string, version: string): Promise<unknown> {
    return this.once('POST', 'registered-models/alias', { name, alias, version });
  }

  /** Sent once, as `setAlias`. */
  deleteAlias(name: string, alias: string): Promise<unknown> {
    return this.once('DELETE', 'registered-models/alias', { name, alias });
  }

  /** Makes a registered model, unless there is one of the name. */
  async createModel(name: string): Promise<void> {
    try {
      await this.post('registered-models/create', { name });
    } catch (error) {
      if (!(error instanceof HttpError) || error.registryCode !== 'RESOURCE_ALREADY_EXISTS') throw error;
    }
  }

  /** Makes one more version each time it is called: sent once, whatever comes of it. */
  async createVersion(version: NewVersion): Promise<RawVersion> {
    const answer = fields(await this.once('POST', 'model-versions/create', version));
    return object(answer['model_version'], 'model_version') as RawVersion;
  }

  setTag(name: string, version: string, key: string, value: string): Promise<unknown> {
    return this.post('model-versions/set-tag', { name, version, key, value });
  }

  /** MLflow's own stages. Sent once, as `setAlias`: archiving takes whoever holds the stage by then. */
  transitionStage(name: string, version: string, stage: string, archive: boolean): Promise<unknown> {
    const body = { name, version, stage, archive_existing_versions: archive };
    return this.once('POST', 'model-versions/transition-stage', body);
  }

  async getRun(run: string): Promise<RawRun> {
    const answer = await this.track('runs/get', { run_id: run });
    return object(answer['run'], 'run');
  }

  /** @throws PromotionError `METRIC_UNREADABLE` where the server is older than MLflow 3, which brought logged models */
  async getLoggedModel(id: string): Promise<RawLoggedModel> {
    try {
      const answer = await this.track(`logged-models/${encodeURIComponent(id)}`, {});
      return object(answer['model'], 'model');
    } catch (error) {
      if (!hasNoSuchCall(error)) throw error;
      throw new PromotionError(
        'METRIC_UNREADABLE',
        `The logged model ${id} cannot be read: the tracking server has no logged models, which came with MLflow 3. ${error.message}`,
        { cure: 'Set MLFLOW_TRACKING_URI to the server that has it, of MLflow 3 or later.', cause: error },
      );
    }
  }

  /** False for a server older than MLflow 3; where it does not say, true. */
  async hasLoggedModels(): Promise<boolean> {
    try {
      await this.track(`logged-models/m-${'0'.repeat(32)}`, {});
    } catch (error) {
      // MLflow 3 says that this one does not exist; any other failure proves nothing about the version.
      return !hasNoSuchCall(error);
    }
    return true;
  }

  /** The logged models that a run made; none on servers older than MLflow 3, which have no such call. */
  async loggedModelsOf(run: string, experiment: string): Promise<readonly RawLoggedModel[]> {
    const body = { experiment_ids: [experiment], filter: `source_run_id = ${quoted(run)}`, max_results: 50 };
    const call = { method: 'POST', path: path('logged-models/search'), body, idempotent: true } as const;
    try {
      return list(fields(await this.tracking.call(call))['models']) as readonly RawLoggedModel[];
    } catch (error) {
      if (hasNoSuchCall(error)) return [];
      throw error;
    }
  }

  /** What is in a folder of a run's artifacts, the first page of it. */
  async artifacts(run: string, folder?: string): Promise<readonly RawFile[]> {
    const answer = await this.track('artifacts/list', { run_id: run, path: folder });
    return list(answer['files']) as readonly RawFile[];
  }

  /** The points of a metric; undefined where there are more than anybody would wait for. */
  async metricHistory(run: string, key: string): Promise<readonly RawMetric[] | undefined> {
    const points: RawMetric[] = [];
    const seen = new Set<string>();
    let token: string | undefined;
    for (let page = 0; page < pagesOfPoints; page += 1) {
      const query = { run_id: run, metric_key: key, max_results: pointsAPage, page_token: token };
      const answer = await this.track('metrics/get-history', query);
      points.push(...(list(answer['metrics']) as readonly RawMetric[]));
      token = nextPage(answer, seen);
      if (token === undefined) return points;
    }
    return undefined;
  }

  private async track(
    what: string,
    query: Readonly<Record<string, string | number | undefined>>,
  ): Promise<Record<string, unknown>> {
    return fields(await this.tracking.call({ method: 'GET', path: path(what), query }));
  }

  private async get(
    what: string,
    query: Readonly<Record<string, string | number | undefined>>,
  ): Promise<Record<string, unknown>> {
    return fields(await this.registry.call({ method: 'GET', path: path(what), query }));
  }

  private once(method: 'POST' | 'DELETE', what: string, body: object): Promise<unknown> {
    return this.registry.call({ method, path: path(what), body, ...needs(method, body) });
  }

  /** For writes that say the same however often they are sent. */
  private post(what: string, body: object): Promise<unknown> {
    return this.registry.call({ method: 'POST', path: path(what), body, idempotent: true, ...needs('POST', body) });
  }
}

/** What a refusal has to name: the model that a write is about, and the right that it needs there. */
function needs(method: 'POST' | 'DELETE', body: object): { about?: string; right?: string } {
  const { name } = body as { readonly name?: unknown };
  if (typeof name !== 'string') return {};
  const right =
    method === 'DELETE'
      ? "right to delete what belongs to that model (MANAGE, in MLflow's own permissions)"
      : "right to change that model (EDIT, in MLflow's own permissions)";
  return { about: `the registered model '${name}'`, right };
}

/** Whether MLflow said that something does not exist; a missing alias is a 400 there. */
export function isMissing(error: unknown): error is HttpError {
  return (
    error instanceof HttpError &&
    (error.registryCode === 'RESOURCE_DOES_NOT_EXIST' ||
      (error.status === 400 && error.registryCode === 'INVALID_PARAMETER_VALUE'))
  );
}

/** What was asked for; undefined where MLflow said that it does not exist. Any other error is thrown. */
export async function undefinedIfMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Whether it was the web server, not MLflow, that knows nothing of it: an older MLflow has no such call. */
function hasNoSuchCall(error: unknown): error is HttpError {
  return error instanceof HttpError && (error.status === 404 || error.status === 405) && !isMissing(error);
}

function path(what: string): string {
  return `/api/2.0/mlflow/${what}`;
}

/**
 * A page's token, once: a server that repeats one would be asked for ever, and to stop there would be to miss
 * versions without a word.
 */
function nextPage(answer: Readonly<Record<string, unknown>>, seen: Set<string>): string | undefined {
  const token = answer['next_page_token'];
  if (typeof token !== 'string' || token === '') return undefined;
  if (seen.has(token)) {
    throw new PromotionError('REGISTRY_ANSWER', 'The registry gave the same page of results twice.', {
      cure: "Look at the registry's own log, and at any cache in front of it; then run this again.",
    });
  }
  seen.add(token);
  return token;
}

/** A string in MLflow's filter language: it has no escapes, so a name with both quotes cannot be asked for. */
function quoted(text: string): string {
  if (!text.includes("'")) return `'${text}'`;
  if (!text.includes('"')) return `"${text}"`;
  throw new PromotionError(
    'REGISTRY_ANSWER',
    'MLflow cannot list the versions of a model whose name holds both \' and ".',
    {
      cure: 'Rename the model: python -c "import sys; from mlflow import MlflowClient; MlflowClient().rename_registered_model(*sys.argv[1:])" OLD NEW',
    },
  );
}

function fields(answer: unknown): Record<string, unknown> {
  return object(answer, 'object') as Record<string, unknown>;
}

function object(data: unknown, what: string): object {
  if (data !== null && typeof data === 'object' && !Array.isArray(data)) return data;
  throw new PromotionError('REGISTRY_ANSWER', `The registry's answer has no '${what}'.`, {
    cure: `Check MLFLOW_TRACKING_URI: what answers there is not MLflow's API. This shows what it says: curl "$MLFLOW_TRACKING_URI/api/2.0/mlflow/registered-models/search?max_results=1"`,
  });
}

function list(data: unknown): readonly unknown[] {
  return Array.isArray(data) ? (data as readonly unknown[]) : [];
}
