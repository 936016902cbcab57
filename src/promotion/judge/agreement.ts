import { PromotionError } from '../../domain/errors.js';
import { LoggedVersion, type WhichVersion } from '../../log/logged-version.js';
import type { Operation } from '../../log/operation.js';
import type { Registry } from '../../registry/registry.js';
import type { ModelVersion } from '../../domain/version.js';
import { inTurn, isOver, underWay } from '../operation/journal.js';
import { readHistory, severalHold } from './holders.js';
import type { Reading, PromotionContext } from '../context.js';

type Place = Pick<PromotionContext, 'registry' | 'model'>;
type Reader = Place & Pick<PromotionContext, 'now' | 'runOwner' | 'log'>;

/** Each one that fails means that another run has come further in between. */
const readings = 12;

/**
 * Reads the registry and the log so that both are of one moment. A run that moves a stage tells the log that it begins,
 * moves the registry, and tells the log then: a registry that is read between two equal states of the log, in which
 * nothing is open, has not been moved by any run meanwhile. Where the two disagree they are read again until that is so,
 * or until an operation is found open, which explains it.
 * @throws PromotionError `REGISTRY_CONFLICT` where the log moves each time; and what the registry throws
 */
export async function readTogether(place: Place, stages: readonly string[]): Promise<Reading> {
  const { registry, model } = place;
  let reading = await read(place, stages);
  for (let turn = 0; turn < readings; turn += 1) {
    if (reading.disputed.length === 0) return reading;
    registry.refresh();
    const again = await read(place, stages);
    if (again.operation !== undefined && isDisputedBy(again, again.operation)) return again;
    if (isSameLog(reading, again)) return reading;
    reading = again;
  }
  throw new PromotionError(
    'REGISTRY_CONFLICT',
    `The promotion log of '${model}' moved ${readings} times while this run read who holds ${stages.join(' and ')}.`,
    { cure: 'Other promotions of the model are running; run again when they have ended.' },
  );
}

/**
 * As `readTogether`, where no other run may be moving what it tells.
 * @throws PromotionError `OPERATION_OPEN` where registry and log disagree because another run is at work
 */
export async function readSettled(reader: Reader, stages: readonly string[]): Promise<Reading> {
  const reading = await readTogether(reader, stages);
  const { operation } = reading;
  if (operation === undefined || !isDisputedBy(reading, operation)) return reading;
  const isOurs = operation.owner.token === reader.runOwner.owner.token;
  if (!isOurs && !(await isOver(reader, operation))) throw underWay(reader.model, operation);
  return reading;
}

/** The stage's holder, once no other run is moving it. Throws as `readSettled` and `soleOf` do. */
export function settledHolder(reader: Reader, stage: string): Promise<string | undefined> {
  return inTurn(reader, async () => soleOf(await readSettled(reader, [stage]), stage));
}

/** The version that holds the stage, or undefined. Throws `REGISTRY_CONFLICT` for a stage in disorder. */
export function soleOf({ holders, faults }: Pick<Reading, 'holders' | 'faults'>, stage: string): string | undefined {
  const fault = faults.get(stage);
  if (fault !== undefined) throw fault;
  return holders.get(stage)?.[0];
}

/**
 * Whether the operation, half done, is why registry and log disagree about the stage: it concerns the stage, and one of
 * the two knows its version there already.
 */
export function explains(
  operation: Operation,
  stage: string,
  holder: ModelVersion | undefined,
  known: LoggedVersion | undefined,
): boolean {
  const moved = LoggedVersion.movedBy(operation);
  const replaced = LoggedVersion.replacedBy(operation);
  const isOwn = (each: WhichVersion | undefined): boolean =>
    each === undefined || moved.is(each) || replaced?.is(each) === true;
  const isThere = [holder, known].some((each) => each !== undefined && moved.is(each));
  return concerns(operation, stage) && isOwn(holder) && isOwn(known) && isThere;
}

async function read({ registry, model }: Place, stages: readonly string[]): Promise<Reading> {
  const history = await readHistory(registry, model);
  const operation = await registry.operation(model);
  const { holders, faults } = await readHolders(registry, model, stages);
  const disputed = stages.filter(
    // By the names alone: that a name was given again is no doing of a run, and a second look changes nothing of it.
    (stage) => faults.has(stage) || holders.get(stage)?.[0] !== history?.holder(stage)?.version.name,
  );
  // Where none can be kept, nothing is to be learnt from a second look.
  const isAlone = history === undefined && disputed.length > 0 && !(await registry.hasOrCanStartLog(model));
  return { holders, faults, history, operation, disputed: isAlone ? [] : disputed };
}

/** Who holds which stage; of a stage in disorder, why it cannot be told, and the others all the same. */
async function readHolders(
  registry: Registry,
  model: string,
  stages: readonly string[],
): Promise<Pick<Reading, 'holders' | 'faults'>> {
  const faults = new Map<string, PromotionError>();
  const holders = new Map<string, readonly string[]>();
  const read = async (some: readonly string[]): Promise<void> => {
    try {
      for (const [stage, held] of await registry.holders(model, some)) {
        holders.set(stage, held);
        if (held.length > 1) faults.set(stage, severalHold(model, stage, held));
      }
    } catch (thrown) {
      if (!(thrown instanceof PromotionError) || thrown.code !== 'REGISTRY_CONFLICT') throw thrown;
      const [only, ...more] = some;
      // All are asked at once; which of them is in disorder shows when each is asked by itself.
      if (more.length > 0) for (const stage of some) await read([stage]);
      else if (only !== undefined) faults.set(only, thrown);
    }
  };
  await read(stages);
  return { holders, faults };
}

function isSameLog(one: Reading, other: Reading): boolean {
  const state = ({ history, operation }: Reading): string =>
    [history?.events.length ?? 0, operation?.id ?? '', operation?.owner.token ?? ''].join();
  return state(one) === state(other);
}

function isDisputedBy({ disputed }: Reading, operation: Operation): boolean {
  return disputed.some((stage) => concerns(operation, stage));
}

/** An operation without a stage concerns all that its version holds; so does one that takes it out of another stage. */
export function concerns({ stage, version, intent }: Operation, name: string): boolean {
  return stage === undefined || stage === name || intent.holders[name] === version;
}
