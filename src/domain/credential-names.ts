import type { Environment } from './environment.js';
import type { RegistryCredentials } from './registry-descriptor.js';

/** Which environment variables are credentials or addresses of a registry; made from the table of registries. */
export class CredentialNames {
  readonly #all: readonly RegistryCredentials[];
  readonly #patterns: readonly RegExp[];
  readonly #addresses: ReadonlySet<string>;

  constructor(registries: readonly { readonly credentials: RegistryCredentials }[]) {
    this.#all = registries.map(({ credentials }) => credentials);
    this.#patterns = this.#all
      .flatMap(({ secrets, companions, handedOn }) => [...secrets, ...companions, ...handedOn])
      .map((glob) => new RegExp(`^${glob.replaceAll('*', '.*')}$`, 'i'));
    this.#addresses = new Set(this.#all.flatMap((each) => each.addresses.map((name) => name.toUpperCase())));
  }

  /** Whether the variable is part of any registry's credentials. */
  isCredential(name: string): boolean {
    return this.#patterns.some((each) => each.test(name));
  }

  /** Whether the variable is any registry's address, in which a password may stand. */
  isAddress(name: string): boolean {
    return this.#addresses.has(name.toUpperCase());
  }

  /** The values that must not be shown, passwords in addresses aside: as they are, and as Basic encodes them. */
  secretsIn(environment: Environment): readonly string[] {
    return this.#all.flatMap(({ secrets, basic }) => [
      ...Object.entries(environment).flatMap(([name, value = '']) => (isOneOf(secrets, name) ? [value.trim()] : [])),
      ...basic.flatMap(({ user, password }) => {
        const { [user]: name = '', [password]: secret = '' } = environment;
        return secret === '' ? [] : [basicCredential(name, secret)];
      }),
    ]);
  }

  /** The environment that a policy from the workspace may be given: it may name any server, and any command. */
  without(environment: Environment): Environment {
    return Object.fromEntries(Object.entries(environment).filter(([name]) => !this.isCredential(name)));
  }
}

/** @see https://www.rfc-editor.org/rfc/rfc7617 */
export function basicCredential(user: string, password: string): string {
  return Buffer.from(`${user}:${password}`).toString('base64');
}

function isOneOf(names: readonly string[], name: string): boolean {
  return names.some((each) => each.toUpperCase() === name.toUpperCase());
}
