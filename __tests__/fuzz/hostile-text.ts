import type { Random } from './random.js';

/** What a model, a metric, a tag, a file or a command may say, to be taken for something else than text. */
const pieces = [
  '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '</pre></details></code>', '<b>', '<!--', '-->', '<details open>',
  '[click](https://evil.example)', '![x](https://evil.example/x.png)', '<https://evil.example>', '[x]: https://evil.example', '[^1]',
  'https://evil.example/a_b', 'HTTP://EVIL.example', 'www.evil.example', 'ftp://evil.example', 'me@evil.example', 'mailto:me@evil.example',
  '@octocat', '@your-org/admins', '#1', 'your-org/repo#12', 'GH-7', ':tada:', '$a$', '$$b$$', '`$x$`',
  '`', '```', '~~~', '*a*', '**b**', '_c_', '~~e~~', '\\', '|', '\\|', '# h', '- item', '+ i', '1. i', '1) i', '> q', '=====', '---', '    code',
  '&lt;', '&#60;', '&#x3c;', '&amp;', '&commat;octocat', '&num;1', '- [ ] task', '> [!WARNING]', '|---|---|', '<br>', '<a href=//evil.example>',
  '::error::x', '::set-output name=a::b', '::add-mask::x', '::stop-commands::x', '##[error]x', '##[group]', '##', '[command]x',
  '\n', '\r', '\r\n', '\n::error::x', '\n\n', '\t', '\u0000', '\u0008', '\u001b[31m', '\u001b]8;;https://evil.example\u0007', '\u001b[2J', '\u009b31m', '\u007f',
  '\u202e', '\u2066', '\u200b', '\u200d', '\ufeff', '\u00ad', '\u2028', '\u2029', '\u0085', '\u{e0041}', '\ud800', '\udc00', '😀', '\u0301', 'ﷺ',
  'ghadelimiter_x', '<<EOF', '=', '%0A', '%25', '%3A::', '"', "'", '"]', '"]; x["', '%%{init: {}}%%', 'end', 'click a "https://evil.example"', '#quot;', ';',
  '../', '/etc/passwd', 'C:\\x', '$(id)', '${{ github.token }}', '{{7*7}}', '__proto__', 'constructor', 'NaN', '-Infinity', '1e999', '0x1F', ' ', '', 'a'.repeat(400),
  '.lock', '..', '@{', '~', '^', ':', '?', '*', '-', '/', '//', 'refs/heads/main', '%', '%2E', 'HEAD', 'latest', 'v1', 'production', 'é', 'É', 'ß',
]; // prettier-ignore

/** One to six pieces, some of them of any characters whatever. */
export function hostileText(random: Random): string {
  return Array.from({ length: 1 + random.below(6) }, () =>
    random.below(5) === 0
      ? Array.from({ length: random.below(8) }, () =>
          String.fromCharCode(random.below(random.of([128, 256, 65_536]))),
        ).join('')
      : random.of(pieces),
  ).join(random.of(['', '', ' ', '.']));
}

/**
 * The same data with most of its texts replaced by hostile ones.
 * @param kept keys whose texts are the action's own: they have few values, and none comes from outside
 */
export function poisoned<T>(data: T, random: Random, kept: ReadonlySet<string>, key = ''): T {
  const each = (value: unknown, name: string): unknown => poisoned(value, random, kept, name);
  if (typeof data === 'string') return (kept.has(key) || random.below(4) === 0 ? data : hostileText(random)) as T;
  if (Array.isArray(data)) return data.map((value) => each(value, key)) as T;
  if (data instanceof Map) return new Map([...data].map(([name, value]) => [name, each(value, key)])) as T;
  if (data === null || typeof data !== 'object' || data instanceof Date) return data;
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, each(value, name)])) as T;
}
