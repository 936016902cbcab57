import { excerpt, plain } from '../domain/markdown.js';
import type { Github } from './client.js';
import { createOnce } from './create-once.js';

export type DeploymentState = 'success' | 'failure' | 'error';

export interface DeploymentNews {
  readonly environment: string;
  readonly sha: string;
  readonly runId: string;
  readonly runPage: string | undefined;
  readonly page: string | undefined;
  readonly state: DeploymentState;
  readonly description: string;
  /** What makes it ours: found again by a second run, so that none is made twice. */
  readonly key: string;
}

interface Deployment {
  readonly id: number;
  readonly task: string;
  readonly payload: unknown;
}

type Status = Awaited<ReturnType<Github['octokit']['rest']['repos']['listDeploymentStatuses']>>['data'][number];

const task = 'model-promotion';

/**
 * Tells an environment what was promoted to it. Where the job has `environment:`, GitHub has made a deployment
 * for this very run and will end it itself; then nothing is written.
 * @returns whether a deployment was written
 */
export async function setDeployment(github: Github, news: DeploymentNews): Promise<boolean> {
  const { octokit, owner, repo } = github;
  const { environment, sha, key } = news;
  const listed = (): Promise<readonly Deployment[]> =>
    octokit.paginate(octokit.rest.repos.listDeployments, { owner, repo, environment, sha, per_page: 100 });
  const existing = await listed();
  const ours = ourOwn(existing, key);
  if (ours !== undefined) {
    // Told before by an earlier attempt: once more would make it the newest, whatever has come since.
    const told = await statuses(github, ours.id);
    if (told.some(({ state }) => state === news.state)) return false;
  } else {
    for (const deployment of existing.slice(0, 10)) {
      if (deployment.task !== task && (await isOfThisRun(github, deployment.id, news.runId))) return false;
    }
  }
  const made = (): Promise<number> =>
    createOnce(
      () => create(github, news),
      async () => ourOwn(await listed(), key)?.id,
    );
  const id = ours?.id ?? (await made());
  await tellState(github, id, news);
  return true;
}

function ourOwn(deployments: readonly Deployment[], key: string): Deployment | undefined {
  return deployments.find((deployment) => deployment.task === task && payloadKey(deployment.payload) === key);
}

async function tellState(github: Github, id: number, news: DeploymentNews): Promise<void> {
  const { octokit, owner, repo } = github;
  const { state, runPage } = news;
  const description = described(news.description);
  await createOnce<unknown>(
    () =>
      octokit.rest.repos.createDeploymentStatus({
        owner,
        repo,
        deployment_id: id,
        state,
        description,
        auto_inactive: true,
        ...(runPage === undefined ? {} : { log_url: runPage }),
        ...(news.page === undefined ? {} : { environment_url: news.page }),
      }),
    async () => {
      const told = await statuses(github, id);
      return told.find((status) => status.state === state && status.description === description);
    },
  );
}

async function create({ octokit, owner, repo }: Github, news: DeploymentNews): Promise<number> {
  const { data } = await octokit.rest.repos.createDeployment({
    owner,
    repo,
    ref: news.sha,
    task,
    environment: news.environment,
    // The default would merge the default branch into the ref, and wait for every status of the commit.
    auto_merge: false,
    required_contexts: [],
    payload: { key: news.key },
    description: described(news.description),
  });
  if (!('id' in data)) throw new Error('GitHub accepted the deployment without making one.');
  return data.id;
}

async function statuses({ octokit, owner, repo }: Github, id: number): Promise<readonly Status[]> {
  const { data } = await octokit.rest.repos.listDeploymentStatuses({ owner, repo, deployment_id: id, per_page: 100 });
  return data;
}

async function isOfThisRun(github: Github, id: number, runId: string): Promise<boolean> {
  const pages = (await statuses(github, id)).flatMap((status) => [status.log_url ?? '', status.target_url]);
  return pages.some((page) => page.includes(`/actions/runs/${runId}/`) || page.endsWith(`/actions/runs/${runId}`));
}

function payloadKey(payload: unknown): unknown {
  const data: unknown = typeof payload === 'string' && payload !== '' ? safeParse(payload) : payload;
  return (data as { key?: unknown } | null)?.key;
}

function safeParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Another tool's payload.
  }
}

/** A reason quotes what comes from outside; GitHub takes 140 characters, and shows them as they are. */
function described(text: string): string {
  return excerpt(plain(text).replaceAll(/ {2,}/g, ' '), 140);
}
