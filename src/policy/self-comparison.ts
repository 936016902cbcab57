import type { Problem } from '../domain/errors.js';
import type { Check, ConditionCheck, Metric, Policy, Stage } from './policy.js';

type Ladder = Pick<Policy, 'champion' | 'metrics' | 'stages'> & {
  /** Whether the policy says which stage is the champion's. */
  readonly isNamed: boolean;
};

/**
 * Comparisons of a version with itself, which every version passes: in a stage behind the champion's, where a version
 * comes from being the champion, and in the monitor of the champion's own.
 */
export function selfComparisons(ladder: Ladder): readonly Problem[] {
  return [...ladder.stages.values()].flatMap((stage) => [...behind(ladder, stage), ...watching(ladder, stage)]);
}

function behind({ champion, stages, isNamed }: Ladder, { name, after, checks }: Stage): readonly Problem[] {
  // In a circle a stage is behind itself, and the circle is told.
  if (name === champion || !isBehind(stages, after, champion)) return [];
  return withChampion(checks).map(({ condition: { text }, at }) => ({
    message: `'${text}' compares a version with itself: ${isNamed ? 'the champion is' : "without 'champion' it is the last stage,"} the version that holds '${champion}', and what comes to '${name}' has come through '${champion}'. ${isNamed ? 'Write' : 'Add'} 'champion: ${name}', or compare with a number.`,
    at,
  }));
}

function isBehind(stages: Policy['stages'], after: string | undefined, champion: string): boolean {
  const seen = new Set<string>();
  for (let next = after; next !== undefined && !seen.has(next); next = stages.get(next)?.after) {
    if (next === champion) return true;
    seen.add(next);
  }
  return false;
}

function watching({ champion, metrics }: Ladder, { name, monitor }: Stage): readonly Problem[] {
  if (name !== champion) return [];
  return withChampion(monitor?.checks ?? [])
    .filter(({ condition }) => isMeasuredOnce(metrics.get(condition.metric)))
    .map(({ condition: { text, metric, operator }, at }) => ({
      message: `'${text}' compares the champion with itself: what is watched is the version that holds '${name}'. Compare with a number, such as '${metric} ${operator} NUMBER'.`,
      at,
    }));
}

/** Of what a job measures, the champion's side is what was recorded at its promotion: that is worth comparing with. */
function isMeasuredOnce(metric: Metric | undefined): boolean {
  return metric !== undefined && metric.source.phase !== 'commands';
}

function withChampion(checks: readonly Check[]): readonly ConditionCheck[] {
  return checks
    .filter((check) => check.kind === 'condition')
    .filter(({ condition }) => condition.operand.kind === 'champion');
}
