/** JSON as Python's `json.dump` writes it: NaN and Infinity stand bare there. They become text, which no condition passes. */
export function parseNumbers(text: string): unknown {
  const outsideStrings = /("(?:[^"\\]|\\.)*")|(-?\bInfinity\b|\bNaN\b)/g;
  return JSON.parse(
    text
      .replace(/^\uFEFF/, '')
      .replace(outsideStrings, (_, quoted: string | undefined, literal: string) => quoted ?? `"${literal}"`),
  ) as unknown;
}

/** A value as a condition may see it: anything but a number is text, and says what it was. */
export function scalar(value: unknown): number | string {
  if (typeof value === 'number' || typeof value === 'string') return value;
  return JSON.stringify(value);
}
