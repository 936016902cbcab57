import { expect, test } from '@jest/globals';
import { PromotionError } from '../../../src/domain/errors.js';
import { loadPolicy, sourceOf } from '../../support/policy.js';

function problems(text: string): string[] {
  try {
    loadPolicy(sourceOf('p.yml', text, 'workspace'));
    return [];
  } catch (thrown) {
    if (!(thrown instanceof PromotionError)) throw thrown;
    return thrown.problems.map(({ at, message }) => `${at?.line ?? 0}:${at?.column ?? 0} ${message}`);
  }
}

const policy = (champion: string, production: string, more = ''): string => `version: 1
registry: { type: git }
model: churn
${champion}
metrics: { auc: { goal: maximize }, 'f1/{c}': { goal: maximize }, live: { goal: maximize, from: command } }
stages:
  staging: { checks: [{ require: auc >= 0.8 }] }
  production: { after: staging, checks: [${production}] }
${more}`;

const cause =
  "the champion is the version that holds 'staging', and what comes to 'production' has come through 'staging'.";
const cure = "Write 'champion: production', or compare with a number.";

test.each<[string, string, readonly string[]]>([
  [
    'champion: staging',
    '{ require: auc >= champion - 0.01 }',
    [`8:53 'auc >= champion - 0.01' compares a version with itself: ${cause} ${cure}`],
  ],
  [
    'champion: staging',
    '{ warn: auc >= champion }',
    [`8:50 'auc >= champion' compares a version with itself: ${cause} ${cure}`],
  ],
  [
    'champion: staging',
    '{ hold_if: auc > champion + 5% }, { require: "f1/{c} >= champion" }',
    ["8:53 'auc > champion + 5%' compares", "8:87 'f1/{c} >= champion' compares"],
  ],
  ['champion: staging', '{ require: auc >= 0.9 }', []],
  ['champion: production', '{ require: auc >= champion }', []],
])('%s with %s behind staging', (champion, check, expected) => {
  const found = problems(policy(champion, check));
  expect(found).toHaveLength(expected.length);
  expected.forEach((message, index) => expect(found[index]).toContain(message));
});

test('however many stages lie between', () => {
  const last = '  live: { after: production, checks: [{ require: auc >= champion }] }';
  expect(problems(policy('champion: staging', '{ run: x }', last))).toEqual([
    "9:50 'auc >= champion' compares a version with itself: the champion is the version that holds 'staging', and what comes to 'live' has come through 'staging'. Write 'champion: live', or compare with a number.",
  ]);
});

test('where the last stage is the champion by default, and another comes after it', () => {
  const text = policy('x-none: 0', '{ require: auc >= champion }')
    .replace('  staging:', '  production_:')
    .replace('  production: { after: staging', '  staging: { after: none')
    .replace('production_', 'production')
    .replace(
      'production: { checks: [{ require: auc >= 0.8 }] }',
      'production: { after: staging, checks: [{ require: auc >= champion }] }',
    )
    .replace('after: none, checks: [{ require: auc >= champion }]', 'checks: [{ run: x }]');
  expect(problems(text)).toEqual([
    "7:53 'auc >= champion' compares a version with itself: without 'champion' it is the last stage, the version that holds 'staging', and what comes to 'production' has come through 'staging'. Add 'champion: production', or compare with a number.",
  ]);
});

test.each<[string, readonly string[]]>([
  [
    '{ require: auc >= champion - 0.01 }',
    [
      "'auc >= champion - 0.01' compares the champion with itself: what is watched is the version that holds 'production'. Compare with a number, such as 'auc >= NUMBER'.",
    ],
  ],
  ['{ run: x }, { require: live >= champion - 0.1 }', []],
  ['{ require: auc >= 0.7 }', []],
])('the monitor of the champion with %s', (check, expected) => {
  const text = policy('champion: production', '{ run: x }').trimEnd();
  const found = problems(`${text.slice(0, -2)}, monitor: { checks: [${check}] } }`);
  expect(found).toHaveLength(expected.length);
  expected.forEach((message, index) => expect(found[index]).toContain(message));
});

test('two checks of a monitor that have one name could not be told apart', () => {
  const text = policy('champion: production', '{ run: x }').trimEnd();
  expect(problems(`${text.slice(0, -2)}, monitor: { checks: [{ run: y }, { run: y }] } }`)).toEqual([
    expect.stringContaining("Two checks of this stage are called 'y'."),
  ]);
});
