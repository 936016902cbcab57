import type { Position } from '../../errors.js';
import { parseNumbers } from '../../json.js';
import { saying, unreadable } from './unreadable.js';

/** JSON as Python writes it. https://www.rfc-editor.org/rfc/rfc8259 Throws `METRIC_UNREADABLE`. */
export function parseJson(text: string, where: string): unknown {
  try {
    return parseNumbers(text);
  } catch (error) {
    const at = placeOf(error, text, where);
    const place = at === undefined ? '' : `line ${at.line}, column ${at.column}: `;
    throw unreadable(where, `is not JSON (${place}${withoutText(error)})`, {
      cure: "Correct the file, or say with 'format' what it is: json, yaml, toml, csv or junit.",
      ...(at === undefined ? {} : { at }),
      cause: error,
    });
  }
}

/** V8 tells a position for some mistakes. */
function placeOf(error: unknown, text: string, file: string): Position | undefined {
  const position = / at position (\d+)/.exec(saying(error))?.[1];
  // A bare NaN was put in quotes before: positions behind it are others.
  if (position === undefined || /\b(NaN|Infinity)\b/.test(text)) return undefined;
  const before = text.replace(/^\uFEFF/, '').slice(0, Number(position));
  const lines = before.split('\n');
  return { file, line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}

/** What V8 says, without what it quotes of the file, which may be anything. */
function withoutText(error: unknown): string {
  return saying(error).replace(/(?: in JSON)? at position \d+.*$|, (\.\.\.)?".*$/, '');
}
