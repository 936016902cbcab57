import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closing } from '../support/closing.js';

export const faults = [
  'reset before',
  'reset after',
  '429',
  '500',
  '503',
  'hang',
  'truncated',
  'HTML',
  'kill before',
  'kill after',
] as const;
export type Fault = (typeof faults)[number];

/** What is to go wrong, once: a request by its name, see `Interceptor.requests`. */
export interface Mishap {
  readonly request: string;
  readonly fault: Fault;
}

export interface Interceptor {
  /** Where each server is to be asked, by its name. */
  readonly urls: ReadonlyMap<string, string>;
  /** Every request in its order, as `mlflow POST /registered-models/alias #1`: the same in every run that goes the same way. */
  readonly requests: readonly string[];
  readonly happened: boolean;
  /** Ends the action; to be set before it asks anything. */
  kill: () => void;
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/**
 * Stands between an action and all the servers that it asks, and lets one request go wrong.
 * @param servers their addresses by name
 * @param ports on which they are to be asked, by name: kept from one run of a subject to the next, as addresses are
 * @param named makes one name of what differs between two runs: model, commit, number
 */
export async function intercept(
  servers: ReadonlyMap<string, string>,
  ports: Map<string, number>,
  named: (path: string) => string,
  mishap: Mishap | undefined,
): Promise<Interceptor> {
  const requests: string[] = [];
  const counts = new Map<string, number>();
  const urls = new Map<string, string>();
  const fronts: Server[] = [];
  const state = { happened: false, kill: (): void => undefined };

  async function handle(
    name: string,
    target: string,
    incoming: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const what = `${name} ${incoming.method ?? ''} ${named(incoming.url ?? '')}`;
    const count = (counts.get(what) ?? 0) + 1;
    counts.set(what, count);
    const each = `${what} #${count}`;
    requests.push(each);
    const fault = mishap?.request === each ? mishap.fault : undefined;
    if (fault !== undefined) state.happened = true;
    const body = await bytes(incoming);
    if (fault !== undefined && instead(fault, response, state)) return;
    const answer = await forwarded(target, incoming, body);
    afterwards(fault, answer, response, state);
  }

  for (const [name, target] of servers) {
    const front = createServer((incoming, response) => {
      // Whoever asked may have been killed.
      handle(name, target, incoming, response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => front.listen(ports.get(name) ?? 0, '127.0.0.1', resolve));
    fronts.push(front);
    const { port } = front.address() as AddressInfo;
    ports.set(name, port);
    urls.set(name, `http://127.0.0.1:${port}`);
  }
  return Object.assign(state, {
    urls,
    requests,
    stop: closing(async () => {
      for (const front of fronts) {
        front.closeAllConnections();
        await new Promise((resolve) => front.close(resolve));
      }
    }),
  });
}

/** What happens before the server hears of the request. Returns whether it never does. */
function instead(fault: Fault, response: ServerResponse, state: { kill: () => void }): boolean {
  switch (fault) {
    case 'reset before':
      response.socket?.resetAndDestroy();
      return true;
    case '429':
      response.writeHead(429, { 'Retry-After': '1', 'Content-Type': 'text/plain' }).end('Too many requests');
      return true;
    case '500':
    case '503':
      response.writeHead(Number(fault), { 'Content-Type': 'text/plain' }).end('Something is wrong');
      return true;
    case 'HTML':
      response
        .writeHead(200, { 'Content-Type': 'text/html' })
        .end('<!DOCTYPE html><html><body>Sign in to go on</body></html>');
      return true;
    case 'kill before':
      state.kill();
      response.destroy();
      return true;
    default:
      return false;
  }
}

/** What happens once the server has done what it was asked. */
function afterwards(
  fault: Fault | undefined,
  { status, headers, body }: Answer,
  response: ServerResponse,
  state: { kill: () => void },
): void {
  switch (fault) {
    case 'reset after':
      response.socket?.resetAndDestroy();
      return;
    case 'hang':
      return;
    case 'truncated': {
      const { 'transfer-encoding': _, ...rest } = headers;
      response.writeHead(status, { ...rest, 'content-length': String(Math.max(1, body.length)) });
      response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy());
      return;
    }
    case 'kill after':
      state.kill();
      response.destroy();
      return;
    default: {
      const { 'transfer-encoding': _, ...rest } = headers;
      response.writeHead(status, rest).end(body);
    }
  }
}

async function forwarded(target: string, incoming: IncomingMessage, body: Buffer): Promise<Answer> {
  const { host: _, connection: __, ...headers } = incoming.headers;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request(`${target}${incoming.url ?? ''}`, { method: incoming.method, headers }, resolve)
      .once('error', reject)
      .end(body);
  });
  return { status: answer.statusCode ?? 502, headers: answer.headers, body: await bytes(answer) };
}

async function bytes(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
