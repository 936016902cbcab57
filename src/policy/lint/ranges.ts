import { Big } from 'big.js';
import type { Problem } from '../../domain/errors.js';
import { decimal, formatDecimal } from '../../domain/decimal.js';
import type { Condition } from '../../domain/condition.js';
import { parseCondition } from '../parse-condition.js';
import type { ConditionCheck, Metric, Policy } from '../policy.js';
import { bundlesOf, metricOf } from './rule.js';
import { fitOf, type Vars } from './threshold.js';

const verdicts = {
  require: { none: 'can never be met', all: 'is always met' },
  warn: { none: 'always warns', all: 'never warns' },
  hold_if: { none: 'never holds a version', all: 'holds every version' },
} as const;

/** Conditions that the metric's sane range alone decides. */
export function remarkOnRanges(policy: Policy): readonly Problem[] {
  return bundlesOf(policy).flatMap(({ conditions }) =>
    conditions.flatMap((check) => {
      const metric = metricOf(policy, check);
      const fits = [...policy.models].map(([model, vars]) => ({
        model,
        vars,
        fit: fitOf(check.condition, metric, vars),
      }));
      // What switches a check off for one model may be what its variable is for.
      const grave = check.severity === 'hold_if' ? 'all' : 'none';
      const first = fits.find((each) => each.fit === grave) ?? fits[0];
      const isShared = fits.every((each) => each.fit === first?.fit);
      if (first?.fit === undefined || !(isShared || first.fit === grave)) return [];
      const { model, vars, fit } = first;
      const whose = isShared ? '' : `For '${model}', `;
      const value = isShared && policy.models.size > 1 ? '' : valueIn(check.condition, vars);
      const said = check.severity === 'require' ? check.condition.text : `${check.severity}: ${check.condition.text}`;
      const message = `${whose}'${said}'${value} ${verdicts[check.severity][fit]}: '${metric.id}' ${bounds(metric)}. ${cureOf(check, metric, vars, fit)}`;
      return [{ message, at: check.at }];
    }),
  );
}

function valueIn({ operand }: Condition, vars: Vars): string {
  return operand.kind === 'variable' ? ` (${vars.get(operand.name) ?? ''})` : '';
}

function bounds({ min, max }: Metric): string {
  if (min !== undefined && max !== undefined) return `is from ${min} to ${max}`;
  return min === undefined ? `is at most ${max ?? ''}` : `is at least ${min}`;
}

function cureOf({ condition }: ConditionCheck, metric: Metric, vars: Vars, fit: 'all' | 'none'): string {
  const meant = [asFraction(condition, metric), withEdge(condition, fit)].find((text) => {
    const read = text === undefined ? undefined : parseCondition(text, anchorOf(condition));
    return read !== undefined && !('message' in read) && fitOf(read, metric, vars) === undefined;
  });
  const cure = `Correct the value or the range of '${metric.id}'`;
  return meant === undefined
    ? `${cure}, or remove it.`
    : `Did you mean '${meant}'? Else correct the range of '${metric.id}', or remove it.`;
}

function anchorOf({ operand }: Condition): readonly string[] {
  return operand.kind === 'anchor' ? [operand.name] : [];
}

/** 85 where 0.85 belongs, and 1 where 0.01 does; not 1.2, which hardly is a per cent of anything. */
function asFraction({ metric, operator, operand }: Condition, { max }: Metric): string | undefined {
  if (max === undefined || max > 1) return undefined;
  if (operand.kind === 'number') {
    const value = decimal(operand.value);
    return value.gte(10) ? `${metric} ${operator} ${formatDecimal(value.times('0.01'))}` : undefined;
  }
  if (operand.kind === 'variable' || operand.offset === undefined || operand.percent) return undefined;
  const by = new Big(operand.offset);
  const other = operand.kind === 'champion' ? 'champion' : operand.name;
  return by.abs().gte(1)
    ? `${metric} ${operator} ${other} ${by.lt(0) ? '-' : '+'} ${formatDecimal(by.abs().times('0.01'))}`
    : undefined;
}

/** With or without equality, where the value is the range's own edge. */
function withEdge({ metric, operator, operand }: Condition, fit: 'all' | 'none'): string | undefined {
  if (operand.kind !== 'number' || operator === '==') return undefined;
  const edge = fit === 'all' ? operator.charAt(0) : `${operator.charAt(0)}=`;
  return edge === operator ? undefined : `${metric} ${edge} ${operand.value}`;
}
