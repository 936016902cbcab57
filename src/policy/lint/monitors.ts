import type { Problem } from '../../errors.js';
import type { Policy } from '../policy.js';
import { absolute, bundlesOf, metricOf } from './rule.js';

/** A monitor of the champion that compares it with itself. */
export function remarkOnMonitors(policy: Policy): readonly Problem[] {
  return bundlesOf(policy).flatMap(({ stage, monitor, conditions }) => {
    if (!monitor || stage.name !== policy.champion) return [];
    return conditions.flatMap((check) => {
      const { condition, at } = check;
      const metric = metricOf(policy, check);
      // The champion's side of these is what was recorded at its promotion: that is worth comparing with.
      if (condition.operand.kind !== 'champion' || ['command', 'file'].includes(metric.source.from)) return [];
      const message = `'${condition.text}' compares the champion with itself: what is watched is the version that holds '${stage.name}'. Compare with a number, such as '${absolute(policy, metric, stage)}'.`;
      return [{ message, at }];
    });
  });
}
