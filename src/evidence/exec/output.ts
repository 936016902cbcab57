import { StringDecoder } from 'node:string_decoder';
import { stripVTControlCharacters } from 'node:util';
import type { Redactor } from '../../domain/redactor.js';

/** What stands before every line of a command: with it no line begins with `::`, which the runner would obey. */
const prefix = '  │ ';
const longestLine = 4_000;
/** User and password of an address are known by the `@` after them: no secret that is hidden has a length for it. */
const longestUserinfo = 2_000;
const keptLines = 60;
const keptCharacters = 8_000;

/**
 * A command's output on its way to the log: split in lines, prefixed, redacted, robbed of terminal escapes and
 * of everything that the runner takes for a workflow command; its tail is kept for the report.
 */
export class Output {
  private readonly decoders = { out: new StringDecoder('utf8'), err: new StringDecoder('utf8') };
  private readonly pending = { out: '', err: '' };
  private readonly kept: string[] = [];

  /**
   * @param write receives whole lines, each without its line end
   * @param redactor hides what the command was given and should not tell
   */
  constructor(
    private readonly write: (line: string) => void,
    private readonly redactor: Redactor,
  ) {}

  add(stream: 'out' | 'err', data: Buffer): void {
    const lines = (this.pending[stream] + this.decoders[stream].write(data)).split(/\r\n|\n|\r/);
    this.pending[stream] = lines.pop() ?? '';
    lines.forEach((line) => this.line(line));
    // May begin a secret whose end has not come yet.
    const open = Math.max(longestUserinfo, this.redactor.secrets[0]?.length ?? 0) - 1;
    if (this.pending[stream].length > longestLine * 4 + open) this.flushBefore(stream, open);
  }

  end(): void {
    this.flush('out');
    this.flush('err');
  }

  /** The last lines, at most 60 of them and 8,000 characters. */
  get tail(): string {
    const text = this.kept.join('\n');
    return text.length <= keptCharacters ? text : `…${text.slice(-keptCharacters)}`;
  }

  private flush(stream: 'out' | 'err'): void {
    if (this.pending[stream] !== '') this.line(this.pending[stream]);
    this.pending[stream] = '';
  }

  /** Shows what has come of a line without end, but for its last characters; redacted whole, so that no secret is cut. */
  private flushBefore(stream: 'out' | 'err', open: number): void {
    const text = this.shown(this.pending[stream]);
    this.pending[stream] = text.slice(-open);
    if (text.length > open) this.line(text.slice(0, -open));
  }

  private shown(raw: string): string {
    // Redacted last: controls inside a secret, once removed, would leave it whole.
    return this.redactor.redact(harmless(raw));
  }

  private line(raw: string): void {
    const line = this.shown(raw);
    const short = line.length > longestLine ? `${line.slice(0, longestLine)}… (${line.length} characters)` : line;
    this.kept.push(short);
    if (this.kept.length > keptLines) this.kept.shift();
    this.write(prefix + short);
  }
}

/** The runner obeys `##[…]` anywhere in a line, also where removed controls stood in it; controls could redraw what a reader sees. */
function harmless(line: string): string {
  return stripVTControlCharacters(line)
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '')
    .replaceAll('##[', '# #[');
}
