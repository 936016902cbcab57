/** Where the lines of a text begin. `yaml`'s own LineCounter misses some behind a stray `}`. */
export class Lines {
  private readonly starts: readonly number[];

  constructor(private readonly text: string) {
    this.starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  }

  /** Line and column, from 1, of an offset in UTF-16 units; the nearest in the text for one outside it. */
  position(offset: number): { readonly line: number; readonly column: number } {
    const inside = Math.min(Math.max(0, offset), this.text.length);
    let [from, to] = [0, this.starts.length - 1];
    while (from < to) {
      const middle = Math.ceil((from + to) / 2);
      if ((this.starts[middle] ?? 0) <= inside) from = middle;
      else to = middle - 1;
    }
    return { line: from + 1, column: inside - (this.starts[from] ?? 0) + 1 };
  }
}
