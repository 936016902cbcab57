import type { Big } from 'big.js';
import type { Metric } from '../policy/policy.js';
import type { MetricReading, ModelVersion } from '../registry/registry.js';
import { numberOf, plain } from '../verdict/number.js';

export interface Contender {
  readonly version: ModelVersion;
  readonly reading?: MetricReading;
}

/** A contender as the report shows it: its value, or why it does not count. */
export interface Placing {
  readonly version: string;
  readonly value: string;
  readonly why?: string;
}

/**
 * The contender with the best value by the metric's goal, the first of equals. Pure.
 * @param contenders newest first
 */
export function chooseBest(
  contenders: readonly Contender[],
  metric: Metric,
): { readonly winner: ModelVersion | undefined; readonly field: readonly Placing[] } {
  let winner: { readonly version: ModelVersion; readonly number: Big } | undefined;
  const field = contenders.map(({ version, reading }): Placing => {
    if (reading === undefined) return { version: version.version, value: '', why: `no ${metric.id}` };
    const value = numberOf(reading, metric);
    if ('fault' in value) return { version: version.version, value: String(reading.value), why: value.fault };
    const better =
      winner === undefined ||
      (metric.goal === 'maximize' ? value.number.gt(winner.number) : value.number.lt(winner.number));
    if (better) winner = { version, number: value.number };
    return { version: version.version, value: plain(value.number) };
  });
  return { winner: winner?.version, field };
}
