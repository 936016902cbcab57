import { stripVTControlCharacters } from 'node:util';

/** Controls, bidirectional overrides, tag characters and other invisibles: what a reader cannot see must not be there. */
const unseen =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/gu;
/** Half a character: no UTF-8, hence no request body and no file, could carry it. */
const half = /\p{Surrogate}/gu;
/** Zero-width space. `visible` has taken out every one that came with the text. */
const seam = '\u200b';

/** Without terminal escapes and whatever else cannot be seen; lines stay. */
function visible(text: string): string {
  return stripVTControlCharacters(text).replaceAll(unseen, '').replaceAll(half, '\ufffd');
}

/** Text from outside on one line, for logs, annotations and outputs: no terminal escapes, nothing invisible. */
export function plain(text: string): string {
  return visible(text.replaceAll(/[\r\n\t\u0085\u2028\u2029]+/g, ' ')).trim();
}

/** The beginning of a text, never half a character of it. */
export function excerpt(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, Math.max(0, limit - 1)).replace(/[\ud800-\udbff]$/, '')}…`;
}

/**
 * Text from outside as Markdown that shows exactly this text, on one line: no markup, HTML, mention, issue
 * reference, link, emoji, formula or cell break can come of it.
 *
 * Escaping alone does not stop mentions and references: GitHub looks for them in the rendered page, where an
 * entity is a character again (https://github.com/gjtorikian/html-pipeline, MentionFilter). There, and in bare
 * addresses (https://github.github.com/gfm/#autolinks-extension-), an invisible seam parts the characters.
 */
export function escaped(text: string, limit = 4000): string {
  return seamed(excerpt(plain(text), limit))
    .replaceAll(/[\\`*_[\]~<>&|$]/g, (found) => entities[found] ?? `\\${found}`)
    .replace(/^(?:[-+](?!\d)|[=#])/, '\\$&')
    .replace(/^\d+(?=[.)](?:\s|$))/, `$&${seam}`)
    .replaceAll(seam, '&#8203;');
}

function seamed(text: string): string {
  return text
    .replaceAll('@', `@${seam}`)
    .replaceAll(/#(?=\d)/g, `#${seam}`)
    .replaceAll(/\bGH-(?=\d)/gi, (found) => `${found}${seam}`)
    .replaceAll(/:(?=\/\/|[\w+-]+:|(?:[a-z+-][\w+-]*|100|1234)$)/gi, `:${seam}`)
    .replaceAll(/www(?=\.)/gi, (found) => `${found}${seam}`);
}

const entities: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '|': '&#124;',
  $: '&#36;',
};

/** Text from outside in monospace, on one line. HTML, because a code span cannot hold every text. */
export function code(text: string, limit = 300): string {
  // In `code` nothing is looked for but addresses.
  const line = excerpt(plain(text), limit).replaceAll(/@|www(?=\.)/gi, (found) => `${found}${seam}`);
  return `<code>${html(line)}</code>`;
}

/**
 * Text from outside as a block of monospace lines, as it is. Only `</pre>` ends such a block, blank lines do not
 * (https://spec.commonmark.org/0.31.2/#html-blocks), and in it nothing is looked for: so only HTML is escaped.
 */
export function block(text: string): string {
  const lines = text
    .split(/\r\n|\n|\r/)
    .map(visible)
    .join('\n');
  return `<pre>${lines.replaceAll(/[<>&]/g, (found) => entities[found] ?? '')}</pre>`;
}

function html(text: string): string {
  return text.replaceAll(/[<>&|@#:*_`~[\]\\$"'\u200b]/g, (found) => `&#${found.charCodeAt(0)};`);
}

/** A link to a page of GitHub or the registry; only the text where it is not a plain http(s) URL. `text` is Markdown. */
export function link(text: string, url: string | undefined): string {
  if (url === undefined || url.length > 2000 || !/^https?:\/\/[\w.~:/?#@!$&*+,;=%-]+$/.test(url)) return text;
  return `[${text}](${url})`;
}
