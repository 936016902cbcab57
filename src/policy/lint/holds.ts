import type { Problem } from '../../domain/errors.js';
import type { Condition, Operator } from '../../domain/condition.js';
import type { ConditionCheck, Policy } from '../policy.js';
import { isApart, isWithin } from './interval.js';
import { named, telling } from './requirements.js';
import { bundlesOf } from './rule.js';
import { isAlways } from './threshold.js';

/** A `hold_if` that holds nothing that could pass, or everything that does. */
export function remarkOnHolds(policy: Policy): readonly Problem[] {
  return bundlesOf(policy).flatMap((bundle) => {
    const required = telling(policy, bundle, 'require');
    return telling(policy, bundle, 'hold_if').flatMap((hold) => {
      const refusing = required.find((each) => isAlways(policy, each, hold, isApart));
      if (refusing !== undefined) return [{ message: neverHolds(hold, refusing), at: hold.at }];
      const covered = required.find((each) => isAlways(policy, each, hold, isWithin));
      return covered === undefined ? [] : [{ message: alwaysHolds(hold, covered, bundle.monitor), at: hold.at }];
    });
  });
}

function neverHolds(hold: ConditionCheck, refusing: ConditionCheck): string {
  const cure = swapped(hold, refusing, (a, b) => a !== b) ?? 'Remove it, or require less.';
  return `'hold_if: ${hold.condition.text}' never holds a version: ${named(refusing)} refuses already what it would hold. ${cure}`;
}

function alwaysHolds(hold: ConditionCheck, covered: ConditionCheck, monitor: boolean): string {
  const cure = swapped(hold, covered, (a, b) => a === b) ?? 'Name a value beyond the required one.';
  const always = monitor ? '' : " For a person to decide every time, use 'approval'.";
  return `'hold_if: ${hold.condition.text}' holds every version that meets ${named(covered)}. ${cure}${always}`;
}

/** What to write if the two values stand in each other's place; undefined where that would not help. */
function swapped(
  { condition: hold }: ConditionCheck,
  { condition: required }: ConditionCheck,
  helps: (hold: string, required: string) => boolean,
): string | undefined {
  if (valueOf(hold) === valueOf(required) || [hold.operator, required.operator].includes('==')) return undefined;
  if (!helps(side(hold.operator), side(required.operator))) return undefined;
  return `Remove it; if the two values were meant the other way round, write 'require: ${withValue(required, hold)}' and 'hold_if: ${withValue(hold, required)}'.`;
}

function side(operator: Operator): string {
  return operator.charAt(0);
}

function valueOf({ text }: Condition): string {
  return text.split(' ').slice(2).join(' ');
}

function withValue({ metric, operator }: Condition, from: Condition): string {
  return `${metric} ${operator} ${valueOf(from)}`;
}
