import { asInput } from '../../domain/cure.js';
import { asPromotionError } from '../../domain/errors.js';
import type { Report } from '../../domain/report.js';
import { firstRecords, firstUseNotes } from './first-use.js';
import { recordBase, tagsOf } from './record.js';
import { stateOf } from '../../domain/record.js';
import type { CurrentState, PromotionContext } from '../context.js';

/** Records that the version was judged and found wanting. The verdict stands where that cannot be recorded. */
export async function markRejected(
  work: PromotionContext,
  { candidate }: Pick<CurrentState, 'candidate'>,
  found: Report,
  evidence: string,
): Promise<Report> {
  const { registry, stage, model } = work;
  const again = `'latest' passes it over from now on; if it was rejected by mistake, ${asInput('promote', { stage: stage.name, version: candidate.version })} judges it again.`;
  const judged = { ...found, cure: found.cure === undefined ? again : `${found.cure} ${again}` };
  const base = recordBase(work, stage.name, evidence);
  try {
    const tags = tagsOf({ ...base, state: stateOf(stage.name, 'rejected'), reason: judged.reason });
    const adopted: string[] = [];
    await registry.appendToLog(model, async () => {
      adopted.length = 0;
      return [...(await firstRecords(work, adopted, true)), { version: candidate, tags }];
    });
    return { ...judged, notes: [...new Set([...judged.notes, ...firstUseNotes(adopted), ...registry.remarks()])] };
  } catch (thrown) {
    const why = asPromotionError(thrown).sentence;
    return { ...judged, notes: [...judged.notes, `The rejection could not be recorded: ${why}`] };
  }
}
