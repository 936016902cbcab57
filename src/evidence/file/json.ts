import { parseNumbers } from '../../json.js';
import { saying, unreadable } from './unreadable.js';

/** JSON as Python writes it. https://www.rfc-editor.org/rfc/rfc8259 Throws `METRIC_UNREADABLE`. */
export function parseJson(text: string, where: string): unknown {
  try {
    return parseNumbers(text);
  } catch (error) {
    const found = /\(line (\d+) column (\d+)\)/.exec(saying(error));
    throw unreadable(where, `is not JSON (${saying(error)})`, {
      cure: "Correct the file, or say with 'format' what it is: json, yaml, toml, csv or junit.",
      ...(found === null ? {} : { at: { file: where, line: Number(found[1]), column: Number(found[2]) } }),
    });
  }
}
