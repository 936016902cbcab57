import { describe, expect, test } from '@jest/globals';
import { PromotionError } from '../../../src/domain/errors.js';
import { loadPolicy, sourceOf } from '../../support/policy.js';
import { parseCondition } from '../../../src/policy/parse-condition.js';

const load = (text: string): ReturnType<typeof loadPolicy> => loadPolicy(sourceOf('p.yml', text, 'workspace'));

function problems(text: string): string[] {
  try {
    load(text);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof PromotionError)) throw thrown;
    return thrown.problems.map(({ at, message }) => `${at?.line ?? 0}:${at?.column ?? 0} ${message}`);
  }
}

/** A policy with `root` before its stages and `stage` in its one stage. */
const policy = (root: string, stage = 'checks: [{ run: "true" }]'): string =>
  `version: 1
registry: { type: mlflow }
model: churn
${root}
metrics: { auc: { goal: maximize } }
stages:
  production:
    ${stage.replaceAll('\n', '\n    ')}
`;

describe('forms', () => {
  test.each<[string, string]>([
    ['champion: ""', "4:11 'champion' is empty."],
    ['champion: 3', "4:11 'champion' is 3; expected text. A number stands where text belongs: quote it, '3'."],
    [
      'champion: true',
      "4:11 'champion' is true; expected text. A truth value stands where text belongs: quote it, 'true'.",
    ],
    ['champion: [a]', "4:11 'champion' is a list; expected text."],
    ['champion: { a: 1 }', "4:11 'champion' is a mapping; expected text."],
    ['champion:', "4:10 'champion' is empty; expected text."],
    ['vars: { x: .nan }', "4:12 'vars.x' is NaN; expected a number."],
    ['vars: { x: .inf }', "4:12 'vars.x' is Infinity; expected a number."],
    ['vars: { x: "0.5" }', "4:12 'vars.x' is '0.5'; expected a number. Remove the quotes."],
    [
      'vars: { x: 0,5 }',
      "4:14 '5' cannot be a key of 'vars': letters, digits and _, not starting with a digit. Decimals are written with a point, as in 0.5: a comma begins the next key.",
    ],
    ['vars: 3', "4:7 'vars' is 3; expected a mapping (key: value lines)."],
    ['pass_env: A', "4:11 'pass_env' is 'A'; expected a list."],
    ['pass_env: [A-B]', "4:12 'pass_env.0' is 'A-B'; expected another form."],
    [
      'pass_env: ["ACTIONS_RUNTIME_TOKEN"]',
      "4:12 'ACTIONS_RUNTIME_TOKEN' is the runner's own and is never handed to a command: it could act in this workflow's name. Pass what the command needs under a name of its own.",
    ],
    [
      'first_promotion: allowed',
      "4:18 'first_promotion' is 'allowed'; allowed: 'hold', 'allow'. Did you mean 'allow'?",
    ],
    [
      'champoin: production',
      "4:1 Unknown key 'champoin' in the policy. Did you mean 'champion'? Existing keys: 'champion', 'version', 'model', 'vars', 'pass_env', 'stages', 'anchors', 'registry', 'models', 'profiles', 'local', 'trusted', 'metrics', 'best', 'evidence', 'first_promotion', 'trusted_branches'.",
    ],
    [
      'models: { fraud: {} }',
      "1:1 A policy names its model with either 'model: NAME' or 'models: {NAME: {}}', one of the two. Found: 'version', 'registry', 'model', 'models', 'metrics', 'stages'.",
    ],
    ['constructor: {}', "4:1 'constructor' cannot be a key."],
  ])('%s', (root, message) => {
    expect(problems(policy(root))).toEqual([message]);
  });

  test.each<[string, string]>([
    ['parallel: 0', "8:15 'stages.production.parallel' is 0; allowed is at least 1."],
    ['parallel: 99', "8:15 'stages.production.parallel' is 99; allowed is at most 32."],
    ['parallel: 1.5', "8:15 'stages.production.parallel' is 1.5; expected a whole number."],
    ['archive: yes', "8:14 'stages.production.archive' is 'yes'; allowed: 'previous', 'never'."],
    ['evaluate: {}', "8:15 'stages.production.evaluate' lacks 'run'."],
    [
      'evaluate: { rnu: x }',
      "8:17 Unknown key 'rnu' in 'stages.production.evaluate'. Existing keys: 'run', 'for', 'shell', 'working_directory', 'timeout', 'retries', 'error_codes', 'pass_env'. Did you mean 'run'?",
    ],
    ['evaluate: { run: x, for: [] }', "8:30 'stages.production.evaluate.for' is empty."],
    [
      'evaluate: { run: x, for: [candidate, candidate] }',
      "8:31 'stages.production.evaluate.for' names one thing twice.",
    ],
    [
      'evaluate: { run: x, for: [champoin] }',
      "8:31 'stages.production.evaluate.for.0' is 'champoin'; allowed: 'candidate', 'champion'. Did you mean 'champion'?",
    ],
    ['checks: { run: x }', "8:13 'stages.production.checks' is a mapping; expected a list."],
    [
      'checks: [auc >= 0.5]',
      "8:14 'stages.production.checks.0' is 'auc >= 0.5'; expected a mapping (key: value lines).",
    ],
    ['checks: [{ name: x }]', "8:14 A check is exactly one of 'run', 'require', 'warn' or 'hold_if'. Found: 'name'."],
    [
      'checks: [{ timeout: 5m }]',
      "8:14 A check is exactly one of 'run', 'require', 'warn' or 'hold_if'. Found: 'timeout'.",
    ],
    [
      'checks: [{ rnu: x, timeout: 5m }]',
      "8:16 Unknown key 'rnu' in 'stages.production.checks.0'. Did you mean 'run'? Existing keys: 'run', 'warn', 'name', 'shell', 'require', 'timeout', 'retries', 'pass_env', 'hold_if', 'error_codes', 'retry_failures', 'working_directory'.",
    ],
    ['checks: [{ run: x, retries: -1 }]', "8:33 'stages.production.checks.0.retries' is -1; allowed is at least 0."],
    [
      'checks: [{ run: x, timeout: 90 }]',
      "8:33 'stages.production.checks.0.timeout' is 90; expected 90s, 15m, 2h or 7d.",
    ],
    [
      'checks: [{ run: x, timeout: 0s }]',
      "8:33 'stages.production.checks.0.timeout' is '0s'; expected 90s, 15m, 2h or 7d.",
    ],
    [
      'checks: [{ run: x, shell: zsh }]',
      "8:31 'stages.production.checks.0.shell' is 'zsh'; allowed: 'bash', 'sh', 'pwsh', 'python'. Did you mean 'sh'?",
    ],
    [
      'checks: [{ require: 0.5 }]',
      "8:25 A condition is a sentence such as 'auc >= 0.85' or 'auc >= champion - 0.005', or a list of them, all of which must hold. Found 0.5.",
    ],
    [
      'checks: [{ run: x }, { run: x }]',
      "8:33 Two checks of this stage are called 'x'. Give one of them another 'name'.",
    ],
    [
      'after: production',
      '8:12 The stages wait for each other in a circle: production after production. One of them must come first.',
    ],
  ])('%s', (stage, message) => {
    const found = problems(policy('', stage));
    expect(found).toHaveLength(1);
    expect(found[0]).toBe(message);
  });
});

test('mistakes of form and of contents are told in one run, in the order of the file', () => {
  const found = problems(
    policy(
      'champion: prod\nstagse: {}',
      'after: nowhere\nparalel: 2\nchecks:\n  - require: auc>=0.5\n  - warn: [aux >= 0.5, "auc >= 0,5"]\n  - hold_if: auc ?? 3',
    ),
  );
  expect(found.map((each) => each.slice(0, each.indexOf(' ', 12)))).toHaveLength(8);
  expect(found.map((each) => each.split(' ')[0])).toEqual([
    '4:11',
    '5:1',
    '9:12',
    '10:5',
    '12:18',
    '13:16',
    '13:36',
    '14:22',
  ]);
});

describe('merged values', () => {
  const merged = (slow: string, check: string): string =>
    policy(`x-slow: &slow { ${slow} }`, `checks:\n  - ${check}\n    <<: *slow`);
  test('a mistake in them stands where they stand', () => {
    expect(problems(merged('timeout: 15 minutes', 'run: x'))).toEqual([
      expect.stringMatching(/^4:26 'stages.production.checks.0.timeout' is '15 minutes'/),
    ]);
    expect(problems(merged('tmeout: 15m', 'run: x'))).toEqual([expect.stringMatching(/^4:17 Unknown key 'tmeout'/)]);
    expect(problems(merged('require: auc > x', 'name: x'))).toEqual([
      expect.stringMatching(/^4:32 'x' is not a number/),
    ]);
  });
  test('what stands beside them wins', () => {
    expect(load(merged('timeout: 2h', 'run: x\n    timeout: 1m')).stages.get('production')?.checks[0]).toMatchObject({
      command: { timeoutMs: 60_000 },
    });
  });
});

test('a name for a list names each of its conditions', () => {
  const { stages } = load(
    policy(
      '',
      'checks: [{ name: quality, require: [auc >= 0.5, auc >= champion] }, { name: one, require: [auc > 0.1] }]',
    ),
  );
  expect(stages.get('production')?.checks.map(({ name }) => name)).toEqual([
    'quality: auc >= 0.5',
    'quality: auc >= champion',
    'one',
  ]);
});

test('a variable that several models lack is one mistake', () => {
  const text = policy('', 'checks: [{ require: auc >= vars.min }]').replace(
    'model: churn',
    'models: { a: { vars: { mni: 1 } }, b: , c: { vars: { min: 0.5 } } }',
  );
  expect(problems(text)).toEqual([
    "8:25 2 models ('a' is one) have no variable 'min'. Existing variables: 'mni'. Did you mean 'mni'?",
  ]);
});

test.each([
  [
    'staging after b',
    'a: { after: b }\n  b: { after: a }',
    '7:15 The stages wait for each other in a circle: a after b after a. One of them must come first.',
  ],
  [
    'of three',
    'a: { after: c }\n  b: { after: a }\n  c: { after: b }',
    '7:15 The stages wait for each other in a circle: a after c after b after a. One of them must come first.',
  ],
  [
    'beside a tail',
    'd: { after: a }\n  a: { after: b }\n  b: { after: a }',
    '8:15 The stages wait for each other in a circle: a after b after a. One of them must come first.',
  ],
])('a circle %s is told once', (_, stages, message) => {
  expect(problems(policy('', 'X').replace('production:\n    X', stages))).toEqual([message]);
});

describe('conditions', () => {
  test.each<[string, object]>([
    ['auc >= 0.85', { kind: 'number', value: '0.85' }],
    ['auc >= .5', { kind: 'number', value: '.5' }],
    ['auc >= -3', { kind: 'number', value: '-3' }],
    ['auc >= +3', { kind: 'number', value: '+3' }],
    ['auc == 1e-3', { kind: 'number', value: '1e-3' }],
    ['a/b.c@5_x < 1', { kind: 'number', value: '1' }],
    ['  auc   >=   champion  ', { kind: 'champion', percent: false }],
    ['auc >= champion - 0.005', { kind: 'champion', offset: '-0.005', percent: false }],
    ['auc >= champion + 10%', { kind: 'champion', offset: '10', percent: true }],
    ['auc >= champion - .5%', { kind: 'champion', offset: '-.5', percent: true }],
    ['auc >= vars.min_auc', { kind: 'variable', name: 'min_auc' }],
  ])('%s', (text, operand) => {
    expect(parseCondition(text)).toMatchObject({ operand, text: text.trim().replaceAll(/\s+/g, ' ') });
  });

  test.each<[string, number, RegExp]>([
    ['', 0, /^The condition is empty\. A condition is 'metric operator value'/],
    ['auc != 3', 4, /^'!=' is not an operator\. Allowed: >= > <= < ==\.$/],
    ['auc => 3', 4, /^'=>' is not an operator/],
    ['auc >= champion -', 16, /^After 'champion' comes '\+' or '-'/],
    ['auc >= champion * 2', 16, /^After 'champion' comes '\+' or '-'/],
    ['auc >= champion - -1', 18, /is not a number/],
    ['auc >= champion -0.005', 16, /^After 'champion' comes .*found '-0\.005'/],
    ['auc >= champion - 5 %', 20, /one word too many/],
    ['auc >= champion+10%', 7, /^Write 'champion \+ 10%'/],
    ['auc >= champions', 7, /is not a number/],
    ['auc >= vars.', 7, /is not a number/],
    ['auc >= vars.a-b', 7, /is not a number/],
    ['auc >= 0x10', 7, /is not a number/],
    ['auc >= 1_000', 7, /is not a number/],
    ['auc >= 1.', 7, /is not a number/],
    ['auc >= Infinity', 7, /is not a number/],
    ['auc >= 1e999999999', 7, /is not a number/],
    ['auc >= champion + 1e-999999999', 18, /is not a number/],
    ['0.5 <= auc', 0, /cannot name a metric/],
    ['auc>=champion-0.1', 0, /Write 'auc >= champion-0.1'/],
    ['auc=0.5', 0, /Write 'auc == 0.5'/],
    ['auc >=0.5', 4, /blanks|not an operator/],
  ])('%j', (text, index, message) => {
    expect(parseCondition(text)).toEqual({ index, message: expect.stringMatching(message) });
  });
});
