import { Big } from 'big.js';
import type { Problem } from '../../domain/errors.js';
import { decimal, formatDecimal } from '../../domain/decimal.js';
import type { Condition } from '../../domain/condition.js';
import type { Metric, Policy } from '../policy.js';
import { bundlesOf, metricOf } from './rule.js';

/** A per cent of what may be 0: the comparison would be an error. */
export function remarkOnPercents(policy: Policy): readonly Problem[] {
  return bundlesOf(policy).flatMap(({ conditions }) =>
    conditions.flatMap((check) => {
      const { condition } = check;
      const { operand } = condition;
      const metric = metricOf(policy, check);
      if (operand.kind === 'number' || operand.kind === 'variable' || !operand.percent || !mayBeZero(metric)) return [];
      const whose = operand.kind === 'champion' ? "the champion's" : `that of '${operand.name}'`;
      const message = `'${condition.text}' cannot be judged while ${whose} is 0, and nothing says that '${metric.id}' never is. ${cureOf(condition, operand.offset ?? '0', metric)}`;
      return [{ message, at: check.at }];
    }),
  );
}

function mayBeZero({ min, max, goal }: Metric): boolean {
  // Without a range, what is to be small is likely to reach 0, what is to be large is not.
  if (min === undefined && max === undefined) return goal === 'minimize';
  return (min ?? 0) <= 0 && (max ?? 0) >= 0;
}

function cureOf({ text }: Condition, offset: string, { id, min, max }: Metric): string {
  const [, operator = '', other = ''] = text.split(' ');
  const by = new Big(offset);
  const canBeAbove = (min ?? 0) >= 0 && (max === undefined || max > 0);
  // Of a wide range a per cent is far more than of a value: there the number is the user's to say.
  if (max !== undefined && max > 0 && max <= 1) {
    const margin = formatDecimal(by.abs().times(decimal(max)).times('0.01'));
    const also = canBeAbove ? `, or give '${id}' a 'min' above 0` : '';
    return `Write an absolute margin, such as '${id} ${operator} ${other} ${by.lt(0) ? '-' : '+'} ${margin}'${also}.`;
  }
  const instead = `an absolute margin in place of '${formatDecimal(by.abs())}%'`;
  return canBeAbove ? `Give '${id}' a 'min' above 0, such as 'min: 0.001', or write ${instead}.` : `Write ${instead}.`;
}
