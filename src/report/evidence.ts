import { createHash } from 'node:crypto';
import type { ModelVersion } from '../registry/registry.js';
import type { Report } from '../verdict/verdict.js';

const predicateType = 'https://github.com/your-org/gated-model-promotion/evidence/v1';

/**
 * The judgement as an in-toto Statement v1, which `actions/attest` can sign as it is. The subject is the
 * candidate; its digest is that of its pinned identity, and for git the commit itself.
 * @see https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
 */
export function evidence(report: Report): string {
  const { candidate, champion, previous, policy } = report;
  return canonical({
    _type: 'https://in-toto.io/Statement/v1',
    subject: candidate === undefined ? [] : [{ name: candidate.uri, digest: digestOf(candidate) }],
    predicateType,
    predicate: {
      command: report.command,
      dryRun: report.dryRun,
      decision: report.decision,
      reason: report.reason,
      model: report.model,
      stage: report.stage,
      registry: report.registry,
      policy: policy === undefined ? undefined : { path: policy.path, ref: policy.ref, commit: policy.commit, digest: policy.digest },
      candidate: candidate === undefined ? undefined : described(candidate),
      champion: champion === undefined ? undefined : described(champion),
      previous: previous === undefined ? undefined : described(previous),
      checks: report.checks,
      run: report.runPage,
      actor: report.actor,
      commit: report.commit,
      startedAt: report.startedAt,
      endedAt: report.endedAt,
    },
  });
}

/** `sha256:` and the hex digest of the evidence's bytes. */
export function digest(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function described(version: ModelVersion): object {
  const { version: name, createdAt, run, source, commit, uri } = version;
  return { version: name, createdAt, run, source, commit, uri, digest: digestOf(version) };
}

function digestOf({ model, version, createdAt, run, source, commit }: ModelVersion): Readonly<Record<string, string>> {
  const identity = canonical({ model, version, createdAt, run, source });
  const sha256 = createHash('sha256').update(identity).digest('hex');
  return commit === undefined ? { sha256 } : { sha256, gitCommit: commit };
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
