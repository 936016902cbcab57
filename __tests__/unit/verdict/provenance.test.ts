import { describe, expect, test } from '@jest/globals';
import type { EvidenceRule } from '../../../src/policy/policy.js';
import type { MetricReading } from '../../../src/domain/version.js';
import { checkProvenance, type Subject } from '../../../src/verdict/provenance.js';
import type { Lookup } from '../../../src/domain/lookup.js';
import { version } from '../../support/sample-report.js';

const sha = (letter: string): string => letter.repeat(40);
const subject: Subject = {
  candidate: version('12', { commit: sha('a') }),
  commit: sha('b'),
  now: new Date('2026-03-10T12:00:00Z'),
};
const reading = (more: Partial<MetricReading> = {}): Lookup => ({
  reading: {
    value: 0.9,
    origin: 'report.json',
    at: '2026-03-09T12:00:00Z',
    version: '12',
    commit: sha('a'),
    dataset: 'churn-2026-02',
    ...more,
  },
});
const without = (...names: readonly (keyof MetricReading)[]): Lookup => {
  const found = reading();
  if (!('reading' in found)) return found;
  return {
    reading: Object.fromEntries(
      Object.entries(found.reading).filter(([name]) => !names.some((each) => each === name)),
    ) as unknown as MetricReading,
  };
};
const why = (found: Lookup, rule: EvidenceRule, other?: Lookup): string | undefined => {
  const told = checkProvenance(found, rule, subject, other);
  return 'absent' in told ? told.absent : undefined;
};
const all: EvidenceRule = { match: ['version', 'commit', 'dataset'], maxAgeMs: 7 * 86_400_000 };

test('what belongs is handed on as it is', () => {
  expect(checkProvenance(reading(), all, subject, reading())).toEqual(reading());
  expect(checkProvenance(without('at', 'version', 'commit', 'dataset'), undefined, subject)).toHaveProperty('reading');
});

describe('what does not, and why', () => {
  test.each<[string, Lookup, EvidenceRule, Lookup | undefined, string]>([
    [
      'another version',
      reading({ version: '11' }),
      all,
      undefined,
      'it was measured on the version 11, not on 12, so 0.9 (report.json) does not count',
    ],
    ['no version', without('version'), all, undefined, 'of which version it was measured is not known, so'],
    [
      'another commit',
      reading({ commit: sha('c') }),
      all,
      undefined,
      `it was measured on the commit ${sha('c')}, not on ${sha('a')}`,
    ],
    ['no commit', without('commit'), all, undefined, 'of which commit it was measured is not known'],
    [
      'other data',
      reading({ dataset: 'toy' }),
      all,
      reading(),
      'it was measured on the data set toy, not on churn-2026-02',
    ],
    ['unknown data', without('dataset'), all, reading(), 'of which data set it was measured is not known'],
    [
      'compared with unknown data',
      reading(),
      all,
      without('dataset'),
      'with which data set it is to be compared is not known',
    ],
    [
      'too old',
      reading({ at: '2026-03-03T11:59:59Z' }),
      all,
      undefined,
      'it was measured on 2026-03-03, 7 days ago, and at most 7 days is allowed',
    ],
    ['of no known age', without('at'), all, undefined, 'when it was measured is not known'],
    ['of an age that is no time', reading({ at: 'yesterday' }), all, undefined, 'when it was measured is not known'],
  ])('%s', (_, found, rule, other, words) => {
    expect(why(found, rule, other)).toContain(words);
  });
});

test('the commit that is judged counts where the version does not say its own', () => {
  const told = checkProvenance(
    reading({ commit: sha('b') }),
    { match: ['commit'] },
    { ...subject, candidate: version('12') },
  );
  expect(told).toHaveProperty('reading');
});

test('data are compared only where something is compared', () => {
  expect(why(without('dataset'), { match: ['dataset'] })).toBeUndefined();
});
