import type { Problem } from '../../domain/errors.js';
import type { Policy } from '../policy.js';
import { bundlesOf, metricOf } from './rule.js';

/** JUnit reports that are judged without a look at the tests that could not run: `failures` does not count those. */
export function remarkOnJUnit(policy: Policy): readonly Problem[] {
  return bundlesOf(policy).flatMap(({ conditions }) => {
    const counts = conditions.flatMap((check) => {
      const of = metricOf(policy, check).source.counts;
      return of === undefined ? [] : [{ check, ...of }];
    });
    const files = new Set(counts.map(({ path }) => path));
    return [...files].flatMap((file) => {
      const own = counts.filter(({ path }) => path === file);
      const [first] = own;
      if (first === undefined || own.some(({ count }) => count === 'errors' || count === 'failed')) return [];
      const { check, count } = own.find((each) => each.count === 'failures') ?? first;
      const message = `'${check.condition.text}' does not see tests that could not run: no check looks at the 'errors' of ${file}, and '${count}' does not count them. Judge '${check.condition.metric}' by 'count: failed' (failures and errors), or add a check on 'count: errors'.`;
      return [{ message, at: check.at }];
    });
  });
}
