import { PromotionError } from '../errors.js';
import type { Environment } from '../environment.js';
import type { GitRepository } from '../git/repository.js';
import type { Identity } from '../git/tag.js';
import { logRef, PromotionLog } from '../log/promotion-log.js';
import type { RegistrySettings } from '../policy/policy.js';
import type { Registry } from './registry.js';

/** What adapters are made of. */
export interface RegistryMaterials {
  readonly settings: RegistrySettings;
  /** The environment that addresses and credentials are taken from. */
  readonly environment: Environment;
  readonly repository: GitRepository | undefined;
  readonly identity: Identity;
  readonly now: () => Date;
}

/** To add a registry: one folder that implements `Registry`, one line here, its name in the schema. */
const adapters: Readonly<Record<RegistrySettings['type'], (materials: RegistryMaterials) => Promise<Registry>>> = {
  mlflow: async ({ settings, environment }) => {
    const { createMlflowRegistry } = await import('./mlflow/mlflow.js');
    return createMlflowRegistry({ settings, environment });
  },
  git: async ({ settings, repository, identity, now }) => {
    if (repository === undefined) {
      throw new PromotionError('GIT_FAILED', 'The registry is git, and the workspace is no git repository.', {
        cure: "Check out the repository first: 'uses: actions/checkout' with 'fetch-depth: 0'.",
      });
    }
    const { createGitRegistry } = await import('./git/git-registry.js');
    const log = (model: string): PromotionLog => new PromotionLog({ repository, ref: logRef(model), identity, now });
    return createGitRegistry({ settings, repository, log, identity, now });
  },
};

/** The registry that the policy names. Throws `INPUT_INVALID`, `GIT_FAILED` where it cannot be addressed. */
export function openRegistry(materials: RegistryMaterials): Promise<Registry> {
  return adapters[materials.settings.type](materials);
}
