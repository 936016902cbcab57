import type { RegistryCredentials } from '../../domain/registry-descriptor.js';

/** None of its own: git's remote is reached with what actions/checkout has kept, or with the token of the input. */
export const gitCredentials: RegistryCredentials = {
  secrets: [],
  companions: [],
  handedOn: [],
  addresses: [],
  basic: [],
};
