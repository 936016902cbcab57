/**
 * Everything a user can meet as an error has one of these codes. The set is closed, so that a
 * workflow, a test or a troubleshooting page can name a failure without matching prose.
 */
export type ErrorCode =
  | 'INPUT_INVALID'
  | 'POLICY_MISSING'
  | 'POLICY_INVALID'
  | 'POLICY_UNTRUSTED'
  | 'STAGE_UNKNOWN'
  | 'MODEL_UNKNOWN'
  | 'VERSION_UNKNOWN'
  | 'REGISTRY_UNREACHABLE'
  | 'REGISTRY_DENIED'
  | 'REGISTRY_ANSWER'
  | 'REGISTRY_CONFLICT'
  | 'OPERATION_OPEN'
  | 'CANCELLED'
  | 'PLAN_REFUSED'
  | 'REQUEST_MISSING'
  | 'REQUEST_INVALID'
  | 'ROLLBACK_IMPOSSIBLE'
  | 'GIT_FAILED'
  | 'GIT_SHALLOW'
  | 'METRIC_UNREADABLE'
  | 'GITHUB_DENIED'
  | 'GITHUB_ANSWER'
  | 'FILE_UNSAFE'
  | 'INTERNAL';

/** A place in a file, 1-based as editors and annotations count. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One mistake among several found in one run, e.g. by `lint`. */
export interface Problem {
  readonly message: string;
  readonly at?: Position;
}

export interface ErrorDetails {
  /** What to do about it, as one imperative sentence or more. */
  readonly cure?: string;
  readonly at?: Position;
  /** Where several mistakes were found at once, each of them; `message` then sums them up. */
  readonly problems?: readonly Problem[];
  readonly cause?: unknown;
}

/**
 * The one error class. `message` says what was wrong and where, `cure` what to do; neither ever holds a
 * secret or a URL with credentials: the code that throws has already redacted.
 */
export class PromotionError extends Error {
  override readonly name = 'PromotionError';
  readonly code: ErrorCode;
  readonly cure: string | undefined;
  readonly at: Position | undefined;
  readonly problems: readonly Problem[];

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.cure = details.cure;
    this.at = details.at;
    this.problems = details.problems ?? [];
  }

  /** One line for an annotation: what was wrong, then the cure. */
  get sentence(): string {
    return this.cure === undefined ? this.message : `${this.message} ${this.cure}`;
  }
}

/** Whatever was thrown, as a `PromotionError`: a bug or a stray throw fails closed like any other. */
export function asPromotionError(thrown: unknown): PromotionError {
  if (thrown instanceof PromotionError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new PromotionError('INTERNAL', `Unexpected failure: ${message}`, {
    cure: 'This is a bug in the action; please report it with the log of this step.',
    cause: thrown,
  });
}

/** For `catch`: undefined where what was asked for does not exist; throws any other error on. */
export function undefinedIfUnknown(
  ...codes: readonly ('MODEL_UNKNOWN' | 'VERSION_UNKNOWN')[]
): (thrown: unknown) => undefined {
  return (thrown) => {
    if (thrown instanceof PromotionError && codes.some((code) => code === thrown.code)) return undefined;
    throw thrown;
  };
}
