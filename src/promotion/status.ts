import { PromotionError } from '../errors.js';
import type { History, Tenure } from '../log/history.js';
import type { Operation } from '../log/operation.js';
import type { Policy } from '../policy/policy.js';
import type { Holders, Registry } from '../registry/registry.js';
import { asInput } from '../cure.js';
import { holderKnown } from './disagreement.js';
import { severalHold, versionOrName } from './holder.js';
import { readHistory } from './standing.js';
import { readRecord, stateTag, type StageRecord } from './states.js';

export interface StageStatus {
  readonly stage: string;
  readonly after?: string;
  /** Several where the registry is in disorder. */
  readonly holders: readonly string[];
  /** The holder's record, when there is one holder and it has one. */
  readonly record?: StageRecord;
  /** Everybody's time in the stage, the newest first; empty without a log. */
  readonly tenures: readonly Tenure[];
  /** Whom the log calls the holder, where the registry says otherwise. */
  readonly disagrees?: string;
  /** Whether the holder is there by its name alone: it was deleted or deregistered. */
  readonly isGone?: boolean;
  /** What is not as it should be, and what to type, as sentences. */
  readonly advice?: readonly string[];
  /** Who held it at the moment asked for. */
  readonly then?: Tenure;
}

/** Who holds which stage, since when, by whose decision, and who did before. */
export interface Status {
  readonly model: string;
  readonly registry: string;
  /** In the policy's order. */
  readonly stages: readonly StageStatus[];
  /** The newest versions and their states. */
  readonly versions: readonly { readonly version: string; readonly state: string; readonly createdAt: string }[];
  /** What is under way, or was left half done. */
  readonly operation?: Operation;
  /** The moment that `then` is about. */
  readonly on?: Date;
  readonly notes: readonly string[];
}

const newest = 20;

/** Who holds which stage; of a stage in disorder, why it cannot be told, and the others all the same. */
async function readHolders(
  registry: Registry,
  model: string,
  stages: readonly string[],
): Promise<{ readonly holders: Holders; readonly faults: ReadonlyMap<string, string> }> {
  const faults = new Map<string, string>();
  const holders = new Map<string, readonly string[]>();
  const read = async (some: readonly string[]): Promise<void> => {
    try {
      for (const [stage, held] of await registry.holders(model, some)) {
        holders.set(stage, held);
        if (held.length > 1) faults.set(stage, severalHold(model, stage, held).sentence);
      }
    } catch (thrown) {
      if (!(thrown instanceof PromotionError) || thrown.code !== 'REGISTRY_CONFLICT') throw thrown;
      const [only, ...more] = some;
      // All are asked at once; which of them is in disorder shows when each is asked by itself.
      if (more.length > 0) for (const stage of some) await read([stage]);
      else if (only !== undefined) faults.set(only, thrown.sentence);
    }
  };
  await read(stages);
  return { holders, faults };
}

/** What was found bad in one stage may serve another still. */
function badElsewhere(history: History, holder: string, stage: string, stages: readonly string[]): readonly string[] {
  return stages
    .filter((other) => other !== stage && history.left(holder, other)?.left === 'rolled_back')
    .map(
      (other) =>
        `${holder} was found bad in ${other} on ${history.left(holder, other)?.until ?? ''}, and still holds ${stage}: ${asInput('rollback', { stage })} puts the last good version back.`,
    );
}

/**
 * Reads the model's status. Throws what the registry throws.
 * @param on a moment in the past to be told of as well
 */
export async function readStatus(registry: Registry, policy: Policy, model: string, on?: Date): Promise<Status> {
  const names = [...policy.stages.keys()];
  const { holders, faults } = await readHolders(registry, model, names);
  const history = await readHistory(registry, model);
  const operation = await registry.operation(model);
  const stages = await Promise.all(
    [...policy.stages.values()].map(async ({ name: stage, after }): Promise<StageStatus> => {
      const held = holders.get(stage) ?? [];
      const [only] = held;
      const holder = held.length === 1 && only !== undefined ? await versionOrName(registry, model, only) : undefined;
      const isGone = holder?.isGone === true;
      const record = holder === undefined || isGone ? undefined : readRecord(holder, stage);
      const known = history?.holder(stage)?.version;
      const fault = faults.get(stage);
      const odd =
        history === undefined || fault !== undefined || held.length > 1
          ? undefined
          : await holderKnown({ registry, model }, stage, holder, history);
      const advice = [
        ...(fault === undefined ? [] : [fault]),
        ...(odd === undefined ? [] : [`${odd.reason} ${odd.cure ?? ''}`.trim()]),
        ...(history === undefined || only === undefined ? [] : badElsewhere(history, only, stage, names)),
      ];
      const then = on === undefined ? undefined : history?.holderOn(stage, on);
      return {
        stage,
        ...(after === undefined ? {} : { after }),
        holders: held,
        ...(record === undefined ? {} : { record }),
        tenures: history?.tenures(stage).toReversed() ?? [],
        ...(history === undefined || known === (isGone ? undefined : only) ? {} : { disagrees: known ?? 'no version' }),
        ...(isGone ? { isGone } : {}),
        ...(advice.length === 0 ? {} : { advice }),
        ...(then === undefined ? {} : { then }),
      };
    }),
  );
  const versions: { version: string; state: string; createdAt: string }[] = [];
  for await (const version of registry.versions(model)) {
    versions.push({
      version: version.version,
      state: version.tags.get(stateTag) ?? 'registered',
      createdAt: version.createdAt,
    });
    if (versions.length === newest) break;
  }
  const unlogged =
    history === undefined
      ? ['There is no promotion log of this model: who held a stage before, and by whose decision, is not known.']
      : [];
  return {
    model,
    registry: registry.description,
    stages,
    versions,
    ...(operation === undefined ? {} : { operation }),
    ...(on === undefined ? {} : { on }),
    notes: [...registry.remarks(), ...unlogged],
  };
}
