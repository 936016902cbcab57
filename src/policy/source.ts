import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { PromotionError } from '../errors.js';
import type { GitRepository } from '../git/repository.js';
import { whatExists } from '../nearest.js';
import { loadPolicy, sourceOf } from './load.js';
import type { Policy, PolicySource } from './policy.js';

/** A file at a branch's tip: its text (undefined: no such file), and what else is there. */
interface Tip {
  readonly commit: string;
  readonly text: string | undefined;
  readonly others: readonly string[];
}

/** Where policies can be read from. */
export interface PolicyPlaces {
  readonly workspace: string;
  /** The checkout, where the workspace is one. */
  readonly repository: GitRepository | undefined;
  /** From the event; undefined outside GitHub. */
  readonly defaultBranch: string | undefined;
  /** The branch the run is on; undefined for tags and pull requests. */
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
): Promise<{ policy: Policy; source: PolicySource }> {
  const path = insidePath(request.path, places.workspace);
  if (request.workspace) return loaded(await fromWorkspace(path, places.workspace));
  const source = await fromBranch(path, places, undefined);
  const { policy } = loaded(source);
  const { runBranch } = places;
  if (runBranch === undefined || runBranch === source.ref || !policy.trustedBranches.includes(runBranch))
    return { policy, source };
  return loaded(await fromBranch(path, places, runBranch));
}

function loaded(source: PolicySource): { policy: Policy; source: PolicySource } {
  return { policy: loadPolicy(source), source };
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

async function fromWorkspace(path: string, workspace: string): Promise<PolicySource> {
  const real = await realpath(resolve(workspace, path)).catch(() => undefined);
  const status = real === undefined ? undefined : await stat(real);
  if (real === undefined || status?.isFile() !== true) {
    throw new PromotionError('POLICY_MISSING', `There is no policy at '${path}' in the workspace.`, {
      cure: "Check out the repository first (actions/checkout), or correct the input 'policy'.",
    });
  }
  insidePath(real, await realpath(workspace));
  return sourceOf(path, await readFile(real, 'utf8'), 'workspace');
}

async function fromBranch(path: string, places: PolicyPlaces, branch: string | undefined): Promise<PolicySource> {
  const { repository, fromGithub, defaultBranch } = places;
  const wanted = branch ?? defaultBranch;
  if (repository !== undefined) {
    const tip = await tipOf(repository, path, wanted);
    if (tip !== undefined) return present(path, tip.branch, tip);
  }
  if (fromGithub !== undefined) {
    const file = await fromGithub(path, wanted);
    if (file === undefined) throw missing(path, wanted ?? 'the default branch', []);
    return sourceOf(path, file.text, file.branch, file.commit);
  }
  if (defaultBranch === undefined && repository === undefined) {
    // Outside GitHub and outside git there is no default branch to ask: the folder is all there is.
    return fromWorkspace(path, places.workspace);
  }
  throw new PromotionError(
    'POLICY_UNTRUSTED',
    `The policy of ${wanted === undefined ? 'the default branch' : `branch '${wanted}'`} could not be read: the workspace is no checkout of it and there is no token to ask GitHub with.`,
    {
      cure: "Add a step 'uses: actions/checkout' before this one, or pass 'github-token' with 'permissions: contents: read'.",
    },
  );
}

/** The branch's tip: the remote's, fetched now; in a repository without a remote its own. */
async function tipOf(
  repository: GitRepository,
  path: string,
  wanted: string | undefined,
): Promise<(Tip & { branch: string }) | undefined> {
  if ((await repository.remote()) !== undefined) {
    const branch = wanted ?? (await repository.defaultBranchFromRemote())?.branch;
    if (branch === undefined) return undefined;
    await repository.fetch([`refs/heads/${branch}`]);
    return tipAt(repository, path, 'FETCH_HEAD', branch);
  }
  const candidates = wanted === undefined ? ['main', 'master'] : [wanted];
  for (const branch of candidates) {
    const tip = await tipAt(repository, path, `refs/heads/${branch}`, branch);
    if (tip !== undefined) return tip;
  }
  return wanted === undefined ? tipAt(repository, path, 'HEAD', 'HEAD') : undefined;
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
  const exist = others.length === 0 ? '' : ` ${whatExists('YAML files there', path, others)}`;
  return new PromotionError('POLICY_MISSING', `There is no policy at '${path}' on ${where}.${exist}`, {
    cure: "Merge it there first: a change is judged by the default branch's policy, not by its own. To check a new policy before that, use 'command: lint'.",
  });
}
