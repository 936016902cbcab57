import { PromotionError } from '../../domain/errors.js';
import type { ModelVersion } from '../../domain/version.js';
import type { MlflowApi } from './api.js';
import { makingOf, runOf } from './version-source.js';
import { isoTime } from './time.js';

/**
 * A run's model as if it were a version of `model`: for judging what is not registered yet. Its address is that of
 * the one model which the run logged; without one, or with several, it is the run's.
 * @param base the tracking server's address
 * @throws PromotionError `VERSION_UNKNOWN` for a run that does not exist
 */
export async function unregistered(api: MlflowApi, model: string, run: string, base: string): Promise<ModelVersion> {
  const { info, data } = await runOf(api, run);
  const source = await sourceOf(api, model, run);
  const commit = data?.tags?.find(({ key }) => key === 'mlflow.source.git.commit')?.value;
  return {
    model,
    version: `run:${run}`,
    createdAt: isoTime(info?.start_time),
    run,
    ...(source === undefined ? {} : { source }),
    ...(commit === undefined ? {} : { commit }),
    uri: source ?? `runs:/${run}`,
    page: `${base}/#/experiments/${encodeURIComponent(info?.experiment_id ?? '0')}/runs/${encodeURIComponent(run)}`,
    tags: new Map(),
  };
}

async function sourceOf(api: MlflowApi, model: string, run: string): Promise<string | undefined> {
  try {
    return (await makingOf(api, { model, run, tags: new Map() })).source;
  } catch (thrown) {
    // Metrics can be judged without a model; what registers it later says what is missing.
    if (thrown instanceof PromotionError && thrown.code === 'INPUT_INVALID') return undefined;
    throw thrown;
  }
}
