import { PromotionError } from '../../domain/errors.js';
import type { Registration } from '../registry.js';
import { isMissing, type MlflowApi, type RawRun } from './api.js';

/** What a version is made of, as MLflow is told it. */
export interface VersionSource {
  readonly source: string;
  readonly run?: string;
  /** MLflow 3's logged model that the source is. */
  readonly loggedModel?: string;
  /** The same files by the address that MLflow's own client gives. */
  readonly alsoKnownAs?: string;
}

/** Folders of a run's artifacts that are looked into for a model: each takes a request. */
const mostFolders = 50;

/**
 * What is to be registered, from what was given: with a run alone, the model that the run logged.
 * @throws PromotionError `INPUT_INVALID` where that is nothing, or several; `VERSION_UNKNOWN` for a run or logged
 *   model that does not exist: MLflow itself would take either
 */
export async function makingOf(api: MlflowApi, { source, run: given }: Registration): Promise<VersionSource> {
  if (source === undefined && given === undefined) {
    throw new PromotionError('INPUT_INVALID', "Neither 'run' nor 'source' says what is to be registered.", {
      cure: "Give 'run', the id of the MLflow run that logged the model, or 'source', where its files are.",
    });
  }
  if (source?.startsWith('models:') === true) return fromModels(api, source, given);
  const run = given ?? /^runs:\/([^/]+)\/./.exec(source ?? '')?.[1];
  if (run === undefined) return { source: source ?? '' };
  const found = await runOf(api, run);
  return source === undefined ? loggedBy(api, run, found) : { source, run, ...sameFiles(run, source, found) };
}

/** A logged model, or a version of a model, this one or another. */
async function fromModels(api: MlflowApi, source: string, run: string | undefined): Promise<VersionSource> {
  if (run !== undefined) await runOf(api, run);
  const loggedModel = /^models:\/(m-[\w-]+)$/.exec(source)?.[1];
  if (loggedModel === undefined) {
    if (/^models:\/[^/]+\/[1-9]\d*$/.test(source)) return { source, ...(run === undefined ? {} : { run }) };
    throw new PromotionError('INPUT_INVALID', `'${source}' names neither a logged model nor a version by its number.`, {
      cure: "Write 'models:/m-…' or 'models:/churn/12': what an alias or a stage names may be another version by the next run.",
    });
  }
  const { info } = await api.getLoggedModel(loggedModel).catch((error: unknown) => {
    if (error instanceof PromotionError && error.code === 'METRIC_UNREADABLE') {
      throw new PromotionError('VERSION_UNKNOWN', error.message, {
        cure: `${error.cure ?? ''} On an older one, give 'source' as 'runs:/RUN/FOLDER', or 'run' alone.`.trim(),
        cause: error,
      });
    }
    if (!isMissing(error)) throw error;
    throw new PromotionError('VERSION_UNKNOWN', `The logged model ${loggedModel} does not exist.`, {
      cure: "Correct 'source', or set MLFLOW_TRACKING_URI to the server that has it.",
    });
  });
  const maker = info?.source_run_id === '' ? undefined : info?.source_run_id;
  if (run !== undefined && maker !== undefined && run !== maker) {
    throw new PromotionError(
      'INPUT_INVALID',
      `The logged model ${loggedModel} was made by run ${maker}, not by ${run}.`,
      {
        cure: "Leave 'run' out, or correct one of the two.",
      },
    );
  }
  const by = run ?? maker;
  return { source, loggedModel, ...(by === undefined ? {} : { run: by }) };
}

/** Throws `VERSION_UNKNOWN` for a run that does not exist, or was deleted. */
export async function runOf(api: MlflowApi, run: string): Promise<RawRun> {
  const unknown = (what: string): PromotionError =>
    new PromotionError('VERSION_UNKNOWN', `Run '${run}' ${what}.`, {
      cure: "Give the id of a run, as MLflow's page of it shows, and set MLFLOW_TRACKING_URI to the server that has it.",
    });
  const found = await api.getRun(run).catch((error: unknown) => {
    throw isMissing(error) ? unknown('does not exist in the tracking server') : error;
  });
  if (found.info?.lifecycle_stage === 'deleted') throw unknown('was deleted');
  return found;
}

async function loggedBy(api: MlflowApi, run: string, found: RawRun): Promise<VersionSource> {
  const outputs = (found.outputs?.model_outputs ?? []).map(({ model_id: id }) => id);
  const made = (await api.loggedModelsOf(run, found.info?.experiment_id ?? '0')).map(({ info }) => info?.model_id);
  const ids = [...new Set([...outputs, ...made].filter((id) => id !== undefined))];
  const folders = ids.length > 0 ? [] : await modelFolders(api, run);
  const sources = [...ids.map((id) => `models:/${id}`), ...folders.map((folder) => `runs:/${run}/${folder}`)];
  const [source] = sources;
  if (source === undefined || sources.length > 1) {
    throw new PromotionError(
      'INPUT_INVALID',
      source === undefined
        ? `Run ${run} logged no model that MLflow knows of.`
        : `Run ${run} logged ${sources.length} models: ${sources.slice(0, 10).join(', ')}${sources.length > 10 ? ' and more' : ''}.`,
      {
        cure:
          source === undefined
            ? "Log it with MLflow's log_model, or give 'source', where its files are."
            : "Give the one that is meant as 'source'.",
      },
    );
  }
  const [loggedModel] = ids;
  return { source, run, ...(loggedModel === undefined ? sameFiles(run, source, found) : { loggedModel }) };
}

/**
 * The folders that hold an `MLmodel`, which is how a model was logged before MLflow 3.
 * @throws PromotionError `INPUT_INVALID` where there are too many to look into: one that was left out may hold a second model
 */
async function modelFolders(api: MlflowApi, run: string): Promise<readonly string[]> {
  const folders = (await api.artifacts(run)).filter((file) => file.is_dir === true);
  if (folders.length > mostFolders) {
    throw new PromotionError(
      'INPUT_INVALID',
      `Run ${run} has ${folders.length} folders of artifacts; at most ${mostFolders} are looked into for its model.`,
      { cure: `Name the model's folder: set the input 'source' to 'runs:/${run}/FOLDER'.` },
    );
  }
  const found: string[] = [];
  for (const { path } of folders) {
    const files = await api.artifacts(run, path);
    if (files.some((file) => file.path === `${path}/MLmodel`)) found.push(path);
  }
  return found;
}

/** `runs:/<id>/model` is what MLflow's own client registers by the run's artifact address, and the other way round. */
function sameFiles(run: string, source: string, { info }: RawRun): { readonly alsoKnownAs?: string } {
  if (info?.artifact_uri === undefined) return {};
  const names = [`runs:/${run}/`, `${info.artifact_uri.replace(/\/$/, '')}/`];
  const [own, other] = names[0] !== undefined && source.startsWith(names[0]) ? names : names.toReversed();
  if (own === undefined || other === undefined || !source.startsWith(own)) return {};
  return { alsoKnownAs: `${other}${source.slice(own.length)}` };
}
