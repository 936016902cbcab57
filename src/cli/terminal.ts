import type { Environment } from '../domain/environment.js';
import { plain } from '../domain/markdown.js';
import { asTyped } from './as-typed.js';
import { wrapped } from './wrap.js';

/** A stream of this process, as far as it is used. */
export interface Stream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** Columns of a terminal; undefined where the output is a file or a pipe, whose lines are not cut. */
export function widthOf({ isTTY, columns }: Stream, environment: Environment): number | undefined {
  const given = Number(environment['COLUMNS']);
  const width = isTTY === true && columns !== undefined && columns > 0 ? columns : given > 0 ? given : undefined;
  return width === undefined ? undefined : Math.max(20, width);
}

/** @see https://no-color.org */
function hasColour({ isTTY }: Stream, environment: Environment): boolean {
  return isTTY === true && (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb';
}

const red = 31;
const green = 32;
const yellow = 33;
/** How a line begins behind its icon, and the colour of that. */
const colours: readonly (readonly [RegExp, number])[] = [
  [
    /^(?:[^\p{L}\p{N}\s]+ )?(?:passed|Promoted|Passed|Rolled back|Archived|Adopted|Registered|Written)(?!\p{L})/u,
    green,
  ],
  [/^(?:[^\p{L}\p{N}\s]+ )?(?:FAILED|ERROR|Rejected|Error|error)(?!\p{L})/u, red],
  [/^(?:[^\p{L}\p{N}\s]+ )?(?:ON HOLD|On hold|warning|note|What to do)(?!\p{L})/u, yellow],
];

/** Writes lines for people: no line is a workflow command, on a terminal they fit and the word that counts has a colour. */
export class Terminal {
  readonly #stream: Stream;
  readonly #width: number | undefined;
  readonly #hasColour: boolean;

  constructor(stream: Stream, environment: Environment) {
    this.#stream = stream;
    this.#width = widthOf(stream, environment);
    this.#hasColour = hasColour(stream, environment);
  }

  line(text: string): void {
    const shown = inert(asTyped(visible(text)));
    for (const piece of this.#width === undefined ? [shown] : wrapped(shown, this.#width, 2))
      this.#stream.write(`${this.#coloured(piece)}\n`);
  }

  #coloured(line: string): string {
    if (!this.#hasColour) return line;
    for (const [begin, colour] of colours) {
      const word = begin.exec(line)?.[0];
      if (word !== undefined) return `\u001b[${colour}m${word}\u001b[0m${line.slice(word.length)}`;
    }
    return line;
  }
}

/** As it is shown: no escapes and nothing invisible; blanks at the start stay. */
function visible(text: string): string {
  const blanks = /^ */.exec(text)?.[0] ?? '';
  return `${blanks}${plain(text)}`;
}

/** In a job's log, `::` would begin a workflow command. */
export function inert(text: string): string {
  return text.replaceAll(/:(?=:)/g, ': ').replaceAll('##[', '# #[');
}

/** JSON on one line, without `::`: the second colon is escaped, which only texts can hold. */
export function inertJson(data: unknown): string {
  return JSON.stringify(data).replaceAll('::', ':\\u003a');
}
