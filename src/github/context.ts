import { readFile } from 'node:fs/promises';
import type { Environment } from '../domain/environment.js';
import { PromotionError } from '../domain/errors.js';
import { subjectOf, type EventSubject, type SubjectPayload } from './event-subject.js';

/** What GitHub says of the run. Outside GitHub nearly everything is undefined. */
export interface GithubContext {
  readonly repository: { readonly owner: string; readonly repo: string } | undefined;
  readonly event: string;
  /** Pull-request events never move a version, from forks or not. */
  readonly isPullRequest: boolean;
  readonly pullRequest: { readonly number: number; readonly headSha: string; readonly fromFork: boolean } | undefined;
  /** What the event is about, where that is not the run's own commit. */
  readonly subject?: EventSubject | undefined;
  /** The commit that is judged: a pull request's head, not its merge. */
  readonly commit: string | undefined;
  /** The commit GitHub ran the workflow for. */
  readonly sha: string | undefined;
  /** The branch the run is on; undefined for tags, pull requests and events that are not known to run on a branch. */
  readonly branch: string | undefined;
  /** As the event says, which is as old as the event and may be missing: what GitHub or git says now goes before. */
  readonly defaultBranch: string | undefined;
  readonly runId: string | undefined;
  readonly runPage: string | undefined;
  readonly actor: string | undefined;
  /** `local`: started at a terminal, not by a workflow. */
  readonly origin?: 'local';
  /** Who started the run, as far as the event says: they do not approve their own. */
  readonly authors: readonly string[];
  readonly serverUrl: string;
  /** The page of the action's own files at the version that runs; undefined for an action of the checkout. */
  readonly actionPage?: string;
  readonly apiUrl: string;
  /** How long one request to GitHub may take; undefined for what is usual. */
  readonly apiTimeoutMs?: number;
  /** Whether Node was told to take any certificate for GitHub's. */
  readonly takesAnyCertificate?: boolean;
}

/** The parts of https://docs.github.com/webhooks/webhook-events-and-payloads that are read. */
interface Payload extends SubjectPayload {
  /** Who did what the event tells of. */
  readonly sender?: { readonly login?: unknown } | null;
  readonly repository?: { readonly default_branch?: unknown; readonly full_name?: unknown };
  readonly workflow_run?: SubjectPayload['workflow_run'] & {
    readonly event?: unknown;
    readonly actor?: { readonly login?: unknown } | null;
    readonly triggering_actor?: { readonly login?: unknown } | null;
  };
  readonly pull_request?: {
    readonly number?: unknown;
    readonly user?: { readonly login?: unknown } | null;
    readonly head?: { readonly sha?: unknown; readonly repo?: { readonly full_name?: unknown } | null };
    readonly base?: { readonly repo?: { readonly full_name?: unknown } | null };
  };
}

/**
 * What a branch that the policy trusts may be judged by its own policy for.
 * @see https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows
 */
const branchEvents: readonly string[] = ['push', 'workflow_dispatch', 'deployment', 'deployment_status'];

/** What starts a `workflow_run` for what is merged, or for no change at all. */
const mergedCauses: readonly string[] = [
  ...branchEvents,
  'create',
  'release',
  'repository_dispatch',
  'schedule',
  'registry_package',
];

/**
 * Reads the runner's variables and the event file. A missing or broken event file is an empty event.
 * @throws PromotionError `INPUT_INVALID` for a time-out that is not a number of seconds
 */
export async function readContext(environment: Environment): Promise<GithubContext> {
  const value = (name: string): string | undefined => text(environment[name]);
  const payload = await readPayload(value('GITHUB_EVENT_PATH'));
  const [owner, repo] = (value('GITHUB_REPOSITORY') ?? '').split('/');
  const event = value('GITHUB_EVENT_NAME') ?? '';
  const ref = value('GITHUB_REF') ?? '';
  const serverUrl = value('GITHUB_SERVER_URL') ?? 'https://github.com';
  const runId = value('GITHUB_RUN_ID');
  const sha = value('GITHUB_SHA');
  const pullRequest = event.startsWith('pull_request') ? readPullRequest(payload) : undefined;
  const isPullRequest = isUnmerged(event, ref, payload, value('GITHUB_REPOSITORY'));
  const repository =
    owner !== undefined && repo !== undefined && owner !== '' && repo !== '' ? { owner, repo } : undefined;
  return {
    repository,
    event,
    isPullRequest,
    pullRequest,
    subject: subjectOf(event, payload, !isPullRequest),
    commit: text(pullRequest?.headSha) ?? sha,
    sha,
    branch:
      !isPullRequest && branchEvents.includes(event) && ref.startsWith('refs/heads/')
        ? ref.slice('refs/heads/'.length)
        : undefined,
    defaultBranch: text(payload.repository?.default_branch),
    runId,
    runPage:
      repository === undefined || runId === undefined
        ? undefined
        : `${serverUrl}/${repository.owner}/${repository.repo}/actions/runs/${runId}`,
    actor: value('GITHUB_TRIGGERING_ACTOR') ?? value('GITHUB_ACTOR'),
    authors: startersOf(value('GITHUB_ACTOR'), value('GITHUB_TRIGGERING_ACTOR'), payload),
    serverUrl,
    ...actionPage(serverUrl, value('GITHUB_ACTION_REPOSITORY'), value('GITHUB_ACTION_REF')),
    apiUrl: value('GITHUB_API_URL') ?? 'https://api.github.com',
    ...timeout(value('PROMOTION_GITHUB_TIMEOUT')),
    takesAnyCertificate: value('NODE_TLS_REJECT_UNAUTHORIZED') === '0',
  };
}

/** https://docs.github.com/actions/reference/workflows-and-actions/variables */
function actionPage(server: string, repository: string | undefined, ref = 'HEAD'): Pick<GithubContext, 'actionPage'> {
  return repository === undefined ? {} : { actionPage: `${server}/${repository}/blob/${ref}` };
}

/** Who started the run, a run that started it, or the pull request that it is for. */
function startersOf(
  actor: string | undefined,
  trigger: string | undefined,
  { sender, workflow_run: cause, pull_request: pull }: Payload,
): readonly string[] {
  const others = [sender, cause?.actor, cause?.triggering_actor, pull?.user].map((user) => text(user?.login));
  return [...new Set([actor, trigger, ...others])].filter((login) => login !== undefined);
}

/**
 * Whether the run is for what is not merged. A run that another's end has started runs on the default branch, but for
 * what the other was for: where that is not said (a run that again another run has started), it may be a pull request.
 */
function isUnmerged(event: string, ref: string, payload: Payload, repository: string | undefined): boolean {
  if (/^(pull_request|merge_group)/.test(event)) return true;
  if (/^refs\/(pull\/|heads\/gh-readonly-queue\/)/.test(ref)) return true;
  if (event !== 'workflow_run') return false;
  const { event: cause, head_repository: head } = payload.workflow_run ?? {};
  const from = text(head?.full_name);
  return !mergedCauses.includes(text(cause) ?? '') || (from !== undefined && from !== repository);
}

function timeout(seconds: string | undefined): { readonly apiTimeoutMs?: number } {
  if (seconds === undefined) return {};
  const apiTimeoutMs = Number(seconds) * 1000;
  if (/^[\d.]+$/.test(seconds) && apiTimeoutMs >= 1 && apiTimeoutMs <= 600_000) return { apiTimeoutMs };
  throw new PromotionError('INPUT_INVALID', 'PROMOTION_GITHUB_TIMEOUT is no number of that kind.', {
    cure: 'Give seconds, up to 600, or leave it out.',
  });
}

async function readPayload(path: string | undefined): Promise<Payload> {
  if (path === undefined) return {};
  try {
    const data = JSON.parse(await readFile(path, 'utf8')) as Payload | null;
    return data !== null && typeof data === 'object' ? data : {};
  } catch {
    return {}; // Nothing is trusted that only the event says; without it the default branch is asked of git.
  }
}

function readPullRequest({ pull_request: pull }: Payload): GithubContext['pullRequest'] {
  if (typeof pull?.number !== 'number') return undefined;
  const head = text(pull.head?.repo?.full_name);
  const base = text(pull.base?.repo?.full_name);
  return {
    number: pull.number,
    headSha: text(pull.head?.sha) ?? '',
    fromFork: head === undefined || (base !== undefined && head !== base),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
