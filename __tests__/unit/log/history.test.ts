import { describe, expect, test } from '@jest/globals';
import type { EventType, PromotionEvent } from '../../../src/log/event.js';
import { History } from '../../../src/log/history.js';

let minute = 0;
/** `production: deployed 2` as an event, each a minute after the one before, unless a `+` says together with it. */
const event = (text: string): PromotionEvent => {
  const [, together, stage, type, version] = /^(\+ )?(?:(\w+): )?(\w+) (\w+)$/.exec(text) ?? [];
  if (together === undefined) minute += 1;
  return {
    type: type as EventType,
    version: version ?? '',
    ...(stage === undefined ? {} : { stage }),
    at: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
  };
};
const history = (...texts: readonly string[]): History => {
  minute = 0;
  return new History(texts.map(event));
};
const ways = (told: History, stage: string): string[] =>
  told.tenures(stage).map(({ version, left }) => `${version} ${left ?? 'holds it'}`);

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
      told.holderOn('p', new Date(Date.UTC(2026, 0, 1, 0, minutes)))?.version;
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
    expect(history(...events).passed('1', 's') !== undefined).toBe(expected);
  });
});

test('where a version holds one stage at a time, it leaves the one before', () => {
  const events = history('s: deployed 1', 'p: deployed 1', 's: deployed 2').events;
  const told = new History(events, { oneStageAtATime: true });
  expect([ways(told, 's'), ways(told, 'p')]).toEqual([['1 moved_on', '2 holds it'], ['1 holds it']]);
  expect(told.passed('1', 's')).toBeDefined();
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
  expect(history(...events).goodHolders('p')).toEqual(expected);
});

test('who left a stage, and may come back once registered anew', () => {
  const told = ['p: deployed 1', 'p: deployed 2', 'p: deployed 1', 'p: rolled_back 2'];
  expect(history(...told).left('2', 'p')?.left).toBe('rolled_back');
  expect(history(...told).left('1', 'p')).toBeUndefined();
  expect(history(...told, 'registered 2').left('2', 'p')).toBeUndefined();
  expect(history('p: deployed 1', 'p: deployed 2').left('1', 'p')?.left).toBe('replaced');
});
