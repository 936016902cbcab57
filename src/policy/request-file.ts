import { isScalar, isMap, parseAllDocuments } from 'yaml';
import type { Node } from 'yaml';
import { PromotionError, type Position, type Problem } from '../domain/errors.js';
import { listKnownNames } from '../domain/suggest.js';
import { Lines } from './line-index.js';

/** A value as the file has it, and where. */
export interface Written {
  readonly text: string;
  readonly at: Position;
}

/** A promotion request: the version that its reviewers approve, by number and by identity. */
export interface PromotionRequest {
  /** Relative to the repository's root. */
  readonly file: string;
  /** The whole file: what reviewers must have seen. */
  readonly text: string;
  /** Where it was read, e.g. `main (1a2b3c4d)`. */
  readonly where: string;
  readonly version: Written;
  /** Undefined where the file does not say it: then it approves nothing. */
  readonly identity: Written | undefined;
}

const keys = ['version', 'identity'] as const;
type Key = (typeof keys)[number];

/** Two short lines, with room for comments. */
const largest = 64 * 1024;

/**
 * Reads a promotion request. Its values are taken as they are written: `1.10` is no number.
 * @param where for the report: where it was read
 * @throws PromotionError `REQUEST_INVALID` with every mistake, each with file, line and column
 */
export function parseRequest(file: string, text: string, where: string): PromotionRequest {
  const lines = new Lines(text);
  const place = (offset = 0): Position => ({ file, ...lines.position(offset) });
  if (text.length > largest) throw invalid([{ message: 'A promotion request is larger than 64 KiB.', at: place() }]);
  const documents = parseAllDocuments(text, {
    // Every scalar is its text.
    schema: 'failsafe',
    uniqueKeys: false,
    merge: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const [document, second] = 'empty' in documents ? [] : documents;
  if (document === undefined) throw invalid([{ message: `The file is empty. ${shape}`, at: place() }]);
  const broken = document.errors.map((error) => ({
    message: `Not YAML: ${error.message.replaceAll('\n', ' ')}`,
    at: place(error.pos[0]),
  }));
  // One mistake has several words in the parser's.
  if (broken.length > 0) throw invalid(broken.slice(0, 1));
  if (second !== undefined) {
    const message = `The file holds several YAML documents; a promotion request is one. ${shape}`;
    throw invalid([{ message, at: place(second.range[0]) }]);
  }
  if (!isMap(document.contents)) {
    throw invalid([{ message: `A promotion request is a mapping. ${shape}`, at: place(start(document.contents)) }]);
  }
  const problems: Problem[] = [];
  const found = new Map<Key, Written>();
  for (const pair of document.contents.items) {
    const at = place(start(pair.key));
    const name = isScalar(pair.key) ? String(pair.key.value) : undefined;
    const key = keys.find((each) => each === name);
    if (key === undefined) {
      problems.push({ message: unknownKey(name), at });
    } else if (found.has(key)) {
      problems.push({ message: `'${key}' stands twice: which one counts is not known.`, at });
    } else {
      const value = pair.value as Node | null;
      const written = { text: textOf(value) ?? '', at: place(value === null ? start(pair.key) : start(value)) };
      found.set(key, written);
      const wrong = textOf(value) === undefined ? `'${key}' is no plain text.` : mistakeIn(key, written.text);
      if (wrong !== undefined) problems.push({ message: wrong, at: written.at });
    }
  }
  const version = found.get('version');
  if (version === undefined && problems.length === 0) {
    problems.push({ message: `A promotion request needs 'version'. ${shape}`, at: place() });
  }
  if (problems.length > 0 || version === undefined) throw invalid(problems);
  return { file, text, where, version, identity: found.get('identity') };
}

const shape = "Its two lines are 'version:' and 'identity:', as 'command: gate' prints them.";

/** Neither tags nor anchors nor aliases: what is reviewed is what is read. */
function textOf(value: Node | null): string | undefined {
  if (!isScalar(value) || value.tag !== undefined || value.anchor !== undefined) return undefined;
  return String(value.value);
}

function mistakeIn(key: Key, text: string): string | undefined {
  if (text === '') return `'${key}' is empty.`;
  if (key === 'identity') {
    if (/^sha256:[0-9a-f]{64}$/.test(text)) return undefined;
    return "'identity' is not an identity: it is 'sha256:' and 64 hexadecimal digits. 'command: gate' prints it.";
  }
  const isSelector = /^(latest|best|head|request)$/i.test(text);
  if (!isSelector && /^[\w.+-]{1,256}$/.test(text)) return undefined;
  return `'version' does not name one version: a promotion request names it as 'command: gate' prints it, such as 12 or v1.2.0, and nothing that may be another version later.`;
}

function unknownKey(name: string | undefined): string {
  if (name === undefined) return `A key of a promotion request is no text. ${shape}`;
  const shown = name.length > 80 ? `${name.slice(0, 79)}…` : name;
  return `Unknown key '${shown}' in a promotion request. ${listKnownNames('keys', shown, keys)}`;
}

function start(node: Node | null | undefined): number {
  return node?.range?.[0] ?? 0;
}

function invalid(problems: readonly Problem[]): PromotionError {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  const at = first?.at;
  const place = at === undefined ? '' : `${at.file}:${at.line}:${at.column}: `;
  return new PromotionError('REQUEST_INVALID', `${place}${first?.message ?? ''}${more}`, {
    cure: 'Correct the file in a pull request.',
    problems,
    ...(at === undefined ? {} : { at }),
  });
}
