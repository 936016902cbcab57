import type { Problem } from '../../domain/errors.js';
import type { Policy } from '../policy.js';
import { better, bundlesOf } from './rule.js';

/** Metrics that are declared and decide nothing. */
export function remarkOnUnused(policy: Policy): readonly Problem[] {
  const used = new Set(
    bundlesOf(policy).flatMap(({ conditions }) => conditions.map(({ condition }) => condition.metric)),
  );
  if (policy.best !== undefined) used.add(policy.best.metric);
  return [...policy.metrics.values()]
    .filter(({ id }) => !used.has(id))
    .map((metric) => ({
      message: `No condition uses '${metric.id}': it decides nothing. Add a check such as 'require: ${metric.id} ${better(metric)} champion', or remove it.`,
      at: metric.at,
    }));
}
