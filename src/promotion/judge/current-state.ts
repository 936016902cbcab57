import { PromotionError } from '../../domain/errors.js';
import { History } from '../../log/history.js';
import { stagesBefore, usesChampion } from '../../policy/champion.js';
import type { Registry } from '../../registry/registry.js';
import { identityOf, type ModelVersion } from '../../domain/version.js';
import { readSettled, readTogether, soleOf } from './agreement.js';
import type { Reading, CurrentState, PromotionContext } from '../context.js';
import { existing, soleHolder, versionOrName } from './holders.js';
import { inTurn } from '../operation/journal.js';
import { stateIn, stateTag } from '../../domain/record.js';

/** Whether the version is the very one that the log means by its name, and not one deleted and made anew. */
export function isSame(history: History | undefined, version: ModelVersion): boolean {
  return history === undefined || history.means(version);
}

/**
 * What is recorded of the version, as one text: by the log, where there is one. That another one took a stage from it
 * changes its state alone, and is no new word on it.
 */
function recordsOf({ tags }: ModelVersion): string {
  const told = [...tags].filter(([key, value]) => key.startsWith('promotion_') && !isHolding(key, value));
  return JSON.stringify(told.sort());
}

function isHolding(key: string, value: string): boolean {
  return key === stateTag && /_(?:deployed|replaced)$/i.test(value);
}

/**
 * Reads who holds what, with the candidate pinned first, once no other run is moving it.
 * @throws PromotionError `REGISTRY_CONFLICT` for a stage with several holders, `OPERATION_OPEN` where another run goes
 *   on moving them for longer than one waits
 */
export function readCurrentState(work: PromotionContext, candidate: ModelVersion): Promise<CurrentState> {
  return inTurn(work, () => readCurrentStateNow(work, candidate));
}

/** As `standingOf`, without waiting. */
export async function readCurrentStateNow(work: PromotionContext, candidate: ModelVersion): Promise<CurrentState> {
  return currentStateBy(work, candidate, await readSettled(work, stagesThatCount(work)));
}

/** As `standingNow`, whatever another run is moving. */
export async function currentStateAsRead(work: PromotionContext, candidate: ModelVersion): Promise<CurrentState> {
  return currentStateBy(work, candidate, await readTogether(work, stagesThatCount(work)));
}

/** The stages whose holders a decision about this one stands on. */
export function stagesThatCount({ stage, policy }: Pick<PromotionContext, 'stage' | 'policy'>): readonly string[] {
  const before = stagesBefore(policy.stages, stage).map(({ name }) => name);
  return [...new Set([stage.name, ...(usesChampion(stage) ? [policy.champion] : []), ...before])];
}

async function currentStateBy(
  { registry, policy, stage, model }: PromotionContext,
  candidate: ModelVersion,
  reading: Reading,
): Promise<CurrentState> {
  const byName = async (holder: string | undefined): Promise<ModelVersion | undefined> => {
    if (holder === undefined) return undefined;
    return holder === candidate.version ? candidate : versionOrName(registry, model, holder);
  };
  const previous = await byName(soleOf(reading, stage.name));
  const champion =
    stage.name === policy.champion
      ? previous
      : await byName(
          usesChampion(stage) ? soleOf(reading, policy.champion) : await championOf(registry, policy, stage, model),
        );
  return {
    candidate,
    champion: champion?.isGone === true ? undefined : champion,
    previous,
    history: reading.history,
    reading,
  };
}

/** Who is champion; disorder in that stage is no matter of one that does not compare with it. */
async function championOf(
  registry: Registry,
  policy: PromotionContext['policy'],
  stage: PromotionContext['stage'],
  model: string,
): Promise<string | undefined> {
  try {
    return await soleHolder(registry, model, policy.champion);
  } catch (thrown) {
    const isDisorder = thrown instanceof PromotionError && thrown.code === 'REGISTRY_CONFLICT';
    if (isDisorder && !usesChampion(stage)) return undefined;
    throw thrown;
  }
}

/** Whether the candidate holds the stage, and the log, where there is one, knows it. */
export function isAlreadyHeld(
  { name }: Pick<PromotionContext['stage'], 'name'>,
  { candidate, previous, history }: CurrentState,
): boolean {
  return (
    previous?.version === candidate.version &&
    isSame(history, candidate) &&
    (history === undefined || history.isHeldBy(name, candidate))
  );
}

/** What is no longer as it was when it was judged, as a sentence; undefined when all is. */
export async function findDrift(
  { registry, model, stage, policy }: Pick<PromotionContext, 'registry' | 'model' | 'stage' | 'policy'>,
  { candidate, champion, previous }: Pick<CurrentState, 'candidate' | 'champion' | 'previous'>,
): Promise<string | undefined> {
  registry.refresh();
  const fresh = await registry.version(model, candidate.version);
  if (identityOf(fresh) !== identityOf(candidate)) {
    return `${model} ${fresh.version} is no longer what was judged: it was made anew on ${fresh.createdAt}.`;
  }
  if (recordsOf(fresh) !== recordsOf(candidate)) {
    const state = stateIn(fresh);
    return `While ${model} ${fresh.version} was judged, something else was done to it: its state is '${state}' now.`;
  }
  const holder = await soleHolder(registry, model, stage.name);
  const isChampion = stage.name === policy.champion ? holder : await championOf(registry, policy, stage, model);
  const isThere = isChampion !== undefined && (await existing(registry, model, isChampion)) !== undefined;
  const expected = [
    [stage.name, previous?.version, holder],
    [policy.champion, champion?.version, isThere ? isChampion : undefined],
  ] as const;
  for (const [name, was, is] of expected) {
    if (is !== was) return `Since it was judged, ${name} moved from ${was ?? 'no version'} to ${is ?? 'no version'}.`;
  }
  return undefined;
}
