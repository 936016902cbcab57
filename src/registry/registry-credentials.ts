import type { Environment } from '../domain/environment.js';
import type { RegistrySettings } from '../policy/policy.js';
import { gitCredentials } from './git/credentials.js';
import { mlflowCredentials } from './mlflow/credentials.js';

/** The environment variables by which a registry's clients identify themselves. */
export interface RegistryCredentials {
  /** Those whose values are secret: never shown, whoever uses them. */
  readonly secrets: readonly string[];
  /** Names and globs of those that lead to a credential or go with one, and are no secret themselves. */
  readonly companions: readonly string[];
  /** What `pass_env: [registry]` hands to a command. */
  readonly handedOn: readonly string[];
  /** Those with the registry's address, which may hold a user and password; the first that is set counts. */
  readonly addresses: readonly string[];
  /** Pairs that are sent together, as HTTP's Basic scheme encodes them. */
  readonly basic: readonly { readonly user: string; readonly password: string }[];
}

/**
 * To add a registry: its line here. Redaction, the environment of commands and what an untrusted policy is denied are
 * made from this table, and the compiler refuses a registry that is missing.
 */
export const registryCredentials: Readonly<Record<RegistrySettings['type'], RegistryCredentials>> = {
  mlflow: mlflowCredentials,
  git: gitCredentials,
};

const all = Object.values(registryCredentials);
const patterns = all
  .flatMap(({ secrets, companions, handedOn }) => [...secrets, ...companions, ...handedOn])
  .map((glob) => new RegExp(`^${glob.replaceAll('*', '.*')}$`, 'i'));
const addresses = new Set(all.flatMap((each) => each.addresses.map((name) => name.toUpperCase())));

/** Whether the variable is part of any registry's credentials. */
export function isRegistryCredential(name: string): boolean {
  return patterns.some((each) => each.test(name));
}

/** Whether the variable is any registry's address, in which a password may stand. */
export function isRegistryAddress(name: string): boolean {
  return addresses.has(name.toUpperCase());
}

/** The values that must not be shown, passwords in addresses aside: as they are, and as Basic encodes them. */
export function registrySecrets(environment: Environment): readonly string[] {
  return all.flatMap(({ secrets, basic }) => [
    ...Object.entries(environment).flatMap(([name, value = '']) => (isOneOf(secrets, name) ? [value.trim()] : [])),
    ...basic.flatMap(({ user, password }) => {
      const { [user]: name = '', [password]: secret = '' } = environment;
      return secret === '' ? [] : [basicCredential(name, secret)];
    }),
  ]);
}

/** The environment that a policy from the workspace may be given: it may name any server, and any command. */
export function withoutCredentials(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !isRegistryCredential(name)));
}

/** @see https://www.rfc-editor.org/rfc/rfc7617 */
export function basicCredential(user: string, password: string): string {
  return Buffer.from(`${user}:${password}`).toString('base64');
}

function isOneOf(names: readonly string[], name: string): boolean {
  return names.some((each) => each.toUpperCase() === name.toUpperCase());
}
