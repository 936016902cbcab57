const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `15m`, `2h` or `7d` in milliseconds. The schema has checked the form; anything else throws a RangeError. */
export function parseDuration(text: string): number {
  const match = /^([1-9]\d*)([smhd])$/.exec(text);
  const unit = units[match?.[2] ?? ''];
  if (match?.[1] === undefined || unit === undefined) throw new RangeError(`'${text}' is not a duration such as 15m.`);
  return Number(match[1]) * unit;
}
