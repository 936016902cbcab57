import { setTimeout as sleep } from 'node:timers/promises';
import { isHtml, readBody, redirectTarget, retryAfter } from '../domain/http-response.js';

export interface TransportOptions {
  /** Sends one request, through the runner's proxy. */
  readonly send: typeof fetch;
  /** For one attempt, body and all. */
  readonly timeoutMs: number;
  /** For all that is lost by one client: attempts that came to nothing, and the pauses after them. */
  readonly budgetMs?: number;
  readonly pause?: (ms: number) => Promise<unknown>;
  readonly random?: () => number;
  /** Monotonic milliseconds. */
  readonly clock?: () => number;
}

/** What Octokit is given for `fetch`. */
export type Transport = (url: string, init: RequestInit) => Promise<Response>;

const attempts = 3;
/** @see https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit */
const secondaryPauseMs = 60_000;

/** An attempt that came to nothing: there is no answer, or none that can be read. */
class Unanswered extends Error {
  override readonly name = 'Unanswered';
  constructor(
    message: string,
    readonly mayPass: boolean,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/**
 * Sends a request until it is answered: reads, and writes that set, again when the answer was lost or is a 5xx; any
 * request when GitHub refused it for its rate limit, after as long as GitHub asks. A write that adds is sent once:
 * its sender looks for what came of it. Follows no redirect: it could carry the token to another origin.
 *
 * Octokit hands a success that is no JSON on as text, and an empty list would be read out of it: here it is an error.
 */
export function transport(options: TransportOptions): Transport {
  const clock = options.clock ?? ((): number => performance.now());
  const budgetMs = options.budgetMs ?? 60_000;
  let lostMs = 0;
  let isDown = false;
  return async (url, init) => {
    // A server that answers nothing costs its budget once, not for every question.
    if (isDown && lostMs >= budgetMs) throw new Error('it has kept this step waiting too long, and is not asked again');
    for (let attempt = 1; ; attempt += 1) {
      const begun = clock();
      const outcome = await exchanged(options, url, init).catch((thrown: unknown) => {
        if (thrown instanceof Unanswered) return thrown;
        throw thrown;
      });
      const wait = pauseAfter(outcome, init, url, attempt, options.random ?? Math.random);
      isDown = outcome instanceof Unanswered || outcome.status >= 500;
      if (isDown) lostMs += clock() - begun;
      if (wait === undefined || attempt === attempts || lostMs + wait >= budgetMs) {
        if (outcome instanceof Unanswered) throw outcome;
        return outcome;
      }
      lostMs += wait;
      await (options.pause ?? sleep)(wait);
    }
  };
}

/** How long to wait before the request is sent again; undefined where it is not to be. */
function pauseAfter(
  outcome: Response | Unanswered,
  { method = 'GET' }: RequestInit,
  url: string,
  attempt: number,
  random: () => number,
): number | undefined {
  const backoff = 250 * 2 ** attempt * (0.5 + random());
  // The one thing that is asked by GraphQL is who the token is.
  const adds = method === 'POST' && !new URL(url).pathname.endsWith('/graphql');
  if (outcome instanceof Unanswered) return outcome.mayPass && !adds ? backoff : undefined;
  const limited = rateLimitPause(outcome);
  if (limited !== undefined) return limited + backoff;
  return outcome.status >= 500 && !adds ? Math.max(backoff, retryAfter(outcome) ?? 0) : undefined;
}

/** How long GitHub asks to be left alone for its rate limit; undefined where that is not what it says. */
export function rateLimitPause({ status, headers }: Pick<Response, 'status' | 'headers'>): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const asked = retryAfter({ headers });
  if (asked !== undefined) return asked;
  const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN);
  if (headers.get('x-ratelimit-remaining') === '0' && Number.isFinite(reset)) {
    return Math.max(0, reset * 1000 - Date.now());
  }
  return status === 429 ? secondaryPauseMs : undefined;
}

async function exchanged({ send, timeoutMs }: TransportOptions, url: string, init: RequestInit): Promise<Response> {
  let begun = false;
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await send(url, { ...init, redirect: 'manual', signal });
    begun = true;
    const { status } = response;
    if (status >= 300 && status < 400 && status !== 304) throw redirected(response, url);
    const body = await bounded(response);
    if (status < 300) refuseUnread(body, status);
    const told = status >= 400 && isHtml(body) ? JSON.stringify({ message: 'an HTML page' }) : body;
    const headers = new Headers([...response.headers]);
    // The body is here already, and unpacked.
    for (const name of ['content-encoding', 'content-length']) headers.delete(name);
    if (told !== body) headers.set('content-type', 'application/json');
    const whole = new Response(told === '' ? null : told, { status, headers });
    // Octokit's pages need it, and a response that is made has none.
    return Object.defineProperty(whole, 'url', { value: response.url || url });
  } catch (thrown) {
    if (thrown instanceof Unanswered) throw thrown;
    const { name, message, cause } = (thrown ?? {}) as { name?: string; message?: string; cause?: unknown };
    const time = `${Number((timeoutMs / 1000).toPrecision(2))} s`;
    if (name === 'TimeoutError')
      throw new Unanswered(begun ? `its answer was not whole after ${time}` : `no answer within ${time}`, true, thrown);
    if (begun) throw new Unanswered('its answer was cut short', true, thrown);
    const why = (cause as { message?: string } | undefined)?.message ?? message ?? String(thrown);
    throw new Unanswered(why, true, thrown);
  }
}

async function bounded(response: Response): Promise<string> {
  const text = await readBody(response);
  if (text === undefined) throw new Unanswered('its answer is larger than 32 MiB', false);
  return text;
}

function refuseUnread(body: string, status: number): void {
  if (body === '' || status === 204) return;
  if (isHtml(body))
    throw new Unanswered('it answers with an HTML page: a login page or a proxy may stand there', false);
  try {
    JSON.parse(body);
  } catch (thrown) {
    throw new Unanswered('its answer is not JSON (broken, or cut short)', true, thrown);
  }
}

function redirected(response: Response, url: string): Unanswered {
  const to = redirectTarget(response, url);
  // Neither user and password nor query.
  const where = to === undefined ? 'another place' : `${to.origin}${to.pathname}`.slice(0, 120);
  return new Unanswered(
    `it redirects to ${where}, and the token follows no redirect: the repository may have been renamed`,
    false,
  );
}
