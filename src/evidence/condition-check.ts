import { assertNever } from '../domain/assert-never.js';
import type { ConditionCheck, Metric } from '../policy/policy.js';
import type { Registry } from '../registry/registry.js';
import { checkProvenance, type Subject } from '../verdict/provenance.js';
import { judgeCondition } from '../verdict/condition.js';
import type { Lookup } from '../domain/lookup.js';
import { timely } from '../verdict/timely.js';
import type { ConditionResult } from '../domain/check.js';
import { baselineFor, type Baselines } from './baseline.js';
import { checkSlices } from './slice-check.js';
import type { MetricSources } from './metrics/lookup.js';

/** What a condition is judged with. */
export interface ConditionContext extends Baselines {
  readonly vars: ReadonlyMap<string, number>;
  /** What evidence must belong to. */
  readonly subject: Subject;
}

/** Judges one condition by what its metric's source says now. Throws what the registry throws. */
export async function checkCondition(
  check: ConditionCheck,
  metric: Metric,
  judging: ConditionContext,
  sources: MetricSources,
  registry: Registry,
): Promise<ConditionResult> {
  const { candidate, stage, subject, vars } = judging;
  const inTime = (found: Lookup): Lookup => timely(found, subject);
  if (metric.slices !== undefined) {
    const fit = (found: Lookup, other?: Lookup): Lookup =>
      checkProvenance(inTime(withProvenance(found, metric, subject)), stage.evidence, subject, other);
    return checkSlices(check, metric, { ...judging, recorded: sources.recorded, fit, inTime }, registry);
  }
  const found = inTime(withProvenance(await sources.lookup(metric, 'candidate', candidate), metric, subject));
  const known = await baselineFor(check, metric, judging, sources);
  const baseline = 'lookup' in known ? { ...known, lookup: inTime(known.lookup) } : known;
  const other = 'lookup' in baseline ? baseline.lookup : undefined;
  return judgeCondition(check, metric, checkProvenance(found, stage.evidence, subject, other), baseline, vars);
}

/** With what is known by where it was found: a run is the version's own, a command's measurement this job's. */
function withProvenance(found: Lookup, { source }: Metric, { candidate, commit, now }: Subject): Lookup {
  if (!('reading' in found)) return found;
  const { reading } = found;
  const { version } = candidate;
  switch (source.provenance) {
    case 'none':
      return found;
    case 'version':
      return { reading: { version, ...reading } };
    case 'job': {
      const by = candidate.commit ?? commit;
      return { reading: { version, at: now.toISOString(), ...(by === undefined ? {} : { commit: by }), ...reading } };
    }
    default:
      return assertNever(source.provenance, 'provenance');
  }
}
