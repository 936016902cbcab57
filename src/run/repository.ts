import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { PromotionError } from '../domain/errors.js';
import { GitRepository } from '../git/repository.js';
import { isRemoteOf } from '../git/remote-url.js';
import type { RunContext } from './context.js';

export async function openRepository({
  workspace,
  environment,
  inputs,
  context,
}: RunContext): Promise<GitRepository | undefined> {
  const repository = new GitRepository({
    folder: workspace,
    environment,
    serverUrl: context.serverUrl,
    ...(inputs.githubToken === undefined ? {} : { token: inputs.githubToken }),
  });
  return (await repository.isRepository()) ? repository : undefined;
}

/** Without a checkout, the promotion log is kept by way of an empty clone of the repository on GitHub. */
async function remoteRepository(run: RunContext): Promise<GitRepository | undefined> {
  const { environment, inputs, context, temporary } = run;
  const { repository, serverUrl } = context;
  if (repository === undefined || inputs.githubToken === undefined) return undefined;
  const clone = new GitRepository({
    folder: await mkdtemp(join(temporary, 'model-promotion-log-')),
    environment,
    serverUrl,
    token: inputs.githubToken,
  });
  await clone.createFor(`${serverUrl}/${repository.owner}/${repository.repo}`);
  return clone;
}

/**
 * The log of the run's own repository, as the policy is its own: a checkout of a fork, or of none at all, has what its
 * owner has put there.
 */
export async function logRepository(
  run: RunContext,
  repository: GitRepository | undefined,
): Promise<GitRepository | undefined> {
  const own = repository === undefined ? undefined : await isOwn(run, repository);
  if (own === true) return repository;
  const elsewhere = await remoteRepository(run);
  if (elsewhere === undefined && own === false) await refuseForeign(run, repository);
  return elsewhere ?? repository;
}

/** Whether the checkout's remote is the run's repository; undefined where there is no remote to tell by. */
async function isOwn({ context }: RunContext, repository: GitRepository): Promise<boolean | undefined> {
  const { repository: home, serverUrl } = context;
  if (home === undefined) return true;
  const remote = await repository.remote();
  return remote === undefined ? undefined : isRemoteOf(remote.url, { ...home, serverUrl });
}

export async function refuseForeign(run: RunContext, repository: GitRepository | undefined): Promise<void> {
  if (repository === undefined || (await isOwn(run, repository)) !== false) return;
  const { url = '' } = (await repository.remote()) ?? {};
  throw new PromotionError(
    'POLICY_UNTRUSTED',
    `The workspace is a checkout of ${url}, and this run is for another repository: what that one records is not believed.`,
    { cure: "Add a step 'uses: actions/checkout' of this repository before this one." },
  );
}
