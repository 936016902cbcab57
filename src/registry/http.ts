import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { PromotionError, type ErrorCode } from '../domain/errors.js';
import { isHtml, readBody, redirectTarget, retryAfter } from '../domain/http-response.js';
import { readJson } from '../domain/json.js';

/** An answer that is no success, for the adapter to make sense of; `REGISTRY_*` if it makes none. */
export class HttpError extends PromotionError {
  constructor(
    code: ErrorCode,
    message: string,
    cure: string | undefined,
    readonly status: number,
    /** The registry's own code, e.g. `RESOURCE_DOES_NOT_EXIST`. */
    readonly registryCode?: string,
    /** How long the registry asked to be left alone; undefined where another attempt would not help. */
    readonly retryAfterMs?: number,
  ) {
    super(code, message, cure === undefined ? {} : { cure });
  }
}

export interface HttpOptions {
  /** With its own path, without trailing slash, without credentials. */
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Which credentials are sent, for the message of a 401: `MLFLOW_TRACKING_TOKEN`, or that there are none. */
  readonly credentials: string;
  /** What a server may echo and no message may show. */
  readonly secrets?: readonly string[];
  readonly fetch?: typeof fetch;
  readonly pause?: (ms: number) => Promise<unknown>;
  readonly random?: () => number;
  /** Monotonic milliseconds. */
  readonly clock?: () => number;
  /** For one attempt. */
  readonly timeoutMs?: number;
  /** For one call with all its attempts and the pauses between them. */
  readonly budgetMs?: number;
  /** How often a call is sent again, at most. */
  readonly retries?: number;
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE' | 'PATCH';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: object;
  /**
   * Whether a write may be sent again without a look when its answer was lost: it sets, it does not add, and it
   * cannot undo what somebody else has done since. Any other is sent again only where the server refused it (429).
   */
  readonly idempotent?: boolean;
  /** For the message of a refusal: `the registered model 'churn'`, and the right to it that the call needs. */
  readonly about?: string;
  readonly right?: string;
}

/** The server, or the front before it, did not do the work and says so. */
const passing = new Set([429, 502, 503, 504]);

/** A client for one server's JSON API: times out, tries again where that is safe, follows no redirect. */
export class HttpClient {
  readonly #options: HttpOptions;
  readonly #timeoutMs: number;
  readonly #retries: number;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    this.#retries = options.retries ?? 3;
  }

  /**
   * The answer's JSON; bare NaN and Infinity in it become text.
   * @throws PromotionError `REGISTRY_UNREACHABLE`; `HttpError` with `REGISTRY_DENIED` (401, 403) or
   *   `REGISTRY_ANSWER` (another status, a redirect, or what is not JSON)
   */
  async call(call: Call): Promise<unknown> {
    const clock = this.#options.clock ?? ((): number => performance.now());
    const end = clock() + (this.#options.budgetMs ?? 90_000);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#once(call, Math.max(1, Math.min(this.#timeoutMs, end - clock())));
      } catch (error) {
        const delay = attempt <= this.#retries ? this.#delay(call, error, attempt) : undefined;
        if (delay === undefined || clock() + delay >= end) throw error;
        await (this.#options.pause ?? sleep)(delay);
      }
    }
  }

  /** How long to wait before the next attempt; undefined where another would not help, or not be safe. */
  #delay(call: Call, error: unknown, attempt: number): number | undefined {
    const backoff = Math.min(250 * 2 ** attempt, 8_000) * (0.5 + (this.#options.random ?? Math.random)());
    const safe = call.method === 'GET' || call.idempotent === true;
    if (!(error instanceof HttpError)) {
      return safe && error instanceof PromotionError && error.code === 'REGISTRY_UNREACHABLE' ? backoff : undefined;
    }
    // A front that broke down. MLflow's own 500, which has a code, is for what will never succeed: what may pass it
    // calls TEMPORARILY_UNAVAILABLE (503). After either, a write may have been done.
    if (error.status === 500) {
      return call.method === 'GET' && error.registryCode === undefined && attempt <= 2 ? backoff : undefined;
    }
    if (error.retryAfterMs === undefined || !(safe || error.status === 429)) return undefined;
    return Math.max(error.retryAfterMs, backoff);
  }

  async #once(call: Call, timeoutMs: number): Promise<unknown> {
    const shown = `${call.method} ${this.#options.base}${call.path}`;
    const { response, text } = await this.#exchange(call, shown, timeoutMs);
    if (response.status >= 300 && response.status < 400) throw redirected(shown, call, response);
    if (!response.ok) throw this.#refused(shown, call, response, text);
    try {
      return parsed(text);
    } catch {
      throw this.#notJson(shown, response.status, text);
    }
  }

  async #exchange(call: Call, shown: string, timeoutMs: number): Promise<{ response: Response; text: string }> {
    const json = call.body === undefined ? {} : { 'Content-Type': 'application/json' };
    let begun = false;
    try {
      const response = await (this.#options.fetch ?? fetch)(this.#url(call), {
        method: call.method,
        headers: { Accept: 'application/json', ...json, ...this.#options.headers },
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
        // A redirect could carry the credential to another origin; the user is told where it points instead.
        redirect: 'manual',
        signal: AbortSignal.timeout(Math.ceil(timeoutMs)),
      });
      begun = true;
      return { response, text: await bounded(response, shown) };
    } catch (error) {
      throw error instanceof PromotionError ? error : this.#unreachable(shown, error, timeoutMs, begun);
    }
  }

  #url(call: Call): string {
    const url = new URL(`${this.#options.base}${call.path}`);
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url.href;
  }

  #refused(shown: string, { about, right }: Call, response: Response, text: string): HttpError {
    const { status } = response;
    const said = registrysWords(text);
    const words = this.#excerpt(said.message ?? text);
    const ending = words === '' ? '' : `: ${words}`;
    if (status === 401 || status === 403) {
      const hostUnknown = this.#hostUnknown(text);
      const cure =
        status === 401 ? 'Check the credential.' : `Give it the ${right ?? 'permission that this call needs'}.`;
      const what = about === undefined ? shown : `${shown}, for ${about}`;
      const message = `The registry refuses access (${status}) to ${what}${ending}`;
      return new HttpError(
        'REGISTRY_DENIED',
        message,
        hostUnknown ?? `Sent was ${this.#options.credentials}. ${cure}`,
        status,
        said.code,
      );
    }
    const wait = passing.has(status) ? (retryAfter(response) ?? 0) : undefined;
    const message = `The registry answered ${status} to ${shown}${ending}`;
    const cure =
      wait !== undefined && wait > 30_000
        ? `Run again in ${Math.ceil(wait / 1000)} s: the registry asks to be left alone for so long.`
        : cureOf(status, said.code);
    return new HttpError('REGISTRY_ANSWER', message, cure, status, said.code, wait);
  }

  /**
   * What to do where MLflow 3.5 and later refuse the name that they are called by; undefined for other refusals.
   * @see https://mlflow.org/docs/latest/self-hosting/security/network/
   */
  #hostUnknown(text: string): string | undefined {
    if (!/invalid host header|dns rebinding/i.test(text)) return undefined;
    const { host } = new URL(this.#options.base);
    return `No credential helps: the server takes requests for its allowed hosts only. Start it with --allowed-hosts '${host}' (or MLFLOW_SERVER_ALLOWED_HOSTS), which replaces its own list, or name it by an address that it allows.`;
  }

  #notJson(shown: string, status: number, text: string): HttpError {
    const isCut = /^\s*[[{]/.test(text);
    const what = isHtml(text)
      ? 'an HTML page instead of JSON'
      : isCut
        ? 'text that is not JSON (broken, or cut short)'
        : 'something that is not JSON';
    const message = `The registry answered ${what} to ${shown}: ${this.#excerpt(text)}`;
    const cure = 'Check its address: a login page or a proxy may stand in front of it.';
    return new HttpError('REGISTRY_ANSWER', message, cure, status, undefined, isCut ? 0 : undefined);
  }

  #unreachable(shown: string, error: unknown, timeoutMs: number, begun: boolean): PromotionError {
    // Read by shape, not by class: what `fetch` throws may come from another realm than ours.
    const thrown = (error ?? {}) as { name?: unknown; message?: unknown; cause?: unknown };
    const { code, message } = (thrown.cause ?? thrown) as { code?: unknown; message?: unknown };
    const told = typeof message === 'string' && message !== '' ? this.#excerpt(message) : 'no connection';
    const timedOut = thrown.name === 'TimeoutError';
    const time = `${Number((timeoutMs / 1000).toPrecision(2))} s`;
    if (begun) {
      const what = timedOut ? `was not whole after ${time}` : 'was cut short';
      return new PromotionError('REGISTRY_UNREACHABLE', `The registry's answer ${what}: ${shown}`, {
        cure: timedOut
          ? 'Run again, or give it longer with MLFLOW_HTTP_REQUEST_TIMEOUT, in seconds.'
          : 'Run again; if it stays so, look at what stands between this runner and the registry.',
        cause: error,
      });
    }
    const why = timedOut ? `no answer within ${time}` : (reasons[String(code)] ?? told);
    return new PromotionError('REGISTRY_UNREACHABLE', `The registry could not be reached (${why}): ${shown}`, {
      cure: /CERT|LEAF|SIGNED|ALTNAME/.test(String(code))
        ? 'Name the file with its authority in NODE_EXTRA_CA_CERTS, in the env of the step.'
        : "Check its address (MLFLOW_TRACKING_URI, or the policy's registry.uri), and that this runner may reach it; behind a proxy, set NODE_USE_ENV_PROXY to 1.",
      cause: error,
    });
  }

  /** The first words of what a server said, fit for a log line: one line, no control characters, no secrets. */
  #excerpt(text: string): string {
    // Cut first: the rest is never shown, and may be 32 MiB. A secret across the cut is cut off with it below.
    let line = stripVTControlCharacters(text.slice(0, 4_000));
    for (const secret of this.#options.secrets ?? []) if (secret.length > 2) line = line.replaceAll(secret, '***');
    return shortened(line);
  }
}

/** Python's servers may write NaN and Infinity bare; they become text, which no condition passes. */
function parsed(text: string): unknown {
  return text.trim() === '' ? {} : readJson(text);
}

async function bounded(response: Response, shown: string): Promise<string> {
  const text = await readBody(response);
  if (text !== undefined) return text;
  throw new HttpError(
    'REGISTRY_ANSWER',
    `The registry's answer to ${shown} is larger than 32 MiB.`,
    "Check the registry's address: MLflow's own answers are far smaller.",
    response.status,
  );
}

function registrysWords(text: string): { code?: string; message?: string } {
  try {
    const { error_code: code, message } = (JSON.parse(text) ?? {}) as { error_code?: unknown; message?: unknown };
    return { ...(typeof code === 'string' ? { code } : {}), ...(typeof message === 'string' ? { message } : {}) };
  } catch {
    return {};
  }
}

function cureOf(status: number, registryCode: string | undefined): string | undefined {
  if (passing.has(status)) return 'Try again later: the registry is overloaded or restarting.';
  if (status >= 500) return "Look at the registry's own log.";
  if (registryCode !== undefined) return undefined;
  return "Check the registry's address, its path too: what answers there is not MLflow's API.";
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no way to the network',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ETIMEDOUT: 'it did not answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'it did not answer in time',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate chain is self-signed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is of an authority that is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is of an authority that is not known here',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS: the address may have to begin with http://',
};

function redirected(shown: string, call: Call, response: Response): HttpError {
  const target = redirectTarget(response, response.url || undefined);
  // Neither its user and password nor its query: a login's redirect carries both.
  const to = target === undefined ? 'another place' : shortened(`${target.origin}${target.pathname}`);
  const moved = target?.pathname.endsWith(call.path) === true ? to.slice(0, -call.path.length) : undefined;
  return new HttpError(
    'REGISTRY_ANSWER',
    `The registry redirects ${shown} to ${to}, and credentials follow no redirect.`,
    moved === undefined
      ? "Give the address of MLflow itself in MLFLOW_TRACKING_URI, or the policy's registry.uri: a login page or a proxy may stand in front of it."
      : `Set MLFLOW_TRACKING_URI, or the policy's registry.uri, to ${moved}.`,
    response.status,
  );
}

/** One line of at most 120 characters, without control characters or any that turn the direction of reading. */
function shortened(text: string): string {
  const line = text.replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim();
  return line.length <= 120 ? line : `${line.slice(0, 119)}…`;
}
