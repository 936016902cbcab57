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
  { reason, cure }: Pick<Report, 'reason' | 'cure'>,
  evidence: string,
): Promise<Report> {
  const { registry, stage, model, report } = work;
  const again = `'latest' passes it over from now on; if it was rejected by mistake, ${asInput('promote', { stage: stage.name, version: candidate.version })} judges it again.`;
  report.add({ cure: cure === undefined ? again : `${cure} ${again}` });
  const base = recordBase(work, stage.name, evidence);
  try {
    const tags = tagsOf({ ...base, state: stateOf(stage.name, 'rejected'), reason });
    const adopted: string[] = [];
    await registry.appendToLog(model, async () => {
      adopted.length = 0;
      return [...(await firstRecords(work, adopted, true)), { version: candidate, tags }];
    });
    return report.note(...firstUseNotes(adopted), ...registry.remarks()).current;
  } catch (thrown) {
    return report.note(`The rejection could not be recorded: ${asPromotionError(thrown).sentence}`).current;
  }
}
