import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { refComponent } from '../../../src/git/ref-component.js';

describe('a ref component', () => {
  test.each([
    ['churn', 'churn'],
    ['main.ml.churn', 'main.ml.churn'],
    ['models/nlp', 'models%2Fnlp'],
    ['a b', 'a%20b'],
    ['..', '%2E%2E'],
    ['x.lock', 'x%2Elock'],
    ['-rf', '%2Drf'],
    ['@', '%40'],
    ['', '%'],
  ])('of %j is %s', (name, component) => expect(refComponent(name)).toBe(component));

  test('is one that git accepts, whatever the name', () => {
    const names = fc.sample(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ maxLength: 400, minLength: 150 })), 60);
    for (const name of names) {
      expect(() => execFileSync('git', ['check-ref-format', `refs/promotion/${refComponent(name)}`])).not.toThrow();
    }
  });

  test('differs for different names and fits a file name', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), fc.string({ maxLength: 300 }), (a, b) => {
        expect(refComponent(a).length).toBeLessThanOrEqual(210);
        expect(refComponent(a) === refComponent(b)).toBe(a === b);
      }),
    );
  });
});
