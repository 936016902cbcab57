import type { Metric, Policy, Stage } from '../../policy/policy.js';
import { recordedAs } from '../../policy/slices.js';
import { isLogged } from '../../policy/source-kind.js';
import type { Registry } from '../../registry/registry.js';
import type { ModelVersion } from '../../domain/version.js';
import type { CheckResult, ConditionResult } from '../../domain/check.js';
import { recordTag, type StageRecord, stateOf, stateTag, writeRecord } from '../../domain/record.js';
import type { PromotionContext } from '../context.js';

/**
 * What every record of an operation says: when, by whom, where, by which policy and evidence.
 * @param stage undefined for what concerns the version as a whole
 */
export function recordBase(
  { author, source, now }: Pick<PromotionContext, 'author' | 'source' | 'now'>,
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

/** Sets the tags of what the log knows of the version: a run that was killed may have told the log and not come to them. */
export async function markAsKnown(registry: Registry, version: ModelVersion): Promise<void> {
  await registry.syncTags(version, new Map([...version.tags].filter(([key]) => key.startsWith('promotion_'))));
}

/**
 * What the checks measured, by metric id, slices by their own names: what only this job could measure, for a later
 * candidate to be compared with, and what was logged, so that it shows when the registry says otherwise one day. All of
 * it; what only this job could measure comes first, for stores that have no room for all.
 */
export function measuredMetrics(
  policy: Policy,
  stage: Stage,
  checks: readonly CheckResult[],
): Readonly<Record<string, string>> {
  const names = new Map(
    stage.checks.flatMap((check) => (check.kind === 'condition' ? [[check.name, check.condition.metric]] : [])),
  );
  const measured = checks.flatMap((check) => {
    const id = names.get(check.name);
    const metric = id === undefined ? undefined : policy.metrics.get(id);
    if (metric === undefined || check.kind !== 'condition') return [];
    return valuesOf(metric, check).map((entry) => ({ entry, isLogged: isLogged(metric.source) }));
  });
  return Object.fromEntries([
    ...measured.filter(({ isLogged }) => !isLogged).map(({ entry }) => entry),
    ...measured.filter(({ isLogged }) => isLogged).map(({ entry }) => entry),
  ]);
}

function valuesOf(metric: Metric, check: ConditionResult): readonly (readonly [name: string, value: string])[] {
  if (metric.slices === undefined) return check.candidate === undefined ? [] : [[metric.id, check.candidate.value]];
  return (check.slices ?? []).flatMap(({ key, value }) =>
    key === undefined || value === undefined ? [] : [[recordedAs(metric, key), value] as const],
  );
}
