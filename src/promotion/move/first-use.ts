import { existing } from '../judge/holders.js';
import { isUnknownModel } from '../judge/preconditions.js';
import { recordBase, tagsOf } from './record.js';
import { recordTag } from '../../domain/record.js';
import type { VersionRecord as Told } from '../../registry/registry.js';
import type { Holders } from '../../domain/version.js';
import type { PromotionContext } from '../context.js';

type Work = Pick<PromotionContext, 'registry' | 'model' | 'policy' | 'author' | 'source' | 'now'>;

/**
 * What the log is told before anything else: on first use, who holds which stage is taken as it is. What the
 * registry's tags say of them is not: anybody who can write there can have written it, and in the log it would be proof.
 * @param adopted is told each of them
 * @param inLogAlone where nothing is promoted: who holds a stage is left without a tag
 */
export async function firstRecords(work: Work, adopted: string[] = [], inLogAlone = false): Promise<readonly Told[]> {
  const { registry, model, policy } = work;
  if (await isKnown(work)) return [];
  const keepsLog = await registry.hasOrCanStartLog(model);
  if (inLogAlone && !keepsLog) return [];
  const records: Told[] = [];
  for (const [stage, versions] of await holdersOf(work, [...policy.stages.keys()])) {
    for (const name of versions) {
      const version = await existing(registry, model, name);
      if (version === undefined) continue; // An alias that outlived its version: nobody holds the stage.
      // Where there are only tags, one that has a record keeps it.
      if (!keepsLog && version.tags.has(recordTag(stage))) continue;
      adopted.push(`${stage}: ${name}`);
      const tags = tagsOf({
        ...recordBase(work, stage),
        state: 'adopted',
        reason: 'held the stage before there was a record',
      });
      records.push({ version, tags, inLogAlone });
    }
  }
  return records;
}

/** For the report. */
export function firstUseNotes(adopted: readonly string[]): readonly string[] {
  return adopted.length === 0
    ? []
    : [
        `This is the first promotion that is recorded; who held a stage until now was taken as it is (${adopted.join(', ')}).`,
      ];
}

async function isKnown({ registry, model }: Work): Promise<boolean> {
  try {
    // An operation begins with these records: where it has none, nobody held a stage, and its own move is no first use.
    return (await registry.history(model)) !== undefined || (await registry.operation(model)) !== undefined;
  } catch (thrown) {
    if (isUnknownModel(thrown)) return false;
    throw thrown;
  }
}

async function holdersOf({ registry, model }: Work, stages: readonly string[]): Promise<Holders> {
  try {
    return await registry.holders(model, stages);
  } catch (thrown) {
    if (isUnknownModel(thrown)) return new Map(); // What is registered first has no holders.
    throw thrown;
  }
}
