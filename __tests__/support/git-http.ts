import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { closing } from './closing.js';

export interface GitServer {
  /** For `GITHUB_SERVER_URL`. */
  readonly url: string;
  /** The bare repository `acme/churn` behind it. */
  readonly folder: string;
  /** Whether the token may push. */
  mayWrite: boolean;
  stop(): Promise<void>;
}

/** git's own smart HTTP server on loopback, which asks for the token as GitHub does. */
export async function startGitServer(token: string, repository = 'acme/churn'): Promise<GitServer> {
  const root = mkdtempSync(join(tmpdir(), 'git-http-'));
  const folder = join(root, `${repository}.git`);
  mkdirSync(dirname(folder), { recursive: true });
  execFileSync('git', ['init', '-q', '--bare', '-b', 'main', folder]);
  execFileSync('git', ['-C', folder, 'config', 'http.receivepack', 'true']);
  const state = { mayWrite: true };
  const server = createServer((request, response) => {
    const [path = '', query = ''] = (request.url ?? '').split('?');
    const expected = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
    const writes = path.endsWith('git-receive-pack') || query.includes('git-receive-pack');
    if (request.headers.authorization?.toLowerCase() !== expected.toLowerCase()) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="GitHub"' }).end();
    } else if (writes && !state.mayWrite) {
      response.writeHead(403).end('Write access to repository not granted.');
    } else {
      // GitHub takes an address with or without the suffix.
      backend(root, path.replace(`/${repository}/`, `/${repository}.git/`), query, request, response);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(state, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    folder,
    stop: closing(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }),
  });
}

/** @see https://git-scm.com/docs/git-http-backend */
function backend(root: string, path: string, query: string, request: IncomingMessage, response: ServerResponse): void {
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: request.headers['git-protocol']?.toString() ?? '',
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      REMOTE_USER: 'x-access-token',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  // Whoever asked may have been killed: git would wait for the rest for ever.
  response.once('close', () => child.kill());
  child.stdin.once('error', () => request.unpipe());
  request.pipe(child.stdin);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.once('close', () => {
    const output = Buffer.concat(chunks);
    const end = output.indexOf('\r\n\r\n');
    const headers = new Map(
      output
        .subarray(0, end)
        .toString('latin1')
        .split('\r\n')
        .map((line) => line.split(': ', 2) as [string, string]),
    );
    const status = Number(headers.get('Status')?.slice(0, 3) ?? 200);
    headers.delete('Status');
    response.writeHead(status, Object.fromEntries(headers)).end(output.subarray(end + 4));
  });
}
