import { isAlias, isCollection, isMap, isPair, isScalar, isSeq, parseAllDocuments, Scalar, visit } from 'yaml';
import type { Document, Node, Pair, YAMLMap } from 'yaml';
import type { Position, Problem } from '../errors.js';
import { Lines } from './lines.js';

/** Where in the policy: keys and indexes from the root. */
export type Path = readonly (string | number)[];

const maxBytes = 1024 * 1024;
/** How often aliases may be expanded: a policy needs a handful, a "billion laughs" needs thousands. */
const maxAliases = 100;
const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);

/** Whether a key would reach a prototype. */
export function isForbidden(key: string): boolean {
  return forbiddenKeys.has(key);
}

/** A policy's data, and where each part of it stands. */
export interface PolicyText {
  readonly data: unknown;
  locate(path: Path): Position;
  locateKey(path: Path): Position;
  locateWithin(path: Path, index: number): Position;
}

/** A YAML text that remembers where everything stands. */
export class PolicyDocument implements PolicyText {
  private constructor(
    readonly file: string,
    /** The plain data; undefined where the text is not YAML at all. */
    readonly data: unknown,
    readonly problems: readonly Problem[],
    private readonly document: Document.Parsed | undefined,
    private readonly lines: Lines,
  ) {}

  /** Parses YAML 1.2 with merge keys. Never throws: what is wrong is in `problems`. */
  static parse(file: string, text: string): PolicyDocument {
    const lines = new Lines(text);
    const start: Position = { file, line: 1, column: 1 };
    const fail = (message: string, at: Position = start): PolicyDocument =>
      new PolicyDocument(file, undefined, [{ message, at }], undefined, lines);
    if (Buffer.byteLength(text) > maxBytes) return fail('The policy is larger than 1 MiB.');
    const documents = parseAllDocuments(text, {
      merge: true,
      // Compares each key with every other; `repeatedKeys` looks them up.
      uniqueKeys: false,
      // `!!binary`, `!!set` and the like are no data of a policy.
      resolveKnownTags: false,
      version: '1.2',
      prettyErrors: false,
      logLevel: 'silent',
    });
    const [document, second] = 'empty' in documents ? [] : documents;
    if (document === undefined || document.contents === null) return fail('The policy is empty.');
    if (second !== undefined) {
      return fail('The file holds several YAML documents; a policy is one.', position(file, lines, second.range[0]));
    }
    const problems: Problem[] = document.errors.map((error) => ({
      message: `Not YAML: ${error.message.replaceAll('\n', ' ')}`,
      at: position(file, lines, error.pos[0]),
    }));
    if (problems.length === 0) problems.push(...repeatedKeys(file, document, lines));
    if (problems.length > 0) return new PolicyDocument(file, undefined, problems, undefined, lines);
    problems.push(...mistakesOfYaml(file, document, lines));
    try {
      const data: unknown = document.toJS({ maxAliasCount: maxAliases });
      return new PolicyDocument(file, data, problems, document, lines);
    } catch (error) {
      // `yaml` refuses aliases that expand without end, or that name no anchor.
      return fail(`Not YAML that can be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** The position of the value at `path`, or of the nearest thing above it that stands in the text. */
  locate(path: Path): Position {
    return this.at(this.valueNode(path) ?? undefined, path);
  }

  /** The position of the key at the end of `path`. */
  locateKey(path: Path): Position {
    const key = path.at(-1);
    const parent = this.valueNode(path.slice(0, -1));
    if (isMap(parent)) {
      const pair = this.pairOf(parent, String(key));
      if (pair !== undefined) return this.at(pair.key as Node, path);
    }
    return this.locate(path.slice(0, -1));
  }

  /** The position of the character `index` of the text at `path`; exact for text on one line. */
  locateWithin(path: Path, index: number): Position {
    const node = this.valueNode(path);
    const start = this.locate(path);
    if (!isScalar(node)) return start;
    const quoted = node.type === Scalar.QUOTE_DOUBLE || node.type === Scalar.QUOTE_SINGLE ? 1 : 0;
    const block = node.type === Scalar.BLOCK_FOLDED || node.type === Scalar.BLOCK_LITERAL;
    return block ? start : { ...start, column: start.column + quoted + index };
  }

  private at(node: Node | undefined, path: Path): Position {
    if (node?.range) return position(this.file, this.lines, node.range[0]);
    return path.length === 0 ? { file: this.file, line: 1, column: 1 } : this.locate(path.slice(0, -1));
  }

  /** The pair of that key: the map's own, or one it has through `<<`. */
  private pairOf(map: YAMLMap, key: string, depth = 0): Pair | undefined {
    const own = map.items.find((item) => keyOf(item) === key);
    if (own !== undefined || this.document === undefined || depth > 20) return own;
    // `yaml` reads the merge key as a symbol of that name.
    const merges = map.items.filter(
      (item) => isScalar(item.key) && (item.key.value === '<<' || typeof item.key.value === 'symbol'),
    );
    for (const { value } of merges) {
      for (const source of isSeq(value) ? value.items : [value]) {
        const merged = isAlias(source) ? source.resolve(this.document) : source;
        const found = isMap(merged) ? this.pairOf(merged, key, depth + 1) : undefined;
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  private valueNode(path: Path): Node | undefined {
    let node: unknown = this.document?.contents;
    for (const step of path) {
      if (isAlias(node)) node = this.document === undefined ? undefined : node.resolve(this.document);
      if (!isCollection(node)) return undefined;
      node = isMap(node) ? this.pairOf(node, String(step))?.value : node.get(step, true);
    }
    return (node ?? undefined) as Node | undefined;
  }
}

function position(file: string, lines: Lines, offset: number): Position {
  return { file, ...lines.position(offset) };
}

function keyOf(pair: Pair): string {
  if (isScalar(pair.key)) return String(pair.key.value);
  try {
    return String(pair.key);
  } catch {
    return '?'; // A mapping for a key, with a merge that cannot be.
  }
}

/** Keys that a mapping has already: which of the values counts is anybody's guess. */
function repeatedKeys(file: string, document: Document.Parsed, lines: Lines): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Map: (_, { items }) => {
      const known = new Set<string>();
      for (const pair of items) {
        const key = keyOf(pair);
        const offset = (pair.key as Node).range?.[0] ?? 0;
        if (known.has(key) && key !== '<<') {
          problems.push({ message: 'Not YAML: Map keys must be unique', at: position(file, lines, offset) });
        }
        known.add(key);
      }
    },
  });
  return problems;
}

/** What YAML accepts and nobody means: a command cut at ` #`, keys that would reach a prototype. */
function mistakesOfYaml(file: string, document: Document.Parsed, lines: Lines): Problem[] {
  const problems: Problem[] = [];
  const add = (node: unknown, message: string): void => {
    const offset = (node as Node).range?.[0] ?? 0;
    problems.push({ message, at: position(file, lines, offset) });
  };
  visit(document, {
    Pair: (_, pair) => {
      const key = keyOf(pair);
      if (isForbidden(key)) add(pair.key, `'${key}' cannot be a key.`);
      const value = pair.value;
      if (isPair(value) || !isScalar(value)) return;
      const cut = value.type === Scalar.PLAIN && typeof value.comment === 'string' && key === 'run';
      if (cut) {
        add(
          value,
          `YAML ends this command at ' #': what would run is '${String(value.value)}'. Quote the whole command, or move the comment to a line of its own.`,
        );
      }
    },
  });
  return problems;
}
