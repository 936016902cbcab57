import { PromotionError } from '../../domain/errors.js';
import { HttpError } from '../http.js';
import type { MlflowApi, NewVersion, RawVersion } from './api.js';
import { mayHaveSucceeded } from './ambiguous-write.js';

export type Pause = (ms: number) => Promise<unknown>;
/** Whether a version is the one that is meant. */
export type VersionFilter = (raw: RawVersion) => boolean | Promise<boolean>;

const attempts = 4;
const pauseMs = 2_000;
/** MLflow's own client waits five minutes. */
const looks = 150;

/**
 * One version for which `isIt` holds: the one there is, else a new one. The oldest counts, so that two runs that
 * made one each at the same moment tell the same.
 * @throws PromotionError `REGISTRY_ANSWER` where the version does not become ready; what the calls throw
 */
export async function findOrCreateVersion(
  api: MlflowApi,
  version: NewVersion,
  isIt: VersionFilter,
  pause: Pause,
): Promise<RawVersion> {
  const { name } = version;
  const find = (): Promise<RawVersion | undefined> => oldest(api, name, isIt);
  const found = await find();
  if (found !== undefined) return ready(api, found, pause);
  await api.createModel(name);
  const made = await create(api, version, find, pause);
  return ready(api, (await find()) ?? made, pause);
}

/**
 * The oldest version of a model for which `isIt` holds, those left out whose making failed; undefined for a model
 * that does not exist.
 */
export async function oldest(api: MlflowApi, name: string, isIt: VersionFilter): Promise<RawVersion | undefined> {
  let found: RawVersion | undefined;
  for await (const raw of api.searchVersions(name)) {
    if (raw.status !== 'FAILED_REGISTRATION' && (await isIt(raw))) found = raw;
  }
  return found;
}

/**
 * To send the call again could make a second version, so where its answer was lost the version is looked for
 * instead. Only a server that says it did not do the work is asked again.
 */
async function create(
  api: MlflowApi,
  version: NewVersion,
  find: () => Promise<RawVersion | undefined>,
  pause: Pause,
): Promise<RawVersion> {
  let lost: PromotionError | undefined;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    if (lost === undefined || isRefused(lost)) {
      try {
        return await api.createVersion(version);
      } catch (error) {
        if (!isRefused(error) && !mayHaveSucceeded(error)) throw error;
        lost = error;
      }
    }
    await pause(pauseMs * attempt);
    const found = await find();
    if (found !== undefined) return found;
  }
  throw lost ?? new PromotionError('INTERNAL', `No version of '${version.name}' was made.`);
}

function isRefused(error: unknown): error is HttpError {
  return error instanceof HttpError && (error.status === 429 || error.status === 503);
}

async function ready(api: MlflowApi, { name, version }: RawVersion, pause: Pause): Promise<RawVersion> {
  for (let look = 1; look <= looks; look += 1) {
    const raw = await api.getVersion(name, version);
    // Servers before MLflow 1.8 know no status.
    if (raw.status === undefined || raw.status === 'READY') return raw;
    if (raw.status === 'FAILED_REGISTRATION') {
      const why = raw.status_message === undefined || raw.status_message === '' ? '' : `: ${raw.status_message}`;
      throw new PromotionError(
        'REGISTRY_ANSWER',
        `MLflow made version ${version} of '${name}', and failed to register it${why}`,
        { cure: 'Look at the files the version is made from, and run again: a failed version is passed over.' },
      );
    }
    await pause(pauseMs);
  }
  throw new PromotionError(
    'REGISTRY_ANSWER',
    `Version ${version} of '${name}' was still not ready after ${(looks * pauseMs) / 60_000} minutes.`,
    { cure: 'Run again later: the same version will be found.' },
  );
}
