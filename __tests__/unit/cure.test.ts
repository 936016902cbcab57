import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { asInput } from '../../src/domain/cure.js';

test.each([
  ['adopt', { stage: 'production' }, "'command: adopt' with 'stage: production' and a reason"],
  ['gate', { stage: 'production', version: '3' }, "'command: gate' with 'stage: production' and 'version: 3'"],
  ['register', { version: 'v1.2.0' }, "'command: register' with 'version: v1.2.0' and a reason"],
  ['register', { run: '<id of the run>' }, "'command: register' with 'run: <id of the run>'"],
  [
    'promote',
    { stage: 'production', override: 'champion' },
    "'command: promote' with 'stage: production', 'override: champion' and a reason",
  ],
  ['status', {}, "'command: status'"],
])('%s with %j', (command, given, text) => {
  expect(asInput(command, given)).toBe(text);
});

test.each(['a: b', 'a\nstage: other', '# x', '@production', '*x', '"x', '', ' x', 'x # y', '{a}', '!x', '- x'])(
  'a name that YAML would read as more than a name is quoted: %j',
  (version) => {
    const input = /^'command: gate' with '([^]*)'$/.exec(asInput('gate', { version }))?.[1] ?? '';
    expect(input).not.toContain('\n');
    expect(parse(input)).toEqual({ version });
  },
);
