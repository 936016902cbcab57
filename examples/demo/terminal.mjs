// What the demo prints: headings, what a user would type, and what came out.

const style = (code, text) => (process.stdout.isTTY ? `\u001b[${code}m${text}\u001b[0m` : text);

export const heading = (text) => console.log(`\n${style(1, `━━ ${text}`)}`);
export const typed = (text) => console.log(style(36, text));
export const said = (text) => console.log(text);

/**
 * The action's output as a job's log shows it: GitHub turns lines such as `::error::…` into annotations and groups,
 * which a terminal cannot.
 */
export function asLog(output) {
  const lines = output.split('\n').filter((line) => !/^\s*::/.test(line));
  return lines
    .join('\n')
    .trimEnd()
    .replaceAll(/^(?=.)/gm, '  ');
}
