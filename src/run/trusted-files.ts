import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { besideTrusted } from '../evidence/surroundings/changed-beside.js';
import { dotenvBeside, isShell } from '../evidence/surroundings/shell.js';
import { type Beside, Surroundings } from '../evidence/surroundings/surroundings.js';
import { checkoutCure } from '../git/checkout-folder.js';
import { changedJudges } from '../evidence/exec/changed-scripts.js';
import { runsCommands } from '../domain/command-name.js';
import { PromotionError } from '../domain/errors.js';
import type { ExecutionContext } from '../evidence/exec/run-command.js';
import { childEnvironment, withoutRegistry } from '../evidence/exec/environment.js';
import type { GitRepository } from '../git/repository.js';
import { centralPlace } from '../policy/central-policy.js';
import { commandsOf } from '../policy/lint/commands.js';
import type { Policy, Stage } from '../policy/policy.js';
import type { PolicySource } from '../domain/report.js';
import type { PromotionContext } from '../promotion/context.js';
import type { RunContext } from './context.js';
import { type PinnedFiles, pinFiles } from '../evidence/exec/pinned-files.js';

interface TrustedFilesOptions {
  readonly run: RunContext;
  readonly policy: Policy;
  readonly source: PolicySource;
  readonly stage: Stage;
  readonly repository: GitRepository | undefined;
  readonly temporary: string;
}

type TrustedFiles = Pick<PromotionContext, 'source' | 'remarks'> & Pick<ExecutionContext, 'blocked'>;

/**
 * Sees to it that what judges is as trusted as the policy: its `trusted` files are pinned over the workspace's while
 * `act` runs, no command is started once they have changed again, and what else differs is pointed out.
 * @throws PromotionError `POLICY_UNTRUSTED` where the trusted files cannot be had; see `withTrusted`
 */
export async function openTrustedFiles<T>(
  { run, policy, source, stage, repository, temporary }: TrustedFilesOptions,
  act: (judges: TrustedFiles) => Promise<T>,
): Promise<T> {
  const { inputs, workspace } = run;
  const { commit, ref } = source;
  const nothingLaid = { source, blocked: () => Promise.resolve(undefined) };
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
          : checkoutCure(run.elsewhere, "Add a step 'uses: actions/checkout' of this repository before this one."),
      },
    );
  }
  const place = { workspace, repository, commit };
  const at = `${ref} (${commit.slice(0, 8)})`;
  const isHere = (await stat(join(workspace, source.path)).catch(() => undefined)) !== undefined;
  const difference = isHere ? await repository.difference(commit, source.path) : '';
  const folder = join(temporary, 'trusted');
  await mkdir(folder);
  return pinFiles({ ...place, paths: policy.trusted, temporary: folder }, async (pinned) => {
    const { different } = pinned;
    const around = policy.trusted.length === 0 ? undefined : await surroundings(run, policy, stage, place);
    const changed = await changedJudges(stage, place, around?.trustedFiles.filter(isShell));
    const beside = (): Promise<readonly Beside[]> =>
      around === undefined ? Promise.resolve([]) : besideTrusted(around, join(folder, 'beside'));
    const found = await beside();
    const dotenv = around === undefined ? [] : await dotenvBeside(around);
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
      ...(found.length === 0 ? [] : [`${besideWhy(found, at)}. ${besideCure}`]),
      ...(dotenv.length === 0 ? [] : [`Beside what is 'trusted', ${some(dotenv)} differ from those on ${at}.`]),
    ];
    const blocked = async (): ReturnType<ExecutionContext['blocked']> => {
      const since = await changedSincePinned(pinned);
      // What takes a bad version away has to work whatever lies about.
      if (since !== undefined || inputs.command === 'rollback') return since;
      const now = await beside();
      return now.length === 0 ? undefined : { why: besideWhy(now, at), cure: besideCure };
    };
    return act({ source: difference === '' ? source : { ...source, difference }, remarks, blocked: blocked });
  });
}

/** What one command of the judged change writes there, the next one would run. */
async function changedSincePinned(pinned: PinnedFiles): ReturnType<ExecutionContext['blocked']> {
  const changed = await pinned.changedSince();
  if (changed.length === 0) return undefined;
  return {
    why: `of what is 'trusted', ${some(changed)} changed since it was pinned: an earlier command or another process wrote there`,
    cure: "Let no command write there. Where it has to, name the files under 'trusted' one by one, and not their folder.",
  };
}

const besideCure = "Add it to 'trusted', or keep what is trusted in a folder of its own, and name that folder.";

function besideWhy(found: readonly Beside[], at: string): string {
  const shown = found.slice(0, 5).map(({ file, why }) => `'${file}' is not as on ${at}, and ${why}`);
  const more = found.length > shown.length ? `; and ${found.length - shown.length} more` : '';
  return `${shown.join('; ')}${more}`;
}

/** What trusted files stand in: read once, for a command can write to the repository. */
function surroundings(
  { workspace, environment, credentials }: RunContext,
  policy: Policy,
  stage: Stage,
  { repository, commit }: { readonly repository: GitRepository; readonly commit: string },
): Promise<Surroundings> {
  const commands = commandsOf(stage);
  const passEnv = [...policy.passEnv, ...commands.flatMap((command) => command.passEnv)];
  const given = { workspace, trusted: policy.trusted, commands };
  return Surroundings.read(
    { ...given, environment: childEnvironment(environment, passEnv, withoutRegistry(credentials), {}) },
    repository,
    commit,
  );
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
