import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readArguments, UsageError } from '../../../src/cli/arguments.js';
import { commandHelp, overview } from '../../../src/cli/help.js';
import { optionsOf, readManual, terminalCommands } from '../../../src/cli/options.js';
import { commandNames } from '../../../src/domain/command-name.js';
import { root } from '../../support/tools.js';

const text = readFileSync(join(root, 'action.yml'), 'utf8');
const manual = readManual(text);
const { inputs } = parse(text) as { readonly inputs: Readonly<Record<string, unknown>> };
const read = (line: string): ReturnType<typeof readArguments> =>
  readArguments(
    line.split(' ').filter((word) => word !== ''),
    manual,
  );
const refusal = (line: string): string => {
  try {
    read(line);
  } catch (thrown) {
    if (thrown instanceof UsageError) return thrown.message;
    throw thrown;
  }
  return '';
};

describe('the options', () => {
  const names = Object.keys(inputs).filter((name) => name !== 'command');
  test('are the inputs, by the same names', () => {
    expect(manual.options.map(({ name }) => name)).toEqual([...names, 'yes', 'json', 'help']);
  });
  test.each(names)('--%s is taken, as --%s=value and as --%s value', (name) => {
    const value = name === 'dry-run' ? 'true' : 'x';
    const expected = { inputs: new Map([[name, value]]) };
    expect(read(`promote --${name}=${value}`)).toMatchObject(expected);
    expect(read(name === 'dry-run' ? 'promote --dry-run' : `promote --${name} x`)).toMatchObject(expected);
  });
  test.each(names.filter((name) => !['comment', 'deployment', 'pr-number', 'fail-on'].includes(name)))(
    "some command's help shows --%s",
    (name) => {
      expect(terminalCommands.some((each) => optionsOf(manual, each).some((option) => option.name === name))).toBe(
        true,
      );
    },
  );
});

describe('a command line', () => {
  test('is a command with its options, in any order', () => {
    expect(read('--stage production promote --yes --json')).toEqual({
      kind: 'run',
      command: 'promote',
      inputs: new Map([['stage', 'production']]),
      yes: true,
      json: true,
    });
    expect(read('Status')).toMatchObject({ command: 'status', yes: false, json: false });
    expect(read('gate -y')).toMatchObject({ yes: true });
  });

  test.each([
    ['--help', undefined],
    ['-h', undefined],
    ['help', undefined],
    ['help gate', 'gate'],
    ['gate --help', 'gate'],
    ['--help gate', 'gate'],
    ['gate --stage x -h', 'gate'],
  ])('%p asks for help', (line, command) => {
    expect(read(line)).toEqual({ kind: 'help', command });
  });

  test.each([
    ['', /Which command/],
    ['promot', /'promot' is not a command.*Did you mean 'promote'/],
    ['help promot', /Did you mean 'promote'/],
    ['promote production', /'production' belongs to no option/],
    ['promote --stge x', /no option --stge\. Did you mean --stage\?/],
    ['promote --dryrun', /no option --dryrun\. Did you mean --dry-run\?/],
    ['promote -s x', /no option -s/],
    ['promote --stage', /--stage needs a value/],
    ['promote --stage --yes', /--stage needs a value/],
    ['promote --stage a --stage b', /given twice/],
    ['promote --yes=perhaps', /--yes is 'perhaps'/],
    ['promote --no-yes', /no option --no-yes/],
    ['promote --command lint', /no option --command/],
    ['promote --constructor x', /no option --constructor/],
  ])('%p is refused: %p', (line, message) => {
    expect(refusal(line)).toMatch(message);
  });

  test('takes a value that begins with a dash where it is written as one', () => {
    expect(read('adopt --reason=--x')).toMatchObject({ inputs: new Map([['reason', '--x']]) });
  });
});

describe('the help', () => {
  test.each([20, 40, 80])('fits in %p columns, but for what cannot be cut', (width) => {
    for (const help of [overview(manual, width), ...terminalCommands.map((each) => commandHelp(each, manual, width))]) {
      for (const line of help.split('\n')) {
        const isOneWord = line.trim().split(/ +/).length <= 2;
        if (!isOneWord) expect(line.length).toBeLessThanOrEqual(Math.max(width, 30));
      }
      expect(help).not.toContain('::');
      expect(help).not.toContain('undefined');
    }
  });

  test('names every command and exit code', () => {
    const help = overview(manual, 80);
    for (const name of ['init', ...commandNames]) expect(help).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    for (const code of [0, 1, 2, 3, 4, 130]) expect(help).toMatch(new RegExp(`^ {2}${code} `, 'm'));
  });
});
