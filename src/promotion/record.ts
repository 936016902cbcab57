import type { Policy, Stage } from '../policy/policy.js';
import type { CheckResult } from '../verdict/verdict.js';
import { recordTag, stateOf, stateTag, writeRecord, type StageRecord } from './states.js';
import type { Undertaking } from './undertaking.js';

/**
 * What every record of an operation says: when, by whom, where, by which policy and evidence.
 * @param stage undefined for what concerns the version as a whole
 */
export function recordBase(
  { author, source, now }: Pick<Undertaking, 'author' | 'source' | 'now'>,
  stage: string | undefined,
  evidence?: string,
): Omit<StageRecord, 'state'> {
  return {
    ...(stage === undefined ? {} : { stage }),
    at: now().toISOString(),
    ...author,
    policy: source.digest,
    ...(evidence === undefined ? {} : { evidence }),
  };
}

/** A record as the tags that hold it. */
export function tagsOf(record: StageRecord): ReadonlyMap<string, string> {
  return new Map([
    [recordTag(record.stage ?? record.state), writeRecord(record)],
    // What was adopted holds its stage as if it had been deployed there.
    [stateTag, record.state === 'adopted' ? stateOf(record.stage ?? '', 'deployed') : record.state],
  ]);
}

/** What only this job could measure: a later candidate is compared with what is recorded here. */
export function measuredMetrics(
  policy: Policy,
  stage: Stage,
  checks: readonly CheckResult[],
): Readonly<Record<string, string>> {
  const names = new Map(
    stage.checks.flatMap((check) => (check.kind === 'condition' ? [[check.name, check.condition.metric]] : [])),
  );
  return Object.fromEntries(
    checks.flatMap((check) => {
      const id = names.get(check.name);
      const from = id === undefined ? undefined : policy.metrics.get(id)?.source.from;
      if (id === undefined || check.kind !== 'condition' || check.candidate === undefined) return [];
      return from === 'file' || from === 'command' || from === 'evaluate' ? [[id, check.candidate.value] as const] : [];
    }),
  );
}
