import { checkoutCure } from '../git/checkout-folder.js';
import { runsCommands } from '../domain/command-name.js';
import { PromotionError } from '../domain/errors.js';
import type { GitRepository } from '../git/repository.js';
import type { Stage } from '../policy/policy.js';
import type { RunContext } from './context.js';

/**
 * Whether what is checked out is what the run is for: commands and files measure the former, and `evidence: match:
 * [commit]` counts them for the latter. A pull request's head and its merge are both what its run is for.
 * @returns a remark for the report, where they differ
 * @throws PromotionError `POLICY_UNTRUSTED` where they differ and the stage's evidence must match the commit
 */
export async function checkoutRemarks(
  { inputs: { command }, context, elsewhere }: RunContext,
  repository: GitRepository | undefined,
  { name, evidence }: Stage,
): Promise<readonly string[]> {
  const { sha, commit } = context;
  if (!runsCommands(command)) return [];
  if (repository === undefined && elsewhere.length > 0)
    return [`The workspace, where commands run, is no checkout. ${checkoutCure(elsewhere, '')}`];
  if (repository === undefined || sha === undefined) return [];
  const head = await repository.head();
  if (head === undefined || head === sha || head === commit) return [];
  const pull = context.pullRequest?.headSha;
  if (pull !== undefined && (await repository.parents(head)).includes(pull)) return [];
  const differ = `The checkout's HEAD is ${head.slice(0, 12)}, and this run is for ${sha.slice(0, 12)}`;
  const mustMatch = evidence?.match.includes('commit') === true;
  // What takes a bad version away has to work whatever is checked out, and judges nothing.
  if (!mustMatch || command === 'rollback') return [`${differ}: commands ran on the former.`];
  throw new PromotionError(
    'POLICY_UNTRUSTED',
    `${differ}: what is measured on the former cannot count for the latter, and the evidence of '${name}' must match the commit.`,
    {
      cure: "Check out the run's own commit (actions/checkout without 'ref'), start the run on the commit that is to be judged, or leave 'commit' out of 'evidence.match'.",
    },
  );
}
