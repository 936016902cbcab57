import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { python } from '../support/tools.js';

const parser = join(import.meta.dirname, 'github_markdown.py');

/** The pages that GitHub's own parser makes of the texts, before GitHub looks for references in them. */
export function rendered(texts: readonly string[]): readonly string[] {
  const output = execFileSync(python, [parser], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
    maxBuffer: 1024 * 1024 * 1024,
  });
  return JSON.parse(output) as string[];
}

/** The only elements that our Markdown is made of, without attributes but for a column's alignment and our own links. */
const element =
  /^<(?:\/?(?:h2|p|blockquote|strong|em|table|thead|tbody|tr|th|td|br|sub|code|ul|li|details|summary|pre|a)|t[hd] align="(?:left|right)"|pre lang="mermaid"|a href="https:\/\/(?:github\.com\/your-org|mlflow\.example\.com)[^"]*")>$/;
/** What GitHub looks for in the text that is shown, outside of `code` and `pre`. */
const reference = /@[a-z\d]|(?<![\w&])#\d|\bGH-\d|:\/\/|www\.|:[a-z+-][\w+-]*:/i;
const invisible =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff\u{e0000}-\u{e007f}]|\p{Surrogate}/u;

/** What the page of a Markdown shows that we did not mean, in words; undefined where there is nothing. */
export function injected(markdown: string, html: string): string | undefined {
  const unseen = invisible.exec(markdown);
  if (unseen !== null) return `holds U+${unseen[0].codePointAt(0)?.toString(16) ?? ''}`;
  let depth = 0;
  for (const part of html.split(/(<[^>]*>)/)) {
    if (part.startsWith('<')) {
      if (part.startsWith('<!-- ')) continue;
      if (!element.test(part)) return `has the element ${part}`;
      if (/^<(?:code|pre)/.test(part)) depth += 1;
      else if (/^<\/(?:code|pre)/.test(part)) depth -= 1;
    } else if (depth === 0) {
      const found = reference.exec(meant(part));
      if (found !== null) return `refers by ${found[0]} in ${JSON.stringify(part.slice(0, 200))}`;
    }
  }
  return depth === 0 ? undefined : 'does not end its code';
}

/** Text as the page has it. */
function meant(html: string): string {
  const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' };
  return html.replaceAll(/&(?:#(\d+)|(\w+));/g, (whole, number: string | undefined, name: string) =>
    number === undefined ? (named[name] ?? whole) : String.fromCodePoint(Number(number)),
  );
}

/** What the runner would take a line of the log for, or a terminal redraw; undefined for text. */
export function obeyed(line: string): string | undefined {
  if (/[\r\n]/.test(line)) return 'is two lines';
  if (/^\s*::/.test(line) || line.includes('##[')) return 'is a workflow command';
  return /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(line) ? 'holds a control character' : undefined;
}
