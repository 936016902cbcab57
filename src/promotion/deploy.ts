import { CommandRunner, judgeCommand, skippedCommand } from '../evidence/step.js';
import type { Command } from '../policy/policy.js';
import type { CommandResult } from '../verdict/verdict.js';
import { commandEnvironment, type CommandEnvironment } from './command-environment.js';
import { tagsOf } from './record.js';
import { stateOf } from './states.js';
import { moveBack, moveRecord, transit, type Move } from './transit.js';
import type { Standing, Undertaking } from './undertaking.js';

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
export async function deploy(undertaking: Undertaking, standing: Standing, given: Move): Promise<Deployment> {
  const { stage, bench, log, registry, policy } = undertaking;
  const plan = stage.deploy;
  if (plan === undefined) return { checks: [], undone: '' };
  if (plan.transition === 'before-deploy') await transit(undertaking, standing, given);
  const environment = await commandEnvironment(undertaking, standing, true);
  const runner = new CommandRunner({ ...bench, passEnv: [...bench.passEnv, ...policy.passEnv] }, log, false);
  const run = async (name: string, command: Command): Promise<CommandResult> =>
    judgeCommand(name, command, await runner.run(name, command, environment('candidate')));
  const checks = [await run('deploy', plan.run)];
  if (plan.smokeTest !== undefined) {
    const deployed = checks[0]?.outcome === 'passed';
    checks.push(
      deployed
        ? await run('smoke test', plan.smokeTest)
        : skippedCommand('smoke test', plan.smokeTest, 'not started: deploy did not succeed'),
    );
  }
  const failed = checks.find((check) => check.outcome === 'failed' || check.outcome === 'error');
  if (failed === undefined) return { checks, undone: '' };
  const undoing = await undo(standing, plan.rollback, run, environment);
  const failure = {
    ...moveRecord(undertaking, given),
    state: stateOf(stage.name, 'failed'),
    reason: `${failed.name}: ${failed.reason}`,
  };
  if (plan.transition === 'before-deploy') await moveBack(undertaking, standing, failure);
  else await registry.tag(standing.candidate, tagsOf(failure));
  return { checks: [...checks, ...undoing.checks], failed, undone: undoing.sentence };
}

async function undo(
  { previous }: Standing,
  rollback: Command | undefined,
  run: (name: string, command: Command) => Promise<CommandResult>,
  environment: CommandEnvironment,
): Promise<{ readonly checks: readonly CommandResult[]; readonly sentence: string }> {
  const leftDeployed = (why: string): { checks: []; sentence: string } => ({
    checks: [],
    sentence: `The version is left deployed: ${why}. The registry is as it was.`,
  });
  if (rollback === undefined) return leftDeployed("the policy has no 'deploy.rollback'");
  if (previous === undefined || environment('candidate')['PREVIOUS_URI'] === '') {
    return leftDeployed('there is no previous version to put back');
  }
  const result = await run('undo deploy', rollback);
  return {
    checks: [result],
    sentence:
      result.outcome === 'passed'
        ? `The deployment was undone: ${previous.version} is back. The registry is as it was.`
        : `Undoing it failed too (${result.reason}): the version is left deployed. The registry is as it was.`,
  };
}
