import type { SourceDescriptor } from '../domain/metric-source.js';
import type { RegistryDescriptor } from '../domain/registry-descriptor.js';

/** What a policy is read with: one entry for each thing that it may name. */
export interface PolicyTables {
  readonly registries: readonly RegistryDescriptor[];
  readonly sources: readonly SourceDescriptor[];
}
