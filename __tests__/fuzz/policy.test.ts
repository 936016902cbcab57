import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { PromotionError } from '../../src/domain/errors.js';
import { lintRemarks } from '../../src/policy/lint.js';
import { loadPolicy } from '../support/policy.js';
import { blocksOf, pages } from '../support/pages.js';
import { mutate } from './mutation.js';
import { Random } from './random.js';

const root = join(import.meta.dirname, '../..');
const seed = Number(process.env['FUZZ_SEED'] ?? 20_261_124);
/** `FUZZ=all`: minutes. */
const cases = process.env['FUZZ'] === 'all' ? 100_000 : 3_000;

/** The policies that the examples, README and the documentation show. */
function seeds(): readonly string[] {
  const files = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' });
  const examples = files.filter((name) => name.endsWith('model-promotion.yml'));
  const shown = pages.flatMap((page) =>
    blocksOf(page).flatMap(({ language, text }) => (language === 'yaml' ? text : [])),
  );
  return [
    ...examples.map((name) => readFileSync(join(root, 'examples', name), 'utf8')),
    ...shown.filter((text) => /^stages:/m.test(text)),
  ];
}

/** What is wrong with how the policy's reader took this text; undefined where it behaved. */
function misbehaviour(text: string, isValid: () => void = () => undefined): string | undefined {
  try {
    const policy = loadPolicy({ path: 'p.yml', text, ref: 'main', digest: 'sha256:0' });
    isValid();
    return lintRemarks(policy)
      .map(({ at }) => outside(text, at))
      .find((found) => found !== undefined);
  } catch (thrown) {
    if (!(thrown instanceof PromotionError)) return `threw ${String(thrown)}`;
    if (thrown.code !== 'POLICY_INVALID') return `code ${thrown.code}`;
    if (thrown.problems.length === 0) return 'no problem is told';
    return thrown.problems.map(({ at }) => outside(text, at)).find((found) => found !== undefined);
  }
}

/** Places are counted as `yaml` does, in UTF-16 units with lines that end at `\n`. */
function outside(text: string, at: PromotionError['at']): string | undefined {
  if (at === undefined) return 'a problem has no place';
  const line = text.split('\n')[at.line - 1];
  if (at.file !== 'p.yml' || line === undefined || at.column < 1 || at.column > line.length + 1) {
    return `${at.file}:${at.line}:${at.column} is not in the text`;
  }
  return undefined;
}

function unpolluted(): void {
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
}

const minimal = (rest: string): string =>
  `registry: { type: git }\nmodel: m\nmetrics: { auc: { goal: max } }\nstages: { s: { checks: [{ require: 'auc >= 1' }] } }\n${rest}`;

describe('a hostile policy is refused, at a place in the text', () => {
  test.each([
    ['lists 20,000 deep', `model: ${'['.repeat(20_000)}`],
    ['closed lists 5,000 deep', `model: ${'['.repeat(5_000)}${']'.repeat(5_000)}`],
    ['mappings 20,000 deep', `model: ${'{a: '.repeat(20_000)}`],
    ['block lists 20,000 deep', `model:\n  ${'- '.repeat(20_000)}x`],
    ['30,000 unknown keys', minimal(Array.from({ length: 30_000 }, (_, at) => `k${at}: 1`).join('\n'))],
    ['a mapping that holds itself', minimal('x: &a { b: *a }')],
    ['an alias of nothing', minimal('x: *nothing')],
    ['a merge of itself', minimal('x: &a { <<: *a }')],
    ['bytes for a mapping', 'registry: !!binary aGk=\nmodel: m\nstages: !!binary aGk=\n'],
    ['a set', minimal('vars: !!set { a }')],
    ['two lists by one name', minimal('best: { metric: x }\nbest:\n  - { metric: auc  \u0006 }')],
    ['a stray brace', 'registry: { type: git }\nstages:\n  }  s: {}\n\nmodel: : :\n'],
    ['a mapping for a key, with a merge that cannot be', minimal('? { <<: 1 } : x')],
    ['two of them', minimal('? { <<: [*a, *b] }\n? { <<: 1 }')],
    ['a prototype by merge', minimal('<<: { __proto__: { polluted: true } }')],
  ])('%s', (_, text) => {
    expect(misbehaviour(text)).toBeUndefined();
    expect(() => loadPolicy({ path: 'p.yml', text, ref: 'main', digest: 'sha256:0' })).toThrow(PromotionError);
    unpolluted();
  });

  test(`${cases} mutated policies, seed ${seed}`, () => {
    const random = new Random(seed);
    const texts = seeds();
    expect(texts.length).toBeGreaterThan(4);
    const found: string[] = [];
    let valid = 0;
    for (let at = 0; at < cases && found.length < 5; at++) {
      const text = mutate(random.of(texts), random);
      const wrong = misbehaviour(text, () => (valid += 1));
      if (wrong !== undefined) found.push(`case ${at}: ${wrong}\n${JSON.stringify(text)}`);
    }
    process.stderr.write(`${cases} mutated policies: ${valid} are policies still, the others are refused\n`);
    expect(found).toEqual([]);
    expect(valid).toBeGreaterThan(cases / 100);
    unpolluted();
  }, 1_800_000);
});
