import { isAlias, isCollection, isMap, isPair, isScalar, isSeq, parseAllDocuments, Scalar, visit } from 'yaml';
import type { Document, Node, Pair, YAMLMap } from 'yaml';
import type { Position, Problem } from '../domain/errors.js';
import { faultsOfWriting } from './as-written.js';
import { Lines } from './line-index.js';
import type { PolicyTables } from './tables.js';
import { cureOfYaml } from './yaml-cures.js';

/** Where in the policy: keys and indexes from the root. */
export type Path = readonly (string | number)[];

const maxBytes = 1024 * 1024;
/** How often aliases may be expanded: a policy needs a handful, a "billion laughs" needs thousands. */
const maxAliases = 100;

/** Whether a key would reach a prototype, or be found where no such key is: `toString`. */
export function isForbidden(key: string): boolean {
  return key === 'prototype' || key in Object.prototype;
}

/** A policy's data, and where each part of it stands. */
export interface PolicyText {
  readonly data: unknown;
  /** The keys of the mapping at `path`, in the order of the file: an object of JavaScript's puts `50` before `canary`. */
  keys(path: Path): readonly string[];
  /** The plain text of the value at `path` as it stands in the file, where it is read as something else: `1.10`. */
  written(path: Path): string | undefined;
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
  static parse(file: string, text: string, tables: PolicyTables): PolicyDocument {
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
      message: `Not YAML: ${error.message.replaceAll('\n', ' ')}${cureOfYaml(error.code)}`,
      at: position(file, lines, error.pos[0]),
    }));
    const unquoted = problems.find(({ at }) => hasPlaceholder(text, at));
    if (unquoted !== undefined) {
      // One mistake, and the parser has many words for it.
      const message =
        "Not YAML: inside { … } a text with braces needs quotes. Write it as in request: 'promotions/{model}-{stage}.yml'.";
      return fail(message, unquoted.at);
    }
    if (problems.length === 0) problems.push(...repeatedKeys(file, document, lines));
    if (problems.length > 0) return new PolicyDocument(file, undefined, problems, undefined, lines);
    problems.push(...mistakesOfYaml(file, document, lines, tables));
    try {
      const data: unknown = document.toJS({ maxAliasCount: maxAliases });
      return new PolicyDocument(file, data, problems, document, lines);
    } catch (error) {
      // `yaml` refuses aliases that expand without end, or that name no anchor.
      return fail(`Not YAML that can be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  keys(path: Path): readonly string[] {
    const node = this.valueNode(path);
    const map = isAlias(node) && this.document !== undefined ? node.resolve(this.document) : node;
    return isMap(map) ? [...this.keysOf(map)] : [];
  }

  written(path: Path): string | undefined {
    const node = this.valueNode(path);
    const scalar = isAlias(node) && this.document !== undefined ? node.resolve(this.document) : node;
    return isScalar(scalar) && typeof scalar.value !== 'string' ? scalar.source : undefined;
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
    if (own !== undefined || depth > 20) return own;
    for (const merged of map.items.filter(isMerge).flatMap((pair) => this.mergedBy(pair))) {
      const found = this.pairOf(merged, key, depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Each map is looked at once: merges may be nested, and one of itself has no end. */
  private keysOf(map: YAMLMap, known = new Map<YAMLMap, ReadonlySet<string>>()): ReadonlySet<string> {
    const before = known.get(map);
    if (before !== undefined) return before;
    known.set(map, new Set());
    const keys = map.items.flatMap((pair) =>
      isMerge(pair) ? this.mergedBy(pair).flatMap((merged) => [...this.keysOf(merged, known)]) : [keyOf(pair)],
    );
    const all = new Set(keys);
    known.set(map, all);
    return all;
  }

  /** The maps that a `<<` brings in. */
  private mergedBy({ value }: Pair): readonly YAMLMap[] {
    const { document } = this;
    if (document === undefined) return [];
    return (isSeq(value) ? value.items : [value])
      .map((source) => (isAlias(source) ? source.resolve(document) : source))
      .filter((merged) => isMap(merged));
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

/** `yaml` reads the merge key as a symbol of that name. */
function isMerge({ key }: Pair): boolean {
  return isScalar(key) && (key.value === '<<' || typeof key.value === 'symbol');
}

function position(file: string, lines: Lines, offset: number): Position {
  return { file, ...lines.position(offset) };
}

/** Whether a placeholder follows unquoted text there. */
function hasPlaceholder(text: string, at: Position | undefined): boolean {
  const line = text.split('\n')[(at?.line ?? 0) - 1] ?? '';
  return (
    /^\{(model|stage)\}/.test(line.slice((at?.column ?? 1) - 1)) &&
    /[^\s'"{}[\],:]\s*$/.test(line.slice(0, (at?.column ?? 1) - 1))
  );
}

function keyOf(pair: Pair): string {
  if (isScalar(pair.key)) return textOf(pair.key.value);
  try {
    return String(pair.key);
  } catch {
    return '?'; // A mapping for a key, with a merge that cannot be.
  }
}

function textOf(key: unknown): string {
  const text = String(key);
  return key === null ? '' : text;
}

/** Keys that a mapping has already: which of the values counts is anybody's guess. */
function repeatedKeys(file: string, document: Document.Parsed, lines: Lines): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Map: (_, { items }) => {
      const known = new Map<string, number>();
      for (const pair of items) {
        const key = keyOf(pair);
        const offset = (pair.key as Node).range?.[0] ?? 0;
        const first = known.get(key);
        if (first !== undefined && key !== '<<') {
          const message = `Not YAML: Map keys must be unique, and '${key}' stands on line ${first} already. Remove one of the two, or rename it.`;
          problems.push({ message, at: position(file, lines, offset) });
        }
        known.set(key, first ?? lines.position(offset).line);
      }
    },
  });
  return problems;
}

/** What YAML accepts and nobody means: a command cut at ` #`, keys that would reach a prototype. */
function mistakesOfYaml(file: string, document: Document.Parsed, lines: Lines, tables: PolicyTables): Problem[] {
  const problems: Problem[] = [];
  const add = (node: unknown, message: string): void => {
    const offset = (node as Node).range?.[0] ?? 0;
    problems.push({ message, at: position(file, lines, offset) });
  };
  for (const { message, node, index } of faultsOfWriting(document, tables)) {
    // At the beginning of a value, where all that is said of the value stands.
    const quotes = isScalar(node) && (node.type === Scalar.QUOTE_DOUBLE || node.type === Scalar.QUOTE_SINGLE) ? 1 : 0;
    problems.push({ message, at: position(file, lines, (node.range?.[0] ?? 0) + (index === 0 ? 0 : index + quotes)) });
  }
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
