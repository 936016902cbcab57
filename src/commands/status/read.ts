import type { History, Tenure } from '../../log/history.js';
import type { LoggedVersion, WhichVersion } from '../../log/logged-version.js';
import type { Operation } from '../../log/operation.js';
import type { Policy } from '../../policy/policy.js';
import type { Registry } from '../../registry/registry.js';
import type { ModelVersion } from '../../domain/version.js';
import { asInput } from '../../domain/cure.js';
import { explains, readTogether } from '../../promotion/judge/agreement.js';
import { holderKnown } from '../../promotion/judge/disagreement.js';
import { versionOrName } from '../../promotion/judge/holders.js';
import { sharedCommit } from '../../promotion/judge/preconditions.js';
import { readRecord, type StageRecord, stateIn } from '../../domain/record.js';

/** A version's time in a stage, for people: another one may have its name by now, and then the name says so. */
export interface ShownTenure extends Omit<Tenure, 'version'> {
  readonly version: string;
}

export interface StageStatus {
  readonly stage: string;
  readonly after?: string;
  /** Several where the registry is in disorder. */
  readonly holders: readonly string[];
  /** The holder's record, when there is one holder and it has one. */
  readonly record?: StageRecord;
  /** Everybody's time in the stage, the newest first; empty without a log. */
  readonly tenures: readonly ShownTenure[];
  /** Whom the log calls the holder, where the registry says otherwise and no open operation is the reason. */
  readonly disagrees?: string;
  /** Whether the holder is there by its name alone: it was deleted or deregistered. */
  readonly isGone?: boolean;
  /** What is not as it should be, and what to type, as sentences. */
  readonly advice?: readonly string[];
  /** Who held it at the moment asked for. */
  readonly then?: ShownTenure;
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
function badElsewhere(
  history: History,
  holder: ModelVersion,
  stage: string,
  stages: readonly string[],
): readonly string[] {
  return stages
    .filter((other) => other !== stage && history.left(holder, other)?.left === 'rolled_back')
    .map(
      (other) =>
        `${holder.version} was found bad in ${other} on ${history.left(holder, other)?.until ?? ''}, and still holds ${stage}: ${asInput('rollback', { stage })} puts the last good version back.`,
    );
}

/**
 * Reads the model's status. Throws what the registry throws.
 * @param on a moment in the past to be told of as well
 */
export async function readStatus(registry: Registry, policy: Policy, model: string, on?: Date): Promise<Status> {
  const names = [...policy.stages.keys()];
  const { holders, faults, history, operation } = await readTogether({ registry, model }, names);
  const found = await newestVersions(registry, model);
  for (const name of new Set([...holders.values()].flat())) {
    if (!found.has(name)) found.set(name, await versionOrName(registry, model, name));
  }
  const shown = (tenure: Tenure): ShownTenure => ({ ...tenure, version: inWords(tenure.version, found, history) });
  const stages = await Promise.all(
    [...policy.stages.values()].map(async ({ name: stage, after }): Promise<StageStatus> => {
      const held = holders.get(stage) ?? [];
      const [only] = held;
      const holder = held.length === 1 && only !== undefined ? found.get(only) : undefined;
      const isGone = holder?.isGone === true;
      const record = holder === undefined || isGone ? undefined : readRecord(holder, stage);
      const known = history?.holder(stage)?.version;
      const agrees =
        holder === undefined || isGone ? known === undefined && held.length < 2 : known?.is(holder) === true;
      const fault = faults.get(stage);
      const isUnderWay = operation !== undefined && explains(operation, stage, isGone ? undefined : holder, known);
      const odd =
        history === undefined || fault !== undefined || isUnderWay
          ? undefined
          : await holderKnown({ registry, model }, stage, holder, history);
      const advice = [
        ...(fault === undefined ? [] : [fault.sentence]),
        ...(odd === undefined ? [] : [`${odd.reason} ${odd.cure ?? ''}`.trim()]),
        ...(history === undefined || holder === undefined ? [] : badElsewhere(history, holder, stage, names)),
      ];
      const then = on === undefined ? undefined : history?.holderOn(stage, on);
      return {
        stage,
        ...(after === undefined ? {} : { after }),
        holders: held,
        ...(record === undefined ? {} : { record }),
        tenures: history?.tenures(stage).toReversed().map(shown) ?? [],
        ...(history === undefined || isUnderWay || agrees
          ? {}
          : { disagrees: known === undefined ? 'no version' : inWords(known, found, history) }),
        ...(isGone ? { isGone } : {}),
        ...(advice.length === 0 ? {} : { advice }),
        ...(then === undefined ? {} : { then: shown(then) }),
      };
    }),
  );
  const listed = [...found.values()].filter(({ isGone }) => isGone !== true);
  const versions = listed.slice(0, newest).map((version) => ({
    version: version.version,
    state: stateIn(version),
    createdAt: version.createdAt,
  }));
  const shared = listed.flatMap((version) => {
    const odd = sharedCommit(version, history);
    // Each of those on one commit says the same: it is told once.
    const isFirst = (version.sameCommit ?? []).every((tag) => version.uri < tag);
    return odd === undefined || !isFirst ? [] : [`${odd.reason} ${odd.cure}`];
  });
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
    notes: [...registry.remarks(), ...shared, ...unlogged, ...listed.flatMap((version) => strangers(version, history))],
  };
}

async function newestVersions(registry: Registry, model: string): Promise<Map<string, ModelVersion>> {
  const found = new Map<string, ModelVersion>();
  for await (const version of registry.versions(model)) {
    found.set(version.version, version);
    if (found.size === newest) break;
  }
  return found;
}

/** The name, and that it was another version's, where it was. */
function inWords(
  version: LoggedVersion,
  found: ReadonlyMap<string, ModelVersion>,
  history: History | undefined,
): string {
  const now: WhichVersion | undefined = found.get(version.name) ?? history?.meantBy(version.name);
  return now === undefined || version.is(now) ? version.name : `a former version ${version.name}`;
}

function strangers(version: ModelVersion, history: History | undefined): readonly string[] {
  if (history === undefined || history.means(version)) return [];
  return [
    `${version.version} is not the version that the promotion log knows by this name: it was made anew on ${version.createdAt}, and nothing that the log says of the former one counts for it. If that is right, say why with ${asInput('register', { version: version.version })}.`,
  ];
}
