import { asPromotionError } from '../domain/errors.js';
import { digest, evidence } from '../report/evidence.js';
import type { Results } from './result-files.js';
import type { Veil } from '../domain/redactor.js';
import type { Report } from '../domain/report.js';

export const evidenceName = 'evidence.json';

/** Writes the evidence and returns its digest; everything the commands started has ended by now. */
export async function sealEvidence(report: Report, results: Results, veil: Veil): Promise<string> {
  const text = evidence(report, veil);
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
  results: Results,
  veil: Veil,
  isVerdict: boolean,
): Promise<readonly string[]> {
  try {
    if (isVerdict && results.pathOf(evidenceName) !== undefined) {
      return (await results.restore(evidenceName))
        ? ['The evidence was changed while commands ran; it was written again as it had been sealed.']
        : [];
    }
    await sealEvidence(report, results, veil);
    return [];
  } catch (thrown) {
    return [`The evidence could not be written: ${asPromotionError(thrown).sentence}`];
  }
}
