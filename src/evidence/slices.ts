import type { ConditionCheck, Metric } from '../policy/policy.js';
import { keyOf, sliceName, slicesIn } from '../policy/slices.js';
import type { MetricReading, ModelVersion, Registry } from '../registry/registry.js';
import { judgeCondition, type Lookup, type Opponent } from '../verdict/judge.js';
import { judgeSlices, type JudgedSlice } from '../verdict/slices.js';
import type { ConditionResult } from '../verdict/verdict.js';
import type { Opponents } from './opponent.js';

interface Sliced {
  readonly version: ModelVersion;
  readonly readings: ReadonlyMap<string, MetricReading>;
}

/**
 * Judges a condition on a metric that is logged once for each slice: the candidate's slices, and where the condition
 * compares, each with the same slice of the other version. Throws what the registry throws.
 * @param fit what becomes of a reading that does not count
 */
export async function judgeFamily(
  check: ConditionCheck,
  metric: Metric,
  {
    candidate,
    vars,
    ...opponents
  }: Opponents & {
    readonly candidate: ModelVersion;
    readonly vars: ReadonlyMap<string, number>;
  },
  registry: Registry,
  fit: (found: Lookup, other?: Lookup) => Lookup,
): Promise<ConditionResult> {
  const own = await read(metric, candidate, registry);
  const rival = rivalOf(check, opponents);
  const other = rival === undefined ? undefined : await read(metric, rival.version, registry);
  const slices = new Map(
    [...slicesOf(metric, own), ...(other === undefined ? [] : slicesOf(metric, other))].map((slice) => [
      sliceName(slice),
      slice,
    ]),
  );
  const judged = [...slices].map(([slice, values]): JudgedSlice => {
    const key = keyOf(metric.key, values);
    const result = judgeCondition(
      check,
      { ...metric, key },
      fit(lookup(own, key), other === undefined ? undefined : lookup(other, key)),
      opponentIn(key, rival, other, opponents),
      vars,
    );
    const { count } = metric.slices ?? {};
    return {
      slice,
      result: isNew(key, own, other) ? asNew(result) : result,
      ...(count === undefined ? {} : { count: lookup(own, keyOf(count, values)) }),
    };
  });
  return judgeSlices(check, metric, judged);
}

interface Rival {
  readonly version: ModelVersion;
  readonly name: string | undefined;
}

function rivalOf({ condition: { operand } }: ConditionCheck, { champion, anchors }: Opponents): Rival | undefined {
  if (operand.kind === 'champion') return champion === undefined ? undefined : { version: champion, name: undefined };
  const anchor = operand.kind === 'anchor' ? anchors.get(operand.name) : undefined;
  return anchor === undefined || operand.kind !== 'anchor'
    ? undefined
    : { version: anchor.version, name: operand.name };
}

function opponentIn(
  key: string,
  rival: Rival | undefined,
  other: Sliced | undefined,
  { noChampion }: Opponents,
): Opponent {
  if (rival === undefined || other === undefined) return noChampion;
  const found = { version: rival.version.version, lookup: lookup(other, key) };
  return rival.name === undefined ? { kind: 'champion', ...found } : { kind: 'anchor', name: rival.name, ...found };
}

/** A slice that the other version never saw cannot be compared: a person must decide. */
function isNew(key: string, own: Sliced, other: Sliced | undefined): boolean {
  return other !== undefined && own.readings.has(key) && !other.readings.has(key);
}

function asNew(result: ConditionResult): ConditionResult {
  return { ...result, outcome: 'inconclusive', reason: 'it is new: there is nothing to compare it with.' };
}

async function read(metric: Metric, version: ModelVersion, registry: Registry): Promise<Sliced> {
  const known = await registry.metricKeys(version);
  const patterns = [metric.key, ...(metric.slices?.count === undefined ? [] : [metric.slices.count])];
  const keys = patterns.flatMap((pattern) => slicesIn(pattern, known).map((slice) => keyOf(pattern, slice)));
  return { version, readings: await registry.metrics(version, [...new Set(keys)]) };
}

function slicesOf(metric: Metric, { readings }: Sliced): readonly ReadonlyMap<string, string>[] {
  return slicesIn(metric.key, [...readings.keys()]);
}

function lookup({ version, readings }: Sliced, key: string): Lookup {
  const reading = readings.get(key);
  return reading === undefined
    ? { absent: `version ${version.version} has no metric '${key}'`, cure: `Log '${key}' for each version.` }
    : { reading };
}
