import { JsonError, placeIn, readJson } from './json.js';
import { type Document, isScalar, LineCounter, parseDocument, visit, type YAMLMap } from 'yaml';
import { plainNumberIn } from './decimal.js';
import { parse, TomlError } from 'smol-toml';
import { type ErrorDetails, PromotionError } from './errors.js';

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

/** One document of YAML 1.2, its numbers as written. https://yaml.org/spec/1.2.2/ Throws `METRIC_UNREADABLE`. */
export function parseYaml(text: string, where: string): unknown {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const refuse = (what: string, offset: number): never => {
    const { line, col: column } = lineCounter.linePos(offset);
    throw unreadable(where, `is not YAML (line ${line}, column ${column}: ${what})`, {
      cure: 'Correct the file: one YAML document, each key once.',
      at: { file: where, line, column },
    });
  };
  const [error] = document.errors;
  if (error !== undefined) refuse(parserMessage(error), error.pos[0]);
  asWritten(document, refuse);
  try {
    return document.toJS();
  } catch (thrown) {
    throw unreadable(where, `cannot be read as YAML (${parserMessage(thrown)})`, { cure: 'Write it without aliases.' });
  }
}

/**
 * Numbers as they are written: what YAML 1.1 and 1.2 read otherwise (`010`, `0o7`), and what is no decimal number, is text.
 * Keys `1` and `'1'` are two to YAML and one to a reader that looks a name up.
 */
function asWritten(document: Document, refuse: (what: string, offset: number) => never): void {
  visit(document, {
    Map: (_, map) => refuseRepeated(map, refuse),
    Scalar: (key, node) => {
      const isNumber = typeof node.value === 'number' && Number.isFinite(node.value);
      if (key !== 'key' && isNumber && node.source !== undefined) node.value = plainNumberIn(node.source);
    },
  });
}

function refuseRepeated({ items }: YAMLMap, refuse: (what: string, offset: number) => never): void {
  const known = new Set<string>();
  for (const { key } of items) {
    if (!isScalar(key)) continue;
    const name = String(key.value);
    if (known.has(name)) refuse(`the key '${name}' stands twice`, key.range?.[0] ?? 0);
    known.add(name);
  }
}

/** TOML 1.0, its integers exactly. https://toml.io/en/v1.0.0 Throws `METRIC_UNREADABLE`. */
export function parseToml(text: string, where: string): unknown {
  try {
    return parse(text, { integersAsBigInt: 'asNeeded' });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const { line, column } = error;
    throw unreadable(where, `is not TOML (line ${line}, column ${column}: ${parserMessage(error)})`, {
      cure: 'Correct the file.',
      at: { file: where, line, column },
      cause: error,
    });
  }
}

/** A metric file that gives no value. `what` completes a sentence that begins with the file's name. */
export function unreadable(where: string, what: string, details: ErrorDetails = {}): PromotionError {
  return new PromotionError('METRIC_UNREADABLE', `${where} ${what}.`, details);
}

/** What a parser's error says, without the sentence's end and the drawing of the place that some add. */
export function parserMessage(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [first = ''] = message.split('\n');
  return first.trim().replace(/[.:]$/, '').slice(0, 300);
}
