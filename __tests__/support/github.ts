import { createEmulator } from 'emulate';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closing } from './closing.js';
import { requestFault, responseFault } from './github-description.js';
import { GithubStubs, type Approval, type Deployment, type EnvironmentRules, type StubAnswer } from './github-stubs.js';
import { freePort } from './mlflow.js';

export interface GithubRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: unknown;
}

export interface IssueComment {
  readonly id: number;
  readonly body: string;
  readonly user: { readonly login: string; readonly type: string };
}

export interface PullRequest {
  readonly number: number;
  readonly sha: string;
}

export interface GithubOptions {
  /** `owner/name`; `acme/churn` by default. */
  readonly repository?: string;
  /** Whose token the action has. */
  readonly login?: string;
}

export interface GithubServer {
  /** For `GITHUB_API_URL`. */
  readonly url: string;
  /** The one token it takes: the workflow's own. */
  readonly token: string;
  readonly requests: readonly GithubRequest[];
  /** Where the action, or a stub, did not do as GitHub's description of its API says. To be empty when a test ends. */
  readonly violations: readonly string[];
  /** As in a pull request from a fork: every write is refused. */
  readOnlyToken: boolean;
  /** Every request is answered 503. */
  down: boolean;
  /** Requests that begin so (`POST /repos/acme/churn/deployments`) are refused so. */
  readonly failures: Map<string, { readonly status: number; readonly message: string }>;
  /** Accounts that are gone: what they wrote is nobody's. */
  readonly deleted: Set<string>;

  /** Commits a file and returns the commit; within the repository, or the owner's other one, `policies`. */
  putFile(path: string, text: string, branch?: string, within?: string): Promise<string>;
  /** A pull request to `main` with a commit of its own: of these files, or of one. */
  openPullRequest(branch?: string, author?: string, files?: Readonly<Record<string, string>>): Promise<PullRequest>;
  /** Merges it and returns the commit that did. */
  merge(number: number, method?: 'merge' | 'squash'): Promise<string>;
  /** Says which pull request brought a commit; the head of a pull request is known already. */
  broughtBy(sha: string, number: number, options?: { readonly merged?: boolean }): Promise<void>;
  /** What somebody else writes: any login. */
  comment(number: number, body: string, login: string): Promise<void>;
  comments(number: number): Promise<readonly IssueComment[]>;
  /** Newest first, each with its statuses. */
  deployments(): readonly Deployment[];
  environment(name: string, rules?: EnvironmentRules): void;
  /** What a pull request touches; with `from`, renamed. */
  touches(pull: number, files: readonly { readonly path: string; readonly from?: string }[]): void;
  approve(run: string, approval: Approval): void;
  /** What somebody else does through the API, below `/repos/{owner}/{repo}/`. */
  as<T>(login: string, method: string, path: string, body?: object): Promise<T>;
  stop(): Promise<void>;
}

const people = ['octocat', 'mallory', 'evil[bot]', 'bea', 'cem', 'dan'];
const tokenOf = (login: string): string => `seed-${login}`;

/**
 * A GitHub with state, on loopback: the emulator for what it has, stubs for what it lacks, and one server in front that
 * holds every request, and every answer of a stub, against GitHub's own description of its API.
 */
export async function startGithub(options: GithubOptions = {}): Promise<GithubServer> {
  const { repository = 'acme/churn', login = 'github-actions[bot]' } = options;
  const [owner = '', name = ''] = repository.split('/');
  const token = 'ghs_workflow';
  const state = { readOnlyToken: false, down: false };
  const requests: GithubRequest[] = [];
  const violations: string[] = [];
  const failures: GithubServer['failures'] = new Map();
  const deleted = new Set<string>();

  const front = createServer((incoming, response) => {
    void received(incoming).then(async ({ method, path, body }) => {
      requests.push({ method, path, body });
      const answer = await respond(method, path, body, incoming.headers.authorization).catch((thrown: unknown) => {
        violations.push(`${method} ${path}: ${String(thrown)}`);
        return refusal(500, String(thrown));
      });
      const headers = {
        'content-type': 'application/json; charset=utf-8',
        ...(answer.link === undefined ? {} : { link: answer.link }),
      };
      response.writeHead(answer.status, answer.data === undefined ? {} : headers);
      response.end(answer.data === undefined ? undefined : JSON.stringify(answer.data, accounts(deleted)));
    });
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;

  const port = await freePort();
  const inner = `http://127.0.0.1:${port}`;
  const logins = [...new Set([owner, login, ...people])];
  const emulator = await createEmulator({
    service: 'github',
    port,
    baseUrl: url,
    seed: {
      tokens: Object.fromEntries(logins.map((each) => [tokenOf(each), { login: each, scopes: ['repo'] }])),
      github: {
        users: logins.map((each) => ({ login: each })),
        repos: [
          { owner, name, auto_init: true },
          { owner, name: 'policies', auto_init: true },
        ],
      },
    },
  });
  const stubs = new GithubStubs(url, repository);

  /** Asks the emulator, past the front: neither recorded nor judged. */
  async function ask(method: string, path: string, body: unknown, as: string): Promise<Answer> {
    const answer = await fetch(`${inner}${path}`, {
      method,
      headers: { authorization: `token ${tokenOf(as)}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const link = answer.headers.get('link')?.replaceAll(/<https?:\/\/[^/]+/g, `<${url}`);
    return {
      status: answer.status,
      ...(text === '' ? {} : { data: JSON.parse(text) as unknown }),
      ...(link === undefined ? {} : { link }),
    };
  }

  async function respond(method: string, path: string, body: unknown, authorization = ''): Promise<Answer> {
    const { pathname, searchParams: query } = new URL(path, url);
    if (state.down) return refusal(503, 'Service Unavailable');
    const failure = [...failures].find(([start]) => `${method} ${path}`.startsWith(start))?.[1];
    if (failure !== undefined) return refusal(failure.status, failure.message);
    if (!authorization.endsWith(` ${token}`)) return refusal(401, 'Bad credentials');
    // GraphQL has another description. The one query that the action sends is the one that a workflow's token may.
    if (pathname === '/graphql') return { status: 200, data: { data: { viewer: { login } } } };
    const wrong = requestFault(method, pathname, query, body);
    if (wrong !== undefined) {
      violations.push(wrong);
      return refusal(422, wrong);
    }
    if (method !== 'GET' && state.readOnlyToken) return refusal(403, 'Resource not accessible by integration');
    if (pathname === '/user') return refusal(403, 'Resource not accessible by integration');
    const own = `/repos/${repository}/`;
    const within = pathname.startsWith(own) ? pathname.slice(own.length) : undefined;
    const sha = /^commits\/([^/]+)\/pulls$/.exec(within ?? '')?.[1];
    const stubbed =
      sha !== undefined
        ? await pullsOf(sha)
        : within === undefined
          ? undefined
          : stubs.answer({ method, path: within, query, body: (body ?? {}) as Record<string, unknown>, login });
    if (stubbed === undefined) return ask(method, path, body, login);
    const fault = responseFault(method, pathname, ...stubbed);
    if (fault !== undefined) violations.push(`the stub's own answer: ${fault}`);
    return fault === undefined ? paged(stubbed, new URL(path, url)) : refusal(422, fault);
  }

  async function seeded<T>(method: string, path: string, body?: object, as = owner, place = repository): Promise<T> {
    const { status, data } = await ask(method, `/repos/${place}/${path}`, body, as);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(data)}`);
    return data as T;
  }

  async function putFile(path: string, text: string, branch = 'main', within = repository): Promise<string> {
    const place = `contents/${path}`;
    const { status, data } = await ask('GET', `/repos/${within}/${place}?ref=${branch}`, undefined, owner);
    const { commit } = await seeded<{ commit: { sha: string } }>(
      'PUT',
      place,
      {
        message: `Write ${path}`,
        branch,
        content: Buffer.from(text).toString('base64'),
        ...(status === 200 ? { sha: (data as { sha: string }).sha } : {}),
      },
      owner,
      within,
    );
    return commit.sha;
  }

  /** As GitHub lists them: those that are merged or open, as they are now. */
  async function pullsOf(sha: string): Promise<StubAnswer> {
    const all = await Promise.all(
      stubs.pullsOf(sha).map(async ({ number, as }) => ({
        ...(await seeded<{ state: string; merged_at: string | null }>('GET', `pulls/${number}`)),
        ...as,
      })),
    );
    return [200, all.filter(({ state: now, merged_at: at }) => now === 'open' || at !== null)];
  }

  async function broughtBy(sha: string, number: number, { merged = false } = {}): Promise<void> {
    // Throws where there is no such pull request.
    await seeded('GET', `pulls/${number}`);
    const now = new Date().toISOString();
    const as = merged ? { state: 'closed', merged_at: now, closed_at: now, merge_commit_sha: sha } : {};
    stubs.addPullOf(sha, number, as);
  }

  return Object.assign(state, {
    url,
    token,
    requests,
    violations,
    failures,
    deleted,
    putFile,
    broughtBy,
    openPullRequest: async (branch = 'change', author = owner, files: Readonly<Record<string, string>> = {}) => {
      const { commit } = await seeded<{ commit: { sha: string } }>('GET', 'branches/main');
      await seeded('POST', 'git/refs', { ref: `refs/heads/${branch}`, sha: commit.sha });
      const changes = Object.entries(files);
      let sha = '';
      for (const [path, text] of changes.length === 0 ? [['CHANGED', branch] as const] : changes)
        sha = await putFile(path, text, branch);
      const { number } = await seeded<{ number: number }>(
        'POST',
        'pulls',
        { title: branch, head: branch, base: 'main' },
        author,
      );
      await broughtBy(sha, number);
      // What it touches is asked of the stub.
      if (changes.length > 0)
        stubs.addFiles(
          number,
          changes.map(([path]) => ({ path })),
        );
      return { number, sha };
    },
    comment: async (number: number, body: string, as: string) => {
      await seeded('POST', `issues/${number}/comments`, { body }, as);
    },
    comments: async (number: number) => {
      const all: IssueComment[] = [];
      for (let page = 1; all.length === (page - 1) * 100; page += 1)
        all.push(...(await seeded<IssueComment[]>('GET', `issues/${number}/comments?per_page=100&page=${page}`)));
      return all;
    },
    deployments: () => stubs.deployments,
    environment: (environment: string, rules?: EnvironmentRules) => stubs.addEnvironment(environment, rules),
    touches: (pull: number, files: readonly { readonly path: string; readonly from?: string }[]) =>
      stubs.addFiles(pull, files),
    approve: (run: string, approval: Approval) => stubs.addApproval(run, approval),
    as: <T>(as: string, method: string, path: string, body?: object) => seeded<T>(method, path, body, as),
    merge: async (number: number, method: 'merge' | 'squash' = 'merge') => {
      const { sha } = await seeded<{ sha: string }>('PUT', `pulls/${number}/merge`, { merge_method: method });
      stubs.addPullOf(sha, number, {});
      return sha;
    },
    stop: closing(async () => {
      front.closeAllConnections();
      await new Promise((resolve) => front.close(resolve));
      await emulator.close();
    }),
  });
}

interface Answer {
  readonly status: number;
  readonly data?: unknown;
  readonly link?: string;
}

function refusal(status: number, message: string): Answer {
  return { status, data: { message, documentation_url: 'https://docs.github.com/rest', status: String(status) } };
}

async function received(incoming: IncomingMessage): Promise<GithubRequest> {
  let text = '';
  for await (const chunk of incoming.setEncoding('utf8')) text += String(chunk);
  return {
    method: incoming.method ?? '',
    path: incoming.url ?? '/',
    body: text === '' ? undefined : (JSON.parse(text) as unknown),
  };
}

/** Lists come in pages of 30 unless asked otherwise, with a link to the next; some in an object that counts them. */
function paged([status, data]: StubAnswer, url: URL): Answer {
  const [key, list] = Object.entries({ data, ...(counted(data) ? data : {}) }).find(([, value]) => isList(value)) ?? [];
  if (key === undefined || !isList(list)) return { status, ...(data === undefined ? {} : { data }) };
  const size = Number(url.searchParams.get('per_page') ?? 30);
  const page = Number(url.searchParams.get('page') ?? 1);
  url.searchParams.set('page', String(page + 1));
  const shown = list.slice((page - 1) * size, page * size);
  return {
    status,
    data: counted(data) ? { ...data, [key]: shown } : shown,
    ...(list.length > page * size ? { link: `<${url.href}>; rel="next"` } : {}),
  };
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function counted(data: unknown): data is object {
  return typeof data === 'object' && data !== null && 'total_count' in data;
}

/** The emulator takes every account for a living person's; who wrote a comment or a review matters to the action. */
function accounts(deleted: ReadonlySet<string>): (key: string, value: unknown) => unknown {
  return (key, value) => {
    const { login } = (value ?? {}) as { readonly login?: unknown };
    if (typeof login !== 'string') return value;
    if (key === 'user' && deleted.has(login)) return null;
    return login.endsWith('[bot]') ? { ...(value as object), type: 'Bot' } : value;
  };
}
