import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fault } from './openapi.js';

export interface StubComment {
  id: number;
  body: string;
  user: { login: string; type: string };
}

export interface StubDeployment {
  id: number;
  task: string;
  payload: unknown;
  environment: string;
  sha: string;
  description: string;
  statuses: Record<string, unknown>[];
}

/** The few endpoints of GitHub that the messenger uses, with what it did kept for a test to look at. */
export interface GithubStub {
  readonly url: string;
  /** `POST /repos/o/r/issues/7/comments`. */
  readonly requests: string[];
  readonly bodies: Record<string, unknown>[];
  /** What GitHub's own description of its API does not allow. */
  readonly faults: string[];
  comments: StubComment[];
  deployments: StubDeployment[];
  pulls: Record<string, unknown>[];
  /** Requests that begin so are answered so. */
  failures: Record<string, { readonly status: number; readonly message: string }>;
  viewer: string | undefined;
  readonly close: () => Promise<void>;
}

async function read(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

export async function startGithubStub(): Promise<GithubStub> {
  let next = 1000;
  const stub: Omit<GithubStub, 'url' | 'close'> = {
    requests: [],
    bodies: [],
    faults: [],
    comments: [],
    deployments: [],
    pulls: [],
    failures: {},
    viewer: 'github-actions[bot]',
  };
  const answer = (
    method: string,
    path: string,
    query: URLSearchParams,
    body: Record<string, unknown>,
  ): [number, unknown] => {
    const failure = Object.entries(stub.failures).find(([start]) => `${method} ${path}`.startsWith(start))?.[1];
    if (failure !== undefined) return [failure.status, { message: failure.message }];
    const [, last = ''] = /\/(\d+)(?:\/statuses)?$/.exec(path) ?? [];
    const user = { login: stub.viewer ?? 'github-actions[bot]', type: 'Bot' };
    const page = <T>(all: readonly T[]): T[] => {
      const [size, number] = [Number(query.get('per_page') ?? 30), Number(query.get('page') ?? 1)];
      return all.slice((number - 1) * size, number * size);
    };
    if (path === '/graphql')
      return stub.viewer === undefined ? [403, { message: 'no' }] : [200, { data: { viewer: { login: stub.viewer } } }];
    if (path.endsWith('/pulls')) return [200, stub.pulls];
    if (path.endsWith('/issues/7/comments')) {
      if (method === 'GET') return [200, page(stub.comments)];
      stub.comments.push({ id: next++, body: String(body['body']), user });
      return [201, stub.comments.at(-1)];
    }
    if (path.includes('/issues/comments/')) {
      const comment = stub.comments.find(({ id }) => String(id) === last);
      if (comment === undefined) return [404, { message: 'Not Found' }];
      if (method === 'DELETE') stub.comments = stub.comments.filter(({ id }) => id !== comment.id);
      else comment.body = String(body['body']);
      return [method === 'DELETE' ? 204 : 200, comment];
    }
    if (path.endsWith('/deployments')) {
      if (method === 'GET')
        return [
          200,
          page(
            stub.deployments.filter(
              ({ environment, sha }) => environment === query.get('environment') && sha === query.get('sha'),
            ),
          ),
        ];
      const { task, payload, environment, ref, description } = body;
      stub.deployments.push({
        id: next++,
        task,
        payload,
        environment,
        sha: ref,
        description,
        statuses: [],
      } as unknown as StubDeployment);
      return [201, stub.deployments.at(-1)];
    }
    if (path.endsWith('/statuses')) {
      const statuses = stub.deployments.find(({ id }) => String(id) === last)?.statuses ?? [];
      if (method === 'GET') return [200, page(statuses)];
      statuses.push(body);
      return [201, body];
    }
    return [404, { message: 'Not Found' }];
  };
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://stub');
      stub.requests.push(`${request.method ?? ''} ${pathname}`);
      stub.bodies.push(body);
      const wrong = fault(request.method ?? '', pathname, searchParams, body);
      if (wrong !== undefined) stub.faults.push(wrong);
      const [status, data] = answer(request.method ?? '', pathname, searchParams, body);
      const { port } = server.address() as AddressInfo;
      const headers: Record<string, string> = { 'content-type': 'application/json' };
      if (Array.isArray(data) && data.length === Number(searchParams.get('per_page'))) {
        searchParams.set('page', String(Number(searchParams.get('page') ?? 1) + 1));
        headers['link'] = `<http://127.0.0.1:${port}${pathname}?${searchParams.toString()}>; rel="next"`;
      }
      response.writeHead(status, headers);
      response.end(status === 204 ? undefined : JSON.stringify(data));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return Object.assign(stub, {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  });
}
