/** What to type instead, by the code of the parser's error: https://eemeli.org/yaml/#errors */
const cures: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'Replace the tab by blanks, two for each level.',
  BAD_INDENT: 'Look at the blanks before this line, and whether a bracket that was opened is closed.',
  BAD_SCALAR_START: 'Put the value in quotes.',
  BLOCK_AS_IMPLICIT_KEY: "A text with ': ' in it needs quotes.",
  MULTILINE_IMPLICIT_KEY: "A key has ': ' behind it, on the same line.",
  MISSING_CHAR: 'Close what was opened.',
};

/** A sentence with a blank before it; empty where there is none. */
export function cureOfYaml(code: string): string {
  return Object.hasOwn(cures, code) ? `. ${cures[code] ?? ''}` : '';
}
