import { LoggedVersion } from '../../log/logged-version.js';
import type { Operation } from '../../log/operation.js';
import type { VersionRecord as Told } from '../../registry/registry.js';
import type { Report } from '../../domain/report.js';
import { deployWith } from './deploy.js';
import { soleHolder } from '../judge/holders.js';
import { intentOf, Journal } from '../operation/journal.js';
import { present } from '../judge/present.js';
import { recordBase, tagsOf } from './record.js';
import { readCurrentState } from '../judge/current-state.js';
import { stateOf } from '../../domain/record.js';
import { deployer } from './undo-deploy.js';
import type { CurrentState, PromotionContext } from '../context.js';

/**
 * What this run has deployed for an operation that was another's by then may be live, and nobody would know: as an
 * operation of its own, whoever holds the stage is deployed again. Throws what the registry throws.
 * @returns what was done, in words
 */
export async function deployHolderAgain(work: PromotionContext, { candidate }: CurrentState): Promise<string> {
  const { registry, model, stage } = work;
  let holder = '';
  const journal = await Journal.open(work, async () => {
    holder = (await soleHolder(registry, model, stage.name)) ?? '';
    if (holder === '' || holder === candidate.version) return `${holder || 'Nobody'} holds ${stage.name} now.`;
    // As if its promotion had been begun again: whoever finds this one interrupted puts the holder back.
    const intent = intentOf(work, { deploys: 'before-transition', previous: holder });
    return { version: candidate.version, stage: stage.name, intent, records: [] };
  });
  if (typeof journal === 'string') return journal;
  return journal.conduct(async () => {
    await journal.deploying();
    const currentState = await readCurrentState(work, await registry.version(model, holder));
    const run = await deployer(work, { ...currentState, previous: candidate }, journal);
    const { failed } = await deployWith(run, work);
    if (failed !== undefined) {
      await journal.stuck(`putting ${holder} back failed`, []);
      return `${holder}, which holds ${stage.name}, could not be deployed again (${failed.reason}): what is live is not known.`;
    }
    await journal.close('undone');
    return `${holder}, which holds ${stage.name}, was deployed again.`;
  });
}

/**
 * Deploys the stage's holder again, over a version whose promotion was begun and could not be undone, and ends that
 * operation. Where it fails, the operation stays open. Throws what the registry throws.
 */
export async function redeploy(
  work: PromotionContext,
  currentState: CurrentState,
  operation: Operation,
): Promise<Report> {
  const { registry, model, stage, report } = work;
  const { candidate: holder, history } = currentState;
  const moved = LoggedVersion.movedBy(operation);
  const given = await present(registry, model, moved);
  const journal = await Journal.takeOver(work, operation);
  return journal.conduct(async () => {
    const run = await deployer(work, { ...currentState, previous: given }, journal);
    const { checks, failed } = await deployWith(run, work);
    if (failed !== undefined) {
      await journal.stuck(`putting ${holder.version} back failed`, []);
      return report.end({
        decision: 'error',
        deployed: true,
        checks,
        reason: `${failed.name}: ${failed.reason} What is live in ${stage.name} is not known.`,
        cure: 'Mend the deployment and run the rollback again.',
      });
    }
    const isKnown = history?.last(moved)?.type === 'failed';
    const failure = {
      ...recordBase(work, stage.name),
      state: stateOf(stage.name, 'failed'),
      reason: `its promotion was interrupted, and ${holder.version} was put back`,
    };
    const records: readonly Told[] = isKnown || given === undefined ? [] : [{ version: given, tags: tagsOf(failure) }];
    await journal.close('undone', records);
    const reason = `${model} ${holder.version}, which holds ${stage.name}, is deployed there again: the promotion of ${operation.version} is undone.`;
    return report.note(...registry.remarks()).done(reason, { deployed: true, checks });
  });
}
