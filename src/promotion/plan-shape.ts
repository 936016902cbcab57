/** What a plan must have for `apply` to decide by it, in words for who reads that it has not. */
const texts = ['repository', 'run', 'model', 'stage', 'reason', 'evidence', 'commit'] as const;
const times = ['madeAt', 'expiresAt'] as const;
const decisions: readonly unknown[] = ['promote', 'reject', 'hold', 'error'];
const kinds: readonly unknown[] = ['condition', 'command', 'precondition'];
const outcomes: readonly unknown[] = ['passed', 'failed', 'warned', 'inconclusive', 'error', 'skipped'];

type Fields = Readonly<Record<string, unknown>>;

/**
 * What is wrong with the form of a plan, e.g. `'expiresAt' is no time`; undefined where it is whole. A digest says who wrote a
 * plan, not that it can be decided by: a time that cannot be read is before nothing and after nothing.
 */
export function faultInPlan(plan: object): string | undefined {
  const { policy, candidate, champion, previous, anchors, decision, checks, approvals, authors, judgedAt, ...rest } =
    plan as Fields;
  const lacking = texts.find((name) => typeof rest[name] !== 'string');
  if (lacking !== undefined) return `'${lacking}' is no text`;
  const timeless = times.find((name) => !isTime(rest[name])) ?? (isOptional(judgedAt, isTime) ? undefined : 'judgedAt');
  if (timeless !== undefined) return `'${timeless}' is no time`;
  if (!hasTexts(policy, ['path', 'digest'])) return "'policy' is no path with a digest";
  if (!isPinned(candidate)) return "'candidate' is no version with an identity";
  if (![champion, previous].every((each) => each === null || isPinned(each)))
    return "'champion' or 'previous' is neither a version with an identity nor null";
  if (!isOptional(anchors, (all) => isObject(all) && Object.values(all).every(isPinned)))
    return "'anchors' are no versions with identities";
  if (!decisions.includes(decision)) return "'decision' is none of a gate";
  if (!Array.isArray(checks) || !checks.every(isCheck)) return "'checks' are no results of checks";
  if (!Array.isArray(approvals) || !approvals.every((each) => hasTexts(each, ['state', 'user'])))
    return "'approvals' are no approvals of a run";
  return isOptional(authors, (all) => Array.isArray(all) && all.every((each) => typeof each === 'string'))
    ? undefined
    : "'authors' are no logins";
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasTexts(value: unknown, names: readonly string[]): boolean {
  return isObject(value) && names.every((name) => typeof value[name] === 'string');
}

function isPinned(value: unknown): boolean {
  return hasTexts(value, ['version', 'identity']);
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) && !Number.isNaN(Date.parse(value));
}

function isCheck(value: unknown): boolean {
  if (!isObject(value) || !hasTexts(value, ['name', 'reason'])) return false;
  return kinds.includes(value['kind']) && outcomes.includes(value['outcome']);
}

function isOptional(value: unknown, isRight: (value: unknown) => boolean): boolean {
  return value === undefined || isRight(value);
}
