import type { Big } from 'big.js';
import type { Operator } from '../../domain/condition.js';

interface Bound {
  readonly value: Big;
  /** Whether the value itself is left out. */
  readonly open: boolean;
}

/** The numbers between two bounds; where one is absent there is no end on that side. */
export interface Interval {
  readonly low?: Bound;
  readonly high?: Bound;
}

/** The numbers from `min` to `max`, both included. */
export function between(min: Big | undefined, max: Big | undefined): Interval {
  return {
    ...(min === undefined ? {} : { low: { value: min, open: false } }),
    ...(max === undefined ? {} : { high: { value: max, open: false } }),
  };
}

/** The numbers that are `operator` the value. */
export function meeting(operator: Operator, value: Big): Interval {
  if (operator === '==') return between(value, value);
  const bound: Bound = { value, open: operator.length === 1 };
  return operator.startsWith('>') ? { low: bound } : { high: bound };
}

/** Whether every number of `inner`, which has some, is in `outer` too. */
export function isWithin(inner: Interval, outer: Interval): boolean {
  return isAsTight(inner.low, outer.low, 1) && isAsTight(inner.high, outer.high, -1);
}

/** Whether no number is in both. */
export function isApart(a: Interval, b: Interval): boolean {
  return isBeyond(a.low, b.high) || isBeyond(b.low, a.high);
}

function isAsTight(inner: Bound | undefined, outer: Bound | undefined, inwards: 1 | -1): boolean {
  if (outer === undefined) return true;
  if (inner === undefined) return false;
  const order = inner.value.cmp(outer.value) * inwards;
  return order > 0 || (order === 0 && (inner.open || !outer.open));
}

function isBeyond(low: Bound | undefined, high: Bound | undefined): boolean {
  if (low === undefined || high === undefined) return false;
  const order = low.value.cmp(high.value);
  return order > 0 || (order === 0 && (low.open || high.open));
}
