import type { ModelVersion } from '../../domain/version.js';
import { type MlflowApi, undefinedIfMissing } from './api.js';

/** Where a version comes from: what its metrics are read by. */
export interface Lineage {
  readonly run: string;
  /** MLflow 3's logged model, `m-…`, where the version was made from one. */
  readonly loggedModel?: string;
  /** The run that made the files, as far as their address tells. MLflow takes any pair of a run and a source. */
  readonly filesOf?: string;
}

/** Where MLflow keeps a logged model's files: https://mlflow.org/docs/latest/ml/mlflow-3/ */
const inFolder = /\/models\/(m-[0-9a-f]{32})\/artifacts\/?$/;

/** How many copies (`models:/name/version`) are followed back. */
const deepestCopy = 5;

/** Follows copies back to the run, and to the logged model, that made the version; undefined where no run did. */
export async function lineageOf(api: MlflowApi, version: ModelVersion): Promise<Lineage | undefined> {
  const { run: known, source, copiedFrom } = await originOf(api, version);
  const loggedModel = /^models:\/(m-[\w-]+)$/.exec(source ?? '')?.[1];
  const run =
    known ??
    (loggedModel === undefined
      ? undefined
      : named((await undefinedIfMissing(api.getLoggedModel(loggedModel)))?.info?.source_run_id));
  if (run === undefined) return undefined;
  const filesOf = copiedFrom ?? (await makerOf(api, source ?? ''));
  return {
    run,
    ...(loggedModel === undefined ? {} : { loggedModel }),
    ...(filesOf === undefined ? {} : { filesOf }),
  };
}

/**
 * The run that made the version's files, where that is another one than the version says: what its own run measured is no
 * proof of them.
 * @param maker the run that made the logged model, where the version was made from one
 */
export function otherMaker({ run, filesOf }: Lineage, maker: string | undefined): string | undefined {
  return [filesOf, named(maker)].find((each) => each !== undefined && each !== run);
}

/**
 * The run whose artifacts the address lies in: `runs:/<id>/…`, or MLflow's own folder for them; undefined where the
 * address does not tell. A logged model by its id is asked for elsewhere, with its metrics.
 */
async function makerOf(api: MlflowApi, source: string): Promise<string | undefined> {
  const [, byUri, byFolder] = /^runs:\/([^/]+)\/|\/([0-9a-f]{32})\/artifacts(?:\/|$)/.exec(source) ?? [];
  const loggedModel = inFolder.exec(source)?.[1];
  if (loggedModel === undefined) return byUri ?? byFolder;
  return named((await undefinedIfMissing(api.getLoggedModel(loggedModel)))?.info?.source_run_id);
}

/** The logged model that the version was made from, also where no run is known; copies are followed back. */
export async function loggedModelOf(api: MlflowApi, version: ModelVersion): Promise<string | undefined> {
  const { source = '' } = await originOf(api, version);
  return /^models:\/(m-[\w-]+)$/.exec(source)?.[1] ?? inFolder.exec(source)?.[1];
}

async function originOf(
  api: MlflowApi,
  version: ModelVersion,
): Promise<{
  readonly run: string | undefined;
  readonly source: string | undefined;
  /** The run of a version that it is a copy of, where that is another run than it says itself. */
  readonly copiedFrom: string | undefined;
}> {
  let { run, source } = version;
  let copiedFrom: string | undefined;
  for (let depth = 0; depth < deepestCopy; depth += 1) {
    const copied = /^models:\/([^/]+)\/([1-9]\d*)$/.exec(source ?? '');
    if (copied?.[1] === undefined || copied[2] === undefined) break;
    // The original of a copy may have been deleted since.
    const original = await undefinedIfMissing(api.getVersion(copied[1], copied[2]));
    if (original === undefined) break;
    const made = named(original.run_id);
    run ??= made;
    if (made !== undefined && made !== run) copiedFrom ??= made;
    source = original.source;
  }
  return { run, source, copiedFrom };
}

function named(run: string | undefined): string | undefined {
  return run === '' ? undefined : run;
}
