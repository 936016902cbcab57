import { asPromotionError, PromotionError } from '../../domain/errors.js';
import { LoggedVersion } from '../../log/logged-version.js';
import type { Intent, Operation } from '../../log/operation.js';
import { fingerprintOf, type Holders, type ModelVersion } from '../../domain/version.js';
import type { Report } from '../../domain/report.js';
import { deploy } from './deploy.js';
import { firstRecords, firstUseNotes } from './first-use.js';
import { soleHolder } from '../judge/holders.js';
import { decide } from '../recovery/interrupted.js';
import { intentOf, Journal, type Opening } from '../operation/journal.js';
import { preconditions } from '../judge/preconditions.js';
import { tagsOf } from './record.js';
import { deployHolderAgain } from './redeploy.js';
import { type Left, undoLeft } from '../recovery/recover.js';
import { changedSince, standingNow } from '../judge/current-state.js';
import { stateOf } from '../../domain/record.js';
import { type Move, moveRecord, transit } from './transfer.js';
import type { Standing, Undertaking } from '../context.js';

/**
 * Puts a version that may be there into its stage, as one operation of the promotion log: reads everything again,
 * opens it and records the approval, deploys and tests, moves the stage, records. When the deployment or its test
 * fails, what can be undone is undone, the registry is as it was, and the version is recorded as failed. Never
 * throws for what the registry or a command does: the report says what was done and what was not.
 * @param left what a run before has left half done: gone on with where it is the same move, else undone first
 */
export async function move(undertaking: Undertaking, standing: Standing, given: Move, left: Left): Promise<Report> {
  const { stage, model, now, registry } = undertaking;
  const { candidate, previous } = standing;
  const notes: string[] = [];
  const end = (more: Partial<Report>): Report => ({
    ...given.judged,
    ...more,
    ...(deployed ? { deployed } : {}),
    notes: [...new Set([...given.judged.notes, ...notes, ...registry.remarks()])],
    endedAt: now().toISOString(),
  });
  let journal: Journal | undefined;
  let failure: string | undefined;
  let deployed = false;
  try {
    if (left.operation === undefined || !isSameMove(undertaking, standing, left.operation))
      notes.push(...(await undoLeft(undertaking, left)));
    const before = left.operation;
    const adopted: string[] = [];
    const opened = await Journal.open(
      undertaking,
      async () => {
        adopted.length = 0;
        return (
          (given.whoever === true ? undefined : await changedSince(undertaking, standing)) ??
          (await unmetNow(undertaking, standing, given)) ??
          opening(undertaking, standing, given, adopted, before)
        );
      },
      before,
    );
    if (typeof opened === 'string') {
      return end({
        decision: 'hold',
        reason: opened,
        cure: 'Nothing was moved. Run again to judge by how things stand now.',
      });
    }
    // What was left open is this one now, or given up for it.
    left.operation = undefined;
    journal = opened;
    notes.push(...firstUseNotes(adopted));
    deployed = stage.deploy !== undefined;
    const deployment = await deploy(undertaking, standing, given, journal);
    if (deployment.failed !== undefined) {
      const { failed, checks, undone } = deployment;
      return end({
        decision: failed.outcome === 'error' ? 'error' : 'reject',
        reason: `${failed.name}: ${failed.reason} ${undone}`,
        cure: failed.cure ?? 'Mend the deployment and promote the version again.',
        checks: [...given.judged.checks, ...checks],
      });
    }
    if (stage.deploy?.transition === 'before-deploy') await closeMoved(undertaking, candidate, journal);
    else await transit(undertaking, standing, given, journal.under('done'));
    return end({
      decision: 'promote',
      promoted: true,
      archived: previous !== undefined && given.replaced === 'archived',
      checks: [...given.judged.checks, ...deployment.checks],
      reason: `${model} ${candidate.version} now holds ${stage.name}${replacedInWords(previous, given)}. ${given.judged.reason}`,
    });
  } catch (thrown) {
    const error = asPromotionError(thrown);
    failure = error.message;
    const isAsBefore = async (): Promise<boolean> =>
      (await soleHolder(registry, model, stage.name)) === previous?.version;
    if (given.whoever !== true && (await journal?.closeRefused(thrown, isAsBefore)) === true) {
      failure = undefined;
      notes.push('The registry refused the first write: nothing was changed, and the operation is closed.');
    }
    if (journal?.deployedInVain === true) notes.push(await putRight(undertaking, standing));
    return end({
      decision: error.code === 'OPERATION_OPEN' ? 'hold' : 'error',
      reason: error.message,
      cure: error.cure ?? 'Run again: it goes on from where this run ended, or undoes what was begun.',
    });
  } finally {
    await journal?.leave(failure);
  }
}

/** What stands against a promotion by now: time has gone on, and others were at work, while it was judged. */
async function unmetNow(
  undertaking: Undertaking,
  { candidate }: Standing,
  { replaced }: Move,
): Promise<string | undefined> {
  if (replaced === 'rolled_back') return undefined; // A rollback asks for no proof.
  const fresh = await undertaking.registry.version(undertaking.model, candidate.version);
  const met = await preconditions(undertaking, await standingNow(undertaking, fresh));
  const unmet = met.find(({ outcome }) => outcome !== 'passed');
  return unmet === undefined ? undefined : `${unmet.name}: ${unmet.reason}`;
}

/** The stage moved before the deployment, which took its time: it must be there still. */
async function closeMoved(
  { registry, model, stage }: Undertaking,
  { version }: ModelVersion,
  journal: Journal,
): Promise<void> {
  registry.refresh();
  const holder = await soleHolder(registry, model, stage.name);
  if (holder !== version) {
    throw new PromotionError(
      'REGISTRY_CONFLICT',
      `While ${version} was deployed, ${stage.name} moved to ${holder ?? 'no version'}: somebody moved it by other means.`,
      { cure: decide(stage.name) },
    );
  }
  await journal.close('done');
}

async function putRight(undertaking: Undertaking, standing: Standing): Promise<string> {
  const what = `${standing.candidate.version} was deployed by this run when its operation was another's already.`;
  try {
    return `${what} ${await deployHolderAgain(undertaking, standing)}`;
  } catch (thrown) {
    return `${what} Who holds ${undertaking.stage.name} could not be deployed again: ${asPromotionError(thrown).sentence}`;
  }
}

function replacedInWords(previous: ModelVersion | undefined, { replaced }: Move): string {
  if (previous === undefined) return '';
  if (replaced === undefined) return `; it replaces ${previous.version}`;
  return `; ${previous.version}, which it replaces, is ${replaced === 'archived' ? 'archived' : 'rolled back'}`;
}

/** What the log is told as the operation begins. */
async function opening(
  undertaking: Undertaking,
  standing: Standing,
  given: Move,
  adopted: string[],
  before: Left['operation'],
): Promise<Opening> {
  const { registry, model, policy, stage } = undertaking;
  const { candidate, previous } = standing;
  const { evidence, approvers, metrics, replaced, reason } = given;
  // Where a stage is in disorder, who holds it is what a rollback is about to decide.
  const holders: Holders =
    given.whoever === true ? new Map() : await registry.holders(model, [...policy.stages.keys()]);
  const intent = intentOf(undertaking, {
    deploys: deploysOf(undertaking),
    holders: Object.fromEntries([...holders].map(([name, [only = '']]) => [name, only])),
    identity: fingerprintOf(candidate),
    ...(previous === undefined ? {} : { previous: previous.version, previousIdentity: fingerprintOf(previous) }),
    ...(replaced === undefined ? {} : { replaced }),
    approvers,
    metrics,
    ...(reason === undefined ? {} : { reason }),
    ...(evidence === undefined ? {} : { evidenceDigest: evidence }),
  });
  const isApproved = evidence === undefined || isApprovedBefore(undertaking, standing, given, before);
  const approved = { ...moveRecord(undertaking, given), state: stateOf(stage.name, 'approved') };
  return {
    version: candidate.version,
    stage: stage.name,
    intent,
    records: [
      ...(await firstRecords(undertaking, adopted)),
      ...(isApproved ? [] : [{ version: candidate, tags: tagsOf(approved) }]),
    ],
  };
}

/** A move that is gone on with is not approved once more, unless it is by others or for another policy. */
function isApprovedBefore(
  undertaking: Undertaking,
  standing: Standing,
  { approvers }: Move,
  before: Left['operation'],
): boolean {
  const { source } = undertaking;
  return (
    before !== undefined &&
    isSameMove(undertaking, standing, before) &&
    before.intent.policyDigest === source.digest &&
    before.intent.approvers.toSorted().join() === approvers.toSorted().join()
  );
}

/** Whether the operation brings this very version to this stage. */
function isSameMove({ stage }: Undertaking, { candidate }: Standing, operation: Operation): boolean {
  return operation.stage === stage.name && LoggedVersion.movedBy(operation).is(candidate);
}

function deploysOf({ stage: { deploy } }: Undertaking): Intent['deploys'] {
  if (deploy === undefined) return 'no';
  return deploy.transition === 'before-deploy' ? 'after-transition' : 'before-transition';
}
