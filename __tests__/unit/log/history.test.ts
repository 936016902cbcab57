import { describe, expect, test } from '@jest/globals';
import type { EventType, PromotionEvent } from '../../../src/domain/event.js';
import { History } from '../../../src/log/history.js';
import { eventsAbout, LoggedVersion } from '../../../src/log/logged-version.js';

let minute = 0;
/** `2` as a version of that name, `2b` as the one with the identity `b` among those. */
const which = (text: string): LoggedVersion => {
  const [, name = '', identity] = /^(\d+)([a-z]?)$/.exec(text) ?? [];
  return new LoggedVersion(name, identity === '' ? undefined : identity);
};
/** `production: deployed 2` as an event, each a minute after the one before, unless a `+` says together with it. */
const event = (text: string): PromotionEvent => {
  const [, together, stage, type, about] = /^(\+ )?(?:(\w+): )?(\w+) (\w+)$/.exec(text) ?? [];
  const { name: version, identity } = which(about ?? '');
  if (together === undefined) minute += 1;
  return {
    type: type as EventType,
    version,
    ...(identity === undefined ? {} : { identity }),
    ...(stage === undefined ? {} : { stage }),
    at: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
  };
};
const history = (...texts: readonly string[]): History => {
  minute = 0;
  return new History(texts.map(event));
};
const ways = (told: History, stage: string): string[] =>
  told.tenures(stage).map(({ version, left }) => `${shown(version)} ${left ?? 'holds it'}`);
const shown = ({ name, identity = '' }: LoggedVersion): string => `${name}${identity}`;

describe('who holds a stage', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ['nobody ever', ['registered 1', 'p: approved 1', 'p: rejected 1'], []],
    ['one', ['p: deployed 1'], ['1 holds it']],
    ['the second replaces the first', ['p: deployed 1', 'p: deployed 2'], ['1 replaced', '2 holds it']],
    ['and archives it', ['p: deployed 1', 'p: deployed 2', 'p: archived 1'], ['1 archived', '2 holds it']],
    [
      'and was found bad',
      ['p: deployed 1', 'p: deployed 2', 'p: deployed 1', 'p: rolled_back 2'],
      ['1 replaced', '2 rolled_back', '1 holds it'],
    ],
    ['retired without a successor', ['p: deployed 1', 'p: archived 1'], ['1 archived']],
    ['undone before anybody else', ['p: deployed 1', 'p: failed 1'], ['1 failed']],
    [
      'undone for the one before',
      ['p: deployed 1', 'p: deployed 2', 'p: deployed 1', '+ p: failed 2'],
      ['1 replaced', '2 failed', '1 holds it'],
    ],
    ['said twice', ['p: deployed 1', 'p: deployed 1'], ['1 holds it']],
    ['adopted over one that the log knew', ['p: deployed 1', 'p: adopted 3'], ['1 replaced', '3 holds it']],
    ['another stage is another matter', ['s: deployed 2', 'p: deployed 1', 's: archived 1'], ['1 holds it']],
    [
      'a later failure elsewhere in the log does not change why it left',
      ['p: deployed 1', 'p: deployed 2', 'p: approved 1', 'p: failed 1'],
      ['1 replaced', '2 holds it'],
    ],
  ])('%s', (_, events, expected) => {
    expect(ways(history(...events), 'p')).toEqual(expected);
  });

  test('on a day', () => {
    const told = history('p: deployed 1', 'p: deployed 2', 'p: archived 1', 'p: archived 2');
    const at = (minutes: number): string | undefined =>
      told.holderOn('p', new Date(Date.UTC(2026, 0, 1, 0, minutes)))?.version.name;
    expect([0, 1, 1.5, 2, 3, 4, 99].map(at)).toEqual([undefined, '1', '1', '2', '2', undefined, undefined]);
  });
});

describe('what a version passed', () => {
  test.each<[string, readonly string[], boolean]>([
    ['approved only', ['s: approved 1'], false],
    ['deployed', ['s: approved 1', 's: deployed 1'], true],
    ['replaced since', ['s: deployed 1', 's: deployed 2'], true],
    ['archived since', ['s: deployed 1', 's: deployed 2', 's: archived 1'], true],
    ['adopted', ['s: adopted 1'], true],
    ['rejected later', ['s: deployed 1', 's: rejected 1'], false],
    ['failed later', ['s: deployed 1', 's: failed 1'], false],
    ['rolled back', ['s: deployed 2', 's: deployed 1', 's: deployed 2', 's: rolled_back 1'], false],
    ['archived without ever having been there', ['s: archived 1'], false],
    ['archived as a whole', ['archived 1'], false],
    ['another version', ['s: deployed 2'], false],
    ['registered anew', ['s: deployed 1', 'p: deployed 1', 'p: deployed 2', 'p: rolled_back 1', 'registered 1'], true],
    ['approved again for something else', ['s: deployed 1', 'p: approved 1', 'p: rejected 1'], true],
  ])('%s', (_, events, expected) => {
    expect(history(...events).passed(which('1'), 's') !== undefined).toBe(expected);
  });
});

test('where a version holds one stage at a time, it leaves the one before', () => {
  const events = history('s: deployed 1', 'p: deployed 1', 's: deployed 2').events;
  const told = new History(events, { oneStageAtATime: true });
  expect([ways(told, 's'), ways(told, 'p')]).toEqual([['1 moved_on', '2 holds it'], ['1 holds it']]);
  expect(told.passed(which('1'), 's')).toBeDefined();
});

test.each<[string, readonly string[], readonly string[]]>([
  ['nobody before', ['p: deployed 1'], []],
  ['the last first', ['p: deployed 1', 'p: deployed 2', 'p: archived 1', 'p: deployed 3', 'p: archived 2'], ['2', '1']],
  ['not the one found bad', ['p: deployed 1', 'p: deployed 2', 'p: deployed 1', 'p: rolled_back 2'], []],
  [
    'not one whose deployment failed',
    ['p: deployed 1', 'p: deployed 2', 'p: deployed 1', '+ p: failed 2', 'p: deployed 3'],
    ['1'],
  ],
  ['a failed attempt to put it back leaves it good', ['p: deployed 1', 'p: deployed 2', 'p: failed 1'], ['1']],
  ['a version that only passed staging', ['s: deployed 4', 'p: deployed 1', 'p: deployed 2'], ['1']],
])('former good holders: %s', (_, events, expected) => {
  expect(
    history(...events)
      .goodHolders('p')
      .map(shown),
  ).toEqual(expected);
});

test('who left a stage, and may come back once registered anew', () => {
  const told = ['p: deployed 1', 'p: deployed 2', 'p: deployed 1', 'p: rolled_back 2'];
  expect(history(...told).left(which('2'), 'p')?.left).toBe('rolled_back');
  expect(history(...told).left(which('1'), 'p')).toBeUndefined();
  expect(history(...told, 'registered 2').left(which('2'), 'p')).toBeUndefined();
  expect(history('p: deployed 1', 'p: deployed 2').left(which('1'), 'p')?.left).toBe('replaced');
});

describe('a name that was given again', () => {
  // `a` passed staging and held production; the tag was moved, or the version made again, and is `b` now.
  const former = ['s: deployed 1a', 'p: deployed 1a', 'p: deployed 2c', 'p: archived 1a'];

  test.each<[string, readonly string[]]>([
    ['registered', ['registered 1b']],
    ['archived', ['archived 1b']],
    ['archived from the stage', ['p: archived 1b']],
    ['rejected', ['s: rejected 1b']],
    ['rolled back', ['p: deployed 2c', 'p: rolled_back 1b']],
  ])('%s, it has nothing of what the former earned, and that stays the former one’s', (_, events) => {
    const told = history(...former, ...events);
    expect([told.passed(which('1b'), 's'), told.left(which('1b'), 'p'), told.isHeldBy('p', which('1b'))]).toEqual([
      undefined,
      undefined,
      false,
    ]);
    expect(told.passed(which('1a'), 's')).toBeDefined();
    expect(told.left(which('1a'), 'p')?.left).toBe('archived');
    expect(told.goodHolders('p').map(shown)).toEqual(['1a']);
    expect([told.means(which('1b')), told.means(which('1a')), told.onlyEverMeant(which('1b'))]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('adopted, it holds that stage, and has passed no other', () => {
    const told = history(...former, 'p: adopted 1b');
    expect(told.isHeldBy('p', which('1b'))).toBe(true);
    expect(told.passed(which('1b'), 's')).toBeUndefined();
    expect(told.goodHolders('p').map(shown)).toEqual(['2c', '1a']);
  });

  test('takes the place of the former in its stage, and leaves it empty where it is archived from there', () => {
    expect(ways(history('p: deployed 1a', 'p: adopted 1b'), 'p')).toEqual(['1a replaced', '1b holds it']);
    expect(ways(history('p: deployed 1a', 'p: archived 1b'), 'p')).toEqual(['1a replaced']);
  });

  test('and back: what the former earned is its own still', () => {
    const told = history(...former, 'registered 1b', 'registered 1a');
    expect(told.passed(which('1a'), 's')).toBeDefined();
    expect(told.means(which('1a'))).toBe(true);
  });

  test('what an older log says without identity is said of the one it then meant, and of no later one', () => {
    const told = history('s: deployed 1', 'p: deployed 1', 'registered 1a', 'p: deployed 2', 'registered 1b');
    expect(told.passed(which('1a'), 's')).toBeDefined();
    expect(told.passed(which('1b'), 's')).toBeUndefined();
    expect(told.goodHolders('p').map(shown)).toEqual(['1a']);
    expect(history('s: deployed 1').passed(which('1z'), 's')).toBeDefined();
  });

  test('its events are its own', () => {
    const { events } = history(...former, 'registered 1b');
    const about = (text: string): string[] => eventsAbout(which(text), events).map(({ type }) => type);
    expect([about('1a'), about('1b'), about('3')]).toEqual([['deployed', 'deployed', 'archived'], ['registered'], []]);
  });
});
