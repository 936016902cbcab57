import { expect, test } from '@jest/globals';
import { PromotionError } from '../../../src/domain/errors.js';
import { readInputs } from '../../../src/run/inputs.js';

const given = (inputs: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]));

function problems(inputs: Readonly<Record<string, string>>): string[] {
  try {
    readInputs(given(inputs));
    return [];
  } catch (thrown) {
    if (!(thrown instanceof PromotionError)) throw thrown;
    expect(thrown.code).toBe('INPUT_INVALID');
    return thrown.problems.map(({ message }) => message);
  }
}

test('the defaults', () => {
  expect(readInputs({})).toEqual({
    command: 'promote',
    policy: '.github/model-promotion.yml',
    policyRef: '',
    model: undefined,
    version: undefined,
    stage: undefined,
    dryRun: false,
    reason: undefined,
    source: undefined,
    runId: undefined,
    plan: undefined,
    planDigest: undefined,
    on: undefined,
    override: [],
    failOn: ['error', 'reject', 'hold'],
    comment: 'always',
    deployment: 'auto',
    prNumber: undefined,
    githubToken: undefined,
  });
});

test.each<[Record<string, string>, object]>([
  [{ command: ' Gate ' }, { command: 'gate' }],
  [{ 'dry-run': 'TRUE' }, { dryRun: true }],
  [{ 'fail-on': 'error' }, { failOn: ['error'] }],
  [{ 'fail-on': 'Hold, ERROR' }, { failOn: ['error', 'hold'] }],
  [{ 'fail-on': 'reject\nhold' }, { failOn: ['reject', 'hold'] }],
  [{ 'fail-on': 'none' }, { failOn: [] }],
  [{ comment: 'on-failure' }, { comment: 'on-failure' }],
  [{ deployment: 'never' }, { deployment: 'never' }],
  [{ 'pr-number': '42' }, { prNumber: 42 }],
  [{ override: 'freeze', reason: 'a fix' }, { override: ['freeze'] }],
  [{ override: 'Soak and freeze', reason: 'a fix' }, { override: ['freeze', 'soak'] }],
  [{ override: 'champion, soak', reason: 'a fix' }, { override: ['soak', 'champion'] }],
  [{ command: 'status', on: '2026-03-01' }, { on: new Date('2026-03-01T23:59:59.999Z') }],
  [{ command: 'status', on: '2026-03-01T10:00:00+01:00' }, { on: new Date('2026-03-01T09:00:00Z') }],
  [{ model: '  ' }, { model: undefined }],
  [{ 'policy-ref': 'workspace', command: 'lint' }, { policyRef: 'workspace' }],
  [{ 'policy-ref': 'workspace', 'dry-run': 'true' }, { policyRef: 'workspace' }],
  [{ path: ' src ' }, { path: 'src' }],
  [{}, { path: undefined }],
])('%j', (inputs, expected) => {
  expect(readInputs(given(inputs))).toMatchObject(expected);
});

test.each<[Record<string, string>, string]>([
  [
    { command: 'promte' },
    "Input 'command' is 'promte'. Did you mean 'promote'? Existing values: 'promote', 'gate', 'adopt', 'archive', 'lint', 'apply', 'register', 'monitor', 'verify', 'status', 'backtest', 'matrix', 'rollback'.",
  ],
  [{ 'dry-run': 'yes' }, "Input 'dry-run' is 'yes'; allowed: 'true', 'false'."],
  [
    { 'fail-on': 'error,rejct' },
    "Input 'fail-on' holds 'rejct'. Existing decisions: 'error', 'reject', 'hold', 'none'. Did you mean 'reject'?",
  ],
  [
    { 'fail-on': 'none,error' },
    "Input 'fail-on' holds 'none' beside 'error': it is 'none' alone, or the decisions that fail the step.",
  ],
  [
    { comment: 'allways' },
    "Input 'comment' is 'allways'. Existing values: 'always', 'on-failure', 'never'. Did you mean 'always'?",
  ],
  [{ deployment: 'yes' }, "Input 'deployment' is 'yes'. Existing values: 'auto', 'never'."],
  [
    { command: 'status', on: '2026-02-30' },
    "Input 'on' is '2026-02-30', and there is no such day: 2026-02 has 28 days.",
  ],
  [
    { command: 'status', on: '2026-13-01T10:00:00Z' },
    "Input 'on' is '2026-13-01T10:00:00Z', and there is no such day: a year has 12 months.",
  ],
  [{ 'pr-number': '#42' }, "Input 'pr-number' is '#42'; expected a number such as 42."],
  [{ 'pr-number': '0' }, "Input 'pr-number' is '0'; expected a number such as 42."],
  [{ 'pr-number': '-1' }, "Input 'pr-number' is '-1'; expected a number such as 42."],
  [{ 'pr-number': '1e3' }, "Input 'pr-number' is '1e3'; expected a number such as 42."],
  [
    { 'policy-ref': 'main' },
    "Input 'policy-ref' is 'main'; allowed: 'workspace', or empty for the branch that counts.",
  ],
])('%j', (inputs, message) => {
  expect(problems(inputs)).toEqual([message]);
});

test.each([['promote'], ['gate']])('%s does not judge by the workspace’s policy', (command) => {
  expect(problems({ command, 'policy-ref': 'workspace' })).toEqual([
    expect.stringContaining(`'${command}' judges by the default branch's policy`),
  ]);
});

test('every mistake at once, and the first in the message', () => {
  const inputs = {
    command: 'x',
    'dry-run': 'x',
    'policy-ref': 'x',
    'fail-on': 'x',
    comment: 'x',
    deployment: 'x',
    'pr-number': 'x',
  };
  expect(problems(inputs)).toHaveLength(7);
  expect(() => readInputs(given(inputs))).toThrow(/^Input 'command' is 'x'.* \(and 6 more\)$/);
});
