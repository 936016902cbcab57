import { metricsThatExist } from '../domain/suggest.js';
import type { ConditionCheck, Metric } from '../policy/policy.js';
import { keyOf, recordedKey, shownName, sliceName, slicesIn } from '../policy/slices.js';
import type { Registry } from '../registry/registry.js';
import type { MetricReading, ModelVersion } from '../domain/version.js';
import { type Baseline, judgeCondition } from '../verdict/condition.js';
import type { Lookup } from '../domain/lookup.js';
import { type JudgedSlice, judgeSlices } from '../verdict/slices.js';
import type { ConditionResult } from '../domain/check.js';
import { type Baselines, isItself, itself, sinceRecorded, withoutChampion } from './baseline.js';

type Readings = ReadonlyMap<string, MetricReading>;

interface Sliced {
  readonly version: ModelVersion;
  readonly readings: Readings;
}

/** Whom the slices are compared with, and what its own promotion recorded of them, by key. */
interface SliceBaseline extends Sliced {
  /** Undefined for the champion. */
  readonly name: string | undefined;
  readonly recorded: Readings;
}

/** What a family of slices is judged with. */
interface ConditionContext extends Baselines {
  readonly candidate: ModelVersion;
  readonly vars: ReadonlyMap<string, number>;
  /** What the champion's own promotion recorded. */
  readonly recorded: Readings;
  /** What becomes of a candidate's reading that does not count. */
  readonly fit: (found: Lookup, other?: Lookup) => Lookup;
  /** What becomes of a reading whose time cannot be. */
  readonly inTime: (found: Lookup) => Lookup;
}

/**
 * Judges a condition on a metric that is logged once for each slice of the data: the candidate's slices, and where the
 * condition compares, each with the same slice of the other version, which must be as it was when that one was
 * promoted. Throws what the registry throws.
 */
export async function checkSlices(
  check: ConditionCheck,
  metric: Metric,
  judging: ConditionContext,
  registry: Registry,
): Promise<ConditionResult> {
  const own = await read(metric, judging.candidate, registry);
  const baseline = await rivalOf(check, metric, judging, registry);
  const keys = [
    ...own.readings.keys(),
    ...(baseline === undefined ? [] : [...baseline.readings.keys(), ...baseline.recorded.keys()]),
  ];
  const slices = slicesIn(metric.key, [...new Set(keys)]);
  const unclear = unclearNames(slices);
  const { count } = metric.slices ?? {};
  const judged = slices.map((values): JudgedSlice => {
    const key = keyOf(metric.key, values);
    const slice = sliceName(values);
    const result = judgeCondition(
      check,
      { ...metric, key },
      judging.fit(lookup(own, key), baseline === undefined ? undefined : lookup(baseline, key)),
      opponentIn(key, metric, baseline, judging),
      judging.vars,
    );
    const why = unclear.get(slice);
    return {
      slice,
      key,
      result: why === undefined ? withRival(result, key, own, baseline) : { ...result, outcome: 'error', reason: why },
      ...(count === undefined ? {} : { count: lookup(own, keyOf(count, values)) }),
    };
  });
  const family = judgeSlices(check, metric, judged);
  if (judged.length > 0) return family;
  const known = await registry.metricKeys(judging.candidate);
  return { ...family, cure: `${family.cure ?? ''} ${metricsThatExist(metric.id, metric.key, known)}`.trim() };
}

/** Why a slice cannot be told by its name: it has none, or another one looks the same. */
function unclearNames(slices: readonly ReadonlyMap<string, string>[]): ReadonlyMap<string, string> {
  const alike = new Map<string, string[]>();
  for (const slice of slices) {
    const name = sliceName(slice);
    alike.set(shownName(name), [...(alike.get(shownName(name)) ?? []), name]);
  }
  const unclear = new Map<string, string>();
  for (const names of alike.values()) {
    if (names.length > 1) {
      const all = names.map(quoted).join(' and ');
      for (const name of names)
        unclear.set(name, `several slices have one name: ${all}. Log each slice under one name.`);
    }
  }
  for (const slice of slices) {
    const nameless = [...slice].find(([, value]) => shownName(value) === '');
    if (nameless === undefined) continue;
    unclear.set(
      sliceName(slice),
      `the slice has no name: its ${nameless[0]} is empty. Log it with a name, or not at all.`,
    );
  }
  return unclear;
}

/** With what a reader could not see, or not tell from other signs, as its number. */
function quoted(name: string): string {
  const numbered = (sign: string): string => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `"${name.replaceAll(/[\p{C}\p{M}\p{Zl}\p{Zp}]/gu, (signs) => signs.split('').map(numbered).join(''))}"`;
}

async function rivalOf(
  { condition: { operand } }: ConditionCheck,
  metric: Metric,
  { champion, recorded, anchors, noChampion, candidate }: ConditionContext,
  registry: Registry,
): Promise<SliceBaseline | undefined> {
  if (operand.kind === 'champion' && champion === undefined && noChampion.kind === 'last') {
    const readings = slicesRecorded(metric, noChampion.recorded);
    const version = { ...candidate, version: noChampion.version };
    return { version, readings, recorded: readings, name: undefined };
  }
  const anchor = operand.kind === 'anchor' ? anchors.get(operand.name) : undefined;
  const version = operand.kind === 'champion' ? champion : anchor?.version;
  if (version === undefined) return undefined;
  return {
    ...(await read(metric, version, registry)),
    name: operand.kind === 'anchor' ? operand.name : undefined,
    recorded: slicesRecorded(metric, anchor?.recorded ?? recorded),
  };
}

function slicesRecorded(metric: Metric, recorded: Readings): Readings {
  return new Map(
    [...recorded].flatMap(([name, reading]) => {
      const key = recordedKey(metric, name);
      return key === undefined ? [] : [[key, reading] as const];
    }),
  );
}

function opponentIn(
  key: string,
  metric: Metric,
  baseline: SliceBaseline | undefined,
  judging: ConditionContext,
): Baseline {
  if (baseline === undefined) return withoutChampion(judging.noChampion, key);
  if (isItself(baseline.version, metric, judging)) return itself(judging, baseline.name);
  const found = {
    version: baseline.version.version,
    ...sinceRecorded(metric, judging.inTime(lookup(baseline, key)), baseline.recorded.get(key)),
  };
  return baseline.name === undefined
    ? { kind: 'champion', ...found }
    : { kind: 'anchor', name: baseline.name, ...found };
}

/** A slice that only one of the two has, or had when the other was promoted, cannot be compared: a person must decide. */
function withRival(
  result: ConditionResult,
  key: string,
  own: Sliced,
  baseline: SliceBaseline | undefined,
): ConditionResult {
  if (baseline === undefined || !own.readings.has(key)) return result;
  const { readings, recorded, version } = baseline;
  if (!readings.has(key)) {
    if (recorded.has(key)) return result;
    return { ...result, outcome: 'inconclusive', reason: 'it is new: there is nothing to compare it with.' };
  }
  if (recorded.size === 0 || recorded.has(key) || result.outcome === 'error') return result;
  return {
    ...result,
    outcome: 'inconclusive',
    reason: `version ${version.version} had no such slice when it was promoted: somebody has logged it since.`,
  };
}

async function read(metric: Metric, version: ModelVersion, registry: Registry): Promise<Sliced> {
  const known = await registry.metricKeys(version);
  const patterns = [metric.key, ...(metric.slices?.count === undefined ? [] : [metric.slices.count])];
  const keys = patterns.flatMap((pattern) => slicesIn(pattern, known).map((slice) => keyOf(pattern, slice)));
  return { version, readings: await registry.metrics(version, [...new Set(keys)]) };
}

function lookup({ version, readings }: Sliced, key: string): Lookup {
  const reading = readings.get(key);
  return reading === undefined
    ? { absent: `version ${version.version} has no metric '${key}'`, cure: `Log '${key}' for each version.` }
    : { reading };
}
