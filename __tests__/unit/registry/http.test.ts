import { afterEach, describe, expect, test } from '@jest/globals';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PromotionError } from '../../../src/domain/errors.js';
import { HttpClient, type Call, type HttpOptions } from '../../../src/registry/http.js';
import { freePort } from '../../support/mlflow.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface Stage {
  readonly base: string;
  readonly client: HttpClient;
  readonly requests: IncomingMessage[];
  readonly pauses: number[];
}

/** A server that gives `answers` in turn, the last one for ever, and a client that does not really wait. */
async function stage(answers: readonly Answer[], options: Partial<HttpOptions> = {}): Promise<Stage> {
  const requests: IncomingMessage[] = [];
  const pauses: number[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    (answers[requests.length - 1] ?? answers.at(-1))?.(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/front`;
  const pause = (ms: number): Promise<void> => {
    pauses.push(ms);
    return Promise.resolve();
  };
  const headers = { Authorization: 'Bearer hunter2-token' };
  const shared = { headers, credentials: 'MLFLOW_TRACKING_TOKEN', secrets: ['hunter2-token'] };
  return { base, requests, pauses, client: new HttpClient({ base, ...shared, pause, random: () => 0.5, ...options }) };
}

const get: Call = { method: 'GET', path: '/api/thing' };
const write: Call = { method: 'POST', path: '/api/thing', body: { a: 1 } };
const repeatable: Call = { ...write, idempotent: true };

function says(status: number, body: string, headers: Record<string, string> = {}): Answer {
  return (_, response) => response.writeHead(status, headers).end(body);
}
const fine = says(200, '{"ok": true}');
const cut: Answer = (request) => request.socket.destroy();
const cutShort: Answer = (_, response) => {
  response.writeHead(200, { 'Content-Length': '99' }).write('{"a"', () => response.destroy());
};
const silent: Answer = () => undefined;

async function failure(action: Promise<unknown>): Promise<PromotionError> {
  try {
    await action;
  } catch (error) {
    return error as PromotionError;
  }
  throw new Error('expected a failure');
}

describe('what is sent', () => {
  test('the base keeps its path, the query is encoded, the credential goes along', async () => {
    const { client, requests } = await stage([fine]);
    await client.call({ ...get, query: { name: `a&b='c'/ü`, left: undefined, max: 2 } });
    const url = new URL(requests[0]!.url ?? '', 'http://x');
    expect(url.pathname).toBe('/front/api/thing');
    expect([...url.searchParams]).toEqual([
      ['name', `a&b='c'/ü`],
      ['max', '2'],
    ]);
    expect(requests[0]!.headers.authorization).toBe('Bearer hunter2-token');
  });
});

describe('what an answer may be', () => {
  test.each([
    ['{"a": NaN, "b": -Infinity, "c": "NaN"}', { a: 'NaN', b: '-Infinity', c: 'NaN' }],
    ['\uFEFF{"a": 1}', { a: 1 }],
    ['', {}],
    [' \n', {}],
    ['{"text": "Infinity \\" NaN"}', { text: 'Infinity " NaN' }],
  ])('%j reads as %j', async (body, expected) => {
    const { client } = await stage([says(200, body)]);
    expect(await client.call(get)).toEqual(expected);
  });

  test.each([
    ['an HTML page', '<!doctype html><title>Sign in</title>', 'an HTML page instead of JSON', 1],
    // Sent whole the next time, perhaps.
    ['JSON cut short', '{"a": [1, 2', 'not JSON (broken, or cut short)', 4],
    ['words', 'upstream says no', 'something that is not JSON', 1],
  ])('%s is an error that shows its first words', async (_, body, words, count) => {
    const { client, base, requests } = await stage([says(200, body)]);
    const error = await failure(client.call(get));
    expect(error.code).toBe('REGISTRY_ANSWER');
    expect(error.message).toContain(words);
    expect(error.message).toContain(`GET ${base}/api/thing`);
    expect(error.message).toContain(body.slice(0, 10));
    expect(requests).toHaveLength(count);
  });

  test('an excerpt is one short line without control characters', async () => {
    const { client } = await stage([says(200, `x\r\n::error::\u001b[31mred\u0007\u202Eevil${'y'.repeat(500)}`)]);
    const { message } = await failure(client.call(get));
    expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(message.split(': ').at(-1)!.length).toBeLessThanOrEqual(120);
  });

  test('an answer that breaks off in the middle says so', async () => {
    const { client, base } = await stage([cutShort]);
    expect(await failure(client.call(write))).toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: `The registry's answer was cut short: POST ${base}/api/thing`,
    });
  });

  test('an answer that comes by drops is left, and the message names the setting', async () => {
    const drops: Answer = (_, response) => {
      response.writeHead(200).write('{');
    };
    const { client } = await stage([drops], { timeoutMs: 2_000, retries: 0 });
    const error = await failure(client.call(get));
    expect(error.message).toContain("The registry's answer was not whole after 2 s");
    expect(error.cure).toContain('MLFLOW_HTTP_REQUEST_TIMEOUT');
  });

  test('an answer that never ends is cut off', async () => {
    const endless: Answer = (_, response) => {
      const chunk = Buffer.alloc(1024 * 1024, ' ');
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more);
      more();
    };
    const { client, requests } = await stage([endless]);
    expect(await failure(client.call(get))).toMatchObject({
      code: 'REGISTRY_ANSWER',
      message: expect.stringContaining('larger than 32 MiB'),
    });
    expect(requests).toHaveLength(1);
  });
});

describe('when it is tried again', () => {
  test.each([
    ['GET, 503', get, [says(503, ''), fine], 2],
    ['GET, 429 and 502 and 504', get, [says(429, ''), says(502, ''), says(504, ''), fine], 4],
    ['GET, connection cut', get, [cut, fine], 2],
    ['GET, cut in the middle of the answer', get, [cutShort, fine], 2],
    ['GET, 500', get, [says(500, '{}'), fine], 2],
    ['a write that sets, 503', repeatable, [says(503, ''), fine], 2],
    ['a write that sets, connection cut', repeatable, [cut, fine], 2],
    ['a write that adds, 429', write, [says(429, ''), fine], 2],
  ] as const)('%s', async (_, call, answers, count) => {
    const { client, requests } = await stage(answers);
    expect(await client.call(call)).toEqual({ ok: true });
    expect(requests).toHaveLength(count);
  });

  test.each([
    ['a write that adds, 503', write, says(503, ''), 1],
    ['a write that adds, connection cut', write, cut, 1],
    ['a write that sets, 500', repeatable, says(500, ''), 1],
    ['a write that adds, its answer cut short', write, says(200, '{"a'), 1],
    ['GET, 500 for ever', get, says(500, ''), 3],
    ["GET, 500 in MLflow's own words", get, says(500, '{"error_code": "INTERNAL_ERROR", "message": "no"}'), 1],
    ["GET, 503 in MLflow's own words", get, says(503, '{"error_code": "TEMPORARILY_UNAVAILABLE"}'), 4],
    ['GET, 503 for ever', get, says(503, ''), 4],
    ['GET, 404', get, says(404, '{}'), 1],
    ['GET, 401', get, says(401, ''), 1],
    ['GET, not JSON', get, says(200, '<'), 1],
  ] as const)('%s: given up', async (_, call, answer, count) => {
    const { client, requests } = await stage([answer]);
    await failure(client.call(call));
    expect(requests).toHaveLength(count);
  });

  test.each([
    ['2', 2_000],
    ['40', 40_000],
    ['soon', 500],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 500],
  ])('Retry-After: %s waits %d ms', async (value, expected) => {
    const { client, pauses } = await stage([says(503, '', { 'Retry-After': value }), fine]);
    await client.call(get);
    expect(pauses).toEqual([expected]);
  });

  test('Retry-After as a date is waited for', async () => {
    const { client, pauses } = await stage([
      says(503, '', { 'Retry-After': new Date(Date.now() + 20_000).toUTCString() }),
      fine,
    ]);
    await client.call(get);
    expect(pauses[0]).toBeGreaterThan(10_000);
    expect(pauses[0]).toBeLessThanOrEqual(20_000);
  });

  test('who asks for longer than the budget is not asked again before', async () => {
    const { client, requests } = await stage([says(429, '', { 'Retry-After': '86400' })]);
    const error = await failure(client.call(get));
    expect(requests).toHaveLength(1);
    expect(error.cure).toContain('86400 s');
  });

  test('no retries means none', async () => {
    const { client, requests } = await stage([says(503, '')], { retries: 0 });
    await failure(client.call(get));
    expect(requests).toHaveLength(1);
  });

  test('the budget ends it', async () => {
    const { client, requests } = await stage([says(503, '', { 'Retry-After': '20' })], { budgetMs: 10_000 });
    await failure(client.call(get));
    expect(requests).toHaveLength(1);
  });

  test('one that does not answer is left', async () => {
    const { client, requests } = await stage([silent], { timeoutMs: 2_000 });
    const error = await failure(client.call(write));
    expect(error.code).toBe('REGISTRY_UNREACHABLE');
    expect(error.message).toContain('no answer within');
    expect(requests).toHaveLength(1);
  });
});

describe('what a failure says', () => {
  test.each([401, 403])('%d names the credential, not its value, even when the server echoes it', async (status) => {
    const echo: Answer = (request, response) =>
      response
        .writeHead(status)
        .end(JSON.stringify({ error_code: 'DENIED', message: `bad ${request.headers.authorization ?? ''}` }));
    const { client } = await stage([echo]);
    const error = await failure(client.call(get));
    expect(error).toMatchObject({ code: 'REGISTRY_DENIED', status, registryCode: 'DENIED' });
    expect(error.sentence).toContain('MLFLOW_TRACKING_TOKEN');
    expect(error.sentence).not.toContain('hunter2');
  });

  test('a 403 for the name that the server is called by is not put on the credential', async () => {
    const { client, base } = await stage([says(403, 'Invalid Host header - possible DNS rebinding attack detected')]);
    const error = await failure(client.call(get));
    expect(error.cure).toContain(`--allowed-hosts '${new URL(base).host}'`);
    expect(error.cure).not.toContain('permission');
  });

  test("an error carries the registry's own code and words", async () => {
    const { client } = await stage([
      says(404, '{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no\\nsuch thing"}'),
    ]);
    expect(await failure(client.call(get))).toMatchObject({
      code: 'REGISTRY_ANSWER',
      status: 404,
      registryCode: 'RESOURCE_DOES_NOT_EXIST',
      message: expect.stringContaining('no such thing'),
    });
  });

  test('a 404 of something else doubts the address', async () => {
    const { client } = await stage([says(404, '<html>nginx</html>')]);
    expect((await failure(client.call(get))).cure).toContain('address');
  });

  test('the port that nobody listens on is named', async () => {
    const base = `http://127.0.0.1:${await freePort()}`;
    const client = new HttpClient({ base, headers: {}, credentials: 'none', pause: () => Promise.resolve() });
    const error = await failure(client.call({ ...get, query: { secret: 's3cret' } }));
    expect(error).toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: expect.stringContaining(`nothing listens there): GET ${base}/api/thing`),
    });
    expect(error.sentence).not.toContain('s3cret');
  });

  test.each([
    ['ENOTFOUND', /host name is not known/, /MLFLOW_TRACKING_URI/],
    ['SELF_SIGNED_CERT_IN_CHAIN', /self-signed/, /NODE_EXTRA_CA_CERTS/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /another host/, /NODE_EXTRA_CA_CERTS/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', /does not speak TLS/, /address/],
  ])('%s in words', async (code, message, cure) => {
    const broken = (): Promise<Response> =>
      Promise.reject(new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) }));
    const { client } = await stage([fine], { fetch: broken });
    const error = await failure(client.call(get));
    expect(error.message).toMatch(message);
    expect(error.cure).toMatch(cure);
  });
});

describe('a redirect is not followed', () => {
  test('the credential stays, and the message says where it pointed and what to set', async () => {
    const thief = await stage([fine]);
    const { client } = await stage([
      says(308, '', { Location: `${thief.base.replace('//', '//me:pass@')}/api/thing?token=s3cret` }),
    ]);
    const error = await failure(client.call(get));
    expect(error.code).toBe('REGISTRY_ANSWER');
    expect(error.message).toContain(`to ${thief.base}/api/thing,`);
    expect(error.cure).toContain(`to ${thief.base}.`);
    expect(error.sentence).not.toMatch(/pass|s3cret/);
    expect(thief.requests).toHaveLength(0);
  });

  test('a relative one to a login page', async () => {
    const { client, base } = await stage([says(302, '', { Location: '/login?next=x' })]);
    const error = await failure(client.call(get));
    expect(error.message).toContain(`${new URL(base).origin}/login,`);
    expect(error.cure).toContain('login page');
  });
});
