import type { Tenure } from '../log/history.js';
import type { Operation } from '../log/operation.js';
import type { Policy } from '../policy/policy.js';
import type { Registry } from '../registry/registry.js';
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

/**
 * Reads the model's status. Throws what the registry throws.
 * @param on a moment in the past to be told of as well
 */
export async function readStatus(registry: Registry, policy: Policy, model: string, on?: Date): Promise<Status> {
  const names = [...policy.stages.keys()];
  const holders = await registry.holders(model, names);
  const history = await readHistory(registry, model);
  const operation = await registry.operation(model);
  const stages = await Promise.all(
    [...policy.stages.values()].map(async ({ name: stage, after }): Promise<StageStatus> => {
      const held = holders.get(stage) ?? [];
      const [only] = held;
      const record =
        held.length === 1 && only !== undefined ? readRecord(await registry.version(model, only), stage) : undefined;
      const known = history?.holder(stage)?.version;
      const then = on === undefined ? undefined : history?.holderOn(stage, on);
      return {
        stage,
        ...(after === undefined ? {} : { after }),
        holders: held,
        ...(record === undefined ? {} : { record }),
        tenures: history?.tenures(stage).toReversed() ?? [],
        ...(history === undefined || known === only ? {} : { disagrees: known ?? 'no version' }),
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
