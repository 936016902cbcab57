/**
 * What an event is about, where that is not the commit that GitHub ran the workflow for: such a run is on the default
 * branch, and the pull request that brought its tip has nothing to do with it.
 */
export type EventSubject =
  | { readonly kind: 'pull request'; readonly number: number }
  /** A commit of the repository itself, perhaps merged. */
  | { readonly kind: 'commit'; readonly sha: string }
  /** What is not merged: the head of a pull request, perhaps from a fork. */
  | { readonly kind: 'head'; readonly sha: string; readonly repository: string; readonly branch: string | undefined }
  /** Nothing that a pull request could be found by; why, as the end of a sentence. */
  | { readonly kind: 'none'; readonly why: string };

/** The parts of https://docs.github.com/webhooks/webhook-events-and-payloads that are read here. */
export interface SubjectPayload {
  readonly pull_request?: { readonly number?: unknown };
  readonly issue?: { readonly number?: unknown; readonly pull_request?: unknown };
  readonly merge_group?: { readonly head_ref?: unknown };
  readonly workflow_run?: {
    readonly head_sha?: unknown;
    readonly head_branch?: unknown;
    readonly head_repository?: { readonly full_name?: unknown } | null;
  };
  readonly check_run?: { readonly head_sha?: unknown };
  readonly check_suite?: { readonly head_sha?: unknown };
  readonly sha?: unknown;
}

/**
 * What the event is about; undefined for the run's own commit.
 * @param isMerged for `workflow_run`: whether the other run was for what is merged
 */
export function subjectOf(event: string, payload: SubjectPayload, isMerged: boolean): EventSubject | undefined {
  const { pull_request: pull, issue, workflow_run: run } = payload;
  switch (event) {
    case 'issue_comment':
    case 'issues':
      return issueSubject(issue);
    case 'merge_group':
      return queued(payload);
    case 'workflow_run':
      return isMerged ? commit(run?.head_sha) : head(run);
    case 'check_run':
      return commit(payload.check_run?.head_sha);
    case 'check_suite':
      return commit(payload.check_suite?.head_sha);
    case 'status':
      return commit(payload.sha);
    default:
      if (!event.startsWith('pull_request')) return undefined;
      return typeof pull?.number === 'number' ? { kind: 'pull request', number: pull.number } : undefined;
  }
}

function issueSubject(issue: SubjectPayload['issue']): EventSubject {
  if (typeof issue?.number !== 'number') return { kind: 'none', why: 'the event names none' };
  return issue.pull_request === undefined || issue.pull_request === null
    ? { kind: 'none', why: `the event is about issue #${issue.number}, which is none` }
    : { kind: 'pull request', number: issue.number };
}

/** A merge queue names its branches `gh-readonly-queue/main/pr-7-<commit>`. */
function queued({ merge_group: group }: SubjectPayload): EventSubject | undefined {
  const [, number] = /\/pr-(\d+)-[0-9a-f]+$/.exec(text(group?.head_ref) ?? '') ?? [];
  return number === undefined ? undefined : { kind: 'pull request', number: Number(number) };
}

function commit(given: unknown): EventSubject {
  const sha = text(given);
  return sha === undefined ? { kind: 'none', why: 'the event names no commit' } : { kind: 'commit', sha };
}

function head(run: SubjectPayload['workflow_run']): EventSubject {
  const sha = text(run?.head_sha);
  const repository = text(run?.head_repository?.full_name);
  return sha === undefined || repository === undefined
    ? { kind: 'none', why: 'the event does not say of which repository and commit the other run was' }
    : { kind: 'head', sha, repository, branch: text(run?.head_branch) };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
