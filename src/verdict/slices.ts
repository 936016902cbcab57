import type { ConditionCheck, Metric } from '../policy/policy.js';
import { numberOf } from './reading.js';
import { formatDecimal } from '../domain/decimal.js';
import type { Lookup } from '../domain/lookup.js';
import type { ConditionResult, Outcome, SliceResult } from '../domain/check.js';

/** One slice, judged by itself. */
export interface JudgedSlice {
  readonly slice: string;
  /** What it is logged as. */
  readonly key: string;
  readonly result: ConditionResult;
  /** Its size, where the policy says under what key it is logged. */
  readonly count?: Lookup;
}

/** How many slices a sentence names. */
const named = 3;

const worst: readonly Outcome[] = ['error', 'failed', 'inconclusive', 'warned', 'passed', 'skipped'];

/**
 * Judges a family of slices: the condition must hold in each. One that is too small to tell is inconclusive, whatever
 * its value; it never passes by default. Pure.
 */
export function judgeSlices(check: ConditionCheck, metric: Metric, judged: readonly JudgedSlice[]): ConditionResult {
  const base = {
    kind: 'condition',
    name: check.name,
    severity: check.severity,
    required: check.condition.text,
    at: check.at,
  } as const;
  if (judged.length === 0) {
    return {
      ...base,
      outcome: 'error',
      reason: `${metric.id} has no slices: no metric of the version is called as '${metric.key}'.`,
      cure: `Log one metric for each slice, or correct 'key' of '${metric.id}'.`,
    };
  }
  const results = judged.map((each) => sized(each, metric)).sort(byUrgency);
  const [first] = results;
  const outcome = first?.outcome ?? 'error';
  const telling = results.filter((each) => each.outcome === outcome);
  const others = telling.length > named ? `, and ${telling.length - named} more` : '';
  const what = telling.slice(0, named).map(({ slice, reason }) => `${slice}: ${reason.replace(/\.$/, '')}`);
  const count = `${judged.length} ${judged.length === 1 ? 'slice' : 'slices'}`;
  return {
    ...base,
    outcome,
    reason:
      outcome === 'passed'
        ? `${metric.id} holds in all ${count}; nearest is ${what[0] ?? ''}.`
        : `${telling.length} of ${count}: ${what.join('; ')}${others}.`,
    ...(outcome === 'skipped' && judged.every(({ result }) => result.uncompared === true) ? { uncompared: true } : {}),
    slices: results,
  };
}

function sized({ slice, key, result, count }: JudgedSlice, metric: Metric): SliceResult {
  const { outcome, reason, margin, candidate, champion } = result;
  const told = {
    slice,
    key,
    ...(candidate === undefined ? {} : { value: candidate.value }),
    ...(champion === undefined ? {} : { champion: champion.value }),
  };
  const judged = { ...told, outcome, reason, ...(margin === undefined ? {} : { margin }) };
  const least = metric.slices?.minCount;
  // What could not be judged at all is no matter of size.
  if (count === undefined || least === undefined || outcome === 'error') return judged;
  if (!('reading' in count)) return { ...told, outcome: 'error', reason: `its size is not known: ${count.absent}` };
  const size = numberOf(count.reading, { ...metric, min: 0, max: Number.MAX_VALUE });
  if ('fault' in size) return { ...told, outcome: 'error', reason: `its size ${size.fault}` };
  const sizedSlice = { ...judged, count: formatDecimal(size.number) };
  if (size.number.gte(least)) return sizedSlice;
  return {
    ...sizedSlice,
    outcome: 'inconclusive',
    reason: `too small to tell (${formatDecimal(size.number)} of at least ${least})`,
  };
}

/** The worst outcome first; within one the smallest margin. */
function byUrgency(a: SliceResult, b: SliceResult): number {
  return worst.indexOf(a.outcome) - worst.indexOf(b.outcome) || Number(a.margin ?? 0) - Number(b.margin ?? 0);
}
