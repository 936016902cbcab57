import type { History } from '../../log/history.js';
import { eventsAbout } from '../../log/logged-version.js';
import { numberIn } from '../../domain/decimal.js';
import type { MetricReading, ModelVersion } from '../../domain/version.js';
import { readRecord } from '../../domain/record.js';

interface Recorded {
  readonly at: string;
  readonly metrics: Readonly<Record<string, number | string>>;
}

/**
 * What the version's own promotions recorded, by metric id: as the log tells it, whatever happened to the version since;
 * without a log, as its tags do, which may hold less.
 * @param stages the one whose promotion counts first; the others say what it did not measure
 */
export function recordedMetrics(
  version: ModelVersion,
  history: History | undefined,
  stages: readonly string[],
): ReadonlyMap<string, MetricReading> {
  const readings = new Map<string, MetricReading>();
  for (const stage of stages.toReversed()) {
    const record = history === undefined ? recordInTags(version, stage) : recordInLog(version, history, stage);
    for (const [id, told] of Object.entries(record?.metrics ?? {})) {
      const value = numberIn(String(told));
      const origin = `recorded when ${version.version} was promoted to ${stage}`;
      readings.set(id, { value, origin, ...(record === undefined ? {} : { at: record.at }) });
    }
  }
  return readings;
}

/** A rollback, an archival or an adoption is a later word on the version, and measures nothing. */
function recordInLog(version: ModelVersion, { events }: History, stage: string): Recorded | undefined {
  const found = eventsAbout(version, events).findLast((event) => event.stage === stage && event.metrics !== undefined);
  return found?.metrics === undefined ? undefined : { at: found.at, metrics: found.metrics };
}

function recordInTags(version: ModelVersion, stage: string): Recorded | undefined {
  const record = readRecord(version, stage);
  return record?.metrics === undefined || typeof record.metrics !== 'object'
    ? undefined
    : { at: record.at, metrics: record.metrics };
}
