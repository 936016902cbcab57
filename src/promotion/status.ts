import type { History, Tenure } from '../log/history.js';
import type { Operation } from '../log/operation.js';
import type { Policy } from '../policy/policy.js';
import type { Registry } from '../registry/registry.js';
import { asInput } from '../cure.js';
import { explains, readTogether } from './agreement.js';
import { holderKnown } from './disagreement.js';
import { versionOrName } from './holder.js';
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
  /** Whom the log calls the holder, where the registry says otherwise and no open operation is the reason. */
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
  const { holders, faults, history, operation } = await readTogether({ registry, model }, names);
  const stages = await Promise.all(
    [...policy.stages.values()].map(async ({ name: stage, after }): Promise<StageStatus> => {
      const held = holders.get(stage) ?? [];
      const [only] = held;
      const holder = held.length === 1 && only !== undefined ? await versionOrName(registry, model, only) : undefined;
      const isGone = holder?.isGone === true;
      const record = holder === undefined || isGone ? undefined : readRecord(holder, stage);
      const known = history?.holder(stage)?.version;
      const fault = faults.get(stage);
      const isUnderWay = operation !== undefined && explains(operation, stage, isGone ? undefined : only, known);
      const odd =
        history === undefined || fault !== undefined || isUnderWay
          ? undefined
          : await holderKnown({ registry, model }, stage, holder, history);
      const advice = [
        ...(fault === undefined ? [] : [fault.sentence]),
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
        ...(history === undefined || isUnderWay || known === (isGone ? undefined : only)
          ? {}
          : { disagrees: known ?? 'no version' }),
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
