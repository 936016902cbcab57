import { PromotionError } from '../errors.js';
import type { Operation } from '../log/operation.js';
import type { Stage } from '../policy/policy.js';
import type { ModelVersion } from '../registry/registry.js';
import type { Report } from '../verdict/verdict.js';
import { soleHolder } from './holder.js';
import { isOver, Journal, leftOpen } from './journal.js';
import { recordBase, tagsOf } from './record.js';
import { readHistory } from './standing.js';
import { readRecord, recordTag, stateTag } from './states.js';
import { transit, type Move } from './transit.js';
import { deployer, takeBack } from './undo.js';
import type { Standing, Undertaking } from './undertaking.js';

type Work = Omit<Undertaking, 'stage'>;

/** Where a person decides who holds a stage, whatever was under way there. */
export type Decision = 'any' | { readonly stage: string; readonly isRollback: boolean };

/** What a run before has left half done; taken out by whoever deals with it. */
export interface Left {
  operation: Operation | undefined;
  /** What was all but done, and has been finished now. */
  finished?: Operation;
  /** What was undone, with the holder put back where it had moved. */
  undone?: Operation;
}

/**
 * Does what it is asked to, after what an ended run had all but done is finished; what it had only begun is there
 * for `act` to go on with, and undone behind it where it does not. Dry runs touch nothing.
 * @param decides whether a person decides here where a stage stands, whatever was under way
 * @throws PromotionError `OPERATION_OPEN` where another run is at work, or where only a person can decide
 */
export async function afterRecovery(
  undertaking: Work,
  act: (left: Left) => Promise<Report>,
  decides?: Decision,
): Promise<Report> {
  const left: Left = { operation: undefined };
  if (undertaking.dryRun) return act(left);
  const notes = await recover(undertaking, left, decides);
  const undo = async (): Promise<readonly string[]> => undoLeft(undertaking, left);
  try {
    const report = await act(left);
    return {
      ...report,
      // Whoever began it may not have come to tell of it.
      ...(report.alreadyThere && left.finished?.stage === report.stage ? { byThisRun: true } : {}),
      notes: [...new Set([...notes, ...report.notes, ...(await undo())])],
    };
  } catch (thrown) {
    await undo().catch(() => undefined); // It is still open then, and what was thrown says more.
    throw thrown;
  }
}

/**
 * Finishes what an ended run had all but done: the registry says where it stands, not how far the log tells.
 * @returns what was done, in words
 */
export async function recover(undertaking: Work, left: Left, decides?: Decision): Promise<readonly string[]> {
  const { registry, model, policy } = undertaking;
  const operation = await leftOpen(undertaking);
  if (operation === undefined) return [];
  undertaking.worker.endProcesses(operation.id);
  const { version, stage: name, phase, intent, stuck } = operation;
  const what = inWords(operation);
  const stage = name === undefined ? undefined : policy.stages.get(name);
  if (stage === undefined) {
    if (phase !== 'opened') {
      throw new PromotionError(
        'OPERATION_OPEN',
        `${what} was interrupted, and the policy has no stage '${name}' now.`,
        {
          cure: `Give the policy its stage '${name}' back, so that the deployment can be finished or undone.`,
        },
      );
    }
    if (name === undefined) {
      await retireRest(undertaking, operation);
      return [`${what} was interrupted; it is finished now.`];
    }
    await give(undertaking, operation);
    return [`${what} was interrupted; nothing of it was left to be done.`];
  }
  if (stuck !== undefined) {
    left.operation = operation;
    if (decides === 'any' || (decides?.stage === stage.name && decides.isRollback)) return [];
    throw new PromotionError('OPERATION_OPEN', `${what} failed, and so did undoing it: ${stuck}.`, {
      cure: `Put the right version back with 'command: rollback', stage ${stage.name} and a reason.`,
    });
  }
  const holder = await soleHolder(registry, model, stage.name);
  const own = ofOperation(undertaking, operation, stage);
  await restoreRecords(own);
  if (holder === version) {
    if (intent.deploys === 'no' || phase === 'verified') {
      await finish(own, operation);
      left.finished = operation;
      return [`${what} was interrupted when it was all but done; it is finished now.`];
    }
    left.undone = operation;
    return [`${what} was interrupted. ${await undo(own, operation, true)}`];
  }
  if (holder === intent.previous && (await readHistory(registry, model))?.holder(stage.name)?.version === version) {
    left.undone = operation;
    return [`${what} was interrupted while it was undone. ${await undo(own, operation, false)}`];
  }
  left.operation = operation;
  if (holder !== intent.previous) {
    if (decides === 'any' || decides?.stage === stage.name) return [];
    throw new PromotionError(
      'OPERATION_OPEN',
      `${what} was interrupted, and now ${holder ?? 'nobody'} holds ${stage.name}: neither ${version} nor ${intent.previous ?? 'nobody'}, who held it before.`,
      {
        cure: "Decide which version is right: take the holder as it is with 'command: adopt', or put one back with 'command: rollback'.",
      },
    );
  }
  return [];
}

/** Finishes or undoes what an ended run left open, and lets what goes on go on. Returns what was done, in words. */
export async function settle(undertaking: Work): Promise<readonly string[]> {
  const operation = await undertaking.registry.operation(undertaking.model);
  if (operation === undefined || !(await isOver(undertaking, operation))) return [];
  const left: Left = { operation: undefined };
  return [...(await recover(undertaking, left, 'any')), ...(await undoLeft(undertaking, left))];
}

/** Undoes what is left, if anything; says so in words. Throws what the registry throws; then it stays open. */
export async function undoLeft(undertaking: Work, left: Left): Promise<readonly string[]> {
  const { operation } = left;
  if (operation === undefined || operation.stuck !== undefined) return [];
  const stage = undertaking.policy.stages.get(operation.stage ?? '');
  if (stage === undefined) return [];
  const own = ofOperation(undertaking, operation, stage);
  const holder = await soleHolder(own.registry, own.model, own.stage.name);
  if (holder !== operation.intent.previous) return []; // Not ours to undo.
  left.operation = undefined;
  if (operation.phase === 'opened') {
    await give(undertaking, operation, 'undone');
    return [`${inWords(operation)} was interrupted before it had changed anything.`];
  }
  return [`${inWords(operation)} was interrupted. ${await undo(own, operation, false)}`];
}

/** The interrupted operation as the undertaking it was. */
function ofOperation(undertaking: Work, { intent }: Operation, stage: Stage): Undertaking {
  const { source } = undertaking;
  const { actor, run, commit, policyDigest } = intent;
  return {
    ...undertaking,
    stage,
    source: { ...source, digest: policyDigest },
    author: {
      ...(actor === undefined ? {} : { actor }),
      ...(run === undefined ? {} : { run }),
      ...(commit === undefined ? {} : { commit }),
    },
  };
}

async function standingThen({ registry, model, policy }: Undertaking, operation: Operation): Promise<Standing> {
  const { intent, version } = operation;
  const named = (name: string | undefined): Promise<ModelVersion | undefined> =>
    name === undefined ? Promise.resolve(undefined) : registry.version(model, name);
  return {
    candidate: await registry.version(model, version),
    champion: await named(intent.holders[policy.champion]),
    previous: await named(intent.previous),
    history: await readHistory(registry, model),
  };
}

function moveOf({ intent }: Operation): Omit<Move, 'judged'> {
  const { evidenceDigest: evidence, approvers, metrics, replaced, reason } = intent;
  return { evidence, approvers, metrics, replaced, ...(reason === undefined ? {} : { reason }) };
}

async function finish(undertaking: Undertaking, operation: Operation): Promise<void> {
  const standing = await standingThen(undertaking, operation);
  const journal = await Journal.takeOver(undertaking, operation);
  const isTold = standing.history?.holder(undertaking.stage.name)?.version === operation.version;
  await journal.conduct(() =>
    isTold ? journal.close('done') : transit(undertaking, standing, moveOf(operation), journal.under('done')),
  );
}

async function undo(undertaking: Undertaking, operation: Operation, moved: boolean): Promise<string> {
  const standing = await standingThen(undertaking, operation);
  const journal = await Journal.takeOver(undertaking, operation);
  return journal.conduct(async () => {
    const { sentence } = await takeBack(undertaking, standing, moveOf(operation), journal, {
      why: 'its run was interrupted',
      moved,
      ...(operation.phase === 'opened' ? {} : { run: await deployer(undertaking, standing, operation.id) }),
    });
    return sentence;
  });
}

/** An archival that was begun goes on: the version leaves what it held, as the registry and the log still have it. */
async function retireRest(undertaking: Work, operation: Operation): Promise<void> {
  const { registry, model, policy } = undertaking;
  const { version: name, intent } = operation;
  const [any] = policy.stages.values();
  if (any === undefined) return;
  const own = ofOperation(undertaking, operation, any);
  const version = await registry.version(model, name);
  const tags = (stage?: string): ReadonlyMap<string, string> =>
    tagsOf({
      ...recordBase(own, stage),
      state: 'archived',
      ...(intent.reason === undefined ? {} : { reason: intent.reason }),
    });
  const stages = Object.keys(intent.holders);
  const journal = await Journal.takeOver(undertaking, operation);
  await journal.conduct(async () => {
    const history = await readHistory(registry, model);
    for (const stage of stages) {
      const holder = await soleHolder(registry, model, stage);
      const isHis = holder === name || (holder === undefined && history?.holder(stage)?.version === name);
      if (isHis) await registry.vacate({ model, version, stage, tags: tags(stage), under: journal.under() });
    }
    await journal.close('done', stages.length === 0 ? [{ version, tags: tags() }] : []);
  });
}

/** Closes an operation that has nothing left to be done or undone. */
async function give(
  undertaking: Work,
  operation: Operation,
  outcome: 'undone' | 'given_up' = 'given_up',
): Promise<void> {
  const journal = await Journal.takeOver(undertaking, operation);
  await journal.conduct(() => journal.close(outcome));
}

/** A run that was killed between log and registry has left tags unset: they are set to what the log says. */
async function restoreRecords({ registry, model, policy }: Work): Promise<void> {
  const holders = await registry.holders(model, [...policy.stages.keys()]);
  for (const [stage, versions] of holders) {
    for (const name of versions) {
      const version = await registry.version(model, name);
      const record = readRecord(version, stage);
      if (record !== undefined)
        await registry.mark(
          version,
          new Map([...version.tags].filter(([key]) => key === recordTag(stage) || key === stateTag)),
        );
    }
  }
}

function inWords({ version, stage, intent, openedAt }: Operation): string {
  const goal = stage === undefined ? '' : ` to ${stage}`;
  return `The ${intent.command} of ${version}${goal} that began on ${openedAt}${intent.run === undefined ? '' : ` (${intent.run})`}`;
}
