import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { marked, type Token, type Tokens } from 'marked';
import { block, code, escaped, excerpt, link, plain } from '../../../src/domain/markdown.js';

const hostile = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '[click](https://evil.example)',
  '![x](https://evil.example/x.png)',
  'https://evil.example/a_b',
  'HTTP://EVIL.example',
  'www.evil.example',
  'ftp://evil.example',
  'mail me@evil.example',
  'mailto:me@evil.example',
  '<https://evil.example>',
  '@octocat',
  '@your-org/admins',
  '#1',
  'your-org/repo#12',
  'GH-7',
  '`code`',
  '``` fence',
  '~~~ fence',
  '*a* **b** _c_ __d__ ~~e~~',
  'a | b | c',
  'a \\| b \\',
  '# heading',
  '- item',
  '+ item',
  '1. item',
  '1) item',
  '> quote',
  '=====',
  '---',
  '- - -',
  '$a$ $$b$$',
  '&lt;b&gt; &amp; &#60;',
  '[^1] [^1]: note',
  '- [ ] task',
  ':tada: a:b:c',
  '</pre></details><b>out</b>',
  '</code><b>out</b>',
  '<!-- comment -->',
  '--> <b>',
  'line one\n\n# line two\r\n- three',
  '\u001b[31mred\u001b[0m \u001b]8;;https://evil.example\u0007link\u001b]8;;\u0007',
  '\u202eevil\u202c \u200b@\u200boctocat',
  '\ud800 half',
  '    indented',
  '[x]: https://evil.example',
];

const pieces = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.oneof(
        fc.constantFrom(...hostile),
        fc.constantFrom(...Array.from('`*_[]()<>&|\\@#:/.-+=~$!"\' \t\n')),
        fc.string(),
      ),
      {
        maxLength: 8,
      },
    )
    .map((all) => all.join('')),
);
const inert = new Set(['paragraph', 'text', 'escape', 'space', 'blockquote', 'table', 'strong', 'codespan']);

function tokens(markdown: string): readonly Token[] {
  const found: Token[] = [];
  void marked.walkTokens(marked.lexer(markdown, { gfm: true }), (token) => {
    found.push(token);
  });
  return found;
}

/** What a browser shows of HTML that has no tags but the ones expected. */
function shown(html: string): string {
  const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' };
  return html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(?:#(\d+)|(\w+));/g, (_, number: string | undefined, name: string) =>
      number === undefined ? (named[name] ?? '?') : String.fromCodePoint(Number(number)),
    )
    .replaceAll('\u200b', '');
}

const collapsed = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
/** What GitHub finds in the rendered text, outside of `code` and `pre`. */
const references = /@[a-z\d]|#\d|\bGH-\d|:\/\/|www\.|:[\w+-]+:/i;

function expectInert(text: string): void {
  for (const frame of [
    (inner: string) => inner,
    (inner: string) => `> ${inner}`,
    (inner: string) => `| h |\n| - |\n| ${inner} |`,
  ]) {
    const source = frame(escaped(text));
    for (const token of tokens(source)) expect(inert).toContain(token.type);
  }
  const html = marked.parseInline(escaped(text), { async: false });
  expect(html).not.toMatch(/<[a-z!/]/i);
  expect(collapsed(shown(html))).toBe(collapsed(excerpt(plain(text), 4000)));
  const visible = html
    .replaceAll(/&#8203;/g, '\u200b')
    .replaceAll(/&#(\d+);/g, (_, number: string) => String.fromCodePoint(Number(number)));
  expect(visible).not.toMatch(references);
}

describe('escaped', () => {
  test.each(hostile)('%j stays text', expectInert);

  test('whatever the text, nothing but text comes of it', () => {
    fc.assert(fc.property(pieces, expectInert), { numRuns: 500 });
  });

  test.each([
    ['auc >= 0.85', 'auc &gt;= 0.85'],
    ['-0.0181', '-0.0181'],
    ['12.3 s', '12.3 s'],
    ['a (b), c: d!', 'a (b), c: d!'],
  ])('%j stays readable in the source', (text, expected) => {
    expect(escaped(text)).toBe(expected);
  });

  test('a table row keeps its cells', () => {
    fc.assert(
      fc.property(pieces, pieces, (a, b) => {
        const [table] = tokens(`| h | i |\n| - | - |\n| ${escaped(a)} | ${code(b)} |\n`);
        // A row with more cells than the head would lose them silently: so what the cells show is compared.
        const [[first, second] = [], ...more] = (table as Tokens.Table).rows;
        expect(more).toEqual([]);
        expect(collapsed(shown(marked.parseInline(first?.text ?? '', { async: false })))).toBe(collapsed(plain(a)));
        expect(collapsed(shown(marked.parseInline(second?.text ?? '', { async: false })))).toBe(
          collapsed(excerpt(plain(b), 300)),
        );
      }),
    );
  });
});

describe('code', () => {
  test('holds every text, and only code comes of it', () => {
    fc.assert(
      fc.property(pieces, (text) => {
        const source = code(text, 4000);
        const types = tokens(`a ${source} b`).map(({ type, raw }) => (type === 'html' ? raw : type));
        expect(types.filter((type) => !['paragraph', 'text', 'escape'].includes(type))).toEqual(['<code>', '</code>']);
        expect(shown(source)).toBe(excerpt(plain(text), 4000));
      }),
    );
  });
});

describe('block', () => {
  test('ends where we end it, and shows the lines', () => {
    fc.assert(
      fc.property(pieces, (text) => {
        const all = marked.lexer(`before\n\n${block(text)}\n\nafter`).filter(({ type }) => type !== 'space');
        expect(all.map(({ type }) => type)).toEqual(['paragraph', 'html', 'paragraph']);
        expect(block(text).match(/<[a-z/]+/gi)).toEqual(['<pre', '</pre']);
      }),
    );
  });

  test('has no terminal escapes', () => {
    expect(block('\u001b[31mred\u001b[0m\n\nb')).toBe('<pre>red\n\nb</pre>');
  });
});

describe('link', () => {
  test.each([
    undefined,
    'javascript:alert(1)',
    'data:text/html,x',
    'https://a.example/)[x](https://b.example',
    'https://a.example/ b',
    'https://a.example/\n',
    'http://user|x',
  ])('%j is no link', (url) => {
    expect(link('text', url)).toBe('text');
  });

  test('a plain address is one', () => {
    expect(link('v12', 'https://a.example/#/models/churn/versions/12')).toBe(
      '[v12](https://a.example/#/models/churn/versions/12)',
    );
  });
});
