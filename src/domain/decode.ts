/**
 * A file's bytes as text; else what the file is, as the end of a sentence that begins with its name, and what to do.
 * @see https://encoding.spec.whatwg.org/#utf-8-decode
 */
export function decodeText(
  bytes: Uint8Array,
): { readonly text: string } | { readonly what: string; readonly cure: string } {
  const wide = wideEncoding(bytes);
  if (wide !== undefined) {
    return {
      what: 'is not UTF-8 text',
      cure: `It is ${wide}: write it as UTF-8 (in Windows PowerShell with 'Out-File -Encoding utf8' instead of '>', in Python with encoding='utf-8'), or convert it with 'iconv -f ${wide} -t utf-8'.`,
    };
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0')
      ? { what: 'is a binary file, not text', cure: 'Name the file that holds the metrics as text.' }
      : { text };
  } catch {
    return { what: 'is not UTF-8 text', cure: "Write it as UTF-8; PowerShell does with 'Out-File -Encoding utf8'." };
  }
}

/** By its byte order mark, or by the zero byte beside every first ASCII character. */
function wideEncoding(bytes: Uint8Array): string | undefined {
  const [a, b, c, d] = bytes;
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 && bytes.length > 4 ? 'UTF-32' : 'UTF-16';
  if (a === 0xfe && b === 0xff) return 'UTF-16';
  if (a !== 0 && b === 0 && c !== undefined && c !== 0 && d === 0) return 'UTF-16';
  if (a === 0 && b !== undefined && b !== 0 && c === 0 && d !== 0) return 'UTF-16';
  return undefined;
}
