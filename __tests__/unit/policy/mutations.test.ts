import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PromotionError } from '../../../src/domain/errors.js';
import { loadPolicy, sourceOf } from '../../support/policy.js';
import { parseCondition } from '../../../src/policy/parse-condition.js';

const text = `version: 1
registry: { type: git }
model: churn
metrics: { auc: { goal: maximize } }
stages:
  production:
    checks:
      - run: "true"
      - require: auc >= champion - 0.005
`;

function load(policy: string): void {
  try {
    loadPolicy(sourceOf('p.yml', policy, 'workspace'));
  } catch (thrown) {
    if (!(thrown instanceof PromotionError) || thrown.code !== 'POLICY_INVALID') throw thrown;
    for (const { at } of thrown.problems) expect(at).toMatchObject({ file: 'p.yml' });
    expect(thrown.problems.length).toBeGreaterThan(0);
  }
}

test('whatever stands in the file, it is a policy or positioned mistakes', () => {
  const piece = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom(
      '\n',
      '  ',
      ': ',
      '- ',
      '&a',
      '*a',
      '<<: ',
      '[',
      '}',
      '"',
      "'",
      '|',
      '>',
      '!!map',
      '? ',
      '\u0000',
      '#',
    ),
  );
  fc.assert(
    fc.property(
      fc.array(fc.record({ at: fc.nat(text.length), cut: fc.nat(12), put: piece }), { maxLength: 4 }),
      (edits) => {
        load(edits.reduce((edited, { at, cut, put }) => edited.slice(0, at) + put + edited.slice(at + cut), text));
      },
    ),
    { numRuns: 2_000 },
  );
});

test('any text is a condition or a mistake at a place in it', () => {
  const word = fc.oneof(
    fc.constantFrom('auc', '>=', '<', '==', 'champion', '+', '-', '0.5', '10%', 'vars.x', 'NaN', '1e5'),
    fc.string({ maxLength: 6 }),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 7 }), (words) => {
      const said = words.join(' ');
      const read = parseCondition(said);
      if ('message' in read) {
        expect(read.index).toBeGreaterThanOrEqual(0);
        expect(read.index).toBeLessThanOrEqual(said.length);
      } else {
        expect(parseCondition(read.text)).toEqual(read);
      }
    }),
    { numRuns: 5_000 },
  );
});
