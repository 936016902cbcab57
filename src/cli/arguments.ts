import { parseArgs } from 'node:util';
import { closestName, listKnownNames } from '../domain/suggest.js';
import { type Manual, type TerminalCommand, terminalCommands } from './options.js';

/** What was typed. */
export type Typed =
  | { readonly kind: 'help'; readonly command: TerminalCommand | undefined }
  | {
      readonly kind: 'run';
      readonly command: TerminalCommand;
      /** By the input's name. */
      readonly inputs: ReadonlyMap<string, string>;
      readonly yes: boolean;
      readonly json: boolean;
    };

/** A command line that was not understood; the message says what to type. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  /** @param command whose help leads on, where it is known */
  constructor(
    message: string,
    readonly command?: TerminalCommand,
  ) {
    super(message);
  }
}

const short: Readonly<Record<string, string>> = { h: 'help', y: 'yes' };

/**
 * Reads the command line. Node's own parser splits it: it is kept with Node and adds nothing to the bundle.
 * @param args behind the file's name
 * @throws UsageError naming the nearest command or option
 */
export function readArguments(args: readonly string[], manual: Manual): Typed {
  const options = Object.fromEntries(
    manual.options.map(({ name, isFlag }) => [name, { type: isFlag ? ('boolean' as const) : ('string' as const) }]),
  );
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const words = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
  const [first, ...rest] = words;
  const asksHelp = first === 'help';
  const named = asksHelp ? rest[0] : first;
  const command = named === undefined ? undefined : commandOf(named);
  const given = new Map<string, string>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const name = short[token.name] ?? token.name;
    const option = manual.options.find((each) => each.name === name);
    if (option === undefined) throw new UsageError(unknownOption(token.rawName, manual), command);
    if (given.has(name)) throw new UsageError(`${token.rawName} is given twice.`, command);
    given.set(name, option.isFlag ? flagValue(token.rawName, token.value, command) : valueOf(token, command));
  }
  if (asksHelp || given.get('help') === 'true') return { kind: 'help', command };
  if (command === undefined) throw new UsageError('Which command? None was given.');
  const [extra] = rest;
  if (extra !== undefined)
    throw new UsageError(
      `'${extra}' belongs to no option: ${command} takes options alone, such as --stage production.`,
      command,
    );
  const inputs = new Map([...given].filter(([name]) => !['yes', 'json', 'help'].includes(name)));
  return { kind: 'run', command, inputs, yes: given.get('yes') === 'true', json: given.get('json') === 'true' };
}

function commandOf(given: string): TerminalCommand {
  const found = terminalCommands.find((name) => name === given.toLowerCase());
  if (found !== undefined) return found;
  throw new UsageError(`'${given}' is not a command. ${listKnownNames('commands', given, terminalCommands)}`);
}

function unknownOption(raw: string, { options }: Manual): string {
  const near = closestName(
    raw.replace(/^-+/, ''),
    options.map(({ name }) => name),
  );
  return `There is no option ${raw}.${near === undefined ? '' : ` Did you mean --${near}?`}`;
}

interface OptionToken {
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function valueOf({ rawName, value, inlineValue }: OptionToken, command: TerminalCommand | undefined): string {
  if (value === undefined) throw new UsageError(`${rawName} needs a value.`, command);
  // What looks like the next option is not taken for a value, unless it is written as one.
  if (inlineValue !== true && /^-\D/.test(value))
    throw new UsageError(
      `${rawName} needs a value; one that begins with a dash is written ${rawName}=${value}.`,
      command,
    );
  return value;
}

function flagValue(raw: string, value: string | undefined, command: TerminalCommand | undefined): string {
  const given = value?.toLowerCase() ?? 'true';
  if (given === 'true' || given === 'false') return given;
  throw new UsageError(`${raw} is '${value ?? ''}'; allowed: true, false, or nothing behind it.`, command);
}
