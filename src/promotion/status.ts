import type { Policy } from '../policy/policy.js';
import type { Registry } from '../registry/registry.js';
import { readRecord, stateTag, type StageRecord } from './states.js';

export interface StageStatus {
  readonly stage: string;
  /** Several where the registry is in disorder. */
  readonly holders: readonly string[];
  /** The holder's record, when there is one holder and it has one. */
  readonly record?: StageRecord;
}

/** Who holds which stage, since when, by whose decision. */
export interface Status {
  readonly model: string;
  readonly registry: string;
  readonly stages: readonly StageStatus[];
  /** The newest versions and their states. */
  readonly versions: readonly { readonly version: string; readonly state: string; readonly createdAt: string }[];
}

const newest = 20;

/** Reads the model's status. Throws what the registry throws. */
export async function readStatus(registry: Registry, policy: Policy, model: string): Promise<Status> {
  const names = [...policy.stages.keys()];
  const holders = await registry.holders(model, names);
  const stages = await Promise.all(
    names.map(async (stage): Promise<StageStatus> => {
      const held = holders.get(stage) ?? [];
      const [only] = held;
      const record =
        held.length === 1 && only !== undefined ? readRecord(await registry.version(model, only), stage) : undefined;
      return { stage, holders: held, ...(record === undefined ? {} : { record }) };
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
  return { model, registry: registry.description, stages, versions };
}
