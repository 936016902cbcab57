import { afterEach, describe, expect, test } from '@jest/globals';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { rateLimitPause, transport, type Transport, type TransportOptions } from '../../../src/github/transport.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server that gives `answers` in turn, the last one for ever, and a transport that does not really wait. */
async function stage(
  answers: readonly Answer[],
  options: Partial<TransportOptions> = {},
): Promise<{ ask: (method?: string, path?: string) => ReturnType<Transport>; count: () => number; pauses: number[] }> {
  let asked = 0;
  const pauses: number[] = [];
  const server = createServer((request, response) => {
    (answers[asked] ?? answers.at(-1))?.(request, response);
    asked += 1;
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const pause = (ms: number): Promise<void> => {
    pauses.push(ms);
    return Promise.resolve();
  };
  const send = transport({ send: fetch, timeoutMs: 10_000, pause, random: () => 0.5, ...options });
  return { ask: (method = 'GET', path = '/thing') => send(url + path, { method }), count: () => asked, pauses };
}

function says(status: number, body = '{}', headers: Record<string, string> = {}): Answer {
  return (_, response) => response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
}
const fine = says(200, '{"ok": true}');
const cut: Answer = (request) => request.socket.destroy();
const cutShort: Answer = (_, response) => {
  response.writeHead(200, { 'content-length': '99' }).write('{"ok"', () => response.destroy());
};
const drops: Answer = (_, response) => void response.writeHead(200).write('{');
const silent: Answer = () => undefined;

describe('what is sent again', () => {
  test.each([
    ['a read, cut', 'GET', [cut, fine], 2],
    ['a read, cut in the middle', 'GET', [cutShort, fine], 2],
    ['a read, JSON that breaks off', 'GET', [says(200, '[{"id": 1}, '), fine], 2],
    ['a read, 502 and 500', 'GET', [says(502), says(500), fine], 3],
    ['a change that sets, 503', 'PATCH', [says(503), fine], 2],
    ['a deletion, cut', 'DELETE', [cut, fine], 2],
    ['a write that adds, for the rate limit', 'POST', [says(429, '{}', { 'retry-after': '2' }), fine], 2],
  ] as const)('%s', async (_, method, answers, count) => {
    const { ask, count: asked } = await stage(answers);
    expect(await (await ask(method)).json()).toEqual({ ok: true });
    expect(asked()).toBe(count);
  });

  test('a question by GraphQL, which is a POST and adds nothing', async () => {
    const { ask, count } = await stage([cut, fine]);
    expect((await ask('POST', '/graphql')).status).toBe(200);
    expect(count()).toBe(2);
  });
});

describe('what is not', () => {
  test.each([
    ['a write that adds, cut', 'POST', cut, 1],
    ['a write that adds, 502', 'POST', says(502), 1],
    ['a read, refused', 'GET', says(403, '{"message": "Resource not accessible by integration"}'), 1],
    ['a read of nothing', 'GET', says(404), 1],
    ['an HTML page for an answer', 'GET', says(200, '<!doctype html>', { 'content-type': 'text/html' }), 1],
    ['a redirect', 'GET', says(301, '{}', { location: 'https://evil.example/x?token=s3cret' }), 1],
    ['a read, 503 for ever', 'GET', says(503), 3],
    ['a limit that lasts for an hour', 'GET', says(429, '{}', { 'retry-after': '3600' }), 1],
  ] as const)('%s', async (_, method, answer, count) => {
    const { ask, count: asked } = await stage([answer]);
    await ask(method).catch(() => undefined);
    expect(asked()).toBe(count);
  });

  test('anything more, once the budget is spent by a server that is silent', async () => {
    let now = 0;
    const clock = (): number => now;
    const slow: Answer = (request) => {
      now += 25_000;
      request.socket.destroy();
    };
    const { ask, count } = await stage([slow], { clock });
    await expect(ask()).rejects.toThrow();
    const before = count();
    await expect(ask()).rejects.toThrow('not asked again');
    expect(count()).toBe(before);
  });
});

test.each([
  [silent, 'no answer within 2 s'],
  [drops, 'its answer was not whole after 2 s'],
  [cutShort, 'its answer was cut short'],
  [says(200, '[1, '), 'its answer is not JSON (broken, or cut short)'],
  [says(200, '<html>sign in</html>'), 'it answers with an HTML page'],
  [says(302, '', { location: 'https://me:pw@evil.example/x?token=s3cret' }), 'it redirects to https://evil.example/x,'],
] as const)('an answer that is none, case %#, says why', async (answer, words) => {
  const { ask } = await stage([answer], { timeoutMs: 2_000 });
  const error = (await ask().catch((thrown: unknown) => thrown)) as Error;
  expect(error.message).toContain(words);
  expect(error.message).not.toMatch(/s3cret|pw/);
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
  const { ask, count } = await stage([endless]);
  await expect(ask()).rejects.toThrow('larger than 32 MiB');
  expect(count()).toBe(1);
});

test("a page of a front's is not shown as GitHub's words", async () => {
  const { ask } = await stage([says(502, '<html><h1>Unicorn!</h1></html>', { 'content-type': 'text/html' })]);
  expect(await (await ask('POST')).json()).toEqual({ message: 'an HTML page' });
});

describe('how long GitHub asks to be left alone', () => {
  const inSeconds = (seconds: number): string => String(Math.floor(Date.now() / 1000) + seconds);
  test.each([
    ['not at all: another refusal', 403, {}, undefined],
    [
      'not at all: the limit is not reached',
      403,
      { 'x-ratelimit-remaining': '12', 'x-ratelimit-reset': '1' },
      undefined,
    ],
    ['so many seconds', 403, { 'retry-after': '7' }, [7_000, 7_000]],
    ['until then', 429, { 'retry-after': new Date(Date.now() + 600_000).toUTCString() }, [300_000, 600_000]],
    ['until the reset', 403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(600) }, [300_000, 600_000]],
    ['a minute, where it does not say', 429, {}, [60_000, 60_000]],
    ['not any more', 403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' }, [0, 0]],
  ] as const)('%s', (_, status, headers, expected) => {
    const pause = rateLimitPause({ status, headers: new Headers(headers) });
    if (expected === undefined) expect(pause).toBeUndefined();
    else {
      expect(pause).toBeGreaterThanOrEqual(expected[0]);
      expect(pause).toBeLessThanOrEqual(expected[1]);
    }
  });

  test('is waited for, and then the request is sent', async () => {
    const { ask, pauses } = await stage([says(403, '{}', { 'retry-after': '5' }), fine]);
    expect((await ask()).status).toBe(200);
    expect(pauses).toEqual([5_500]);
  });
});
