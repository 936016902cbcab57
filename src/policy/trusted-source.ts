import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { checkoutCure } from '../git/checkout-folder.js';
import { PromotionError } from '../domain/errors.js';
import type { GitRepository } from '../git/repository.js';
import { listKnownNames } from '../domain/suggest.js';
import { loadPolicy, sourceOf } from './load.js';
import type { PolicyTables } from './tables.js';
import type { Policy } from './policy.js';
import type { PolicySource } from '../domain/report.js';
import { type Home, isRemoteOf } from '../git/remote-url.js';

/** A file at a branch's tip: its text (undefined: no such file), and what else is there. */
interface Tip {
  readonly commit: string;
  readonly text: string | undefined;
  readonly others: readonly string[];
}

/** Where policies can be read from. */
export interface PolicyPlaces {
  readonly workspace: string;
  /** Checkouts below the workspace, where it is none itself. */
  readonly elsewhere?: readonly string[];
  /** The checkout, where the workspace is one. */
  readonly repository: GitRepository | undefined;
  /** The repository that the run is for; undefined outside GitHub. */
  readonly home: Home | undefined;
  /** From the event, which may be old or lack it: it counts only where neither git nor GitHub can be asked. */
  readonly defaultBranch: string | undefined;
  /** The branch the run is on; undefined for tags, pull requests and events that are not known. */
  readonly runBranch: string | undefined;
  /** GitHub's API, where there is a token; used when there is no checkout. */
  readonly fromGithub:
    | ((
        path: string,
        branch: string | undefined,
      ) => Promise<{ text: string; commit: string; branch: string } | undefined>)
    | undefined;
}

export interface PolicyRequest {
  readonly path: string;
  /** Whether the file in the workspace counts: for `lint`, and for dry runs that ask for it. */
  readonly workspace: boolean;
}

/**
 * Reads and validates the policy that counts: the tip of the default branch, whatever branch, tag or pull request
 * the run is for, so that no change brings its own judge. A branch that this policy trusts is judged by its own.
 * @throws PromotionError `POLICY_MISSING`, `POLICY_INVALID`, `POLICY_UNTRUSTED`, and what git throws
 */
export async function readPolicy(
  request: PolicyRequest,
  places: PolicyPlaces,
  tables: PolicyTables,
): Promise<{ policy: Policy; source: PolicySource }> {
  const path = insidePath(request.path, places.workspace);
  if (request.workspace) return loaded(await fromWorkspace(path, places), tables);
  const source = await fromBranch(path, places, undefined);
  const { policy } = loaded(source, tables);
  const { runBranch } = places;
  if (runBranch === undefined || runBranch === source.ref || !policy.trustedBranches.includes(runBranch))
    return { policy, source };
  return loaded(await fromBranch(path, places, runBranch), tables);
}

function loaded(source: PolicySource, tables: PolicyTables): { policy: Policy; source: PolicySource } {
  return { policy: loadPolicy(source, tables), source };
}

/** The path as git names it: relative to the workspace, with forward slashes. */
function insidePath(path: string, workspace: string): string {
  const inside = relative(workspace, resolve(workspace, path));
  if (inside === '' || inside.startsWith('..') || isAbsolute(inside)) {
    throw new PromotionError('FILE_UNSAFE', `The policy '${path}' is not a file inside the workspace.`, {
      cure: "Give a path relative to the repository's root.",
    });
  }
  return inside.replaceAll('\\', '/');
}

async function fromWorkspace(path: string, { workspace, elsewhere = [] }: PolicyPlaces): Promise<PolicySource> {
  const real = await realpath(resolve(workspace, path)).catch(() => undefined);
  const status = real === undefined ? undefined : await stat(real);
  if (real === undefined || status?.isFile() !== true) {
    throw new PromotionError('POLICY_MISSING', `There is no policy at '${path}' in the workspace.`, {
      cure: checkoutCure(
        elsewhere,
        "Check out the repository first (actions/checkout), or correct the input 'policy'.",
      ),
    });
  }
  insidePath(real, await realpath(workspace));
  return sourceOf(path, await readFile(real, 'utf8'), 'workspace');
}

/** The checkout, where what its remote or its branches say is what the run's repository says. */
export async function believed({ repository, fromGithub, home }: PolicyPlaces): Promise<{
  readonly repository: GitRepository | undefined;
  /** The remote of a checkout of another repository. */
  readonly foreign: string | undefined;
}> {
  const remote = await repository?.remote();
  const foreign = home !== undefined && remote !== undefined && !isRemoteOf(remote.url, home);
  // A checkout that is no clone has only what is in the workspace, which any step may have written.
  const asksGithub = fromGithub !== undefined && (remote === undefined || foreign);
  return { repository: foreign || asksGithub ? undefined : repository, foreign: foreign ? remote.url : undefined };
}

/** @param branch undefined for the default branch */
async function fromBranch(path: string, places: PolicyPlaces, branch: string | undefined): Promise<PolicySource> {
  const { fromGithub, defaultBranch, home } = places;
  const { repository, foreign } = await believed(places);
  if (repository !== undefined) {
    const tip = await tipOf(repository, path, branch, defaultBranch);
    if (tip !== undefined) return present(path, tip.branch, tip);
  }
  if (fromGithub !== undefined) {
    const file = await fromGithub(path, branch);
    if (file === undefined) throw missing(path, branch ?? 'the default branch', []);
    return sourceOf(path, file.text, file.branch, file.commit);
  }
  if (defaultBranch === undefined && places.repository === undefined && home === undefined) {
    // Outside GitHub and outside git there is no default branch to ask: the folder is all there is.
    return fromWorkspace(path, places);
  }
  const why =
    foreign === undefined ? 'the workspace is no checkout of it' : `the workspace is a checkout of ${foreign}`;
  throw new PromotionError(
    'POLICY_UNTRUSTED',
    `The policy of ${branch === undefined ? 'the default branch' : `branch '${branch}'`} could not be read: ${why} and there is no token to ask GitHub with.`,
    {
      cure: checkoutCure(
        places.elsewhere ?? [],
        "Add a step 'uses: actions/checkout' before this one, or pass 'github-token' with 'permissions: contents: read'.",
      ),
    },
  );
}

/**
 * The branch's tip: the remote's, fetched now; in a repository without a remote its own. Which branch is the default
 * one the remote says: the event of a run that was run again, or waited for an approval, is as old as its first attempt.
 */
export async function tipOf(
  repository: GitRepository,
  path: string,
  wanted: string | undefined,
  fromEvent: string | undefined,
): Promise<(Tip & { branch: string }) | undefined> {
  if ((await repository.remote()) !== undefined) {
    const asked = wanted === undefined ? await repository.defaultBranchFromRemote() : undefined;
    const branch = wanted ?? asked?.branch ?? fromEvent;
    if (branch === undefined) return undefined;
    const commit = await repository.bringTip(branch, asked?.commit);
    return commit === undefined ? undefined : tipAt(repository, path, commit, branch);
  }
  const named = wanted ?? fromEvent;
  const candidates = named === undefined ? ['main', 'master'] : [named];
  for (const branch of candidates) {
    const tip = await tipAt(repository, path, `refs/heads/${branch}`, branch);
    if (tip !== undefined) return tip;
  }
  return named === undefined ? tipAt(repository, path, 'HEAD', 'HEAD') : undefined;
}

async function tipAt(
  repository: GitRepository,
  path: string,
  ref: string,
  branch: string,
): Promise<(Tip & { branch: string }) | undefined> {
  const commit = await repository.resolve(ref);
  if (commit === undefined) return undefined;
  const text = await repository.show(commit, path);
  const folder = dirname(path);
  const others = text !== undefined ? [] : await repository.listFiles(commit, folder === '.' ? [] : [folder]);
  return { branch, commit, text, others: others.map((entry) => entry.path).filter((name) => /\.ya?ml$/.test(name)) };
}

function present(path: string, branch: string, tip: Tip): PolicySource {
  if (tip.text === undefined) throw missing(path, `${branch} (${tip.commit.slice(0, 8)})`, tip.others);
  return sourceOf(path, tip.text, branch, tip.commit);
}

function missing(path: string, where: string, others: readonly string[]): PromotionError {
  const exist = others.length === 0 ? '' : ` ${listKnownNames('YAML files there', path, others)}`;
  return new PromotionError('POLICY_MISSING', `There is no policy at '${path}' on ${where}.${exist}`, {
    cure: "Merge it there first: a change is judged by the default branch's policy, not by its own. To check a new policy before that, use 'command: lint'.",
  });
}
