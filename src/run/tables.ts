import { sources } from '../evidence/metrics/sources.js';
import type { PolicyTables } from '../policy/tables.js';
import type { RegistryAdapter } from '../registry/adapter.js';
import { registries } from '../registry/registries.js';

/** What this action knows how to work with; passed down as arguments, so that no policy depends on an adapter. */
export interface Tables extends PolicyTables {
  readonly registries: readonly RegistryAdapter[];
}

export const tables: Tables = { registries, sources };
