import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { commandNames } from '../../../src/domain/command-name.js';
import { PromotionError } from '../../../src/domain/errors.js';
import { readInputs } from '../../../src/run/inputs.js';
import { root } from '../../support/tools.js';

interface Type {
  readonly type: string;
  readonly 'allowed-values'?: readonly string[];
  readonly separator?: string;
  readonly 'list-item'?: Type;
}
type Typed = Readonly<Record<'inputs' | 'outputs', Readonly<Record<string, Type>>>>;
type Action = Readonly<Record<'inputs' | 'outputs', Readonly<Record<string, { readonly default?: string }>>>>;

const read = (name: string): unknown => parse(readFileSync(join(root, name), 'utf8'));
const types = read('action-types.yml') as Typed;
const action = read('action.yml') as Action;

test.each(['inputs', 'outputs'] as const)('action-types.yml types the %s of action.yml, and no other', (part) => {
  expect(Object.keys(types[part])).toEqual(Object.keys(action[part]));
});

/** What github-actions-typing allows of a type. */
function fault(type: Type, isItem = false): string | undefined {
  const { type: kind, 'allowed-values': values, separator, 'list-item': item, ...other } = type;
  if (Object.keys(other).length > 0) return `unknown keys ${Object.keys(other).join(', ')}`;
  if (['string', 'boolean', 'integer', 'float'].includes(kind))
    return values === undefined && separator === undefined && item === undefined ? undefined : 'keys of another type';
  if (kind === 'enum')
    return values !== undefined && values.length > 0 && new Set(values).size === values.length && item === undefined
      ? undefined
      : 'an enum has different allowed-values';
  if (kind !== 'list' || isItem) return `no type '${kind}'`;
  return separator === undefined || item === undefined ? 'a list has a separator and an item' : fault(item, true);
}

test.each([...Object.entries(types.inputs), ...Object.entries(types.outputs)])('%s has a type of the form', (_, type) =>
  expect(fault(type)).toBeUndefined(),
);

/** What `readInputs` says against a value of an input; undefined where it takes it. */
function refusal(name: string, value: string): string | undefined {
  try {
    readInputs({
      [`INPUT_${name.toUpperCase()}`]: value,
      ...(name === 'command' ? {} : { INPUT_COMMAND: 'status' }),
      ...(name === 'reason' ? {} : { INPUT_REASON: 'why' }),
    });
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof PromotionError)) throw thrown;
    return thrown.problems.map(({ message }) => message).find((message) => message.startsWith(`Input '${name}'`));
  }
}

const quoted = (text: string): string[] => [...text.matchAll(/'([^' ]*)'/g)].map(([, word = '']) => word);

const enums = Object.entries(types.inputs).flatMap(([name, type]) => {
  const values = (type['list-item'] ?? type)['allowed-values'];
  return values === undefined ? [] : [[name, values] as const];
});

test('the enums are found', () => expect(enums.length).toBeGreaterThanOrEqual(6));

test.each(enums)('%s has the values that the action takes, and no other', (name, values) => {
  for (const value of values.filter((each) => name !== 'policy-ref' || each !== ''))
    expect({ value, refusal: refusal(name, value) }).toEqual({ value, refusal: undefined });
  // A value that there is not is answered with all that there are.
  const said = new Set(quoted(refusal(name, 'xyzzy') ?? '').filter((word) => word !== 'xyzzy' && word !== name));
  expect([...said].sort()).toEqual([...values].sort());
});

test('command has every command, in the order of the code', () => {
  expect(types.inputs['command']?.['allowed-values']).toEqual(commandNames);
});

test.each(Object.entries(types.inputs).filter(([, { type }]) => type === 'boolean' || type === 'integer'))(
  '%s takes no text',
  (name, { type }) => {
    expect(refusal(name, 'xyzzy')).toBeDefined();
    expect(refusal(name, type === 'boolean' ? 'true' : '42')).toBeUndefined();
  },
);
