import type { EvidenceRule } from '../policy/policy.js';
import type { MetricReading, ModelVersion } from '../domain/version.js';
import type { Lookup } from '../domain/lookup.js';

/** What evidence is held against. */
export interface Subject {
  readonly candidate: ModelVersion;
  /** The commit that is judged, where the candidate itself does not say one. */
  readonly commit: string | undefined;
  readonly now: Date;
  /** The runner's clock, where `now` is an earlier moment. */
  readonly clock?: Date;
}

/**
 * A reading that counts, or why it does not: what was measured of another version or commit, or too long ago, proves
 * nothing of the candidate. Pure.
 * @param other the value it is compared with: both must be of the same data set
 */
export function checkProvenance(
  found: Lookup,
  rule: EvidenceRule | undefined,
  subject: Subject,
  other?: Lookup,
): Lookup {
  if (rule === undefined || !('reading' in found)) return found;
  const { reading } = found;
  const why = [
    rule.maxAgeMs === undefined ? undefined : tooOld(reading, rule.maxAgeMs, subject.now),
    ...rule.match.map((what) => mismatches[what](reading, subject, other)),
  ].find((each) => each !== undefined);
  if (why === undefined) return found;
  return {
    absent: `${why}, so ${shown(reading)} does not count`,
    cure: 'Measure it again for this version, then run this again.',
  };
}

const mismatches: Readonly<
  Record<
    EvidenceRule['match'][number],
    (reading: MetricReading, subject: Subject, other?: Lookup) => string | undefined
  >
> = {
  version: ({ version }, { candidate }) => unlike('version', version, candidate.version),
  commit: ({ commit }, { candidate, commit: judged }) => unlike('commit', commit, candidate.commit ?? judged),
  dataset: ({ dataset }, _, other) =>
    other === undefined || !('reading' in other) ? undefined : unlike('data set', dataset, other.reading.dataset),
};

function unlike(what: string, is: string | undefined, wanted: string | undefined): string | undefined {
  if (is === undefined) return `of which ${what} it was measured is not known`;
  if (wanted === undefined) return `with which ${what} it is to be compared is not known`;
  return is === wanted ? undefined : `it was measured on the ${what} ${is}, not on ${wanted}`;
}

function tooOld({ at }: MetricReading, maxAgeMs: number, now: Date): string | undefined {
  const time = Date.parse(at ?? '');
  if (Number.isNaN(time)) return 'when it was measured is not known';
  const age = now.getTime() - time;
  if (age <= maxAgeMs) return undefined;
  return `it was measured on ${(at ?? '').slice(0, 10)}, ${days(age)} ago, and at most ${days(maxAgeMs)} is allowed`;
}

function days(ms: number): string {
  const units = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
  ] as const;
  const [unit, length] = units.find(([, each]) => ms >= each) ?? (['second', 1000] as const);
  const count = Math.floor(ms / length);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

function shown({ value, origin }: MetricReading): string {
  return `${value} (${origin})`;
}
