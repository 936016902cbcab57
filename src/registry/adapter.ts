import type { Environment } from '../domain/environment.js';
import type { Redactor } from '../domain/redactor.js';
import type { RegistryDescriptor, RegistrySettings } from '../domain/registry-descriptor.js';
import type { GitRepository } from '../git/repository.js';
import type { Identity } from '../git/tag.js';
import type { Registry } from './registry.js';

/** What a registry is opened with. */
export interface RegistryMaterials<Settings extends RegistrySettings = RegistrySettings> {
  readonly settings: Settings;
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
  /** Where the log is written, where that is no workflow. */
  readonly origin?: 'local' | undefined;
  readonly now: () => Date;
}

/** A registry as the table has it: what is known of it beforehand, and how it is opened. */
export interface RegistryAdapter<
  Settings extends RegistrySettings = RegistrySettings,
> extends RegistryDescriptor<Settings> {
  /** Throws `INPUT_INVALID`, `GIT_FAILED` where it cannot be addressed. */
  open(materials: RegistryMaterials<Settings>): Promise<Registry>;
}
