import { asInput } from '../../domain/cure.js';
import { CommandRunner, judgeCommand } from '../../evidence/command-check.js';
import type { Command } from '../../policy/policy.js';
import type { VersionRecord } from '../../registry/registry.js';
import type { CommandResult } from '../../domain/check.js';
import { commandEnvironment } from '../judge/command-environment.js';
import type { Journal } from '../operation/journal.js';
import { tagsOf } from './record.js';
import { type StageRecord, stateOf } from '../../domain/record.js';
import { type Move, returnStage, moveRecord, restoration } from './transfer.js';
import type { CurrentState, PromotionContext } from '../context.js';

/** Runs a command of a deployment. */
export type Deployer = (name: string, command: Command) => Promise<CommandResult>;

/** What became of undoing a deployment. */
export interface Undoing {
  readonly checks: readonly CommandResult[];
  /** What was undone and what was not, in words. */
  readonly sentence: string;
}

/** Prepares to run a deployment's commands for the candidate, with the operation's id, as long as that is ours. */
export async function deployer(
  work: PromotionContext,
  currentState: CurrentState,
  { id, lost }: Pick<Journal, 'id' | 'lost'>,
): Promise<Deployer> {
  const { execution, log, policy } = work;
  const environment = await commandEnvironment(work, currentState, true, id);
  const cancelled = AbortSignal.any([execution.cancelled, lost]);
  const runner = new CommandRunner(
    { ...execution, cancelled, passEnv: [...execution.passEnv, ...policy.passEnv] },
    log,
    false,
  );
  return async (name, command) =>
    judgeCommand(name, command, await runner.run(name, command, environment('candidate')));
}

/**
 * Undoes a deployment as far as the policy says how, gives the stage back where it had moved already, records the
 * failure and ends the operation; when undoing itself fails, the operation stays open.
 * @param why the deployment is undone
 * @param moved whether the stage is the candidate's already
 */
export async function undoDeployment(
  work: PromotionContext,
  currentState: CurrentState,
  given: Pick<Move, 'evidence' | 'approvers' | 'reason'>,
  journal: Journal,
  { why, moved, run }: { readonly why: string; readonly moved: boolean; readonly run?: Deployer },
): Promise<Undoing> {
  const { stage } = work;
  const { candidate } = currentState;
  const { result, sentence } = run === undefined ? nothingDeployed : await undone(work, currentState, run);
  const failure = { ...moveRecord(work, given), state: stateOf(stage.name, 'failed'), reason: why };
  const isStuck = result !== undefined && result.outcome !== 'passed';
  if (moved) await returnStage(work, currentState, failure, journal.under(isStuck ? undefined : 'undone'));
  const records = moved ? [] : await unmoved(work, currentState, failure);
  if (isStuck) await journal.stuck(`undoing the deployment of ${candidate.version} failed`, records);
  else if (!moved) await journal.close('undone', records);
  return { checks: result === undefined ? [] : [result], sentence };
}

/** What is told where the stage has not moved, or was given back already and the log does not know. */
async function unmoved(
  work: PromotionContext,
  currentState: CurrentState,
  failure: StageRecord,
): Promise<readonly VersionRecord[]> {
  const { candidate, previous, history } = currentState;
  const failed = { version: candidate, tags: tagsOf(failure) };
  const isKnown = history?.isHeldBy(work.stage.name, candidate) !== true;
  if (isKnown || previous === undefined) return [failed];
  return [{ version: previous, tags: await restoration(work, currentState, previous, failure) }, failed];
}

const nothingDeployed: { readonly result?: CommandResult; readonly sentence: string } = {
  sentence: 'Nothing had been deployed. The registry is as it was.',
};

async function undone(
  { stage: { name: stage, deploy } }: PromotionContext,
  { previous }: CurrentState,
  run: Deployer,
): Promise<{ readonly result?: CommandResult; readonly sentence: string }> {
  const rollback = deploy?.rollback;
  const leftDeployed = (why: string): { readonly sentence: string } => ({
    sentence: `The version is left deployed: ${why}. The registry is as it was.`,
  });
  if (rollback === undefined) return leftDeployed("the policy has no 'deploy.rollback'");
  if (previous === undefined || previous.uri === '') return leftDeployed('there is no previous version to put back');
  const result = await run('undo deploy', rollback);
  return {
    result,
    sentence:
      result.outcome === 'passed'
        ? `The deployment was undone: ${previous.version} is back. The registry is as it was.`
        : `Undoing it failed too (${result.reason}): the version is left deployed, and ${asInput('rollback', { stage })} puts the last good version back. The registry is as it was.`,
  };
}
