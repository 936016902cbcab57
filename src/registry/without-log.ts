import { PromotionError } from '../domain/errors.js';
import type { Registry } from './registry.js';
import type { ModelVersion } from '../domain/version.js';
import { isVerdict, stateNow } from '../domain/promotion-state.js';
import { type LastWord, newestRecord, stateTag, wordOf } from '../domain/record.js';

/** A stage that is about to move: the version takes it, or loses it. */
export interface StageMove {
  readonly stage: string;
  readonly takes: boolean;
}

/**
 * The state of a version where there is no log: what it holds is what the registry says.
 * @param tags what is about to be recorded of it; where they have no state, it loses the stage and has the state it had
 * @param stages the policy's, the furthest last
 * @param move what is about to happen beside; undefined for a record alone
 */
export async function stateWithoutLog(
  registry: Pick<Registry, 'holders' | 'oneStageAtATime'>,
  version: ModelVersion,
  tags: ReadonlyMap<string, string>,
  stages: readonly string[],
  move?: StageMove,
): Promise<string | undefined> {
  const last = wordOf(tags.get(stateTag) ?? '') ?? lastOf(version, move);
  if (last === undefined) return undefined;
  if (isVerdict(last)) return stateNow(last, { held: [] });
  const others = stages.filter((stage) => stage !== move?.stage);
  const kept = registry.oneStageAtATime && move !== undefined ? [] : await heldOf(registry, version, others);
  const held = stages.filter((stage) => (stage === move?.stage ? move.takes : kept.includes(stage)));
  return stateNow(last, { held, left: move?.stage });
}

function lastOf({ tags }: ModelVersion, move: StageMove | undefined): LastWord | undefined {
  const deployed = move === undefined ? undefined : { type: 'deployed' as const, stage: move.stage };
  const said = wordOf(tags.get(stateTag) ?? '') ?? deployed;
  // What was archived and held another stage still had that one's state.
  return said?.type === 'deployed' && newestRecord(tags) === 'archived' ? { type: 'archived' } : said;
}

async function heldOf(
  registry: Pick<Registry, 'holders'>,
  { model, version }: ModelVersion,
  stages: readonly string[],
): Promise<readonly string[]> {
  const held: string[] = [];
  for (const stage of stages) {
    const holders = await registry.holders(model, [stage]).catch((thrown: unknown) => {
      // Another stage in disorder has no one holder, and is no matter of this move.
      if (thrown instanceof PromotionError && thrown.code === 'REGISTRY_CONFLICT') return undefined;
      throw thrown;
    });
    if (holders?.get(stage)?.join() === version) held.push(stage);
  }
  return held;
}
