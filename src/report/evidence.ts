import { createHash } from 'node:crypto';
import { assertNever } from '../domain/assert-never.js';
import { given } from '../domain/defined.js';
import type { ModelVersion } from '../domain/version.js';
import type { Redactor } from '../domain/redactor.js';
import type { Report } from '../domain/report.js';
import type { CheckResult } from '../domain/check.js';

/** Changed whenever a reader of the predicate would have to change. */
export const predicateType = 'https://github.com/your-org/gated-model-promotion/evidence/v1';

/**
 * The judgement as an in-toto Statement v1, whose subject is the candidate. `actions/attest` takes the parts of a
 * statement rather than the whole: `predicate-type` as above, `jq .predicate evidence.json` as `predicate-path`,
 * and `subject-digest: sha256:…` from `jq -r '.subject[0].digest.sha256'`.
 * @see https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
 */
export function evidence(report: Report, redactor: Redactor): string {
  const { candidate, champion, anchors, previous, policy } = report;
  const checks = redactor.redactDeep(report.checks);
  const predicate = {
    command: report.command,
    dryRun: report.dryRun,
    decision: report.decision,
    reason: report.reason,
    cure: report.cure,
    model: report.model,
    stage: report.stage,
    registry: report.registry,
    policy:
      policy === undefined
        ? undefined
        : { path: policy.path, ref: policy.ref, commit: policy.commit, digest: policy.digest },
    candidate: candidate === undefined ? undefined : described(candidate),
    champion: champion === undefined ? undefined : described(champion),
    anchors:
      anchors === undefined
        ? undefined
        : Object.fromEntries([...anchors].map(([name, version]) => [name, described(version)])),
    previous: previous === undefined ? undefined : described(previous),
    checks: checks.map(judged),
    /** Over every check as it stands above: equal inputs and outcomes have equal digests, whenever they were judged. */
    checksDigest: digest(canonical(checks.map(timeless))),
    problems: report.problems,
    run: report.runPage,
    actor: report.actor,
    commit: report.commit,
    startedAt: report.startedAt,
    endedAt: report.endedAt,
  };
  // Redacted as data, after the digests: those are of what is.
  return canonical(
    redactor.redactDeep({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [subject(report, predicate)],
      predicateType,
      predicate,
    }),
  );
}

/** `sha256:` and the hex digest of the text's bytes. */
export function digest(text: string): string {
  return `sha256:${sha256(text)}`;
}

/** A statement must have a subject: where the run failed before it knew the candidate, it is about the policy or itself. */
function subject({ candidate, policy }: Report, predicate: object): object {
  if (candidate !== undefined) return { name: candidate.uri, digest: digestOf(candidate) };
  if (policy !== undefined) return { name: policy.path, digest: { sha256: policy.digest.replace(/^sha256:/, '') } };
  return { name: 'failed run', digest: { sha256: sha256(canonical(predicate)) } };
}

function described(version: ModelVersion): object {
  const { version: name, createdAt, run, source, commit, uri } = version;
  return { version: name, createdAt, run, source, commit, uri, digest: digestOf(version) };
}

/**
 * `sha256` is that of the version's pinned identity, not of its files: a registry need not have a digest of those.
 * `gitCommit` stands only where the version *is* a commit, for every digest of a set must be of the same thing.
 * @see https://github.com/in-toto/attestation/blob/main/spec/v1/digest_set.md
 */
function digestOf({ model, version, createdAt, run, source, commit }: ModelVersion): Readonly<Record<string, string>> {
  const identity = sha256(identityText({ model, version, createdAt, ...given({ run, source }) }));
  return commit === undefined || commit !== source ? { sha256: identity } : { sha256: identity, gitCommit: commit };
}

type IdentityParts = Pick<ModelVersion, 'model' | 'version' | 'createdAt' | 'run' | 'source'>;

/** What the subject's `sha256` is the digest of. */
function identityText({ model, version, createdAt, run, source }: IdentityParts): string {
  return canonical({ model, version, createdAt, run, source });
}

/**
 * The text whose digest an evidence's subject has, for tools that verify files; undefined where it cannot be told: the
 * evidence is about no version, or a part of it was redacted.
 * @param statement the evidence as it was read
 */
export function subjectText(statement: unknown): string | undefined {
  const { subject, predicate } = (statement ?? {}) as {
    readonly subject?: readonly { readonly digest?: { readonly sha256?: unknown } }[];
    readonly predicate?: { readonly model?: string; readonly candidate?: IdentityParts };
  };
  const { model, candidate } = predicate ?? {};
  if (model === undefined || candidate === undefined) return undefined;
  const text = identityText({ ...candidate, model });
  return sha256(text) === subject?.[0]?.digest?.sha256 ? text : undefined;
}

/** A log is evidence by its digest: its text, which may be long and private, stays in the report. */
function judged(check: CheckResult): object {
  switch (check.kind) {
    case 'command': {
      const { tail, ...rest } = check;
      return { ...rest, output: { sha256: sha256(tail) } };
    }
    case 'condition':
    case 'precondition':
      return check;
    default:
      return assertNever(check, 'kind of result');
  }
}

function timeless(check: CheckResult): object {
  if (check.kind !== 'command') return check;
  return { ...check, tail: undefined, durationMs: undefined };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** JSON with sorted keys, so that equal evidence has equal bytes. */
function canonical(data: unknown): string {
  const sort = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sort);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, inner]) => [key, sort(inner)]),
    );
  };
  return `${JSON.stringify(sort(data), null, 2)}\n`;
}
