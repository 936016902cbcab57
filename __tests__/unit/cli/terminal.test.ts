import { describe, expect, test } from '@jest/globals';
import { asTyped } from '../../../src/cli/as-typed.js';
import { exitCodeOf } from '../../../src/cli/exit-code.js';
import { inertJson, type Stream, Terminal } from '../../../src/cli/terminal.js';
import { asInput } from '../../../src/domain/cure.js';

function written(lines: readonly string[], more: Partial<Stream> = {}, environment = {}): string {
  let text = '';
  const stream = { ...more, write: (piece: string) => (text += piece) };
  const terminal = new Terminal(stream, environment);
  for (const line of lines) terminal.line(line);
  return text;
}

describe('a line', () => {
  test.each(['::error::x', ' ::set-output name=x::y', 'a::b:::c', '##[command]x', 'IPv6 [::1]:80'])(
    '%p is no workflow command',
    (line) => {
      expect(written([line])).not.toMatch(/::|##\[/);
    },
  );

  test('has no terminal escapes of others, and keeps its blanks', () => {
    expect(written(['  \u001b[31mred\u001b[0m\u202e\u0007 \ttext'])).toBe('  red  text\n');
  });

  test('is cut between words on a terminal of 40 columns, and not in a file', () => {
    const line = `passed   auc  It is 0.91, which is more than 0.85, sha256:${'0'.repeat(64)}`;
    const lines = written([line], { isTTY: true, columns: 40 }, { NO_COLOR: '1' }).trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(1);
    for (const each of lines) expect(each.length <= 40 || !each.trim().includes(' ')).toBe(true);
    expect(lines.join(' ').replaceAll(/ +/g, ' ')).toBe(line.replaceAll(/ +/g, ' '));
    expect(written([line])).toBe(`${line}\n`);
  });

  test.each<[string, Partial<Stream>, Record<string, string>, boolean]>([
    ['on a terminal', { isTTY: true }, {}, true],
    ['in a file', {}, {}, false],
    ['with NO_COLOR', { isTTY: true }, { NO_COLOR: '1' }, false],
    ['with an empty NO_COLOR', { isTTY: true }, { NO_COLOR: '' }, true],
    ['on a dumb terminal', { isTTY: true }, { TERM: 'dumb' }, false],
  ])('has colour %s: %p', (_, stream, environment, expected) => {
    expect(written(['FAILED  auc'], stream, environment).includes('\u001b[31m')).toBe(expected);
    expect(written(['❌ FAILED  auc'], stream, environment).includes('\u001b[31m')).toBe(expected);
  });
});

test('JSON has no workflow command and says the same', () => {
  const data = { a: '::error::x', b: ':::', c: ['::'], 'x::y': 1 };
  const text = inertJson(data);
  expect(text).not.toContain('::');
  expect(JSON.parse(text)).toEqual(data);
});

describe('a cure in the words of the terminal', () => {
  test.each([
    [asInput('status', {}), "'status'"],
    [asInput('adopt', { stage: 'production' }), `'adopt --stage production --reason "…"'`],
    [
      asInput('rollback', { stage: 'eu prod', version: 'v1.0.0' }),
      `'rollback --stage "eu prod" --version v1.0.0 --reason "…"'`,
    ],
    [asInput('promote', { stage: 'x', override: 'champion' }), `'promote --stage x --override champion --reason "…"'`],
    [
      `If that is right, record it with ${asInput('adopt', { stage: 'a' })}; if not, put 2 back with ${asInput('rollback', { stage: 'a' })}.`,
      `If that is right, record it with 'adopt --stage a --reason "…"'; if not, put 2 back with 'rollback --stage a --reason "…"'.`,
    ],
    ["Input 'stage' is missing and the policy has 2 stages.", 'Option --stage is missing and the policy has 2 stages.'],
    ["Leave the input 'github-token' as it is.", 'Leave the option --github-token as it is.'],
    ["Wait, or lift it with 'override: soak' and a reason.", "Wait, or lift it with '--override soak' and a reason."],
  ])('%p: %p', (text, expected) => {
    expect(asTyped(text)).toBe(expected);
  });
});

test.each([
  ['promote', true, undefined, 0],
  ['none', true, undefined, 0],
  ['reject', true, undefined, 1],
  ['reject', false, undefined, 0],
  ['hold', true, undefined, 3],
  ['hold', true, 'OPERATION_OPEN', 3],
  ['error', true, 'REGISTRY_UNREACHABLE', 4],
  ['error', true, 'INPUT_INVALID', 2],
  ['error', true, 'STAGE_UNKNOWN', 2],
  ['error', true, 'CANCELLED', 130],
] as const)('%s that fails %p by %p ends with %p', (decision, fails, code, expected) => {
  const isWell = decision === 'promote' || decision === 'none';
  expect(exitCodeOf(decision, fails && !isWell, code)).toBe(expected);
});
