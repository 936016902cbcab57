import { PromotionError } from '../../errors.js';
import { HttpError, type HttpClient } from '../http.js';

/** The parts of MLflow's entities that are read. https://mlflow.org/docs/latest/api_reference/rest-api.html */
export interface RawVersion {
  readonly name: string;
  readonly version: string;
  readonly creation_timestamp?: number | string;
  readonly current_stage?: string;
  readonly source?: string;
  readonly run_id?: string;
  readonly tags?: readonly { readonly key: string; readonly value?: string }[];
}

export interface RawModel {
  readonly name: string;
  readonly aliases?: readonly { readonly alias: string; readonly version: string }[];
}

export interface RawMetric {
  readonly key: string;
  readonly value?: number | string;
  readonly timestamp?: number | string;
  readonly step?: number | string;
}

export interface RawRun {
  readonly info?: { readonly run_id?: string; readonly experiment_id?: string };
  readonly data?: { readonly metrics?: readonly RawMetric[]; readonly tags?: readonly { readonly key: string; readonly value?: string }[] };
}

const pageSize = 200;

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

  /** All versions of a model, the highest first. */
  async *searchVersions(name: string): AsyncIterable<RawVersion> {
    let token: string | undefined;
    do {
      const answer = await this.get('model-versions/search', {
        filter: `name = ${quoted(name)}`,
        order_by: 'version_number DESC',
        max_results: pageSize,
        page_token: token,
      });
      yield* (list(answer['model_versions']) as readonly RawVersion[]);
      const next = answer['next_page_token'];
      token = typeof next === 'string' && next !== '' && next !== token ? next : undefined;
    } while (token !== undefined);
  }

  async versionByAlias(name: string, alias: string): Promise<RawVersion> {
    const answer = await this.get('registered-models/alias', { name, alias });
    return object(answer['model_version'], 'model_version') as RawVersion;
  }

  setAlias(name: string, alias: string, version: string): Promise<unknown> {
    return this.post('registered-models/alias', { name, alias, version });
  }

  setTag(name: string, version: string, key: string, value: string): Promise<unknown> {
    return this.post('model-versions/set-tag', { name, version, key, value });
  }

  /** MLflow's own stages. Idempotent, except that archiving takes whoever holds the stage by then. */
  transitionStage(name: string, version: string, stage: string, archive: boolean): Promise<unknown> {
    return this.post('model-versions/transition-stage', { name, version, stage, archive_existing_versions: archive });
  }

  async getRun(run: string): Promise<RawRun> {
    const answer = fields(await this.tracking.call({ method: 'GET', path: path('runs/get'), query: { run_id: run } }));
    return object(answer['run'], 'run');
  }

  /** The points of a metric, at most a few thousand of the newest pages. */
  async metricHistory(run: string, key: string): Promise<readonly RawMetric[]> {
    const query = { run_id: run, metric_key: key, max_results: 25_000 };
    const answer = fields(await this.tracking.call({ method: 'GET', path: path('metrics/get-history'), query }));
    return (list(answer['metrics']) as readonly RawMetric[]);
  }

  private async get(what: string, query: Readonly<Record<string, string | number | undefined>>): Promise<Record<string, unknown>> {
    return fields(await this.registry.call({ method: 'GET', path: path(what), query }));
  }

  private post(what: string, body: object): Promise<unknown> {
    return this.registry.call({ method: 'POST', path: path(what), body, idempotent: true });
  }
}

/** Whether MLflow said that something does not exist; a missing alias is a 400 there. */
export function isMissing(error: unknown): error is HttpError {
  return (
    error instanceof HttpError &&
    (error.registryCode === 'RESOURCE_DOES_NOT_EXIST' || (error.status === 400 && error.registryCode === 'INVALID_PARAMETER_VALUE'))
  );
}

function path(what: string): string {
  return `/api/2.0/mlflow/${what}`;
}

/** A string in MLflow's filter language: it has no escapes, so a name with both quotes cannot be asked for. */
function quoted(text: string): string {
  if (!text.includes("'")) return `'${text}'`;
  if (!text.includes('"')) return `"${text}"`;
  throw new PromotionError('MODEL_UNKNOWN', "A model's name cannot hold both kinds of quotes.", { cure: 'Check the name.' });
}

function fields(answer: unknown): Record<string, unknown> {
  return object(answer, 'object') as Record<string, unknown>;
}

function object(data: unknown, what: string): object {
  if (data !== null && typeof data === 'object' && !Array.isArray(data)) return data;
  throw new PromotionError('REGISTRY_ANSWER', `The registry's answer has no '${what}'.`, {
    cure: "Check the registry's address: what answers there is not MLflow's API.",
  });
}

function list(data: unknown): readonly unknown[] {
  return Array.isArray(data) ? (data as readonly unknown[]) : [];
}
