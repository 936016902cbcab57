import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { changedJudges } from './changed-judges.js';
import { runsCommands } from './command-names.js';
import { PromotionError } from './errors.js';
import type { Bench } from './evidence/command.js';
import type { GitRepository } from './git/repository.js';
import { centralPlace } from './policy/central.js';
import type { Policy, PolicySource, Stage } from './policy/policy.js';
import type { Undertaking } from './promotion/undertaking.js';
import type { Session } from './session.js';
import { withTrusted, type Laid } from './trusted.js';

interface Court {
  readonly session: Session;
  readonly policy: Policy;
  readonly source: PolicySource;
  readonly stage: Stage;
  readonly repository: GitRepository | undefined;
  readonly temporary: string;
}

type Judges = Pick<Undertaking, 'source' | 'remarks'> & Pick<Bench, 'obstacle'>;

/**
 * Sees to it that what judges is as trusted as the policy: its `trusted` files are laid over the workspace's while
 * `act` runs, no command is started once they have changed again, and what else differs is pointed out.
 * @throws PromotionError `POLICY_UNTRUSTED` where the trusted files cannot be had; see `withTrusted`
 */
export async function withJudges<T>(
  { session, policy, source, stage, repository, temporary }: Court,
  act: (judges: Judges) => Promise<T>,
): Promise<T> {
  const { inputs, workspace } = session;
  const { commit, ref } = source;
  const nothingLaid = { source, obstacle: () => Promise.resolve(undefined) };
  // The workspace's own policy trusts the workspace.
  if (commit === undefined || !runsCommands(inputs.command)) return act(nothingLaid);
  const isCentral = centralPlace(inputs.policy) !== undefined;
  if (isCentral || repository === undefined || !(await has(repository, commit))) {
    if (policy.trusted.length === 0) return act(nothingLaid);
    throw new PromotionError(
      'POLICY_UNTRUSTED',
      `'trusted' names files of the policy's commit ${commit.slice(0, 8)}, and ${isCentral ? 'that is of another repository' : 'the workspace is no checkout that has it'}.`,
      {
        cure: isCentral
          ? "Leave 'trusted' out of a policy for many repositories."
          : "Add a step 'uses: actions/checkout' of this repository before this one.",
      },
    );
  }
  const place = { workspace, repository, commit };
  const at = `${ref} (${commit.slice(0, 8)})`;
  const isHere = (await stat(join(workspace, source.path)).catch(() => undefined)) !== undefined;
  const difference = isHere ? await repository.difference(commit, source.path) : '';
  const folder = join(temporary, 'trusted');
  await mkdir(folder);
  return withTrusted({ ...place, paths: policy.trusted, temporary: folder }, async (laid) => {
    const { different } = laid;
    const changed = await changedJudges(stage, place);
    const remarks = [
      ...(difference === '' ? [] : [`The policy in this checkout differs from that of ${at}, which counts.`]),
      ...(different.length === 0
        ? []
        : [`'trusted': ${some(different)} differ here; commands found them as they are on ${at}.`]),
      ...(changed.length === 0
        ? []
        : [
            `Commands run ${some(changed)}, not as on ${at}: what is judged may have brought its own judge. List them under 'trusted' to run those of ${ref}.`,
          ]),
    ];
    const obstacle = (): ReturnType<Bench['obstacle']> => changedSince(laid);
    return act({ source: difference === '' ? source : { ...source, difference }, remarks, obstacle });
  });
}

/** What one command of the judged change writes there, the next one would run. */
async function changedSince(laid: Laid): ReturnType<Bench['obstacle']> {
  const changed = await laid.changedSince();
  if (changed.length === 0) return undefined;
  return {
    why: `of what is 'trusted', ${some(changed)} changed since it was laid: an earlier command or another process wrote there`,
    cure: "Let no command write there. Where it has to, name the files under 'trusted' one by one, and not their folder.",
  };
}

async function has(repository: GitRepository, commit: string): Promise<boolean> {
  return (await repository.resolve(commit)) !== undefined;
}

function some(paths: readonly string[]): string {
  const more = paths.length > 10 ? ` and ${paths.length - 10} more` : '';
  return `${paths
    .slice(0, 10)
    .map((path) => `'${path}'`)
    .join(', ')}${more}`;
}
