import { numberIn } from './decimal.js';

/** What is wrong with a text that should be JSON, and at which character (0-based) of it. */
export class JsonError extends Error {
  constructor(
    message: string,
    readonly index: number,
  ) {
    super(message);
  }
}

/** Nobody nests metrics or records so deep; a reader of what is read may go down by recursion. */
const deepest = 200;
const escapes: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  '"': '"',
  '\\': '\\',
  '/': '/',
};
const literals: readonly (readonly [text: string, value: unknown])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
  // Python's `json.dump` writes these bare. They become text, which no condition passes.
  ['NaN', 'NaN'],
  ['Infinity', 'Infinity'],
  ['-Infinity', '-Infinity'],
];
const numberForm = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/**
 * The one reader of JSON whose content decides something (https://www.rfc-editor.org/rfc/rfc8259). Unlike
 * `JSON.parse` it refuses a key that stands twice in an object, and reads integers exactly: see `numberIn`.
 * @throws JsonError
 */
export function readJson(text: string): unknown {
  return new Reader(text).whole();
}

class Reader {
  #at = 0;

  constructor(private readonly text: string) {}

  whole(): unknown {
    if (this.text.startsWith('\uFEFF')) this.#at = 1;
    const value = this.#value(0);
    this.#skipBlanks();
    if (this.#at < this.text.length) throw this.#unexpected('the end');
    return value;
  }

  #value(depth: number): unknown {
    if (depth > deepest) throw new JsonError(`it is nested more than ${deepest} deep`, this.#at);
    this.#skipBlanks();
    const next = this.text[this.#at];
    if (next === '{') return this.#object(depth);
    if (next === '[') return this.#array(depth);
    if (next === '"') return this.#string();
    for (const [literal, value] of literals) if (this.#takes(literal)) return value;
    return this.#number();
  }

  #object(depth: number): Readonly<Record<string, unknown>> {
    const found: Record<string, unknown> = {};
    this.#at += 1;
    if (this.#closes('}')) return found;
    do {
      this.#skipBlanks();
      const begin = this.#at;
      if (this.text[begin] !== '"') throw new JsonError('Expected double-quoted property name', begin);
      const key = this.#string();
      if (Object.hasOwn(found, key)) throw new JsonError(`the key ${quoted(key)} stands twice`, begin);
      this.#skipBlanks();
      if (!this.#takes(':')) throw this.#unexpected("':'");
      // Assigned, `__proto__` would be no key.
      Object.defineProperty(found, key, {
        value: this.#value(depth + 1),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    } while (this.#goesOn('}'));
    return found;
  }

  #array(depth: number): readonly unknown[] {
    const found: unknown[] = [];
    this.#at += 1;
    if (this.#closes(']')) return found;
    do found.push(this.#value(depth + 1));
    while (this.#goesOn(']'));
    return found;
  }

  #closes(end: string): boolean {
    this.#skipBlanks();
    return this.#takes(end);
  }

  #goesOn(end: string): boolean {
    this.#skipBlanks();
    if (this.#takes(',')) return true;
    if (this.#takes(end)) return false;
    throw this.#unexpected(`',' or '${end}'`);
  }

  #string(): string {
    const begin = this.#at;
    let found = '';
    let from = begin + 1;
    for (let at = from; at < this.text.length; at += 1) {
      const code = this.text.charCodeAt(at);
      if (code === 0x22) {
        this.#at = at + 1;
        return found + this.text.slice(from, at);
      }
      if (code < 0x20) throw new JsonError('Bad control character in a text', at);
      if (code !== 0x5c) continue;
      found += this.text.slice(from, at) + this.#escaped(at);
      at += this.text[at + 1] === 'u' ? 5 : 1;
      from = at + 1;
    }
    throw new JsonError('a text has no end', begin);
  }

  #escaped(at: number): string {
    const letter = this.text[at + 1] ?? '';
    const hex = this.text.slice(at + 2, at + 6);
    if (letter === 'u' && /^[0-9a-fA-F]{4}$/.test(hex)) return String.fromCharCode(Number.parseInt(hex, 16));
    const meant = Object.hasOwn(escapes, letter) ? escapes[letter] : undefined;
    if (meant === undefined) throw new JsonError("a text has a '\\' before what needs none", at);
    return meant;
  }

  #number(): number | bigint | string {
    numberForm.lastIndex = this.#at;
    const [found] = numberForm.exec(this.text) ?? [];
    if (found === undefined) throw this.#unexpected('a value');
    this.#at += found.length;
    if (/[\w.+-]/.test(this.text[this.#at] ?? '')) throw this.#unexpected('the end of a number');
    return numberIn(found);
  }

  #takes(what: string): boolean {
    if (!this.text.startsWith(what, this.#at)) return false;
    this.#at += what.length;
    return true;
  }

  #skipBlanks(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at += 1;
    }
  }

  /** Of the text itself no more than a character: it may be anything. */
  #unexpected(wanted: string): JsonError {
    const [found] = this.text.slice(this.#at, this.#at + 2);
    const what = found === undefined ? 'Unexpected end' : `Unexpected token '${found}'`;
    return new JsonError(`${what} where ${wanted} is expected`, this.#at);
  }
}

function quoted(key: string): string {
  return key.length > 100 ? 'of one object' : JSON.stringify(key);
}

/** The line and column, from 1, of a character of the text. */
export function placeIn(text: string, index: number): { readonly line: number; readonly column: number } {
  const lines = text
    .slice(0, index)
    .replace(/^\uFEFF/, '')
    .split('\n');
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}

/** A value as a condition may see it: anything but a number is text, and says what it was. */
export function scalar(value: unknown): number | bigint | string {
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'bigint') return value;
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner));
}
