import type { Environment } from './environment.js';
import { passwordsIn } from './veil.js';

/** Addresses that this process sends to. Others are not ours to know, and a password in them may be any word. */
const addresses = /^(MLFLOW_(TRACKING|REGISTRY)_URI|(HTTPS?|ALL)_PROXY)$/i;

/** Credentials by their names; none is ever shown, whoever uses it. */
const names: readonly string[] = [
  'INPUT_GITHUB-TOKEN',
  'GITHUB_TOKEN',
  'ACTIONS_RUNTIME_TOKEN',
  'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
  'MLFLOW_TRACKING_TOKEN',
  'MLFLOW_TRACKING_PASSWORD',
  'DATABRICKS_TOKEN',
];

/** The secrets that this process was given to work with: tokens, the registry's credentials, passwords in addresses. */
export function ownSecrets(environment: Environment): readonly string[] {
  const given = names.map((name) => (environment[name] ?? '').trim());
  const token = environment['INPUT_GITHUB-TOKEN']?.trim() ?? '';
  const { MLFLOW_TRACKING_USERNAME: user = '', MLFLOW_TRACKING_PASSWORD: password = '' } = environment;
  return [
    ...given,
    ...Object.entries(environment).flatMap(([name, value]) => (addresses.test(name) ? passwordsIn([value]) : [])),
    // As HTTP's Basic scheme has them: https://www.rfc-editor.org/rfc/rfc7617
    ...(token === '' ? [] : [basic('x-access-token', token)]),
    ...(password === '' ? [] : [basic(user, password)]),
  ].filter((secret) => secret !== '');
}

function basic(user: string, password: string): string {
  return Buffer.from(`${user}:${password}`).toString('base64');
}
