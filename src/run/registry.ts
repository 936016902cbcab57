import { checkoutCure } from '../git/checkout-folder.js';
import type { Environment } from '../domain/environment.js';
import { GitRepository } from '../git/repository.js';
import type { Identity } from '../git/tag.js';
import { stagesInOrder } from '../policy/champion.js';
import { descriptorOf } from '../domain/registry-descriptor.js';
import type { LoadedPolicy } from '../policy/policy.js';
import type { Registry } from '../registry/registry.js';
import { passwordsIn } from '../domain/redactor.js';
import { logRepository, refuseForeign } from './repository.js';
import type { RunContext } from './context.js';

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
  const adapter = descriptorOf(run.tables.registries, loaded.policy.registry.type);
  if (adapter.isInCheckout) await refuseForeign(run, repository);
  for (const password of passwordsIn([loaded.policy.registry.uri])) redactor.addSecret(password);
  return adapter.open({
    settings: loaded.policy.registry,
    stages: stagesInOrder(loaded.policy.stages),
    environment: trustedEnvironment(run, loaded),
    repository,
    checkoutCure: (otherwise) => checkoutCure(run.elsewhere, otherwise),
    logRepository: () => logRepository(run, repository),
    identity: identityOf(context.actor),
    redactor,
    origin: context.origin,
    now: () => new Date(),
  });
}

function trustedEnvironment(
  { environment, tables, credentials }: RunContext,
  { policy, source }: LoadedPolicy,
): Environment {
  const { uri } = policy.registry;
  if (source.commit !== undefined || uri === undefined) return environment;
  const { addresses } = descriptorOf(tables.registries, policy.registry.type).credentials;
  const known = addresses.map((name) => environment[name]).find((address) => address !== undefined);
  if (known !== undefined && URL.canParse(known) && new URL(known).origin === new URL(uri).origin) return environment;
  return credentials.without(environment);
}

function identityOf(actor: string | undefined): Identity {
  const name = actor ?? 'gated-model-promotion';
  return { name, email: `${name.replaceAll(/[^A-Za-z0-9-]/g, '-')}@users.noreply.github.com` };
}
