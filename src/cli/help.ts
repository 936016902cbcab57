import { type Manual, type Option, optionsOf, type TerminalCommand } from './options.js';
import { wrapped } from './wrap.js';
import { exitCodes } from './exit-code.js';

const program = 'gated-model-promotion';

/** What the whole program is, and how it is used. @param width of the terminal, in columns */
export function overview({ commands }: Manual, width: number): string {
  return blocks([
    ...wrapped(`Usage: ${program} COMMAND [options]`, width, 2),
    '',
    ...wrapped('Moves a model version in its registry only when it has proved what your policy asks.', width, 0),
    '',
    'Commands:',
    ...list(
      [...commands].map(([name, does]) => [name, does]),
      width,
    ),
    '',
    ...wrapped(
      'Each input of the action is an option of the same name, such as --stage production. COMMAND --help shows the options.',
      width,
      0,
    ),
    '',
    ...rules(width),
    '',
    'Exit codes:',
    ...list(
      exitCodes.map(({ code, meaning }) => [String(code), meaning]),
      width,
    ),
  ]);
}

/** How one command is used. */
export function commandHelp(command: TerminalCommand, manual: Manual, width: number): string {
  const does = manual.commands.get(command) ?? '';
  return blocks([
    ...wrapped(`Usage: ${program} ${command} [options]`, width, 2),
    '',
    ...wrapped(`${does.charAt(0).toUpperCase()}${does.slice(1)}.`, width, 0),
    '',
    'Options:',
    ...list(
      optionsOf(manual, command).map((option) => [shown(option), described(option)]),
      width,
    ),
    '',
    ...(command === 'init' ? [] : rules(width)),
  ]);
}

function rules(width: number): readonly string[] {
  return wrapped(
    "Without --yes nothing is written to the registry, the promotion log, tags or GitHub, and the work tree's policy counts; 'gate' writes its plan, 'init' new files. With --yes the default branch's policy counts, and the work tree must be clean.",
    width,
    0,
  );
}

function shown({ name, isFlag }: Option): string {
  return isFlag ? `--${name}` : `--${name} VALUE`;
}

function described({ description, default: value, isFlag }: Option): string {
  return `${description}${value === '' || isFlag ? '' : ` Default: ${value}`}`;
}

/** Names with what they mean: beside each other, or where that is too narrow, below. */
function list(rows: readonly (readonly [name: string, meaning: string])[], width: number): readonly string[] {
  const column = Math.max(...rows.map(([name]) => name.length)) + 4;
  if (width - column < 24)
    return rows.flatMap(([name, meaning]) => [
      `  ${name}`,
      ...wrapped(meaning, width - 6, 0).map((line) => `      ${line}`),
    ]);
  return rows.flatMap(([name, meaning]) =>
    wrapped(meaning, width - column, 0).map(
      (line, index) => `${(index === 0 ? `  ${name}` : '').padEnd(column)}${line}`,
    ),
  );
}

function blocks(lines: readonly string[]): string {
  return `${lines.join('\n').trimEnd()}\n`;
}
