import { describe, expect, test } from '@jest/globals';
import { Output } from '../../../src/evidence/exec/output.js';
import { Redactor } from '../../../src/domain/redactor.js';

/** What is shown of a text that comes in pieces of a size, its lines joined. */
function shown(text: string, size: number, redactor: Redactor): { readonly log: string; readonly tail: string } {
  const lines: string[] = [];
  const output = new Output((line) => lines.push(line), redactor);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) output.add('out', bytes.subarray(at, at + size));
  output.end();
  return { log: lines.join('\n'), tail: output.tail };
}

describe('a secret in a line that does not end', () => {
  const secret = 'S3cr3t-key-value-0123456789';
  const pieces = [65_536, 16_001, 8_192, 4_096];

  // Where the first piece of a pipe ends, and where a line grows too long to be kept.
  test.each([65_536, 16_384, 16_001, 14_000].flatMap((at) => pieces.map((size) => [at, size])))(
    'around character %i, in pieces of %i, is not shown, nor a part of it',
    (at, size) => {
      for (let before = at - secret.length - 1; before <= at + 1; before++) {
        const { log, tail } = shown(
          `${'a'.repeat(before)}${secret}${'b'.repeat(40_000)}\n`,
          size,
          new Redactor([secret]),
        );
        expect(`${log}${tail}`).not.toMatch(/S3cr|key-v|6789/);
      }
    },
  );

  test('may be longer than what is kept of a line', () => {
    const long = Array.from({ length: 6_000 }, (_, index) => `${index}.`).join('');
    const { log } = shown(`${'a'.repeat(20_000)}${long}${'b'.repeat(40_000)}`, 1_000, new Redactor([long]));
    expect(log).not.toMatch(/\d\.\d/);
  });

  test('may be the password of an address that nobody told of', () => {
    for (let before = 65_490; before < 65_540; before++) {
      const { log } = shown(
        `${'a '.repeat(before / 2)}https://me:${secret}@host/ ${'b'.repeat(9)}`,
        65_536,
        new Redactor(),
      );
      expect(log).not.toMatch(/S3cr|6789/);
    }
  });
});

test('a line without end is shown in pieces while it comes, and no word twice', () => {
  const lines: string[] = [];
  const output = new Output((line) => lines.push(line), new Redactor(['secret']));
  const words = Array.from({ length: 40_000 }, (_, index) => `<${index}>`);
  for (const word of words) output.add('out', Buffer.from(word));
  const before = lines.length;
  expect(before).toBeGreaterThan(10);
  output.end();
  expect(lines).toHaveLength(before + 1);
  const numbers = [...lines.join('\n').matchAll(/<(\d+)>/g)].map(([, number]) => Number(number));
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  expect(numbers.length).toBeGreaterThan(5_000);
});
