import { LineCounter, parseDocument } from 'yaml';
import { saying, unreadable } from './unreadable.js';

/** One document of YAML 1.2. https://yaml.org/spec/1.2.2/ Throws `METRIC_UNREADABLE`. */
export function parseYaml(text: string, where: string): unknown {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col: column } = lineCounter.linePos(error.pos[0]);
    throw unreadable(where, `is not YAML (line ${line}, column ${column}: ${saying(error)})`, {
      cure: 'Correct the file: one YAML document, each key once.',
      at: { file: where, line, column },
    });
  }
  try {
    return document.toJS();
  } catch (thrown) {
    throw unreadable(where, `cannot be read as YAML (${saying(thrown)})`, { cure: 'Write it without aliases.' });
  }
}
