import type { Policy, Stage } from '../policy/policy.js';
import type { ModelVersion, Registry } from '../registry/registry.js';
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

/** Sets the tags of what the log knows of the version: a run that was killed may have told the log and not come to them. */
export async function markAsKnown(registry: Registry, version: ModelVersion): Promise<void> {
  await registry.mark(version, new Map([...version.tags].filter(([key]) => key.startsWith('promotion_'))));
}

/** Characters that values may take which the registry has as well: the record of a tag is short. */
const roomForLogged = 400;

/**
 * What the checks measured, by metric id: what only this job could measure, for a later candidate to be compared with,
 * and what was logged, so that it shows when the registry says otherwise one day.
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
    if (metric === undefined || check.kind !== 'condition' || check.candidate === undefined) return [];
    const isLogged = metric.source.from === 'run' || metric.source.from === 'logged_model';
    return metric.slices !== undefined ? [] : [{ entry: [metric.id, check.candidate.value] as const, isLogged }];
  });
  const entries = measured.filter(({ isLogged }) => !isLogged).map(({ entry }) => entry);
  for (const { entry, isLogged } of measured) {
    if (isLogged && JSON.stringify([...entries, entry]).length <= roomForLogged) entries.push(entry);
  }
  return Object.fromEntries(entries);
}
