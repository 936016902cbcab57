import { describe, expect, test } from '@jest/globals';
import { checkProvenance } from '../../../src/verdict/provenance.js';
import type { Lookup } from '../../../src/domain/lookup.js';
import { timely } from '../../../src/verdict/timely.js';
import { version } from '../../support/sample-report.js';

const now = new Date('2026-03-10T12:00:00Z');
const subject = { candidate: version('12'), commit: undefined, now };
const at = (time: string | number): Lookup => ({
  reading: {
    value: 0.9,
    origin: 'run 3f2a, step 1',
    at: typeof time === 'number' ? new Date(time).toISOString() : time,
  },
});
const told = (found: Lookup): string => {
  const lookup = timely(found, subject);
  return 'absent' in lookup ? `${lookup.absent}. ${lookup.cure ?? ''}` : 'counts';
};

describe('the time of a measurement', () => {
  test.each([
    ['now', now.getTime()],
    ['five minutes ahead, as two clocks may be apart', now.getTime() + 5 * 60_000],
    ['years ago', '2019-01-01T00:00:00Z'],
    ['the epoch: a server that keeps no times', 0],
    ['as a test counts', 1_003],
  ])('%s counts', (_, time) => {
    expect(told(at(time))).toBe('counts');
  });

  test('unknown counts: whether it must be known, max_age says', () => {
    expect(told({ reading: { value: 1, origin: 'file' } })).toBe('counts');
  });

  const seconds = now.getTime() / 1_000;
  test.each<[string, string | number, string]>([
    [
      'a second more than five minutes ahead',
      now.getTime() + 301_000,
      "after this runner's clock (2026-03-10T12:00:00.000Z)",
    ],
    ['2099', '2099-01-01T00:00:00.000Z', 'it is dated 2099-01-01T00:00:00.000Z, after'],
    [
      'seconds instead of milliseconds',
      seconds,
      'it is dated 1970-01-21T12:32:24.000Z, so 0.9 (run 3f2a, step 1) does not count. Its timestamp seems to be in seconds',
    ],
    ['microseconds', seconds * 1e6, 'Its timestamp seems to be in microseconds'],
    ['nanoseconds, which no date can hold', String(seconds * 1e9), 'which is none, after'],
    ['no time at all', 'yesterday', 'its time is yesterday, which is none'],
  ])('%s does not', (_, time, words) => {
    expect(told(at(time))).toContain(words);
  });

  test('what was fresh enough at an earlier moment may be later than that moment', () => {
    const then = { ...subject, now: new Date('2026-01-01T00:00:00Z'), clock: now };
    expect(timely(at('2026-02-01T00:00:00Z'), then)).toHaveProperty('reading');
    expect(timely(at('2026-03-11T00:00:00Z'), then)).toHaveProperty('absent');
  });

  test('a reading that does not count stays one whatever the rule', () => {
    const refused = timely(at('2099-01-01T00:00:00Z'), subject);
    expect(checkProvenance(refused, { match: [], maxAgeMs: 1 }, subject)).toBe(refused);
  });
});
