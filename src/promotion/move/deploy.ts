import { skippedCommand } from '../../evidence/command-check.js';
import type { CommandResult } from '../../domain/check.js';
import type { Journal } from '../operation/journal.js';
import { type Move, transferStage } from './transfer.js';
import { deployer, type Deployer, undoDeployment } from './undo-deploy.js';
import type { CurrentState, PromotionContext } from '../context.js';

/** What became of a deployment. */
export interface Deployment {
  readonly checks: readonly CommandResult[];
  readonly failed?: CommandResult;
  /** What was undone, as a sentence. */
  readonly undone: string;
}

/**
 * Deploys the candidate and tests it, as far as the policy says how. When either fails, it undoes what can be
 * undone, leaves the registry as it was, and records the failure. Throws what the registry throws.
 */
export async function deploy(
  work: PromotionContext,
  currentState: CurrentState,
  given: Move,
  journal: Journal,
): Promise<Deployment> {
  const plan = work.stage.deploy;
  if (plan === undefined) return { checks: [], undone: '' };
  const moved = plan.transition === 'before-deploy';
  if (moved) await transferStage(work, currentState, given, journal.under());
  await journal.deploying();
  const run = await deployer(work, currentState, journal);
  const { checks, failed } = await deployWith(run, work);
  if (failed === undefined) {
    await journal.verified();
    return { checks, undone: '' };
  }
  const why = `${failed.name}: ${failed.reason}`;
  const undoing = await undoDeployment(work, currentState, given, journal, { why, moved, run });
  return { checks: [...checks, ...undoing.checks], failed, undone: undoing.sentence };
}

/** Deploys and tests; the test is not started where the deployment failed. */
export async function deployWith(
  run: Deployer,
  { stage }: Pick<PromotionContext, 'stage'>,
): Promise<{ readonly checks: readonly CommandResult[]; readonly failed?: CommandResult }> {
  const plan = stage.deploy;
  if (plan === undefined) return { checks: [] };
  const deployed = await run('deploy', plan.run);
  const tested =
    plan.smokeTest === undefined
      ? undefined
      : deployed.outcome === 'passed'
        ? await run('smoke test', plan.smokeTest)
        : skippedCommand('smoke test', plan.smokeTest, 'not started: deploy did not succeed');
  const checks = tested === undefined ? [deployed] : [deployed, tested];
  const failed = checks.find((check) => check.outcome === 'failed' || check.outcome === 'error');
  return { checks, ...(failed === undefined ? {} : { failed }) };
}
