import type { MetricReading } from '../domain/version.js';
import type { Subject } from './provenance.js';
import type { Lookup } from '../domain/lookup.js';

/** How far the clocks of two machines may be apart. */
const toleranceMs = 5 * 60_000;
/** No metric was logged before: what is dated earlier was counted in another unit. */
const earliest = Date.UTC(2000, 0, 1);
/** Milliseconds in what a time may have been given in by mistake. */
const units = [
  ['seconds', 1_000],
  ['microseconds', 1e-3],
  ['nanoseconds', 1e-6],
] as const;

/**
 * A reading that counts, or why its time cannot be: one after the runner's clock would never be too old, and neither it
 * nor one in a wrong unit says when it was measured. Pure.
 */
export function timely(found: Lookup, { now, clock = now }: Subject): Lookup {
  if (!('reading' in found) || found.reading.at === undefined) return found;
  const { at } = found.reading;
  const time = /^\d+$/.test(at) ? Number(at) : Date.parse(at);
  const latest = clock.getTime() + toleranceMs;
  const meant = units.find(([unit, length]) => {
    const moment = time * length;
    return (unit === 'seconds' || time > latest) && moment >= earliest && moment <= latest;
  })?.[0];
  const isDated = !Number.isNaN(Date.parse(at));
  if (isDated && time <= latest && meant === undefined) return found;
  const what = isDated ? `it is dated ${at}` : `its time is ${at}, which is none`;
  const why = time > latest ? `, after this runner's clock (${clock.toISOString()})` : '';
  return {
    absent: `${what}${why}, so ${shown(found.reading)} does not count`,
    cure:
      meant === undefined
        ? 'Correct the clock, or the code, that logged it, and log the metric again.'
        : `Its timestamp seems to be in ${meant}; MLflow's are in milliseconds. Log the metric again.`,
  };
}

function shown({ value, origin }: MetricReading): string {
  return `${value} (${origin})`;
}
