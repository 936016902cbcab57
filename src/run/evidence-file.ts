import { asPromotionError } from '../domain/errors.js';
import { digest, evidence } from '../report/evidence.js';
import type { ResultFiles } from './result-files.js';
import type { Redactor } from '../domain/redactor.js';
import type { Report } from '../domain/report.js';

export const evidenceName = 'evidence.json';

/** Writes the evidence and returns its digest; everything the commands started has ended by now. */
export async function writeEvidence(report: Report, results: ResultFiles, redactor: Redactor): Promise<string> {
  const text = evidence(report, redactor);
  await results.write(evidenceName, text);
  return digest(text);
}

/**
 * A judgement has sealed its evidence before anything was moved; the commands of a deployment, which ran since, have
 * no say in it. The verdict stands where it cannot be written.
 * @returns what a reader must know of it
 */
export async function keepEvidence(
  report: Report,
  results: ResultFiles,
  redactor: Redactor,
  isVerdict: boolean,
): Promise<readonly string[]> {
  try {
    if (isVerdict && results.pathOf(evidenceName) !== undefined) {
      return (await results.restore(evidenceName))
        ? ['The evidence was changed while commands ran; it was written again as it had been sealed.']
        : [];
    }
    await writeEvidence(report, results, redactor);
    return [];
  } catch (thrown) {
    return [`The evidence could not be written: ${asPromotionError(thrown).sentence}`];
  }
}
