import { PromotionError } from '../../domain/errors.js';
import type { Holders } from '../../domain/version.js';
import { type Artifact, holderOf } from './artifact.js';

/**
 * A wrong clock may be ahead by minutes: what is written next is dated after it, so the order stays. A tag further
 * ahead is a mistake, and would hold its stage until then.
 */
const CLOCK_TOLERANCE_S = 3600;

/** Whether the tag is dated so far ahead that no clock of a runner explains it. */
export function isAhead({ time }: { readonly time: number }, now: Date): boolean {
  return time > now.getTime() / 1000 + CLOCK_TOLERANCE_S;
}

/** Who holds each of the stages. Throws `REGISTRY_ANSWER` for a tag dated in the future. */
export function readHolders(artifact: Artifact, stages: readonly string[], now: Date): Holders {
  const holders = new Map<string, readonly string[]>();
  for (const stage of stages) {
    const future = artifact.stageTags.get(stage)?.find(({ tag }) => isAhead(tag, now))?.tag;
    if (future !== undefined) {
      throw new PromotionError(
        'REGISTRY_ANSWER',
        `Tag '${future.name}' is dated ${new Date(future.time * 1000).toISOString()}, in the future; the newest date decides who holds '${stage}', so nothing could take the stage from it until then.`,
        { cure: `Delete it ('git push origin :refs/tags/${future.name}') and assign the stage again.` },
      );
    }
    const holder = holderOf(artifact, stage);
    if (holder !== undefined) holders.set(stage, [holder.version]);
  }
  return holders;
}

/** Throws `REGISTRY_CONFLICT` unless the stage's holder is the one expected; undefined is nobody. */
export function expectHolder(artifact: Artifact, stage: string, expected: string | undefined, now: Date): void {
  const holder = readHolders(artifact, [stage], now).get(stage)?.[0];
  if (holder === expected) return;
  const current = holder === undefined ? 'nobody holds it' : `'${holder}' holds it`;
  throw new PromotionError(
    'REGISTRY_CONFLICT',
    `Stage '${stage}' of '${artifact.model}' was expected with ${expected === undefined ? 'no holder' : `'${expected}'`}, and now ${current}.`,
    { cure: 'Someone else moved the stage meanwhile; run the gate again.' },
  );
}
