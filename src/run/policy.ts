import { changesHolders } from '../domain/command-name.js';
import { PromotionError } from '../domain/errors.js';
import type { GitRepository } from '../git/repository.js';
import { openGithub } from '../github/client.js';
import { centralPlace, type CentralPlace } from '../policy/central-policy.js';
import { loadPolicy, sourceOf } from '../policy/load.js';
import { type PolicyPlaces, readPolicy } from '../policy/trusted-source.js';
import type { RunContext } from './context.js';
import type { LoadedPolicy } from '../policy/policy.js';

/** The policy that counts for this run; see `policy/source.ts`. */
export async function loadRunPolicy(run: RunContext, repository: GitRepository | undefined): Promise<LoadedPolicy> {
  const { inputs } = run;
  const central = centralPlace(inputs.policy);
  if (central !== undefined) return openCentral(run, central);
  return readPolicy(
    { path: inputs.policy, workspace: inputs.policyRef === 'workspace' || inputs.command === 'lint' },
    await placesOf(run, repository),
    run.tables,
  );
}

/** Where the run's own repository can be read. */
export async function placesOf(
  { inputs, context, workspace, elsewhere }: RunContext,
  repository: GitRepository | undefined,
): Promise<PolicyPlaces> {
  const { fileReader } = await import('../github/contents.js');
  return {
    workspace,
    elsewhere,
    repository,
    home: context.repository === undefined ? undefined : { ...context.repository, serverUrl: context.serverUrl },
    defaultBranch: context.defaultBranch,
    runBranch: context.branch,
    fromGithub: fileReader(context, inputs.githubToken),
  };
}

/**
 * A policy of another repository. Whoever can push a branch could name another one in its workflow, so it is one
 * of the same owner's, and to move a version takes a workflow that is merged.
 */
async function openCentral({ inputs, context, tables }: RunContext, place: CentralPlace): Promise<LoadedPolicy> {
  if (inputs.policyRef === 'workspace') {
    throw new PromotionError(
      'INPUT_INVALID',
      `Input 'policy-ref' is 'workspace', and '${inputs.policy}' is a policy of another repository.`,
      { cure: "Leave 'policy-ref' empty." },
    );
  }
  const { isMerged, readCentral } = await import('../github/contents.js');
  const github = await openGithub(context, inputs.githubToken);
  if (github === undefined) {
    throw new PromotionError(
      'POLICY_UNTRUSTED',
      `The policy '${inputs.policy}' is of another repository, and this does not run on GitHub, or it has no token.`,
      {
        cure: "Leave the input 'github-token' as it is, or name a policy of this repository.",
      },
    );
  }
  if (place.owner.toLowerCase() !== github.owner.toLowerCase()) {
    throw new PromotionError(
      'POLICY_UNTRUSTED',
      `The policy '${inputs.policy}' is not of a repository of '${github.owner}'.`,
      {
        cure: `Keep it in a repository of '${github.owner}': whoever owns the policy decides what is promoted.`,
      },
    );
  }
  if (changesHolders(inputs.command) && !inputs.dryRun && !(await isMerged(github, context.sha ?? ''))) {
    throw new PromotionError(
      'POLICY_UNTRUSTED',
      `The workflow that names the policy '${inputs.policy}' is of a commit that is not merged into the default branch.`,
      {
        cure: 'Merge it first, and run it there or from a tag of it: a branch may not bring its own judge.',
      },
    );
  }
  const { text, commit, branch } = await readCentral(github, place);
  const source = sourceOf(`${place.owner}/${place.repo}/${place.path}`, text, branch, commit);
  return { policy: loadPolicy(source, tables), source };
}
