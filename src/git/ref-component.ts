import { createHash } from 'node:crypto';

/** File systems that keep refs as files end a name at 255 bytes; the `.lock` beside it needs some of them. */
const LONGEST = 200;

/**
 * Any text as one component of a ref name, different texts giving different components.
 *
 * Everything outside `[A-Za-z0-9_-]` is percent-encoded, except a dot inside a name, as Unity Catalog's
 * `main.ml.churn` has: what `git check-ref-format` forbids (`..`, a leading dot, `.lock` at the end, blanks,
 * `~^:?*[\`, `@{`) cannot come out. A slash is encoded too: models `a` and `a/b` could not both be refs.
 * @see https://git-scm.com/docs/git-check-ref-format
 */
export function refComponent(name: string): string {
  const encoded = [...Buffer.from(name, 'utf8')]
    .map((byte, index, bytes) => {
      const character = String.fromCharCode(byte);
      if (/[A-Za-z0-9_]/.test(character)) return character;
      if (character === '-' && index > 0) return character;
      const inside = character === '.' && isWord(bytes[index - 1]) && isWord(bytes[index + 1]);
      return inside ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('')
    .replace(/\.lock$/i, (end) => `%2E${end.slice(1)}`);
  if (encoded === '') return '%';
  if (encoded.length <= LONGEST) return encoded;
  const digest = createHash('sha256').update(name).digest('hex');
  return `${encoded.slice(0, LONGEST - 72)}%sha256-${digest}`;
}

function isWord(byte: number | undefined): boolean {
  return byte !== undefined && /[A-Za-z0-9_]/.test(String.fromCharCode(byte));
}
