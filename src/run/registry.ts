import { checkoutCure } from '../git/checkout-folder.js';
import type { Environment } from '../domain/environment.js';
import { GitRepository } from '../git/repository.js';
import type { Identity } from '../git/tag.js';
import { stagesInOrder } from '../policy/champion.js';
import type { RegistrySettings, LoadedPolicy } from '../policy/policy.js';
import { openRegistry } from '../registry/registries.js';
import { registryCredentials, withoutCredentials } from '../registry/registry-credentials.js';
import type { Registry } from '../registry/registry.js';
import { passwordsIn } from '../domain/redactor.js';
import { logRepository, refuseForeign } from './repository.js';
import type { RunContext } from './context.js';

/** Whether the registry is the checkout itself. */
const isInCheckout: Readonly<Record<RegistrySettings['type'], boolean>> = { mlflow: false, git: true };

/**
 * The registry, with credentials only where the policy may be trusted with them: a policy from the workspace
 * may name any server.
 */
export async function openRunRegistry(
  run: RunContext,
  loaded: LoadedPolicy,
  repository: GitRepository | undefined,
): Promise<Registry> {
  const { context, redactor } = run;
  if (isInCheckout[loaded.policy.registry.type]) await refuseForeign(run, repository);
  for (const password of passwordsIn([loaded.policy.registry.uri])) redactor.addSecret(password);
  return openRegistry({
    settings: loaded.policy.registry,
    stages: stagesInOrder(loaded.policy.stages),
    environment: trustedEnvironment(run.environment, loaded),
    repository,
    checkoutCure: (otherwise) => checkoutCure(run.elsewhere, otherwise),
    logRepository: () => logRepository(run, repository),
    identity: identityOf(context.actor),
    redactor,
    now: () => new Date(),
  });
}

function trustedEnvironment(environment: Environment, { policy, source }: LoadedPolicy): Environment {
  const { uri } = policy.registry;
  if (source.commit !== undefined || uri === undefined) return environment;
  const { addresses } = registryCredentials[policy.registry.type];
  const known = addresses.map((name) => environment[name]).find((address) => address !== undefined);
  if (known !== undefined && URL.canParse(known) && new URL(known).origin === new URL(uri).origin) return environment;
  return withoutCredentials(environment);
}

function identityOf(actor: string | undefined): Identity {
  const name = actor ?? 'gated-model-promotion';
  return { name, email: `${name.replaceAll(/[^A-Za-z0-9-]/g, '-')}@users.noreply.github.com` };
}
