import type { Freeze } from '../../policy/policy.js';

/** Why nothing moves at that moment, as a sentence; undefined where it may. */
export function frozen({ timeZone, days, windows }: Freeze, now: Date): string | undefined {
  const { day, weekday } = local(now, timeZone);
  const window = windows.find(({ from, to }) => from <= day && day <= to);
  if (window !== undefined) {
    const why = window.reason === undefined ? '' : ` (${window.reason})`;
    return `Frozen from ${window.from} to ${window.to}${why}; in ${timeZone} it is ${day}.`;
  }
  if (days.some((each) => each === weekday)) return `Frozen on ${days.join(', ')}; in ${timeZone} it is ${weekday}.`;
  return undefined;
}

/**
 * Why a version has not been long enough in the stage before, as a sentence; undefined where it has.
 * @param since ISO 8601; what is no time never ends the wait
 */
export function soaking(since: string, soakMs: number, now: Date): string | undefined {
  const until = Date.parse(since) + soakMs;
  if (now.getTime() >= until) return undefined;
  const end = Number.isNaN(until) ? 'an unknown time' : new Date(until).toISOString().slice(0, 16).replace('T', ' ');
  return `It has to be there for ${duration(soakMs)}, until ${end} UTC.`;
}

function local(now: Date, timeZone: string): { readonly day: string; readonly weekday: string } {
  // en-CA writes days as ISO 8601 does.
  const day = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(now);
  const weekday = new Intl.DateTimeFormat('en', { timeZone, weekday: 'long' }).format(now).toLowerCase();
  return { day, weekday };
}

function duration(ms: number): string {
  const units = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
    ['second', 1_000],
  ] as const;
  const [unit, length] = units.find(([, each]) => ms >= each && ms % each === 0) ?? (['millisecond', 1] as const);
  const count = ms / length;
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
