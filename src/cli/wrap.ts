/**
 * A line in pieces of at most `width` columns, cut between words: what is longer than that, such as a digest or an
 * address, stays whole, so that it can be copied.
 * @param indent of the pieces after the first
 */
export function wrapped(line: string, width: number, indent: number): readonly string[] {
  if (line.length <= width) return [line];
  const lines: string[] = [];
  const start = /^ */.exec(line)?.[0] ?? '';
  let now = start;
  for (const word of line.trim().split(/ +/)) {
    const isFirst = now.trim() === '';
    if (!isFirst && now.length + 1 + word.length > width) {
      lines.push(now);
      now = `${start}${' '.repeat(indent)}${word}`;
    } else {
      now = isFirst ? `${now}${word}` : `${now} ${word}`;
    }
  }
  return [...lines, now];
}
