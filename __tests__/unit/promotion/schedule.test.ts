import { expect, test } from '@jest/globals';
import { frozen, soaking } from '../../../src/promotion/judge/schedule.js';
import type { Freeze } from '../../../src/policy/policy.js';

const freeze = (more: Partial<Freeze>): Freeze => ({ timeZone: 'UTC', days: [], windows: [], ...more });
const xmas = { from: '2026-12-20', to: '2027-01-02' };

test.each<[string, Freeze, string, string | undefined]>([
  [
    'a day of the week',
    freeze({ days: ['friday', 'saturday'] }),
    '2026-11-27T12:00:00Z',
    'Frozen on friday, saturday; in UTC it is friday.',
  ],
  ['the day before', freeze({ days: ['friday'] }), '2026-11-26T23:59:59Z', undefined],
  [
    'friday in Tokyo, thursday in UTC',
    freeze({ days: ['friday'], timeZone: 'Asia/Tokyo' }),
    '2026-11-26T15:00:00Z',
    'Frozen on friday; in Asia/Tokyo it is friday.',
  ],
  [
    'still thursday in New York',
    freeze({ days: ['friday'], timeZone: 'America/New_York' }),
    '2026-11-27T04:59:00Z',
    undefined,
  ],
  [
    'the first day of a window',
    freeze({ windows: [xmas] }),
    '2026-12-20T00:00:00Z',
    'Frozen from 2026-12-20 to 2027-01-02; in UTC it is 2026-12-20.',
  ],
  [
    'its last',
    freeze({ windows: [{ ...xmas, reason: 'holidays' }] }),
    '2027-01-02T23:59:59Z',
    'Frozen from 2026-12-20 to 2027-01-02 (holidays); in UTC it is 2027-01-02.',
  ],
  ['after it', freeze({ windows: [xmas] }), '2027-01-03T00:00:00Z', undefined],
  [
    'after it in UTC, not yet in Honolulu',
    freeze({ windows: [xmas], timeZone: 'Pacific/Honolulu' }),
    '2027-01-03T09:59:00Z',
    'Frozen from 2026-12-20 to 2027-01-02; in Pacific/Honolulu it is 2027-01-02.',
  ],
  [
    'the hour that summer time skips',
    freeze({ days: ['sunday'], timeZone: 'Europe/Berlin' }),
    '2027-03-28T01:00:00Z',
    'Frozen on sunday; in Europe/Berlin it is sunday.',
  ],
])('%s', (_, rule, now, expected) => {
  expect(frozen(rule, new Date(now))).toBe(expected);
});

const day = 86_400_000;
test.each<[string, string, number, string, string | undefined]>([
  [
    'too early',
    '2026-03-01T00:00:00Z',
    2 * day,
    '2026-03-02T12:00:00Z',
    'It has to be there for 2 days, until 2026-03-03 00:00 UTC.',
  ],
  [
    'a moment too early',
    '2026-03-01T00:00:00Z',
    day,
    '2026-03-01T23:59:59.999Z',
    'It has to be there for 1 day, until 2026-03-02 00:00 UTC.',
  ],
  ['just in time', '2026-03-01T00:00:00Z', day, '2026-03-02T00:00:00Z', undefined],
  [
    'hours',
    '2026-03-01T00:00:00Z',
    day / 16,
    '2026-03-01T00:00:00Z',
    'It has to be there for 90 minutes, until 2026-03-01 01:30 UTC.',
  ],
  [
    'a time that is none never ends',
    'yesterday',
    day,
    '2036-03-02T00:00:00Z',
    'It has to be there for 1 day, until an unknown time UTC.',
  ],
])('soak: %s', (_, since, ms, now, expected) => {
  expect(soaking(since, ms, new Date(now))).toBe(expected);
});
