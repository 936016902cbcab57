import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { PromotionError, type ErrorCode } from '../errors.js';
import { parseNumbers } from '../evidence/metrics-file.js';

/** An answer with a status that is no success, for the adapter to make sense of; `REGISTRY_*` if it makes none. */
export class HttpError extends PromotionError {
  constructor(
    code: ErrorCode,
    message: string,
    cure: string | undefined,
    readonly status: number,
    /** The registry's own code, e.g. `RESOURCE_DOES_NOT_EXIST`. */
    readonly registryCode: string | undefined,
    /** The registry's own words. */
    readonly registryMessage: string | undefined,
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
  readonly fetch?: typeof fetch;
  readonly pause?: (ms: number) => Promise<unknown>;
  readonly random?: () => number;
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE' | 'PATCH';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: object;
  /** Whether a write may be sent again when its answer was lost: it sets, it does not add. */
  readonly idempotent?: boolean;
}

const timeoutMs = 30_000;
/** For one call with all its attempts. */
const budgetMs = 90_000;
const attempts = 4;
const largestAnswer = 32 * 1024 * 1024;
/** 500 is not here: MLflow answers it for what will never succeed, too. */
const passing = new Set([429, 502, 503, 504]);

/** A client for one server's JSON API: times out, tries again where that is safe, follows no redirect. */
export class HttpClient {
  readonly #options: HttpOptions;

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  /**
   * The answer's JSON; bare NaN and Infinity in it become text.
   * @throws PromotionError `REGISTRY_UNREACHABLE`; `HttpError` with `REGISTRY_DENIED` (401, 403) or
   *   `REGISTRY_ANSWER` (another status, or what is not JSON)
   */
  async call(call: Call): Promise<unknown> {
    const repeatable = call.method === 'GET' || call.idempotent === true;
    const deadline = Date.now() + budgetMs;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#once(call);
      } catch (error) {
        const delay = repeatable && attempt < attempts ? this.#delay(error, attempt) : undefined;
        if (delay === undefined || Date.now() + delay > deadline) throw error;
        await (this.#options.pause ?? sleep)(delay);
      }
    }
  }

  /** How long to wait before the next attempt; undefined where another would not help. */
  #delay(error: unknown, attempt: number): number | undefined {
    const backoff = 250 * 2 ** attempt * (0.5 + (this.#options.random ?? Math.random)());
    if (error instanceof RetryLater) return Math.min(Math.max(error.afterMs, backoff), 30_000);
    return error instanceof PromotionError && error.code === 'REGISTRY_UNREACHABLE' ? backoff : undefined;
  }

  async #once(call: Call): Promise<unknown> {
    const url = this.#url(call);
    const shown = `${call.method} ${this.#options.base}${call.path}`;
    let response: Response;
    let text: string;
    try {
      response = await (this.#options.fetch ?? fetch)(url, {
        method: call.method,
        headers: { Accept: 'application/json', ...(call.body === undefined ? {} : { 'Content-Type': 'application/json' }), ...this.#options.headers },
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
        // A redirect could carry the credential to another origin; the user is told where it points instead.
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      text = await bounded(response);
    } catch (error) {
      throw unreachable(shown, error);
    }
    if (response.status >= 300 && response.status < 400) throw redirected(shown, response);
    if (!response.ok) throw this.#refused(shown, response, text);
    try {
      return text.trim() === '' ? {} : parseNumbers(text);
    } catch {
      throw notJson(shown, response.status, text);
    }
  }

  #url(call: Call): string {
    const url = new URL(`${this.#options.base}${call.path}`);
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url.href;
  }

  #refused(shown: string, response: Response, text: string): PromotionError {
    const { status } = response;
    const said = registrysWords(text);
    const message = said.message === undefined ? excerpt(text) : excerpt(said.message);
    if (status === 401 || status === 403) {
      return new HttpError(
        'REGISTRY_DENIED',
        `The registry refuses access (${status}) to ${shown}${message === '' ? '' : `: ${message}`}`,
        `Sent was ${this.#options.credentials}. ${status === 401 ? 'Check the credential.' : 'Give it the permission that this call needs.'}`,
        status,
        said.code,
        said.message,
      );
    }
    const words = `The registry answered ${status} to ${shown}${message === '' ? '' : `: ${message}`}`;
    const cure = status === 404 && said.code === undefined ? "Check the registry's address: what answers there is not MLflow's API." : status >= 500 ? "Look at the registry's own log." : undefined;
    if (passing.has(status)) return new RetryLater(words, status, said.code, said.message, retryAfter(response));
    return new HttpError('REGISTRY_ANSWER', words, cure, status, said.code, said.message);
  }
}

class RetryLater extends HttpError {
  constructor(
    message: string,
    status: number,
    code: string | undefined,
    said: string | undefined,
    readonly afterMs: number,
  ) {
    super('REGISTRY_ANSWER', message, 'Try again later: the registry is overloaded or restarting.', status, code, said);
  }
}

/** RFC 9110, 10.2.3: seconds or a date. */
function retryAfter(response: Response): number {
  const value = response.headers.get('retry-after');
  if (value === null) return 0;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}

async function bounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > largestAnswer) throw new Error('the answer is larger than 32 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function registrysWords(text: string): { code: string | undefined; message: string | undefined } {
  try {
    const data = JSON.parse(text) as { error_code?: unknown; message?: unknown } | null;
    const { error_code: code, message } = data ?? {};
    return { code: typeof code === 'string' ? code : undefined, message: typeof message === 'string' ? message : undefined };
  } catch {
    return { code: undefined, message: undefined };
  }
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ETIMEDOUT: 'it did not answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'it did not answer in time',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate chain is self-signed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is of an authority that is not known here',
};

function unreachable(shown: string, error: unknown): PromotionError {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = (cause as { code?: unknown } | null)?.code;
  const timedOut = error instanceof Error && error.name === 'TimeoutError';
  const why = timedOut ? `no answer within ${timeoutMs / 1000} s` : (reasons[String(code)] ?? (cause instanceof Error ? excerpt(cause.message) : 'no connection'));
  const certificate = /CERT|LEAF|SIGNED/.test(String(code));
  return new PromotionError('REGISTRY_UNREACHABLE', `The registry could not be reached (${why}): ${shown}`, {
    cure: certificate
      ? 'Give your authority in a file named by NODE_EXTRA_CA_CERTS, in the env of the step.'
      : "Check its address (MLFLOW_TRACKING_URI, or registry.uri in the policy), and that this runner may reach it.",
    cause: error,
  });
}

function redirected(shown: string, response: Response): PromotionError {
  const target = response.headers.get('location') ?? '';
  const to = URL.canParse(target) ? `${new URL(target).origin}${new URL(target).pathname}` : 'another place';
  return new HttpError('REGISTRY_ANSWER', `The registry redirects ${shown} to ${excerpt(to)}, and credentials follow no redirect.`, "Give the address it points to as the registry's.", response.status, undefined, undefined);
}

function notJson(shown: string, status: number, text: string): PromotionError {
  const what = /^\s*</.test(text) ? 'an HTML page' : 'something that is not JSON';
  return new HttpError('REGISTRY_ANSWER', `The registry answered ${what} instead of JSON to ${shown}: ${excerpt(text)}`, 'Check its address: a login page or a proxy may stand in front of it.', status, undefined, undefined);
}

function excerpt(text: string): string {
  const line = stripVTControlCharacters(text).replaceAll(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
  return line.length <= 160 ? line : `${line.slice(0, 159)}…`;
}
