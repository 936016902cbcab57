import { Big } from 'big.js';
import type { Metric } from '../policy/policy.js';
import type { MetricReading } from '../registry/registry.js';

/** A reading as a number, or why it is none: the end of a sentence that begins with the metric's name. */
export type Value = { readonly number: Big } | { readonly fault: string };

/** A finite number within the metric's sane range; whatever else was read is a fault. */
export function numberOf(reading: MetricReading, metric: Metric): Value {
  const { value } = reading;
  if (typeof value === 'string') {
    if (/^[+-]?(nan|inf(inity)?)$/i.test(value)) return { fault: `is ${value}, which is no measurement` };
    return { fault: `is '${value}', which is not a number` };
  }
  if (!Number.isFinite(value)) return { fault: `is ${value}, which is no measurement` };
  const number = decimal(value);
  if (
    (metric.min !== undefined && number.lt(decimal(metric.min))) ||
    (metric.max !== undefined && number.gt(decimal(metric.max)))
  ) {
    return {
      fault: `is ${value}, outside the range ${metric.min ?? '-∞'} to ${metric.max ?? '∞'} that the policy calls sane`,
    };
  }
  return { number };
}

/** A double as the decimal of 15 significant digits that it carries for certain (IEEE 754, DBL_DIG); text as it is. */
export function decimal(value: number | string): Big {
  // Big.js takes no plus sign.
  return new Big(typeof value === 'string' ? value.replace(/^\+/, '') : value.toPrecision(15));
}

/** Without exponent where a person can still read it so. */
export function plain(value: Big): string {
  const exponent = value.e;
  return exponent > 20 || exponent < -12 ? value.toString() : value.toFixed();
}

/** With its sign. */
export function signed(value: Big): string {
  return value.gt(0) ? `+${plain(value)}` : plain(value);
}
