import { assertNever } from '../domain/assert-never.js';
import type { ConditionCheck, Metric, Policy, Stage } from '../policy/policy.js';
import { isLogged } from '../policy/source-kind.js';
import { identityOf, type MetricReading, type ModelVersion } from '../domain/version.js';
import { type Baseline, valueText } from '../verdict/condition.js';
import type { Lookup } from '../domain/lookup.js';
import type { MetricSources } from './metrics/lookup.js';

/** A version that the policy names to be compared with, and what its own promotion recorded. */
export interface Anchor {
  readonly version: ModelVersion;
  readonly recorded: ReadonlyMap<string, MetricReading>;
}

/** Who was champion last, where the log says that nobody is and a person lifts that: what it recorded, by metric id. */
export interface LastChampion {
  readonly kind: 'last';
  readonly version: string;
  readonly recorded: ReadonlyMap<string, MetricReading>;
  readonly cure: string;
}

/** Whom a candidate may be compared with. */
export interface Baselines {
  readonly champion: ModelVersion | undefined;
  /** What comparisons do where there is no champion. */
  readonly noChampion: Extract<Baseline, { kind: 'first' | 'vanished' }> | LastChampion;
  readonly anchors: ReadonlyMap<string, Anchor>;
  readonly candidate: ModelVersion;
  /** What it is judged for. */
  readonly stage: Pick<Stage, 'name' | 'evidence'>;
  /** Whether a live version is watched: what jobs measured at its promotion is another measurement, worth comparing with. */
  readonly watched?: boolean;
}

/** The anchors that the stage's conditions use: name and version. */
export function anchorsUsed(policy: Policy, stage: Stage): readonly (readonly [name: string, version: string])[] {
  const used = new Set(
    stage.checks.map((check) =>
      check.kind === 'condition' && check.condition.operand.kind === 'anchor'
        ? check.condition.operand.name
        : undefined,
    ),
  );
  return [...policy.anchors].filter(([name]) => used.has(name));
}

/** Whom the condition compares the candidate with, and what that one is worth. Throws what the registry throws. */
export async function baselineFor(
  { condition: { operand } }: ConditionCheck,
  metric: Metric,
  baselines: Baselines,
  sources: MetricSources,
): Promise<Baseline> {
  const { champion, noChampion, anchors } = baselines;
  switch (operand.kind) {
    case 'anchor': {
      const anchor = anchors.get(operand.name);
      if (anchor === undefined) throw new TypeError(`The anchor '${operand.name}' was not looked up.`);
      if (isItself(anchor.version, metric, baselines)) return itself(baselines, operand.name);
      const lookup = await anchored(metric, anchor, sources);
      return {
        kind: 'anchor',
        name: operand.name,
        version: anchor.version.version,
        ...sinceRecorded(metric, lookup, anchor.recorded.get(metric.id)),
      };
    }
    case 'champion': {
      if (champion === undefined) return withoutChampion(noChampion, metric.id);
      if (isItself(champion, metric, baselines)) return itself(baselines);
      const lookup = await sources.lookup(metric, 'champion', champion);
      return {
        kind: 'champion',
        version: champion.version,
        ...sinceRecorded(metric, lookup, sources.recorded.get(metric.id)),
      };
    }
    case 'number':
    case 'variable':
      return withoutChampion(noChampion, metric.id); // Which is not looked at.
    default:
      return assertNever(operand, 'operand of a condition');
  }
}

/** Whether a comparison with that version would be one of the candidate with itself, which every version passes. */
export function isItself(
  baseline: ModelVersion,
  { source }: Metric,
  { candidate, watched = false }: Pick<Baselines, 'candidate' | 'watched'>,
): boolean {
  const isRecorded = source.phase === 'commands';
  return identityOf(baseline) === identityOf(candidate) && !(watched && isRecorded);
}

export function itself({ candidate, stage }: Pick<Baselines, 'candidate' | 'stage'>, anchor?: string): Baseline {
  return {
    kind: 'itself',
    version: candidate.version,
    stage: stage.name,
    ...(anchor === undefined ? {} : { anchor }),
  };
}

/** @param name of the metric, or of its slice, as the log records it */
export function withoutChampion(noChampion: Baselines['noChampion'], name: string): Baseline {
  return noChampion.kind === 'last' ? { ...noChampion, recorded: noChampion.recorded.get(name) } : noChampion;
}

/**
 * With what was recorded of it at its own promotion, where the registry says otherwise now: whoever can log to its run
 * could lower the bar.
 */
export function sinceRecorded(
  metric: Metric,
  lookup: Lookup,
  was: MetricReading | undefined,
): { readonly lookup: Lookup; readonly recorded?: MetricReading } {
  if (!isLogged(metric.source) || was === undefined || !('reading' in lookup)) return { lookup };
  return valueText(was.value) === valueText(lookup.reading.value) ? { lookup } : { lookup, recorded: was };
}

async function anchored(metric: Metric, { version, recorded }: Anchor, sources: MetricSources): Promise<Lookup> {
  if (isLogged(metric.source)) return sources.lookup(metric, 'champion', version);
  const reading = recorded.get(metric.id);
  return reading === undefined
    ? {
        absent: 'it is measured by jobs, and its own promotion recorded no value',
        cure: "Compare a metric that is logged with the versions, or write the anchor's value as a number.",
      }
    : { reading };
}
