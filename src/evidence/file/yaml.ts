import { isScalar, LineCounter, parseDocument, visit, type Document, type YAMLMap } from 'yaml';
import { plainNumberIn } from '../../numeric.js';
import { saying, unreadable } from './unreadable.js';

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
  if (error !== undefined) refuse(saying(error), error.pos[0]);
  asWritten(document, refuse);
  try {
    return document.toJS();
  } catch (thrown) {
    throw unreadable(where, `cannot be read as YAML (${saying(thrown)})`, { cure: 'Write it without aliases.' });
  }
}

/**
 * Numbers as they are written: what YAML 1.1 and 1.2 read otherwise (`010`, `0o7`), and what is no decimal number, is text.
 * Keys `1` and `'1'` are two to YAML and one to whoever looks a name up.
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
