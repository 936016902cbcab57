import type { ModelVersion } from '../registry.js';
import { isMissing, type MlflowApi } from './api.js';

/** Where a version comes from: what its metrics are read by. */
export interface Lineage {
  readonly run: string;
  /** MLflow 3's logged model, `m-…`, where the version was made from one. */
  readonly loggedModel?: string;
}

/** How many copies (`models:/name/version`) are followed back. */
const deepestCopy = 5;

/** Follows copies back to the run, and to the logged model, that made the version; undefined where no run did. */
export async function lineageOf(api: MlflowApi, version: ModelVersion): Promise<Lineage | undefined> {
  const { run: known, source } = await originOf(api, version);
  const loggedModel = /^models:\/(m-[\w-]+)$/.exec(source ?? '')?.[1];
  const run =
    known ??
    (loggedModel === undefined
      ? undefined
      : named((await existing(api.getLoggedModel(loggedModel)))?.info?.source_run_id));
  return run === undefined ? undefined : { run, ...(loggedModel === undefined ? {} : { loggedModel }) };
}

/** The logged model that the version was made from, also where no run is known; copies are followed back. */
export async function loggedModelOf(api: MlflowApi, version: ModelVersion): Promise<string | undefined> {
  const { source = '' } = await originOf(api, version);
  // The second is where MLflow keeps its files: https://mlflow.org/docs/latest/ml/mlflow-3/
  return /^models:\/(m-[\w-]+)$/.exec(source)?.[1] ?? /\/models\/(m-[0-9a-f]{32})\/artifacts\/?$/.exec(source)?.[1];
}

async function originOf(
  api: MlflowApi,
  version: ModelVersion,
): Promise<{ readonly run: string | undefined; readonly source: string | undefined }> {
  let { run, source } = version;
  for (let depth = 0; depth < deepestCopy; depth += 1) {
    const copied = /^models:\/([^/]+)\/([1-9]\d*)$/.exec(source ?? '');
    if (copied?.[1] === undefined || copied[2] === undefined) break;
    const original = await existing(api.getVersion(copied[1], copied[2]));
    if (original === undefined) break;
    run ??= named(original.run_id);
    source = original.source;
  }
  return { run, source };
}

/** The original of a copy may have been deleted since. */
async function existing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function named(run: string | undefined): string | undefined {
  return run === '' ? undefined : run;
}
