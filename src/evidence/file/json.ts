import { JsonError, placeIn, readJson } from '../../json.js';
import { unreadable } from './unreadable.js';

/** JSON as Python writes it. https://www.rfc-editor.org/rfc/rfc8259 Throws `METRIC_UNREADABLE`. */
export function parseJson(text: string, where: string): unknown {
  if (text.trim() === '')
    throw unreadable(where, 'is not JSON (it is empty)', { cure: 'Write the metrics to it before this step.' });
  try {
    return readJson(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const at = { file: where, ...placeIn(text, error.index) };
    const place = `line ${at.line}, column ${at.column}`;
    throw unreadable(where, `is not JSON (${place}: ${error.message})`, {
      cure: `${guess(text)}Correct the file: each key once; or say with 'format' what it is: json, yaml, toml, csv or junit.`,
      at,
      cause: error,
    });
  }
}

/** What a text looks like that is not JSON, as a sentence. */
function guess(text: string): string {
  const first = /\S.*/.exec(text)?.[0] ?? '';
  if (/^[[{"]/.test(first)) return '';
  if (first.startsWith('<')) return "It looks like XML: a JUnit report is 'format: junit'. ";
  if (first.includes('\t')) return "It looks like tab-separated values: write it with commas, and add 'format: csv'. ";
  if (/^[\w.-]+\s*=/.test(first)) return "It looks like TOML: add 'format: toml'. ";
  if (/^[\w.-]+:(\s|$)/.test(first)) return "It looks like YAML: add 'format: yaml'. ";
  return /^[^,]+,[^,]/.test(first) ? "It looks like CSV: add 'format: csv'. " : '';
}
