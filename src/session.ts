import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { checkoutCure, checkoutFolder, checkoutsBelow } from './checkout-folder.js';
import { PromotionError } from './errors.js';
import type { Bench } from './evidence/command.js';
import { childEnvironment } from './evidence/environment.js';
import type { Environment } from './environment.js';
import type { GithubContext } from './github/context.js';
import { GitRepository } from './git/repository.js';
import type { Identity } from './git/tag.js';
import type { Inputs } from './inputs.js';
import { stagesInOrder } from './policy/champion.js';
import type { RegistrySettings } from './policy/policy.js';
import { isRemoteOf } from './policy/home.js';
import type { Rulebook } from './rulebook.js';
import { openRegistry } from './registry/open.js';
import { registryCredentials, withoutCredentials } from './registry/registry-credentials.js';
import type { Registry } from './registry/registry.js';
import { Results } from './results.js';
import { passwordsIn, type Veil } from './veil.js';

/** What a run stands on: opened once, handed to the command as arguments. */
export interface Session {
  readonly inputs: Inputs;
  readonly context: GithubContext;
  readonly environment: Environment;
  /** The checkout's folder: where commands run, and what the policy's paths are relative to. */
  readonly workspace: string;
  /** The runner's own, which artifacts are downloaded to. */
  readonly runnerWorkspace: string;
  /** Checkouts below it, where it is none itself; as the input `path` would name them. */
  readonly elsewhere: readonly string[];
  /** Where files of the step alone are made, each kind in a folder of its own. */
  readonly temporary: string;
  /** Plan, evidence and report stay after the step, for an upload. */
  readonly results: Results;
  /** Over everything that is told to anybody. */
  readonly veil: Veil;
  readonly cancelled: AbortSignal;
}

/** Makes the folder for what the run leaves behind. */
export async function openSession(
  inputs: Inputs,
  context: GithubContext,
  environment: Environment,
  veil: Veil,
  cancelled: AbortSignal,
): Promise<Session> {
  const temporary = environment['RUNNER_TEMP'] ?? tmpdir();
  await mkdir(temporary, { recursive: true });
  const runnerWorkspace = environment['GITHUB_WORKSPACE'] ?? process.cwd();
  const workspace = await checkoutFolder(runnerWorkspace, inputs.path);
  const below = await checkoutsBelow(workspace);
  return {
    // It is recorded for good, in the log and in the registry.
    inputs: inputs.reason === undefined ? inputs : { ...inputs, reason: veil.over(inputs.reason) },
    context,
    environment,
    workspace,
    runnerWorkspace,
    elsewhere: below.map((place) => posix.join(inputs.path ?? '.', place)),
    temporary,
    results: await Results.openIn(temporary),
    veil,
    cancelled,
  };
}

export async function openRepository({
  workspace,
  environment,
  inputs,
  context,
}: Session): Promise<GitRepository | undefined> {
  const repository = new GitRepository({
    folder: workspace,
    environment,
    serverUrl: context.serverUrl,
    ...(inputs.githubToken === undefined ? {} : { token: inputs.githubToken }),
  });
  return (await repository.isRepository()) ? repository : undefined;
}

/** Without a checkout, the promotion log is kept by way of an empty clone of the repository on GitHub. */
async function remoteRepository(session: Session): Promise<GitRepository | undefined> {
  const { environment, inputs, context, temporary } = session;
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
async function logRepository(
  session: Session,
  repository: GitRepository | undefined,
): Promise<GitRepository | undefined> {
  const own = repository === undefined ? undefined : await isOwn(session, repository);
  if (own === true) return repository;
  const elsewhere = await remoteRepository(session);
  if (elsewhere === undefined && own === false) await refuseForeign(session, repository);
  return elsewhere ?? repository;
}

/** Whether the checkout's remote is the run's repository; undefined where there is no remote to tell by. */
async function isOwn({ context }: Session, repository: GitRepository): Promise<boolean | undefined> {
  const { repository: home, serverUrl } = context;
  if (home === undefined) return true;
  const remote = await repository.remote();
  return remote === undefined ? undefined : isRemoteOf(remote.url, { ...home, serverUrl });
}

async function refuseForeign(session: Session, repository: GitRepository | undefined): Promise<void> {
  if (repository === undefined || (await isOwn(session, repository)) !== false) return;
  const { url = '' } = (await repository.remote()) ?? {};
  throw new PromotionError(
    'POLICY_UNTRUSTED',
    `The workspace is a checkout of ${url}, and this run is for another repository: what that one records is not believed.`,
    { cure: "Add a step 'uses: actions/checkout' of this repository before this one." },
  );
}

/** Whether the registry is the checkout itself. */
const isInCheckout: Readonly<Record<RegistrySettings['type'], boolean>> = { mlflow: false, git: true };

/**
 * The registry, with credentials only where the policy may be trusted with them: a policy from the workspace
 * may name any server.
 */
export async function openLedger(
  session: Session,
  rulebook: Rulebook,
  repository: GitRepository | undefined,
): Promise<Registry> {
  const { context, veil } = session;
  if (isInCheckout[rulebook.policy.registry.type]) await refuseForeign(session, repository);
  for (const password of passwordsIn([rulebook.policy.registry.uri])) veil.hide(password);
  return openRegistry({
    settings: rulebook.policy.registry,
    stages: stagesInOrder(rulebook.policy.stages),
    environment: trustedEnvironment(session.environment, rulebook),
    repository,
    checkoutCure: (otherwise) => checkoutCure(session.elsewhere, otherwise),
    logRepository: () => logRepository(session, repository),
    identity: identityOf(context.actor),
    veil,
    now: () => new Date(),
  });
}

function trustedEnvironment(environment: Environment, { policy, source }: Rulebook): Environment {
  const { uri } = policy.registry;
  if (source.commit !== undefined || uri === undefined) return environment;
  const { addresses } = registryCredentials[policy.registry.type];
  const known = addresses.map((name) => environment[name]).find((address) => address !== undefined);
  if (known !== undefined && URL.canParse(known) && new URL(known).origin === new URL(uri).origin) return environment;
  return withoutCredentials(environment);
}

/** Who runs this, where, on which commit: for reports and records. */
export function authorOf({ actor, runPage, commit }: GithubContext): {
  readonly actor?: string;
  readonly run?: string;
  readonly commit?: string;
} {
  return {
    ...(actor === undefined ? {} : { actor }),
    ...(runPage === undefined ? {} : { run: runPage }),
    ...(commit === undefined ? {} : { commit }),
  };
}

function identityOf(actor: string | undefined): Identity {
  const name = actor ?? 'gated-model-promotion';
  return { name, email: `${name.replaceAll(/[^A-Za-z0-9-]/g, '-')}@users.noreply.github.com` };
}

export function benchOf(
  session: Session,
  registry: Registry,
  temporary: string,
  { commit }: Rulebook['source'],
): Omit<Bench, 'log' | 'obstacle'> {
  const { context, environment, workspace, veil, cancelled } = session;
  const credentials = registry.credentialNames.map((name) => environment[name] ?? '');
  return {
    workspace,
    temporary,
    // The workspace's own policy is the change's: on GitHub it may be anybody's, and `pass_env` name any secret of the job.
    environment:
      commit === undefined && context.repository !== undefined
        ? childEnvironment(environment, [], [], {})
        : environment,
    passEnv: [],
    credentialNames: registry.credentialNames,
    cancelled,
    // Of addresses that commands may be given, such as a package index.
    secrets: [...credentials, ...veil.hidden, ...passwordsIn(Object.values(environment))],
  };
}
