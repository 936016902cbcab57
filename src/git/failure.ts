import { PromotionError } from '../domain/errors.js';
import { Redactor } from '../domain/redactor.js';

/** What kind of refusal it was, for callers that can go on without (a log that may not be written). */
export type GitFailureKind =
  'denied' | 'protected' | 'workflows' | 'shallow' | 'credentials' | 'unreachable' | 'missing' | 'other';

/** The `cause` of every `GIT_FAILED` that git itself reported. */
export class GitFailure extends Error {
  override readonly name = 'GitFailure';
  readonly kind: GitFailureKind;

  constructor(kind: GitFailureKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

interface Known {
  readonly kind: GitFailureKind;
  readonly pattern: RegExp;
  /** May be made of the line that told it. */
  readonly cure: string | ((line: string) => string);
}

/** In the order in which they are tried: GitHub words a rule violation as a declined hook too. */
const KNOWN: readonly Known[] = [
  {
    kind: 'workflows',
    pattern: /refusing to allow (?:a Personal Access Token|an OAuth App) to create or update workflow/i,
    cure: "The tagged commit's workflow files differ from every branch tip: give the token the scope 'workflow', or push with the token of a GitHub App that has 'workflows: write'.",
  },
  {
    kind: 'workflows',
    pattern: /refusing to allow .* to create or update workflow/i,
    cure: "The tagged commit's workflow files differ from every branch tip, and GitHub lets no workflow token push that. Push with the token of a GitHub App that has 'workflows: write' (input 'github-token', with actions/checkout's 'persist-credentials: false').",
  },
  {
    kind: 'protected',
    pattern: /verified signatures?/i,
    cure: 'A ruleset asks for signed commits, and this action signs nothing: let the GitHub App whose token pushes bypass the rule for these refs, or exempt the refs.',
  },
  {
    kind: 'protected',
    pattern:
      /GH006|GH009|GH013|protected (?:tag|branch|ref)|repository rule violations|(?:creations|updates|deletions) being restricted/i,
    cure: 'A ruleset or a protected tag forbids it: let the GitHub App whose token pushes bypass the rule for these refs, or exempt the refs.',
  },
  {
    kind: 'denied',
    pattern: /repository was archived/i,
    cure: 'It is read-only: unarchive it in its settings, or keep the promotion record in another repository.',
  },
  {
    kind: 'denied',
    pattern: /SAML SSO/,
    cure: "Authorise the token for the organisation's single sign-on, or use the workflow's own.",
  },
  {
    kind: 'shallow',
    pattern: /shallow update not allowed/i,
    cure: "Give actions/checkout 'fetch-depth: 0': the remote takes no history with its beginning cut off.",
  },
  {
    kind: 'denied',
    pattern: /\b403\b|permission to .* denied|write access to repository not granted|not allowed to push/i,
    cure: "Give the job 'permissions: contents: write'.",
  },
  {
    kind: 'credentials',
    pattern: /could not read (?:Username|Password)|Authentication failed|\b401\b|Permission denied \(publickey/i,
    cure: "Keep actions/checkout's 'persist-credentials' on, or give the input 'github-token'.",
  },
  {
    kind: 'other',
    pattern: /dubious ownership|unsafe repository/i,
    cure: (line) =>
      `Another user owns the folder, as in a container job. Run 'git config --global --add safe.directory "${/'([^']+)'/.exec(line)?.[1] ?? '$GITHUB_WORKSPACE'}"' in an earlier step.`,
  },
  {
    kind: 'other',
    pattern: /unknown (?:option|switch)|^usage: git /im,
    cure: "This action needs git 2.25 or later: see what 'git --version' says, and update it in the image or in an earlier step.",
  },
  {
    kind: 'other',
    pattern: /not a git repository/i,
    cure: "Run actions/checkout (with 'fetch-depth: 0') before this step.",
  },
  {
    kind: 'other',
    pattern: /certificate problem|certificate verif|SSL: no alternative certificate/i,
    cure: "Name the file with the server's authority in GIT_SSL_CAINFO, in the env of the step.",
  },
  {
    kind: 'other',
    pattern: /repository not found|repository '[^']*' not found/i,
    cure: "Check the remote 'origin'; GitHub says so of a private repository, too, that the token may not see.",
  },
  {
    kind: 'unreachable',
    pattern: /operation too slow|no end after|operation timed out|timeout was reached/i,
    cure: 'The remote does not answer: run the job again. GIT_HTTP_LOW_SPEED_TIME, in seconds, says how long it may be silent.',
  },
  {
    kind: 'unreachable',
    pattern:
      /could not resolve host|unable to access '(?:https?|ftp)|connection (?:refused|timed out|reset|was reset|died|closed)|empty reply from server|unexpected (?:disconnect|EOF)|early EOF|the remote end hung up|RPC failed|HTTP\/2 stream|\berror: (?:429|5\d\d)\b/i,
    cure: "Check that the remote 'origin' can be reached from this runner, then run the job again.",
  },
  {
    kind: 'other',
    pattern: /does not appear to be a git repository/i,
    cure: "Check that the remote 'origin' can be reached from this runner, then run the job again.",
  },
];

/** Text fit for a log: no password in URLs, none of `secrets`, no control characters. */
export function redacted(text: string, secrets: readonly string[] = []): string {
  return new Redactor(secrets).redact(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '');
}

/** git's own words for what went wrong: its first line that is more than progress. */
function firstLine(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const telling = lines.find((line) =>
    /^(?:fatal|error|remote: (?:error|fatal|permission))|\[(?:remote )?rejected\]|GH0\d\d/i.test(line),
  );
  return telling ?? lines[0] ?? 'no message';
}

/** A failed git call as an error: `GIT_FAILED` with git's first line, redacted, and the cure where it is known. */
export function gitFailure(doing: string, output: string, secrets: readonly string[]): PromotionError {
  const text = redacted(output, secrets);
  const known = KNOWN.find(({ pattern }) => pattern.test(text));
  const telling =
    known === undefined
      ? undefined
      : text
          .split('\n')
          .find((line) => known.pattern.test(line))
          ?.trim();
  const line = telling ?? firstLine(text);
  return new PromotionError('GIT_FAILED', `git could not ${doing}: ${line}`, {
    ...(known === undefined ? {} : { cure: typeof known.cure === 'string' ? known.cure : known.cure(line) }),
    cause: new GitFailure(known?.kind ?? 'other', line),
  });
}

/**
 * Whether git failed on the way to the remote, as it may not the next time. After a push that is not to say that
 * nothing was moved: the answer alone may have been lost.
 */
export function isUnreachable(output: string): boolean {
  return KNOWN.find(({ pattern }) => pattern.test(output))?.kind === 'unreachable';
}

/** git itself could not be started. */
export function gitMissing(cause: unknown): PromotionError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  if (/unable to locate executable|ENOENT/i.test(detail) && !/cwd/i.test(detail)) {
    return new PromotionError('GIT_FAILED', 'git is not installed on this runner.', {
      cure: 'Install git in the job, or use an image that has it.',
      cause: new GitFailure('missing', detail),
    });
  }
  return new PromotionError('GIT_FAILED', `git could not be started: ${redacted(detail)}`, { cause });
}
