import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inShort, shortened } from '../../../src/report/numbers.js';

test.each<[readonly string[], readonly string[]]>([
  [
    ['0.873123456789012', '0.891212345678901'],
    ['0.8731', '0.8912'],
  ],
  [
    ['0.87312345', '0.87314345'],
    ['0.87312', '0.87314'],
  ],
  [
    ['0.873123456789012', '0.873123456789013'],
    ['0.873123456789012', '0.873123456789013'],
  ],
  [
    ['0.8731', '0.87312'],
    ['0.8731', '0.87312'],
  ],
  [
    ['0.85', '0.9'],
    ['0.85', '0.9'],
  ],
  [['12345.678'], ['12346']],
  [
    ['1234567', '9007199254740993'],
    ['1234567', '9007199254740993'],
  ],
  [['-0.0180888888'], ['-0.01809']],
  [['+0.0180888888'], ['+0.01809']],
  [['0.0000001234567'], ['0.0000001235']],
  [
    ['NaN', 'v1.234567', '0.123456789'],
    ['NaN', 'v1.234567', '0.1235'],
  ],
])('%j is written %j', (numbers, expected) => {
  expect(numbers.map(inShort(numbers))).toEqual(expected);
});

test('different numbers stay different, and keep their order', () => {
  const number = fc
    .double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 })
    .map((each) => each.toFixed(12));
  fc.assert(
    fc.property(fc.array(number, { minLength: 2, maxLength: 4 }), (numbers) => {
      const short = inShort(numbers);
      for (const a of numbers) {
        for (const b of numbers)
          expect(Math.sign(Number(short(a)) - Number(short(b)))).toBe(Math.sign(Number(a) - Number(b)));
      }
    }),
  );
});

test.each([
  [
    'auc is 0.873123456, required >= 0.886212345 (missed by 0.013088889).',
    'auc is 0.8731, required >= 0.8862 (missed by 0.01309).',
  ],
  [
    'v1.234567.1 at http://10.123456:80/1.234567 of run 1.234567-a',
    'v1.234567.1 at http://10.123456:80/1.234567 of run 1.234567-a',
  ],
  ['m2.123456 has 3 of 4.', 'm2.123456 has 3 of 4.'],
])('%s', (sentence, expected) => {
  expect(shortened(sentence)).toBe(expected);
});
