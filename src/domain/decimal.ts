import { Big } from 'big.js';

/** How a number is written where its notation is decimal, and nothing else: no `+1`, `01`, `.5`, `1_000`, `0x10`. */
const decimalForm = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i;

/** Whether the text is a number in decimal notation, of whatever size. */
export function isDecimal(text: string): boolean {
  return decimalForm.test(text);
}

/**
 * A number as it is written: what is an integer stays exact, as a bigint above what a double holds for certain
 * (±(2^53 - 1)); others are doubles, `1e400` is infinite. What is nearer to 0 than a double can be (`1e-400`), and what is
 * no decimal number, stays the text that it is.
 */
export function numberIn(text: string): number | bigint | string {
  if (!isDecimal(text)) return text;
  const double = Number(text);
  if (Number.isSafeInteger(double)) return double === 0 && /[1-9]/.test(text.replace(/e.*$/i, '')) ? text : double;
  if (!Number.isInteger(double)) return double; // Infinity too
  const exact = new Big(text);
  return exact.round(0).eq(exact) ? BigInt(exact.toFixed(0)) : double;
}

/** As `numberIn`, for formats whose numbers may also be written `+0.9`, `.5` and `5.`. */
export function plainNumberIn(text: string): number | bigint | string {
  const number = numberIn(
    text
      .replace(/^\+/, '')
      .replace(/^(-?)(?=\.\d)/, (sign) => `${sign}0`)
      .replace(/(\d)\.(?=e|$)/i, '$1'),
  );
  return typeof number === 'string' ? text : number;
}

/**
 * What a value counts as: an integer that is exact as it is; any other double as the decimal of 15 significant digits
 * that it carries for certain (IEEE 754, DBL_DIG).
 */
export function decimal(value: number | bigint | string): Big {
  if (typeof value === 'number') return new Big(Number.isSafeInteger(value) ? String(value) : value.toPrecision(15));
  // Big.js takes no plus sign.
  return new Big(String(value).replace(/^\+/, ''));
}

/** Without exponent where a person can still read it so. */
export function formatDecimal(value: Big): string {
  const exponent = value.e;
  return exponent > 20 || exponent < -12 ? value.toString() : value.toFixed();
}

/** With its sign. */
export function formatSigned(value: Big): string {
  return value.gt(0) ? `+${formatDecimal(value)}` : formatDecimal(value);
}
