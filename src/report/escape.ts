import { stripVTControlCharacters } from 'node:util';

/** Controls, bidirectional overrides and invisible characters: what a reader cannot see must not be there. */
const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;
/** Everything that Markdown, HTML, mentions, issue references or table cells could begin with. */
const special = /[\\`*_{}[\]()<>#+\-.!|~@&:$^="'/]/g;
const entities: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '|': '&#124;',
  '@': '&#64;',
  '#': '&#35;',
  ':': '&#58;',
  '/': '&#47;',
  '.': '&#46;',
  _: '&#95;',
};
/** Plain prose may keep what is harmless inside a line, so that the source stays readable. */
const harmless = new Set(['(', ')', '-', '+', '.', '=', "'", '"', '!', ':', '/', '$', '^', '{', '}', '#']);

function visible(text: string): string {
  return stripVTControlCharacters(text).replaceAll(unseen, '');
}

/**
 * Text from outside as Markdown that shows exactly this text, on one line: no markup, HTML, mention, issue
 * reference, link or cell break can come of it.
 */
export function escaped(text: string): string {
  const line = visible(text.replaceAll(/[\r\n\t]+/g, ' '));
  const guarded = line.replaceAll(special, (found) => {
    if (found === '_' || found === '|' || found === '<' || found === '>' || found === '&' || found === '@') return entities[found] ?? found;
    return harmless.has(found) ? found : `\\${found}`;
  });
  return guarded
    .replaceAll(/#(?=\d)/g, '&#35;')
    .replaceAll(/:\/\//g, '&#58;//')
    .replaceAll(/\bwww\./gi, (found) => `${found.slice(0, 3)}&#46;`)
    .replaceAll(/\b(GH)-(?=\d)/gi, '$1&#45;')
    .replace(/^(\s*)([-+#=]|\d+[.)])/, (_, blank: string, mark: string) => `${blank}${[...mark].map((each) => `&#${each.charCodeAt(0)};`).join('')}`);
}

/** Text from outside in monospace, on one line. HTML, because a code span cannot hold every text. */
export function code(text: string): string {
  return `<code>${html(visible(text.replaceAll(/[\r\n\t]+/g, ' ')))}</code>`;
}

/** Text from outside as a block of monospace lines, as it is. */
export function block(text: string): string {
  const lines = text.split(/\r\n|\n|\r/).map(visible);
  // A blank line would end the HTML block in Markdown, and what follows would be read as markup.
  return `<pre>${lines.map((line) => (line.trim() === '' ? '&#8203;' : html(line))).join('\n')}</pre>`;
}

function html(text: string): string {
  return text.replaceAll(/[<>&|@#:*_`~[\]\\$]/g, (found) => entities[found] ?? `&#${found.charCodeAt(0)};`);
}

/** A link to a page of GitHub or the registry; only the text where it is not a plain http(s) URL. */
export function link(text: string, url: string | undefined): string {
  if (url === undefined || !/^https?:\/\/[^\s<>"'()[\]\\`|]+$/.test(url)) return text;
  return `[${text}](${url})`;
}
