import type { Lookup } from '../../domain/lookup.js';
import type { AskedMetric, Measurements } from '../../domain/metric-source.js';

/** What a job measured is measured again for no other version: what that one's own promotion recorded counts. */
export function fromRecord({ id }: AskedMetric, recorded: Measurements['recorded']): Lookup {
  const reading = recorded.get(id);
  if (reading !== undefined) return { reading };
  return {
    absent: `it is measured by the candidate's own job, and the champion's promotion recorded no value`,
    cure: `Measure both in one job: 'from: evaluate', with 'evaluate: { for: [candidate, champion] }'.`,
  };
}
