/** The repository that a run is for, by what the runner says. */
export interface Home {
  /** `https://github.com`, or a GitHub Enterprise Server's. */
  readonly serverUrl: string;
  readonly owner: string;
  readonly repo: string;
}

/**
 * Whether a remote's address is that repository's: a pull request's fork may be checked out too, and its default branch
 * is its author's. A path on this machine is taken for a mirror of it: no fork is checked out from one.
 * @param url as `git remote get-url` has it: a URL, `user@host:path` or a path
 */
export function isRemoteOf(url: string, { serverUrl, owner, repo }: Home): boolean {
  const found = placeOf(url);
  if (found === undefined) return true;
  const server = new URL(serverUrl);
  const path = found.path.replace(/^\/+|\/+$/g, '').replace(/\.git$/i, '');
  const hosts = [server.hostname, `ssh.${server.hostname}`];
  return hosts.includes(found.host) && path.toLowerCase() === home(server, owner, repo);
}

/** GitHub's names differ by more than case. An Enterprise Server may live below a path. */
function home(server: URL, owner: string, repo: string): string {
  return `${server.pathname}/${owner}/${repo}`.replace(/^\/+/, '').toLowerCase();
}

function placeOf(url: string): { readonly host: string; readonly path: string } | undefined {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) {
    if (!URL.canParse(url)) return { host: '', path: '' };
    const { protocol, hostname, pathname } = new URL(url);
    return protocol === 'file:' ? undefined : { host: hostname.toLowerCase(), path: pathname };
  }
  // https://git-scm.com/docs/git-clone#_git_urls: without a slash before the first colon it is ssh.
  const [, host, path = ''] = /^(?:[^/:]*@)?([^/:]{2,}):(.*)$/.exec(url) ?? [];
  return host === undefined ? undefined : { host: host.toLowerCase(), path };
}
