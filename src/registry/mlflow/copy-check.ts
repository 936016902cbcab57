import type { MlflowApi, RawVersion } from './api.js';

/**
 * Why a version is no copy of another, as the rest of a sentence; undefined where it is one. MLflow looks up
 * `models:/churn/12` once, when it makes the copy, by the model that has the name at that moment. A model can be
 * renamed and renamed back, so source and tag say what was asked for; only the files' address says what was got.
 * @param files the original's, as `downloadUri` tells
 */
export async function copyMismatch(
  api: MlflowApi,
  copy: RawVersion,
  original: RawVersion,
  files: string,
): Promise<string | undefined> {
  const of = `${original.name}/${original.version}`;
  // Versions of a model that was deleted and made again have the numbers of those before.
  if (Number(copy.creation_timestamp) < Number(original.creation_timestamp)) {
    return `is older than ${of}, which it is a copy of: '${original.name}' was deleted and made again since`;
  }
  const [run = '', originalRun = ''] = [copy.run_id, original.run_id];
  if (run !== '' && originalRun !== '' && run !== originalRun) {
    return `calls itself a copy of ${of}, and is of run ${run}, not of ${originalRun}`;
  }
  const own = await api.downloadUri(copy.name, copy.version);
  return own === files ? undefined : `calls itself a copy of ${of}, and is one of other files: ${own}, not ${files}`;
}
