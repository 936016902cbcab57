import type { getOctokit } from '@actions/github';
import { PromotionError } from '../domain/errors.js';
import type { GithubContext } from './context.js';
import { rateLimitPause, transport } from './transport.js';

export type Octokit = ReturnType<typeof getOctokit>;

/** A client of GitHub's API and the repository it is used on: an argument of everything that asks GitHub. */
export interface Github {
  readonly octokit: Octokit;
  readonly owner: string;
  readonly repo: string;
}

/** Long enough for a slow answer; a hung one must not hold the job. */
const usualTimeoutMs = 20_000;

/**
 * A client, or undefined without a token or outside GitHub. The library is loaded only when it is needed: it is
 * the larger half of the bundle.
 * @throws PromotionError `INPUT_INVALID` where the token would go to a server that only says it is GitHub
 */
export async function openGithub(context: GithubContext, token: string | undefined): Promise<Github | undefined> {
  if (token === undefined || context.repository === undefined) return undefined;
  if (context.takesAnyCertificate === true && context.apiUrl.startsWith('https:')) {
    throw new PromotionError(
      'INPUT_INVALID',
      'NODE_TLS_REJECT_UNAUTHORIZED is set, and with it no certificate is checked.',
      {
        cure: "Unset it, and name the file with the server's authority in NODE_EXTRA_CA_CERTS, in the env of the step.",
      },
    );
  }
  const { getOctokit } = await import('@actions/github');
  const { defaults } = await import('@actions/github/lib/utils');
  // Theirs goes through the runner's proxy.
  const send = (defaults.request?.fetch ?? fetch) as typeof fetch;
  const octokit = getOctokit(token, {
    baseUrl: context.apiUrl,
    request: { fetch: transport({ send, timeoutMs: context.apiTimeoutMs ?? usualTimeoutMs }) },
  });
  return { octokit, ...context.repository };
}

/** The HTTP status of what Octokit threw, if there was an answer: for none at all Octokit says 500. */
export function statusOf(thrown: unknown): number | undefined {
  const { status, response } = (thrown ?? {}) as { readonly status?: unknown; readonly response?: unknown };
  return typeof status === 'number' && response !== undefined ? status : undefined;
}

/**
 * What kept GitHub from being told, in words, with the line to add where it is a permission.
 * @param what e.g. `The comment was not posted`
 * @param permission e.g. `pull-requests: write`
 */
export function githubError(what: string, thrown: unknown, permission: string): PromotionError {
  const status = statusOf(thrown);
  const message = (thrown instanceof Error ? thrown.message : String(thrown)).split('\n')[0]?.slice(0, 200) ?? '';
  if (status === 401)
    return new PromotionError('GITHUB_DENIED', `${what}: GitHub does not accept the token (401).`, {
      cure: "Check the input 'github-token'.",
    });
  const limit = limitOf(thrown);
  if ((status === 403 || status === 429) && (limit !== undefined || /rate limit/i.test(message))) {
    const when = limit === undefined ? 'later' : `after ${new Date(Date.now() + limit).toISOString().slice(0, 16)}Z`;
    return new PromotionError('GITHUB_DENIED', `${what}: GitHub's rate limit is reached (${status}).`, {
      cure: `Run the step again ${when}.`,
    });
  }
  if (status === 403 || status === 404) {
    return new PromotionError(
      'GITHUB_DENIED',
      `${what}: ${status === 404 ? 'it does not exist, or the token may not see it' : 'the token may not do that'} (${status}: ${message}).`,
      {
        cure: `${status === 404 ? 'Check that it exists. ' : ''}The job needs '${permission}' under 'permissions:'${permission.endsWith('write') ? '; a pull request from a fork never gets it' : ''}.`,
      },
    );
  }
  return new PromotionError(
    'GITHUB_ANSWER',
    `${what}: ${status === undefined ? 'GitHub could not be reached' : `GitHub answered ${status}`} (${message}).`,
    { cause: thrown },
  );
}

/** How long GitHub asks to be left alone, in milliseconds, if it does. */
function limitOf(thrown: unknown): number | undefined {
  const { response } = (thrown ?? {}) as {
    readonly response?: { readonly status: number; readonly headers: Record<string, string | number | undefined> };
  };
  if (response === undefined) return undefined;
  const headers = new Headers();
  for (const [name, value] of Object.entries(response.headers)) headers.set(name, String(value ?? ''));
  return rateLimitPause({ status: response.status, headers });
}
