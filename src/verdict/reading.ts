import { Big } from 'big.js';
import { decimal, isDecimal } from '../domain/decimal.js';
import type { Metric } from '../policy/policy.js';
import type { MetricReading } from '../domain/version.js';

/** A reading as a number, or why it is none: the end of a sentence that begins with the metric's name, and what to do. */
export type Value = { readonly number: Big } | { readonly fault: string; readonly cure?: string };

/** A finite number within the metric's sane range, exactly where it is an integer; whatever else was read is a fault. */
export function numberOf(reading: MetricReading, metric: Metric): Value {
  const { value, fault, cure } = reading;
  if (fault !== undefined) return { fault, ...(cure === undefined ? {} : { cure }) };
  if (typeof value === 'string') return faultOfText(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return { fault: `is ${value}, which is no measurement` };
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      return {
        fault: `is ${value}, an integer above 2^53, which its source may have rounded`,
        cure: 'Log it in a larger unit, or read it from a file, where an integer counts as it is written.',
      };
    }
  }
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

function faultOfText(value: string): Value {
  const text = value.trim();
  if (/^[+-]?(nan|inf(inity)?)$/i.test(text)) return { fault: `is ${text}, which is no measurement` };
  const shown = value.length > 80 ? `${value.slice(0, 79)}…` : value;
  if (!isDecimal(text)) {
    const point = /^[+-]?\d+,\d+$/.test(text)
      ? { cure: `Decimals are written with a point: ${text.replace(',', '.')}.` }
      : {};
    return { fault: `is '${shown}', which is not a number`, ...point };
  }
  const double = Number(text);
  if (double === 0 && /[1-9]/.test(text.replace(/e.*$/i, ''))) {
    return { fault: `is ${shown}, nearer to 0 than any number that a double can hold` };
  }
  return { fault: `is '${shown}', which is not a number but a text`, cure: `Write it without quotes: ${shown}.` };
}
