/**
 * A message of the action in the words of the terminal: `'command: adopt' with 'stage: production' and a reason` as what
 * is to be typed, `input 'stage'` as the option.
 */
export function asTyped(text: string): string {
  return text
    .replaceAll(
      /'command: (\w+)'((?: with| and|,)(?: '[\w-]+: [^']*'| a reason)(?:(?:,| and| with)(?: '[\w-]+: [^']*'| a reason))*)?/g,
      (_, command: string, rest = '') => `'${[command, ...options(String(rest))].join(' ')}'`,
    )
    .replaceAll(/\b(?:(I)|i)nput '([\w-]+)'/g, (_, capital: string | undefined, name: string) =>
      capital === undefined ? `option --${name}` : `Option --${name}`,
    )
    .replaceAll(/'(dry-run|override|policy-ref|fail-on|comment|accept-holds): ([^']*)'/g, "'--$1 $2'");
}

function options(given: string): readonly string[] {
  return [...given.matchAll(/'([\w-]+): ([^']*)'| (a reason)/g)].map(([, name = '', value = '', reason]) =>
    reason === undefined ? `--${name} ${quoted(value)}` : '--reason "…"',
  );
}

function quoted(value: string): string {
  return /^[\w./@:+-]+$/.test(value) ? value : `"${value.replaceAll(/^"|"$/g, '')}"`;
}
