import { asPromotionError, PromotionError } from '../../domain/errors.js';
import type { Intent } from '../../log/operation.js';
import { fingerprintOf, type Holders, type ModelVersion } from '../../domain/version.js';
import type { Report } from '../../domain/report.js';
import { deploy } from './deploy.js';
import { firstRecords, firstUseNotes } from './first-use.js';
import { soleHolder } from '../judge/holders.js';
import { decideByHandHint } from '../operation/describe.js';
import { intentOf, Journal, type NewOperation } from '../operation/journal.js';
import { preconditions } from '../judge/preconditions.js';
import { tagsOf } from './record.js';
import { deployHolderAgain } from './redeploy.js';
import { isSameMove, type OpenOperation } from '../operation/open-operation.js';
import { notMoved } from './not-moved.js';
import { findDrift, readCurrentStateNow } from '../judge/current-state.js';
import { stateOf } from '../../domain/record.js';
import { type Move, moveRecord, transferStage } from './transfer.js';
import type { CurrentState, PromotionContext } from '../context.js';

/**
 * Puts a version that may be there into its stage, as one operation of the promotion log: reads everything again,
 * opens it and records the approval, deploys and tests, moves the stage, records. When the deployment or its test
 * fails, what can be undone is undone, the registry is as it was, and the version is recorded as failed. Never
 * throws for what the registry or a command does: the report says what was done and what was not.
 * @param open what an ended run has left open: gone on with where it is the same move
 */
export async function move(
  work: PromotionContext,
  currentState: CurrentState,
  given: Move,
  open: OpenOperation,
): Promise<Report> {
  const { stage, model, registry, report } = work;
  const { candidate, previous } = currentState;
  const { checks: judged } = report.current;
  let journal: Journal | undefined;
  let failure: string | undefined;
  try {
    const before = open.operation;
    const adopted: string[] = [];
    const opened = await Journal.open(
      work,
      async () => {
        adopted.length = 0;
        return (
          (given.whoever === true ? undefined : await findDrift(work, currentState)) ??
          (await unmetNow(work, currentState, given)) ??
          opening(work, currentState, given, adopted, before)
        );
      },
      before,
    );
    if (typeof opened === 'string') {
      return report.note(...registry.remarks()).end({
        decision: 'hold',
        reason: opened,
        cure: 'Nothing was moved. Run again to judge by how things stand now.',
      });
    }
    // What was left open is this one now, or given up for it.
    open.operation = undefined;
    journal = opened;
    report.note(...firstUseNotes(adopted));
    if (stage.deploy !== undefined) report.add({ deployed: true });
    const deployment = await deploy(work, currentState, given, journal);
    if (deployment.failed !== undefined) {
      const { failed, checks, undone } = deployment;
      return report.note(...registry.remarks()).end({
        decision: failed.outcome === 'error' ? 'error' : 'reject',
        reason: `${failed.name}: ${failed.reason} ${undone}`,
        cure: failed.cure ?? 'Mend the deployment and promote the version again.',
        checks: [...judged, ...checks],
      });
    }
    if (stage.deploy?.transition === 'before-deploy') await closeMoved(work, candidate, journal);
    else await transferStage(work, currentState, given, journal.under('done'));
    return report.note(...registry.remarks()).end({
      decision: 'promote',
      promoted: true,
      archived: previous !== undefined && given.replaced === 'archived',
      checks: [...judged, ...deployment.checks],
      reason: `${model} ${candidate.version} now holds ${stage.name}${replacedInWords(previous, given)}. ${given.why}`,
    });
  } catch (thrown) {
    failure = asPromotionError(thrown).message;
    const isAsBefore = async (): Promise<boolean> =>
      (await soleHolder(registry, model, stage.name)) === previous?.version;
    if (given.whoever !== true && (await journal?.closeRefused(thrown, isAsBefore)) === true) {
      failure = undefined;
      report.note('The registry refused the first write: nothing was changed, and the operation is closed.');
    }
    if (journal?.deployedInVain === true) report.note(await putRight(work, currentState));
    return notMoved(work, thrown);
  } finally {
    await journal?.leave(failure);
  }
}

/** What stands against a promotion by now: time has gone on, and others were at work, while it was judged. */
async function unmetNow(
  work: PromotionContext,
  { candidate }: CurrentState,
  { replaced }: Move,
): Promise<string | undefined> {
  if (replaced === 'rolled_back') return undefined; // A rollback asks for no proof.
  const fresh = await work.registry.version(work.model, candidate.version);
  const met = await preconditions(work, await readCurrentStateNow(work, fresh));
  const unmet = met.find(({ outcome }) => outcome !== 'passed');
  return unmet === undefined ? undefined : `${unmet.name}: ${unmet.reason}`;
}

/** The stage moved before the deployment, which took its time: it must be there still. */
async function closeMoved(
  { registry, model, stage }: PromotionContext,
  { version }: ModelVersion,
  journal: Journal,
): Promise<void> {
  registry.refresh();
  const holder = await soleHolder(registry, model, stage.name);
  if (holder !== version) {
    throw new PromotionError(
      'REGISTRY_CONFLICT',
      `While ${version} was deployed, ${stage.name} moved to ${holder ?? 'no version'}: somebody moved it by other means.`,
      { cure: decideByHandHint(stage.name) },
    );
  }
  await journal.close('done');
}

async function putRight(work: PromotionContext, currentState: CurrentState): Promise<string> {
  const what = `${currentState.candidate.version} was deployed by this run when its operation was another's already.`;
  try {
    return `${what} ${await deployHolderAgain(work, currentState)}`;
  } catch (thrown) {
    return `${what} Who holds ${work.stage.name} could not be deployed again: ${asPromotionError(thrown).sentence}`;
  }
}

function replacedInWords(previous: ModelVersion | undefined, { replaced }: Move): string {
  if (previous === undefined) return '';
  if (replaced === undefined) return `; it replaces ${previous.version}`;
  return `; ${previous.version}, which it replaces, is ${replaced === 'archived' ? 'archived' : 'rolled back'}`;
}

/** What the log is told as the operation begins. */
async function opening(
  work: PromotionContext,
  currentState: CurrentState,
  given: Move,
  adopted: string[],
  before: OpenOperation['operation'],
): Promise<NewOperation> {
  const { registry, model, policy, stage } = work;
  const { candidate, previous } = currentState;
  const { evidence, approvers, metrics, replaced, reason } = given;
  // Where a stage is in disorder, who holds it is what a rollback is about to decide.
  const holders: Holders =
    given.whoever === true ? new Map() : await registry.holders(model, [...policy.stages.keys()]);
  const intent = intentOf(work, {
    deploys: deploysOf(work),
    holders: Object.fromEntries([...holders].map(([name, [only = '']]) => [name, only])),
    identity: fingerprintOf(candidate),
    ...(previous === undefined ? {} : { previous: previous.version, previousIdentity: fingerprintOf(previous) }),
    ...(replaced === undefined ? {} : { replaced }),
    approvers,
    metrics,
    ...(reason === undefined ? {} : { reason }),
    ...(evidence === undefined ? {} : { evidenceDigest: evidence }),
  });
  const isApproved = evidence === undefined || isApprovedBefore(work, currentState, given, before);
  const approved = { ...moveRecord(work, given), state: stateOf(stage.name, 'approved') };
  return {
    version: candidate.version,
    stage: stage.name,
    intent,
    records: [
      ...(await firstRecords(work, adopted)),
      ...(isApproved ? [] : [{ version: candidate, tags: tagsOf(approved) }]),
    ],
  };
}

/** A move that is gone on with is not approved once more, unless it is by others or for another policy. */
function isApprovedBefore(
  work: PromotionContext,
  currentState: CurrentState,
  { approvers }: Move,
  before: OpenOperation['operation'],
): boolean {
  const { source } = work;
  return (
    before !== undefined &&
    isSameMove(work.stage, currentState.candidate, before) &&
    before.intent.policyDigest === source.digest &&
    before.intent.approvers.toSorted().join() === approvers.toSorted().join()
  );
}

function deploysOf({ stage: { deploy } }: PromotionContext): Intent['deploys'] {
  if (deploy === undefined) return 'no';
  return deploy.transition === 'before-deploy' ? 'after-transition' : 'before-transition';
}
