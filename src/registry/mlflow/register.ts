import { PromotionError } from '../../domain/errors.js';
import { asInput } from '../../domain/cure.js';
import { HttpError } from '../http.js';
import type { Registration } from '../registry.js';
import type { MlflowApi, NewVersion, RawVersion } from './api.js';
import { findOrCreateVersion, type Pause } from './create-version.js';
import { makingOf } from './version-source.js';

/** MLflow's own tag for it, which its page of a version shows. */
const commitTag = 'mlflow.source.git.commit';

/**
 * Makes a version of what is given, or finds the one that was made of it, and sets those tags that it lacks.
 * Returns its number. Throws as `Registry.register`.
 */
export async function registered(api: MlflowApi, registration: Registration, pause: Pause): Promise<string> {
  const { model, version, commit } = registration;
  if (version !== undefined) {
    throw new PromotionError('INPUT_INVALID', `MLflow numbers versions itself, and 'version' was given.`, {
      cure: `Leave 'version' out, and name the run that made the model: ${asInput('register', { run: '<id of the run>' })}. The output 'version' says the number.`,
    });
  }
  const { source, run, loggedModel, alsoKnownAs } = await makingOf(api, registration);
  const tags = new Map([...(commit === undefined ? [] : [[commitTag, commit] as const]), ...registration.tags]);
  const wanted: NewVersion = {
    name: model,
    source,
    ...(run === undefined ? {} : { run_id: run }),
    ...(loggedModel === undefined ? {} : { model_id: loggedModel }),
    tags: [...tags].map(([key, value]) => ({ key, value })),
  };
  const isIt = (raw: RawVersion): boolean =>
    (raw.source === source || (raw.source !== undefined && raw.source === alsoKnownAs)) &&
    (run === undefined || raw.run_id === run);
  const made = await findOrCreateVersion(api, wanted, isIt, pause).catch((error: unknown) => {
    throw refused(error, source);
  });
  const present = new Set((made.tags ?? []).map(({ key }) => key));
  for (const [key, value] of tags) if (!present.has(key)) await api.setTag(model, made.version, key, value);
  return made.version;
}

/** What the server would not take: its own words say what of it, and they are about what was given. */
function refused(error: unknown, source: string): unknown {
  if (!(error instanceof HttpError)) return error;
  const code =
    error.registryCode === 'INVALID_PARAMETER_VALUE'
      ? 'INPUT_INVALID'
      : error.registryCode === 'RESOURCE_DOES_NOT_EXIST'
        ? 'VERSION_UNKNOWN'
        : undefined;
  if (code === undefined) return error;
  return new PromotionError(code, `MLflow registers no version from '${source}'. ${error.message}`, {
    cure: "Correct 'model', 'source' or 'run', whichever its answer names.",
    cause: error,
  });
}
