import { CredentialNames } from '../../src/domain/credential-names.js';
import { type CredentialAccess, withoutRegistry } from '../../src/evidence/exec/environment.js';
import { registries } from '../../src/registry/registries.js';

/** Those of the action's own table of registries. */
export const credentials = new CredentialNames(registries);

/** As for a command that is handed none of them. */
export const noCredentials: CredentialAccess = withoutRegistry(credentials);
