import type { Problem } from '../../domain/errors.js';
import type { ConditionCheck, Policy } from '../policy.js';
import { isApart, isWithin } from './interval.js';
import { bundlesOf, type Bundle } from './rule.js';
import { isAlways, isDecidedByRange, modelWhere } from './threshold.js';

/** Requirements that a stricter one of the same metric makes useless. */
export function remarkOnRequirements(policy: Policy): readonly Problem[] {
  return bundlesOf(policy).flatMap((bundle) => {
    const required = telling(policy, bundle, 'require');
    return required.flatMap((check, index) => {
      const stricter = required.filter(
        (other, place) =>
          other !== check &&
          isAlways(policy, other, check, isWithin) &&
          // Of two that say the same, the remark names the later.
          (place < index || !isAlways(policy, check, other, isWithin)),
      );
      const strictest = stricter.find((one) =>
        stricter.every((other) => other === one || !isAlways(policy, other, one, isWithin)),
      );
      const by = strictest ?? stricter[0];
      if (by === undefined) return [];
      const message = isAlways(policy, check, by, isWithin)
        ? `'${check.condition.text}' says the same as ${named(by)}. Remove one of the two.`
        : `'${check.condition.text}' adds nothing${forAll(policy, check, by)}: ${named(by)} is stricter. Remove it, or correct the value.`;
      return [{ message, at: check.at }];
    });
  });
}

/** Requirements that no value meets together. */
export function remarkOnContradictions(policy: Policy): readonly Problem[] {
  return bundlesOf(policy).flatMap((bundle) => {
    const required = telling(policy, bundle, 'require');
    return required.flatMap((check, index) => {
      for (const other of required.slice(0, index)) {
        const model = modelWhere(policy, check, other, isApart);
        if (model === undefined) continue;
        const whose = isAlways(policy, check, other, isApart) ? '' : ` for '${model}'`;
        const consequence = bundle.monitor
          ? `every version is found bad in '${bundle.stage.name}'`
          : `no version is ever promoted to '${bundle.stage.name}'`;
        return [
          {
            message: `No value of '${check.condition.metric}' meets both '${check.condition.text}' and ${named(other)}${whose}: ${consequence}. Remove one of the two, or correct its value.`,
            at: check.at,
          },
        ];
      }
      return [];
    });
  });
}

/** Warnings about nothing but what is refused anyway. */
export function remarkOnWarnings(policy: Policy): readonly Problem[] {
  return bundlesOf(policy).flatMap((bundle) => {
    const required = telling(policy, bundle, 'require');
    return telling(policy, bundle, 'warn').flatMap((warning) => {
      const by = required.find((each) => isAlways(policy, each, warning, isWithin));
      if (by === undefined) return [];
      const swapped = isAlways(policy, warning, by, isWithin)
        ? ''
        : `; if the two were meant the other way round, write 'require: ${warning.condition.text}' and 'warn: ${by.condition.text}'`;
      return [
        {
          message: `'warn: ${warning.condition.text}' never warns of what may pass: ${named(by)} refuses it already. Remove it, or make it stricter${swapped}.`,
          at: warning.at,
        },
      ];
    });
  });
}

/** The bundle's conditions of a severity that say anything beyond the metric's range. */
export function telling(
  policy: Policy,
  { conditions }: Bundle,
  severity: ConditionCheck['severity'],
): readonly ConditionCheck[] {
  return conditions.filter((check) => check.severity === severity && !isDecidedByRange(policy, check));
}

/** A condition as another remark refers to it. */
export function named({ condition, at }: ConditionCheck): string {
  return `'${condition.text}' (line ${at.line})`;
}

function forAll({ models }: Policy, ...checks: readonly ConditionCheck[]): string {
  const differs = checks.some(({ condition }) => condition.operand.kind === 'variable');
  return differs && models.size > 1 ? ' for any model' : '';
}
