import { PromotionError } from '../../domain/errors.js';
import type { Environment } from '../../domain/environment.js';

/** A server's address and what is sent with every call. */
export interface Server {
  /** With its own path, without trailing slash and credentials. */
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Which credentials these are, without showing them. */
  readonly credentials: string;
  /** What no message may show. */
  readonly secrets: readonly string[];
}

/**
 * From an address and the environment's credentials to a server. User and password in the address win over the
 * environment, Basic over Bearer, as in MLflow's client.
 * @param from what the address was given by, for messages
 * @throws PromotionError `INPUT_INVALID` for an address that is no http(s) URL, a credential that no header can
 *   carry, and TLS settings that only Python's client knows
 */
export function serverAt(address: string, from: string, environment: Environment): Server {
  const url = httpUrl(address.trim(), from);
  if (url.protocol === 'https:') refuseTlsSettings(environment);
  const workspace = environment['MLFLOW_WORKSPACE'] ?? '';
  const { authorization, ...credential } = authorize(url, from, environment);
  return {
    base: `${url.origin}${url.pathname}`.replace(/\/+$/, ''),
    ...credential,
    headers: {
      ...(workspace === '' ? {} : { 'X-MLFLOW-WORKSPACE': headerValue(workspace, 'MLFLOW_WORKSPACE') }),
      ...(authorization === undefined ? {} : { Authorization: authorization }),
    },
  };
}

function httpUrl(address: string, from: string): URL {
  const cut = "'#', '/', '?' or a blank in it ends the address too early";
  if (isCutByPassword(address)) {
    throw new PromotionError(
      'INPUT_INVALID',
      `${from} is no address: its user or password is not percent-encoded, and ${cut}.`,
      {
        cure: "Percent-encode the password ('#' is %23, '/' is %2F, '?' is %3F, '@' is %40, '%' is %25, a blank %20), or take it out of the address and set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.",
      },
    );
  }
  if (/^databricks(-uc)?(:|$)/i.test(address)) throw databricks(address, from);
  if (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)) return new URL(address);
  // Only the scheme is shown: what follows may hold a password.
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(address)?.[0];
  const begins = scheme === undefined ? '' : ` (it begins with '${scheme}')`;
  throw new PromotionError('INPUT_INVALID', `${from} is no http:// or https:// address${begins}.`, {
    cure: 'Give the address of an MLflow server, e.g. https://mlflow.example.com; files and databases have no REST API of their own.',
  });
}

/** `http://bob:p#ss@host`: whatever follows the password is no part of the address any more. */
function isCutByPassword(address: string): boolean {
  const [, authority = ''] = /^https?:\/\/([^@]*)@/i.exec(address) ?? [];
  const cut = /[#?/\\\s]/.exec(authority);
  if (cut === null) return false;
  // An '@' in a path is one: 'host:5000/p@th'. What stands there has to be a host, and a port.
  return !(cut[0] === '/' && /^([\w.-]+|\[[\da-f:.]+\])(:\d*)?$/i.test(authority.slice(0, cut.index)));
}

/** Names that only Databricks' own client resolves, by its profiles. */
function databricks(address: string, from: string): PromotionError {
  const isCatalog = /^databricks-uc/i.test(address);
  return new PromotionError(
    'INPUT_INVALID',
    `${from} is no http:// or https:// address: '${isCatalog ? 'databricks-uc' : 'databricks'}' is a profile that only Python's client knows.`,
    {
      cure: `Set ${from.startsWith('MLFLOW_') ? from : 'MLFLOW_TRACKING_URI'} to the workspace's own address (DATABRICKS_HOST, such as https://adb-1234.5.azuredatabricks.net) and MLFLOW_TRACKING_TOKEN to its token (DATABRICKS_TOKEN).${isCatalog ? ' That is the workspace registry: Unity Catalog is not supported.' : ''}`,
    },
  );
}

/**
 * `fetch` takes authorities from NODE_EXTRA_CA_CERTS alone, and a client's certificate not at all. To go on
 * without what was asked for would fail later and in other words, or worse, not fail.
 */
function refuseTlsSettings(environment: Environment): void {
  const refuse = (name: string, why: string, cure: string): never => {
    throw new PromotionError('INPUT_INVALID', `${name} is set, and ${why}.`, { cure });
  };
  const trust = 'Name the file with its authority in NODE_EXTRA_CA_CERTS, in the env of the step';
  if (/^(true|1)$/i.test(environment['MLFLOW_TRACKING_INSECURE_TLS'] ?? '')) {
    refuse('MLFLOW_TRACKING_INSECURE_TLS', 'this action always checks certificates', `${trust}, and unset it.`);
  }
  if (environment['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
    refuse('NODE_TLS_REJECT_UNAUTHORIZED', 'with it no certificate is checked', `${trust}, and unset it.`);
  }
  const authority = environment['MLFLOW_TRACKING_SERVER_CERT_PATH'] ?? '';
  if (authority !== '' && (environment['NODE_EXTRA_CA_CERTS'] ?? '') === '') {
    refuse('MLFLOW_TRACKING_SERVER_CERT_PATH', 'only Python reads it', `${trust}, beside it.`);
  }
  if ((environment['MLFLOW_TRACKING_CLIENT_CERT_PATH'] ?? '') !== '') {
    const cure = 'Unset it for this step; let a proxy on the runner present the certificate, or use a token.';
    refuse('MLFLOW_TRACKING_CLIENT_CERT_PATH', 'this action cannot present a client certificate', cure);
  }
}

interface Credential {
  readonly authorization?: string;
  readonly credentials: string;
  readonly secrets: readonly string[];
}

function authorize(url: URL, from: string, environment: Environment): Credential {
  if (url.username !== '' || url.password !== '') {
    return basic(decoded(url.username), decoded(url.password), `the user and password in ${from}`);
  }
  const user = environment['MLFLOW_TRACKING_USERNAME'] ?? '';
  const password = environment['MLFLOW_TRACKING_PASSWORD'] ?? '';
  if (user !== '' && password !== '') {
    return basic(user, password, 'MLFLOW_TRACKING_USERNAME with MLFLOW_TRACKING_PASSWORD');
  }
  const token = headerValue(environment['MLFLOW_TRACKING_TOKEN'] ?? '', 'MLFLOW_TRACKING_TOKEN');
  if (token !== '') return { authorization: `Bearer ${token}`, credentials: 'MLFLOW_TRACKING_TOKEN', secrets: [token] };
  const half =
    user === '' && password === '' ? '' : `; of the first two, only ${user === '' ? 'the password' : 'the name'} is`;
  return {
    credentials: `no credential (neither MLFLOW_TRACKING_USERNAME with MLFLOW_TRACKING_PASSWORD nor MLFLOW_TRACKING_TOKEN is set${half})`,
    secrets: [],
  };
}

function basic(user: string, password: string, credentials: string): Credential {
  const encoded = Buffer.from(`${user}:${password}`).toString('base64');
  return { authorization: `Basic ${encoded}`, credentials, secrets: [encoded, password] };
}

/** As the address says it, where it is no valid percent-encoding: `%zz` is a password like any other. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** `fetch` would quote a value that it cannot send in its error, secret and all. */
function headerValue(value: string, name: string): string {
  const trimmed = value.trim();
  if (/^[\x20-\x7e]*$/.test(trimmed)) return trimmed;
  throw new PromotionError(
    'INPUT_INVALID',
    `${name} holds a line break or another character that no HTTP header can carry.`,
    {
      cure: 'Set it again, on one line.',
    },
  );
}
