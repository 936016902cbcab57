import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closing } from './closing.js';

export interface Proxied {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

/** Answers instead of the server, and says so by returning true. */
export type Fault = (call: Proxied, response: ServerResponse) => boolean;

export interface Proxy {
  readonly url: string;
  readonly calls: readonly Proxied[];
  stop(): Promise<void>;
}

/**
 * A server in front of another: under a path of its own, with faults where a test wants them.
 * @param prefix e.g. `/mlflow`; anything outside it is a 404 page, as a real front would answer
 */
export async function startProxy(target: string, prefix = '', fault: Fault = () => false): Promise<Proxy> {
  const calls: Proxied[] = [];
  const server = createServer((incoming, response) => {
    const call = { method: incoming.method ?? '', path: incoming.url ?? '', headers: incoming.headers };
    calls.push(call);
    if (fault(call, response)) return;
    if (!call.path.startsWith(prefix)) {
      response.writeHead(404, { 'Content-Type': 'text/html' }).end('<html><body>Not here</body></html>');
      return;
    }
    const { host: _, ...headers } = incoming.headers;
    const onward = request(`${target}${call.path.slice(prefix.length)}`, { method: call.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`,
    calls,
    stop: closing(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }),
  };
}
