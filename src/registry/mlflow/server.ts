import { PromotionError } from '../../errors.js';
import type { Environment } from '../../evidence/environment.js';

/** A server's address and what is sent with every call. */
export interface Server {
  /** With its own path, without trailing slash and credentials. */
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Which credentials these are, without showing them. */
  readonly credentials: string;
}

/** The variables that MLflow's own client reads. https://mlflow.org/docs/latest/self-hosting/security/basic-http-auth/ */
export const credentialNames: readonly string[] = [
  'MLFLOW_TRACKING_USERNAME',
  'MLFLOW_TRACKING_PASSWORD',
  'MLFLOW_TRACKING_TOKEN',
  'DATABRICKS_TOKEN',
];

/**
 * From an address and the environment's credentials to a server. User and password in the address win over the
 * environment, Basic over Bearer, as in MLflow's client.
 * @throws PromotionError `INPUT_INVALID` for an address that is no http(s) URL
 */
export function serverAt(address: string, from: string, environment: Environment): Server {
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    const shown = /^[a-z+-]+:/i.exec(address)?.[0] ?? 'it';
    throw new PromotionError('INPUT_INVALID', `${from} is no http:// or https:// address (it begins with '${shown}').`, {
      cure: 'Give the address of an MLflow server, e.g. https://mlflow.example.com.',
    });
  }
  if (environment['MLFLOW_TRACKING_INSECURE_TLS']?.toLowerCase() === 'true') {
    throw new PromotionError('INPUT_INVALID', 'MLFLOW_TRACKING_INSECURE_TLS is set, and this action always checks certificates.', {
      cure: 'Name the file with your authority in NODE_EXTRA_CA_CERTS, and unset MLFLOW_TRACKING_INSECURE_TLS.',
    });
  }
  const url = new URL(address);
  const base = `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  const workspace = environment['MLFLOW_WORKSPACE'];
  const shared = workspace === undefined || workspace === '' ? {} : { 'X-MLFLOW-WORKSPACE': workspace };
  const { authorization, credentials } = authorize(url, environment);
  return { base, credentials, headers: { ...shared, ...(authorization === undefined ? {} : { Authorization: authorization }) } };
}

function authorize(url: URL, environment: Environment): { authorization?: string; credentials: string } {
  const basic = (user: string, password: string): string => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  if (url.username !== '') {
    return { authorization: basic(decodeURIComponent(url.username), decodeURIComponent(url.password)), credentials: "the user and password in the registry's address" };
  }
  const user = environment['MLFLOW_TRACKING_USERNAME'] ?? '';
  const password = environment['MLFLOW_TRACKING_PASSWORD'] ?? '';
  if (user !== '' && password !== '') {
    return { authorization: basic(user, password), credentials: 'MLFLOW_TRACKING_USERNAME with MLFLOW_TRACKING_PASSWORD' };
  }
  const token = environment['MLFLOW_TRACKING_TOKEN'] ?? '';
  if (token !== '') return { authorization: `Bearer ${token}`, credentials: 'MLFLOW_TRACKING_TOKEN' };
  return { credentials: 'no credential (neither MLFLOW_TRACKING_USERNAME with MLFLOW_TRACKING_PASSWORD nor MLFLOW_TRACKING_TOKEN is set)' };
}
