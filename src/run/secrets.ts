import type { Environment } from '../domain/environment.js';
import { basicCredential, CredentialNames } from '../domain/credential-names.js';
import { passwordsIn } from '../domain/redactor.js';
import { type Tables, tables } from './tables.js';

/** Proxies, in whose addresses a password may stand. Other addresses are not ours to know: it may be any word there. */
const proxies = /^(HTTPS?|ALL)_PROXY$/i;

/** The runner's credentials by their names; each registry names its own. None is ever shown, whoever uses it. */
const names: readonly string[] = [
  'INPUT_GITHUB-TOKEN',
  'GITHUB_TOKEN',
  'ACTIONS_RUNTIME_TOKEN',
  'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
];

/** The secrets that this process was given to work with: tokens, the registries' credentials, passwords in addresses. */
export function runSecrets(
  environment: Environment,
  { registries }: Pick<Tables, 'registries'> = tables,
): readonly string[] {
  const credentials = new CredentialNames(registries);
  const given = names.map((name) => (environment[name] ?? '').trim());
  const token = environment['INPUT_GITHUB-TOKEN']?.trim() ?? '';
  return [
    ...given,
    ...credentials.secretsIn(environment),
    ...Object.entries(environment).flatMap(([name, value]) =>
      proxies.test(name) || credentials.isAddress(name) ? passwordsIn([value]) : [],
    ),
    ...(token === '' ? [] : [basicCredential('x-access-token', token)]),
  ].filter((secret) => secret !== '');
}
