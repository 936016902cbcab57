import { PromotionError } from '../domain/errors.js';
import type { Environment } from '../domain/environment.js';
import type { GitRepository } from '../git/repository.js';
import type { Identity } from '../git/tag.js';
import { logRef, PromotionLog } from '../log/promotion-log.js';
import type { RegistrySettings } from '../policy/policy.js';
import { LoggedRegistry } from './logged-registry.js';
import type { Registry } from './registry.js';
import type { Redactor } from '../domain/redactor.js';

/** What adapters are made of. */
export interface RegistryMaterials {
  readonly settings: RegistrySettings;
  /** The policy's stages, in the order that versions pass them. */
  readonly stages: readonly string[];
  /** The environment that addresses and credentials are taken from. */
  readonly environment: Environment;
  readonly repository: GitRepository | undefined;
  /** What to do where a checkout is needed, or as given. */
  readonly checkoutCure: (otherwise: string) => string;
  /** Where the promotion log is kept, for registries that are no repository themselves; made on demand. */
  readonly logRepository: () => Promise<GitRepository | undefined>;
  readonly identity: Identity;
  /** Over what is written into the log for good. */
  readonly redactor: Redactor;
  readonly now: () => Date;
}

/** To add a registry: one folder that implements `Registry`, one line here, its name in the schema. */
const adapters: Readonly<Record<RegistrySettings['type'], (materials: RegistryMaterials) => Promise<Registry>>> = {
  mlflow: async (materials) => {
    const { createMlflowRegistry } = await import('./mlflow/mlflow.js');
    return logged(createMlflowRegistry(materials), materials);
  },
  git: async ({ settings, stages, repository, identity, redactor, now, checkoutCure }) => {
    if (repository === undefined) {
      throw new PromotionError('GIT_FAILED', 'The registry is git, and the workspace is no git repository.', {
        cure: checkoutCure("Check out the repository first: 'uses: actions/checkout' with 'fetch-depth: 0'."),
      });
    }
    const { createGitRegistry } = await import('./git/git-registry.js');
    const log = (model: string): PromotionLog =>
      new PromotionLog({ repository, ref: logRef(model), identity, redactor, now });
    return createGitRegistry({ settings, stages, repository, log, identity, now });
  },
};

/** With the promotion log, where there is a repository to keep it in. */
async function logged(
  registry: Registry,
  { logRepository, identity, redactor, now, stages }: RegistryMaterials,
): Promise<Registry> {
  const repository = await logRepository();
  const log = (model: string): PromotionLog | undefined =>
    repository === undefined
      ? undefined
      : new PromotionLog({ repository, ref: logRef(model), identity, redactor, now });
  return new LoggedRegistry({ registry, log, stages, now });
}

/** The registry that the policy names. Throws `INPUT_INVALID`, `GIT_FAILED` where it cannot be addressed. */
export function openRegistry(materials: RegistryMaterials): Promise<Registry> {
  return adapters[materials.settings.type](materials);
}
