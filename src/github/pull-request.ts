import { assertNever } from '../domain/assert-never.js';
import { statusOf, type Github } from './client.js';
import type { GithubContext } from './context.js';
import type { EventSubject } from './event-subject.js';

/** The pull request that gets the report, or why there is none, as a sentence. */
export type Addressee = { readonly number: number } | { readonly why: string };

interface Pull {
  readonly number: number;
  readonly state: string;
  readonly merged_at?: string | null;
  readonly head: { readonly sha: string; readonly repo: { readonly full_name: string } | null };
}

/** The pull request that brought a commit to its branch, or that is open with it; undefined where there is none. */
export async function pullRequestOf(github: Github, sha: string): Promise<number | undefined> {
  const { octokit, owner, repo } = github;
  const { data } = await octokit.rest.repos.listPullRequestsAssociatedWithCommit({ owner, repo, commit_sha: sha });
  const found =
    data.find((pull) => pull.merge_commit_sha === sha && pull.merged_at !== null) ??
    data.find((pull) => pull.merged_at !== null) ??
    data.find((pull) => pull.state === 'open');
  return found?.number;
}

/**
 * The event's own pull request; where the event is about the run's commit, the one that brought it.
 * @returns undefined where nobody brought the run's own commit: there is nobody to tell, and nothing to explain
 */
export async function addressee(
  github: Github,
  { subject, sha }: Pick<GithubContext, 'subject' | 'sha'>,
): Promise<Addressee | undefined> {
  if (subject === undefined) return sha === undefined ? undefined : brought(github, sha);
  switch (subject.kind) {
    case 'pull request':
      return { number: subject.number };
    case 'commit':
      return (await brought(github, subject.sha)) ?? none(`none has the event's commit ${short(subject.sha)}`);
    case 'head':
      return withHead(github, subject);
    case 'none':
      return none(subject.why);
    default:
      return assertNever(subject, 'subject of an event');
  }
}

async function brought(github: Github, sha: string): Promise<Addressee | undefined> {
  const number = await pullRequestOf(github, sha);
  return number === undefined ? undefined : { number };
}

/** By commit and repository: a name alone, of a branch or of a commit's author, could be anybody's. */
async function withHead(
  { octokit, owner, repo }: Github,
  { sha, repository, branch }: Extract<EventSubject, { kind: 'head' }>,
): Promise<Addressee> {
  const isIt = (pull: Pull): boolean =>
    pull.head.sha === sha &&
    pull.head.repo?.full_name.toLowerCase() === repository.toLowerCase() &&
    (pull.state === 'open' || typeof pull.merged_at === 'string');
  const ofCommit = await octokit.rest.repos
    .listPullRequestsAssociatedWithCommit({ owner, repo, commit_sha: sha })
    .then(({ data }): readonly Pull[] => data as readonly Pull[], unlessUnknown);
  // Of a fork's commit GitHub does not say it there.
  const [forkOwner = ''] = repository.split('/');
  const ofBranch: readonly Pull[] =
    ofCommit.some(isIt) || branch === undefined
      ? []
      : await octokit.paginate(octokit.rest.pulls.list, {
          owner,
          repo,
          state: 'all',
          head: `${forkOwner}:${branch}`,
          per_page: 100,
        });
  const numbers = [...new Set([...ofCommit, ...ofBranch].filter(isIt).map(({ number }) => number))];
  const what = `the head ${short(sha)} of ${repository}`;
  const [number, ...others] = numbers;
  if (number === undefined) return none(`none has ${what}`);
  return others.length === 0 ? { number } : none(`${numbers.map((each) => `#${each}`).join(' and ')} have ${what}`);
}

/** A commit that the repository does not have is in no pull request of it. */
function unlessUnknown(thrown: unknown): readonly Pull[] {
  if ([404, 422].includes(statusOf(thrown) ?? 0)) return [];
  throw thrown;
}

function none(why: string): Addressee {
  return { why: `No pull request got the comment: ${why}. Name one with the input 'pr-number'.` };
}

function short(sha: string): string {
  return sha.slice(0, 8);
}
