import { PromotionError } from '../../domain/errors.js';
import { LoggedVersion } from '../../log/logged-version.js';
import type { Operation } from '../../log/operation.js';
import type { Report } from '../../domain/report.js';
import type { ModelVersion } from '../../domain/version.js';
import { finishArchival, finishMove, isIntended, moveOf, ofOperation, stateWhenOpened } from './interrupted.js';
import { decideByHandHint, describeOperation } from '../operation/describe.js';
import { existing, readHistory, soleHolder } from '../judge/holders.js';
import { asInput } from '../../domain/cure.js';
import { isRefused } from '../operation/refusal.js';
import { findAbandoned, isOver, Journal } from '../operation/journal.js';
import { isSameMove, type OpenOperation } from '../operation/open-operation.js';
import { notMoved } from '../move/not-moved.js';
import { present } from '../judge/present.js';
import { markAsKnown } from '../move/record.js';
import { readRecord } from '../../domain/record.js';
import { deployer, undoDeployment } from '../move/undo-deploy.js';
import type { PromotionContext } from '../context.js';

type Work = Omit<PromotionContext, 'stage'>;

/** What a run may do about what another has left open. */
export interface RecoveryScope {
  /** Its stage, whose commands it may run: those of another may need what this job does not have. */
  readonly stage?: string;
  /** Whether it is the end of the very job that opened it, which has what all of its commands need. */
  readonly isSameJob?: boolean;
  /** Whether a person decides here who holds the stage, whatever was under way there. */
  readonly decides?: boolean;
  readonly isRollback?: boolean;
}

/**
 * Finishes what an ended run had nearly completed. What it had only begun is returned: for a move that goes on with it,
 * and for `undoAfter`, which undoes it where none does. Dry runs touch nothing.
 * @throws PromotionError `OPERATION_OPEN` where another run is at work, or where only a person can decide
 */
export async function recoverFirst(work: Work, part: RecoveryScope): Promise<OpenOperation> {
  const open: OpenOperation = { operation: undefined };
  if (!work.dryRun) work.report.note(...(await recover(work, open, part)));
  // A command that decides by what is live now waits until no run moves it, even to try.
  else if (part.decides === true) open.operation = await findAbandoned(work);
  else open.operation = await work.registry.operation(work.model);
  return open;
}

/**
 * Ends a run that `recoverFirst` began: undoes what is open still of the run before it, whatever became of this one.
 * @param outcome of this run, whose report is `work.report`
 */
export async function undoAfter(work: Work, open: OpenOperation, outcome: Promise<Report>): Promise<Report> {
  try {
    const { alreadyThere, stage } = await outcome;
    // The run that began it may not have come to report it.
    if (alreadyThere && open.finished !== undefined && open.finished.stage === stage)
      work.report.add({ byThisRun: true });
    return work.report.note(...(await undoOpen(work, open))).current;
  } catch (thrown) {
    // Where that fails it is still open, and what was thrown says more.
    const undone = await undoOpen(work, open).catch((): readonly string[] => []);
    throw undone.length === 0 || !(thrown instanceof PromotionError) ? thrown : alsoSaying(thrown, undone);
  }
}

/**
 * Undoes what is open before a move, unless the move goes on with it.
 * @returns where that failed, the report: nothing was moved
 */
export async function undoUnlessSame(
  work: PromotionContext,
  { candidate }: { readonly candidate: ModelVersion },
  open: OpenOperation,
): Promise<Report | undefined> {
  if (open.operation !== undefined && isSameMove(work.stage, candidate, open.operation)) return undefined;
  try {
    work.report.note(...(await undoOpen(work, open)));
    return undefined;
  } catch (thrown) {
    return notMoved(work, thrown);
  }
}

function alsoSaying({ code, message, cure }: PromotionError, undone: readonly string[]): PromotionError {
  return new PromotionError(code, [message, ...undone].join(' '), cure === undefined ? {} : { cure });
}

/**
 * Finishes what an ended run had all but done: the registry says where it stands, not how far the log tells.
 * Where that is refused, the operation cannot be finished, and a rollback goes on over it.
 * @returns what was done, in words
 */
export async function recover(work: Work, left: OpenOperation, part: RecoveryScope): Promise<readonly string[]> {
  const { registry, model } = work;
  const operation = await findAbandoned(work);
  if (operation === undefined) return [];
  try {
    return await resume(work, operation, left, part);
  } catch (thrown) {
    if (!isRefused(thrown)) throw thrown;
    if (part.isRollback !== true) throw unfinishable(work, operation, thrown);
    registry.refresh();
    // Taken over in vain, it is this run's own by now.
    const now = await registry.operation(model);
    left.operation = now?.id === operation.id ? { ...now, refused: thrown.message } : undefined;
    return [`${describeOperation(operation)} could not be finished, and is abandoned: ${thrown.message}`];
  }
}

function unfinishable({ policy }: Work, operation: Operation, refusal: PromotionError): PromotionError {
  const [held] = Object.keys(operation.intent.holders);
  const stage = operation.stage ?? held ?? policy.champion;
  return new PromotionError(
    'OPERATION_OPEN',
    `${describeOperation(operation)} was interrupted, and to finish it is refused: ${refusal.message}`,
    {
      cure: `${refusal.cure ?? ''} Then run this again; or give it up with ${asInput('rollback', { stage })}, which puts the last good version back.`.trim(),
    },
  );
}

async function resume(
  work: Work,
  operation: Operation,
  left: OpenOperation,
  part: RecoveryScope,
): Promise<readonly string[]> {
  const { registry, model, policy } = work;
  const { version, stage: name, phase, intent, stuck } = operation;
  const what = describeOperation(operation);
  const stage = name === undefined ? undefined : policy.stages.get(name);
  if (stage === undefined) return withoutStage(work, operation);
  const isHere = part.stage === stage.name;
  if (stuck !== undefined) {
    left.operation = operation;
    if (isHere && part.isRollback === true) return [];
    throw new PromotionError('OPERATION_OPEN', `${what} failed, and so did undoing it: ${stuck}.`, {
      cure: `Put the right version back with ${asInput('rollback', { stage: stage.name })}.`,
    });
  }
  const holder = await soleHolder(registry, model, stage.name);
  if (await isTakenOver(work, operation)) return recover(work, left, part);
  const own = ofOperation(work, operation, stage);
  await restoreRecords(own);
  const isMoved = holder === version && (await isIntended(work, operation));
  if (isMoved && (intent.deploys === 'no' || phase === 'verified')) {
    await finishMove(own, operation);
    left.finished = operation;
    return [`${what} was interrupted when it was all but done; it is finished now.`];
  }
  if (isMoved || (await isAsBefore(work, operation, holder))) {
    // Nothing of another stage's is undone here, where its commands may lack what they need.
    if (phase !== 'opened' && !isHere && part.isSameJob !== true) throw elsewhere(what, stage.name);
    if (isMoved) {
      left.undone = operation;
      return [`${what} was interrupted. ${await undo(own, operation, true)}`];
    }
    if ((await readHistory(registry, model))?.isHeldBy(stage.name, LoggedVersion.movedBy(operation)) === true) {
      left.undone = operation;
      return [`${what} was interrupted while it was undone. ${await undo(own, operation, false)}`];
    }
    left.operation = operation;
    return [];
  }
  left.operation = operation;
  if (isHere && part.decides === true) return [];
  const isAnew = holder !== undefined && (holder === version || holder === intent.previous);
  const anew = isAnew ? `the version ${holder} that was made anew since` : (holder ?? 'nobody');
  throw new PromotionError(
    'OPERATION_OPEN',
    `${what} was interrupted, and now ${anew} holds ${stage.name}: neither ${version} nor ${intent.previous ?? 'nobody'}, who held it before.`,
    { cure: decideByHandHint(stage.name) },
  );
}

/** Whether another run has gone on with the operation, or ended it, since it was read: the stage is as that one left it. */
async function isTakenOver({ registry, model }: Work, { id, owner }: Operation): Promise<boolean> {
  registry.refresh();
  const now = await registry.operation(model);
  return now?.id !== id || now.owner.token !== owner.token;
}

/** Whether the stage is held as when the operation began: by the very version that held it then, or by nobody. */
async function isAsBefore(
  { registry, model }: Work,
  operation: Operation,
  holder: string | undefined,
): Promise<boolean> {
  const before = LoggedVersion.replacedBy(operation);
  if (holder === undefined || before?.name !== holder) return holder === before?.name;
  return (await present(registry, model, before)) !== undefined;
}

/** What concerns a version as a whole, or a stage that the policy has no more. */
async function withoutStage(work: Work, operation: Operation): Promise<readonly string[]> {
  const what = describeOperation(operation);
  if (operation.stage === undefined) {
    await finishArchival(work, operation);
    return [`${what} was interrupted; it is finished now.`];
  }
  if (operation.phase !== 'opened') {
    throw new PromotionError(
      'OPERATION_OPEN',
      `${what} was interrupted, and the policy has no stage '${operation.stage}' now.`,
      {
        cure: `Give the policy its stage '${operation.stage}' back, so that the deployment can be finished or undone.`,
      },
    );
  }
  await closeAbandoned(work, operation);
  return [`${what} was interrupted; nothing of it was left to be done.`];
}

function elsewhere(what: string, stage: string): PromotionError {
  return new PromotionError('OPERATION_OPEN', `${what} was interrupted while it was deployed.`, {
    cure: `Promote the version again with ${asInput('promote', { stage })}, or put the last one back with ${asInput('rollback', { stage })}, in a job that has what the commands of ${stage} need; then run this again.`,
  });
}

/**
 * Finishes or undoes what an ended run left open, and lets what goes on go on; what can be neither finished nor undone
 * here stays as it is. Returns what was done, in words.
 */
export async function recoverIfAbandoned(work: Work, part: RecoveryScope): Promise<readonly string[]> {
  const operation = await work.registry.operation(work.model);
  if (operation === undefined || !(await isOver(work, operation))) return [];
  const left: OpenOperation = { operation: undefined };
  try {
    return [...(await recover(work, left, part)), ...(await undoOpen(work, left))];
  } catch (thrown) {
    if (thrown instanceof PromotionError && thrown.code === 'OPERATION_OPEN') return [thrown.sentence];
    throw thrown;
  }
}

/** Undoes what is left, if anything; says so in words. Throws what the registry throws; then it stays open. */
export async function undoOpen(work: Work, left: OpenOperation): Promise<readonly string[]> {
  const { operation } = left;
  if (operation === undefined || operation.stuck !== undefined || work.dryRun) return [];
  if (operation.refused !== undefined) {
    left.operation = undefined;
    await closeAbandoned(work, operation, 'abandoned', operation.refused);
    return [`${describeOperation(operation)} is closed as abandoned.`];
  }
  const stage = work.policy.stages.get(operation.stage ?? '');
  if (stage === undefined) return [];
  const own = ofOperation(work, operation, stage);
  const holder = await soleHolder(own.registry, own.model, own.stage.name);
  if (holder !== operation.intent.previous) return []; // Not ours to undo.
  left.operation = undefined;
  if (operation.phase === 'opened') {
    await closeAbandoned(work, operation, 'undone');
    return [`${describeOperation(operation)} was interrupted before it had changed anything.`];
  }
  return [`${describeOperation(operation)} was interrupted. ${await undo(own, operation, false)}`];
}

async function undo(work: PromotionContext, operation: Operation, moved: boolean): Promise<string> {
  const standing = await stateWhenOpened(work, operation);
  const journal = await Journal.takeOver(work, operation);
  return journal.conduct(async () => {
    const { sentence } = await undoDeployment(work, standing, moveOf(operation), journal, {
      why: 'its run was interrupted',
      moved,
      ...(operation.phase === 'opened' ? {} : { run: await deployer(work, standing, journal) }),
    });
    return sentence;
  });
}

/** Closes an operation that has nothing left to be done or undone. */
async function closeAbandoned(
  work: Work,
  operation: Operation,
  outcome: 'undone' | 'given_up' | 'abandoned' = 'given_up',
  reason?: string,
): Promise<void> {
  const journal = await Journal.takeOver(work, operation);
  await journal.conduct(() => journal.close(outcome, [], reason));
}

/** A run that was killed between log and registry has left tags unset: they are set to what the log says. */
async function restoreRecords({ registry, model, policy }: Work): Promise<void> {
  const holders = await registry.holders(model, [...policy.stages.keys()]);
  for (const [stage, versions] of holders) {
    for (const name of versions) {
      const version = await existing(registry, model, name);
      if (version !== undefined && readRecord(version, stage) !== undefined) await markAsKnown(registry, version);
    }
  }
}
