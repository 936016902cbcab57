import { PromotionError } from '../domain/errors.js';
import type { GitRepository } from '../git/repository.js';
import { openGithub } from '../github/client.js';
import type { FileThere } from '../github/contents.js';
import { parseRequest, type PromotionRequest } from '../policy/request-file.js';
import { believed, tipOf } from '../policy/trusted-source.js';
import { placesOf } from './policy.js';
import type { RunContext } from './context.js';

/**
 * Reads a promotion request at the tip of the default branch: what was merged, whatever the workspace has.
 * @throws PromotionError `REQUEST_MISSING`, `REQUEST_INVALID`, `POLICY_UNTRUSTED` where the default branch cannot be read, and what git
 *   and GitHub throw
 */
export async function mergedRequest(
  run: RunContext,
  repository: GitRepository | undefined,
  path: string,
): Promise<PromotionRequest> {
  const places = await placesOf(run, repository);
  const checkout = (await believed(places)).repository;
  if (checkout !== undefined) {
    const tip = await tipOf(checkout, path, undefined, places.defaultBranch);
    if (tip !== undefined) return parsed(path, await fromGit(checkout, tip.commit, path, tip.branch));
  }
  const github = await openGithub(run.context, run.inputs.githubToken);
  if (github !== undefined) {
    const { fileAt } = await import('../github/contents.js');
    return parsed(path, await fileAt(github, path, undefined));
  }
  throw new PromotionError(
    'POLICY_UNTRUSTED',
    `The promotion request '${path}' could not be read: the workspace is no checkout of this repository, and there is no token to ask GitHub with.`,
    {
      cure: "Add a step 'uses: actions/checkout' before this one, or pass 'github-token' with 'permissions: contents: read'.",
    },
  );
}

/**
 * Reads a promotion request as the change of this run has it: in a pull request, for `gate`, which moves nothing. The
 * checkout of a run for a pull request is the pull request's; where another event has another checkout, its head is read.
 */
export async function proposedRequest(
  run: RunContext,
  repository: GitRepository | undefined,
  path: string,
): Promise<PromotionRequest> {
  const { event, pullRequest } = run.context;
  const head = event === 'pull_request' ? undefined : pullRequest?.headSha;
  const here = await repository?.head();
  if (repository !== undefined && here !== undefined && (head === undefined || head === here)) {
    return parsed(path, await fromGit(repository, here, path, 'the checkout'));
  }
  const github = await openGithub(run.context, run.inputs.githubToken);
  const commit = pullRequest?.headSha ?? '';
  if (github !== undefined && commit !== '') {
    const { fileAt } = await import('../github/contents.js');
    return parsed(path, await fileAt(github, path, { commit, name: `pull request #${pullRequest?.number ?? ''}` }));
  }
  throw new PromotionError(
    'REQUEST_INVALID',
    `The promotion request '${path}' of this pull request could not be read.`,
    {
      cure: "Add a step 'uses: actions/checkout' of the pull request before this one.",
    },
  );
}

async function fromGit(repository: GitRepository, commit: string, path: string, name: string): Promise<FileThere> {
  const where = `${name} (${commit.slice(0, 8)})`;
  const entry = (await repository.listFiles(commit, [path])).find((each) => each.path === path);
  const text = entry === undefined ? undefined : await repository.show(commit, path);
  return { where, text, isLink: entry?.mode === '120000' };
}

function parsed(path: string, { text, where, isLink }: FileThere): PromotionRequest {
  if (isLink) {
    throw new PromotionError('REQUEST_INVALID', `${path}:1:1: On ${where} this is a symbolic link, and no file.`, {
      cure: 'Make it a file in a pull request: who changes what a link leads to does not change the request.',
    });
  }
  if (text !== undefined) return parseRequest(path, text, where);
  throw new PromotionError('REQUEST_MISSING', `There is no promotion request at '${path}' on ${where}.`, {
    cure: "Add it in a pull request, with the two lines 'version:' and 'identity:' that 'command: gate' prints for a version.",
  });
}
