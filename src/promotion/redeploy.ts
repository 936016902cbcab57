import type { Operation } from '../log/operation.js';
import type { ModelVersion, VersionRecord as Told } from '../registry/registry.js';
import type { Report } from '../verdict/verdict.js';
import { deployWith } from './deploy.js';
import { done } from './draft.js';
import { Journal } from './journal.js';
import { recordBase, tagsOf } from './record.js';
import { stateOf } from './states.js';
import { deployer } from './undo.js';
import type { Standing, Undertaking } from './undertaking.js';

/**
 * Deploys the stage's holder again, over a version whose promotion was begun and could not be undone, and ends that
 * operation. Where it fails, the operation stays open. Throws what the registry throws.
 */
export async function redeploy(
  undertaking: Undertaking,
  standing: Standing,
  operation: Operation,
  draft: Report,
): Promise<Report> {
  const { registry, model, stage, now } = undertaking;
  const { candidate: holder, history } = standing;
  const given: ModelVersion | undefined = await registry.version(model, operation.version).catch(() => undefined);
  const journal = await Journal.takeOver(undertaking, operation);
  return journal.conduct(async () => {
    const run = await deployer(undertaking, { ...standing, previous: given }, operation.id);
    const { checks, failed } = await deployWith(run, undertaking);
    if (failed !== undefined) {
      await journal.stuck(`putting ${holder.version} back failed`, []);
      return {
        ...draft,
        decision: 'error',
        checks,
        reason: `${failed.name}: ${failed.reason} What is live in ${stage.name} is not known.`,
        cure: 'Mend the deployment and run the rollback again.',
        endedAt: now().toISOString(),
      };
    }
    const isKnown = history?.last(operation.version)?.type === 'failed';
    const failure = {
      ...recordBase(undertaking, stage.name),
      state: stateOf(stage.name, 'failed'),
      reason: `its promotion was interrupted, and ${holder.version} was put back`,
    };
    const records: readonly Told[] = isKnown || given === undefined ? [] : [{ version: given, tags: tagsOf(failure) }];
    await journal.close('undone', records);
    const reason = `${model} ${holder.version}, which holds ${stage.name}, is deployed there again: the promotion of ${operation.version} is undone.`;
    return done(draft, now, reason, { checks, notes: registry.remarks() });
  });
}
