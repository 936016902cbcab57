import { Big } from 'big.js';
import { assertNever } from '../../domain/assert-never.js';
import { decimal } from '../../domain/decimal.js';
import type { Condition, Operand } from '../../domain/condition.js';
import type { ConditionCheck, Metric, Policy } from '../policy.js';
import { between, type Interval, isApart, isWithin, meeting } from './interval.js';

export type Vars = ReadonlyMap<string, number>;

/** What an operand is counted from, and how far from it. */
interface Threshold {
  /** Empty for a plain number. */
  readonly from: string;
  readonly percent: boolean;
  readonly by: Big;
}

function thresholdOf(operand: Operand, vars: Vars): Threshold {
  switch (operand.kind) {
    case 'number':
      return { from: '', percent: false, by: decimal(operand.value) };
    case 'variable':
      return { from: '', percent: false, by: decimal(vars.get(operand.name) ?? 0) };
    case 'champion':
      return { from: 'champion', percent: operand.percent, by: new Big(operand.offset ?? 0) };
    case 'anchor':
      return { from: `anchor ${operand.name}`, percent: operand.percent, by: new Big(operand.offset ?? 0) };
    default:
      return assertNever(operand, 'operand of a condition');
  }
}

export type Relation = (a: Interval, b: Interval) => boolean;

/** A model for which two conditions are so related, whatever the versions are worth that they compare with. */
export function modelWhere(
  policy: Policy,
  { condition: a }: ConditionCheck,
  { condition: b }: ConditionCheck,
  relation: Relation,
): string | undefined {
  if (a.metric !== b.metric) return undefined;
  return modelsToAsk(policy, a, b).find(([, vars]) => isSo(a, b, vars, relation))?.[0];
}

/** Whether two conditions are so related for every model. */
export function isAlways(
  policy: Policy,
  { condition: a }: ConditionCheck,
  { condition: b }: ConditionCheck,
  relation: Relation,
): boolean {
  return a.metric === b.metric && modelsToAsk(policy, a, b).every(([, vars]) => isSo(a, b, vars, relation));
}

function isSo(a: Condition, b: Condition, vars: Vars, relation: Relation): boolean {
  const [one, other] = [thresholdOf(a.operand, vars), thresholdOf(b.operand, vars)];
  const alike = one.percent === other.percent || one.by.eq(0) || other.by.eq(0);
  return one.from === other.from && alike && relation(meeting(a.operator, one.by), meeting(b.operator, other.by));
}

/** The models that need looking at: one stands for all where no condition has a variable. */
function modelsToAsk({ models }: Policy, ...conditions: readonly Condition[]): readonly (readonly [string, Vars])[] {
  const differ = conditions.some(({ operand }) => operand.kind === 'variable');
  return [...models].slice(0, differ ? models.size : 1);
}

/** Which of a metric's sane values meet a condition, where it is all of them or none. */
export function fitOf({ operator, operand }: Condition, metric: Metric, vars: Vars): 'all' | 'none' | undefined {
  const range = rangeOf(metric);
  const { low, high } = thresholds(thresholdOf(operand, vars), range);
  const upward = operator.startsWith('>');
  const [mildest, strictest] = upward ? [low, high] : [high, low];
  if (operator === '==') return isApart(range, between(low, high)) ? 'none' : undefined;
  if (mildest !== undefined && isApart(range, meeting(operator, mildest))) return 'none';
  if (strictest !== undefined && isWithin(range, meeting(operator, strictest))) return 'all';
  return undefined;
}

/** Between what the threshold lies, where the version that it is counted from has a sane value. */
function thresholds(
  { from, percent, by }: Threshold,
  range: Interval,
): { readonly low: Big | undefined; readonly high: Big | undefined } {
  const [min, max] = [range.low?.value, range.high?.value];
  if (from === '') return { low: by, high: by };
  if (!percent) return { low: min?.plus(by), high: max?.plus(by) };
  if (min === undefined || max === undefined) return { low: undefined, high: undefined };
  const turn = min.lt(0) && max.gt(0) ? [new Big(0)] : [];
  const all = [min, max, ...turn].map((value) => value.plus(value.abs().times(by).times('0.01')));
  return {
    low: all.reduce((least, each) => (each.lt(least) ? each : least)),
    high: all.reduce((most, each) => (each.gt(most) ? each : most)),
  };
}

/** A metric's sane values. */
export function rangeOf({ min, max }: Metric): Interval {
  return between(min === undefined ? undefined : decimal(min), max === undefined ? undefined : decimal(max));
}

/** Whether the sane range alone decides a condition for some model: what it says beside others is then no matter. */
export function isDecidedByRange(policy: Policy, { condition }: ConditionCheck): boolean {
  const metric = policy.metrics.get(condition.metric);
  if (metric === undefined) return false;
  return modelsToAsk(policy, condition).some(([, vars]) => fitOf(condition, metric, vars) !== undefined);
}
