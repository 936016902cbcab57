import { checkoutCure } from '../git/checkout-folder.js';
import type { Environment } from '../domain/environment.js';
import { GitRepository } from '../git/repository.js';
import type { Identity } from '../git/tag.js';
import { stagesInOrder } from '../policy/champion.js';
import type { RegistrySettings, Rulebook } from '../policy/policy.js';
import { openRegistry } from '../registry/registries.js';
import { registryCredentials, withoutCredentials } from '../registry/registry-credentials.js';
import type { Registry } from '../registry/registry.js';
import { passwordsIn } from '../domain/redactor.js';
import { logRepository, refuseForeign } from './repository.js';
import type { Session } from './context.js';

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

function identityOf(actor: string | undefined): Identity {
  const name = actor ?? 'gated-model-promotion';
  return { name, email: `${name.replaceAll(/[^A-Za-z0-9-]/g, '-')}@users.noreply.github.com` };
}
