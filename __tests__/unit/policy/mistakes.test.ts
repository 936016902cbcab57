import { describe, expect, test } from '@jest/globals';
import { PromotionError } from '../../../src/domain/errors.js';
import { loadPolicy, sourceOf } from '../../support/policy.js';

/** A valid policy; tests replace one line of it. */
const valid = `version: 1
registry: { type: mlflow }
model: churn
metrics:
  auc: { goal: maximize, min: 0, max: 1 }
  p99_ms: { goal: minimize, from: file, path: lat.json, pointer: /p99 }
  cov: { goal: maximize, from: evaluate }
stages:
  staging:
    checks:
      - name: unit tests
        run: pytest -q
        timeout: 15m
      - require: auc >= 0.85
  production:
    after: staging
    evaluate: { run: python evaluate.py }
    checks:
      - require: [auc >= champion - 0.005, p99_ms <= champion + 10%]
      - hold_if: cov > champion + 0.05
`;

/** Every problem as `line:column message`. */
function problems(text: string): string[] {
  try {
    loadPolicy(sourceOf('p.yml', text, 'workspace'));
    return [];
  } catch (thrown) {
    if (!(thrown instanceof PromotionError)) throw thrown;
    expect(thrown.code).toBe('POLICY_INVALID');
    return thrown.problems.map(({ at, message }) => `${at?.line ?? 0}:${at?.column ?? 0} ${message}`);
  }
}

test('a metric that would be recorded under the name of a slice is refused', () => {
  const family = "'auc/{country}': { goal: maximize, min: 0, max: 1 }";
  const beside = (line: string): string[] =>
    problems(valid.replace('  cov:', `  ${family}\n  ${line}\n  cov:`).replace('auc >= 0.85', 'auc/{country} >= 0.85'));
  expect(beside('auc/DE: { goal: maximize, from: file, path: de.json, pointer: /auc }')).toEqual([
    "8:3 Metric 'auc/DE' would be recorded under the name of a slice of 'auc/{country}', and is read elsewhere. Give it another name, with 'key: auc/DE' where it is logged so.",
  ]);
  // The same value, by either name.
  expect(beside('auc/DE: { goal: maximize, min: 0, max: 1 }')).toEqual([]);
});

test('a valid policy has none, and is whole', () => {
  const policy = loadPolicy(sourceOf('p.yml', valid, 'main', 'a'.repeat(40)));
  expect(policy.champion).toBe('production');
  expect([...policy.stages.values()].map(({ name, after, archive }) => [name, after, archive])).toEqual([
    ['staging', undefined, 'never'],
    ['production', 'staging', 'previous'],
  ]);
  expect(policy.stages.get('production')?.checks.map(({ name }) => name)).toEqual([
    'auc >= champion - 0.005',
    'p99_ms <= champion + 10%',
    'cov > champion + 0.05',
  ]);
  expect(policy.stages.get('staging')?.checks[0]).toMatchObject({
    command: { timeoutMs: 900_000, shell: 'bash', retries: 0 },
  });
});

test.each<[string, string, RegExp | string]>([
  ['version: 1', 'version: 2', /^1:10 'version' is 2; allowed: 1\./],
  [
    '{ type: mlflow }',
    '{ type: mlfow }',
    /^2:19 'registry.type' is 'mlfow'; allowed: 'mlflow', 'git'\. Did you mean 'mlflow'\?/,
  ],
  [
    '{ type: mlflow }',
    '{ type: mlflow, metrics_file: x.json }',
    /^2:\d+ 'metrics_file' means nothing to a registry of type 'mlflow'/,
  ],
  ['model: churn', 'model: 2024', /^3:8 'model' is 2024; expected text\..*quote it, '2024'/],
  ['model: churn\n', '', /A policy names its model with either 'model: NAME' or/],
  ['model: churn', 'model: churn\nfirst_promotion: yes', /'first_promotion' is 'yes'; allowed: 'hold', 'allow'/],
  ['model: churn', 'model: churn\nstagse: {}', /^4:1 Unknown key 'stagse' in the policy\. .*Did you mean 'stages'\?/],
  [
    'model: churn',
    'model: churn\nchampion: prod',
    /^4:11 Stage 'prod' does not exist\. Existing stages: 'staging', 'production'\. Did you mean 'production'\?/,
  ],
  ['model: churn', 'model: churn\nmodel: fraud', /^4:1 Not YAML: Map keys must be unique/],
  ['model: churn', 'model: churn\n__proto__: {}', /^4:1 '__proto__' cannot be a key/],
  ['model: churn', 'model: churn\npass_env: [GITHUB_TOKEN]', /^4:12 'GITHUB_TOKEN' is the runner's own/],
  ['min: 0, max: 1', 'min: 0,5, max: 1', /^5:\d+ Unknown key '5' in 'metrics.auc'\. Decimals are written with a point/],
  [
    'min: 0, max: 1',
    'min: "0,5", max: 1',
    /^5:31 'metrics.auc.min' is '0,5'; expected a number\. Decimals are written with a point: 0.5/,
  ],
  ['min: 0, max: 1', 'min: 2, max: 1', /^5:31 Metric 'auc' has a min \(2\) above its max \(1\)/],
  [
    'from: file, path: lat.json, pointer: /p99',
    'from: file',
    /^6:3 Metric 'p99_ms' is read from a file and does not say which/,
  ],
  ['goal: maximize, from: evaluate', 'gaol: maximize', /Unknown key 'gaol' in 'metrics.cov'.*Did you mean 'goal'\?/],
  ['  cov:', '  "val auc":', /^7:3 'val auc' cannot be a key of 'metrics': .*gets it through 'key'/],
  [
    'timeout: 15m',
    'timeout: 15 minutes',
    /^13:18 'stages.staging.checks.0.timeout' is '15 minutes'; expected 90s, 15m, 2h or 7d/,
  ],
  ['timeout: 15m', 'retry_failures: yes', /^13:25 .*expected true or false\. In YAML 1.2 'yes' is text: write true/],
  [
    'run: pytest -q',
    'run: pytest -q --title "a #1"',
    /^12:14 YAML ends this command at ' #': what would run is 'pytest -q --title "a'/,
  ],
  ['run: pytest -q', "run: ''", /^12:14 /],
  ['      - require: auc >= 0.85', '      - requires: auc >= 0.85', /Unknown key 'requires'.*Did you mean 'require'\?/],
  [
    '      - require: auc >= 0.85',
    '      - require: auc >= 0.85\n        run: x',
    /^14:9 A check is exactly one of 'run', 'require', 'warn' or 'hold_if'\. Found: 'require', 'run'/,
  ],
  [
    '      - require: auc >= 0.85',
    '      - require: auc >= 0.85\n        timeout: 1m',
    /^15:9 'timeout' belongs to a command/,
  ],
  ['auc >= 0.85', 'auc>=0.85', /^14:18 'auc>=0.85' needs blanks around the operator\. Write 'auc >= 0.85'/],
  ['auc >= 0.85', 'auc >= 0,85', /^14:25 '0,85' is not a number\. Decimals are written with a point: 0.85/],
  ['auc >= 0.85', 'auc = 0.85', /^14:22 '=' is not an operator\. Allowed: >= > <= < ==\. For equality write '=='/],
  ['auc >= 0.85', 'auc >=', /^14:22 Nothing follows '>='/],
  ['auc >= 0.85', 'auc', /^14:18 'auc' compares with nothing/],
  ['auc >= 0.85', 'auc >= champion-0.005', /^14:25 Write 'champion - 0.005'/],
  ['auc >= 0.85', 'auc >= champion - x', /^14:36 'x' is not a number/],
  ['auc >= 0.85', 'auc >= 5%', /^14:25 '5%' is a per cent of what\?/],
  ['auc >= 0.85', 'auc >= 0.85 and more', /^14:30 'and' is one word too many/],
  ['auc >= 0.85', 'auc >= NaN', /^14:25 'NaN' is not a number/],
  ['auc >= 0.85', '1auc >= 0.85', /^14:18 '1auc' cannot name a metric/],
  [
    'auc >= 0.85',
    'auc <= 0.85',
    /^14:18 'auc <= 0.85' asks for less of 'auc', and its goal is to maximize: .*Did you mean 'auc >= 0.85'\?/,
  ],
  [
    'auc >= 0.85',
    'aux >= 0.85',
    /^14:18 Metric 'aux' is not declared\. Did you mean 'auc'\? .*'aux: \{ goal: maximize \}'/,
  ],
  ['auc >= 0.85', 'auc >= vars.min', /^14:18 Model 'churn' has no variable 'min'\. There are no variables/],
  ['auc >= 0.85', 'cov >= 0.85', /^14:18 'cov' comes from 'evaluate', and stage 'staging' has none/],
  ['after: staging', 'after: stagin', /^16:12 Stage 'stagin' does not exist\. .*Did you mean 'staging'\?/],
  [
    '  staging:\n',
    '  staging:\n    after: production\n',
    /^10:12 The stages wait for each other in a circle: staging after production after staging/,
  ],
  ['  staging:', '  stag.ing:', /'stag.ing' cannot be a key of 'stages'/],
])('%j as %j', (line, mistake, message) => {
  expect(valid).toContain(line);
  const found = problems(valid.replace(line, mistake));
  expect(found).toEqual([typeof message === 'string' ? message : expect.stringMatching(message)]);
});

describe('what is no policy at all', () => {
  test.each<[string, string, RegExp]>([
    ['empty', '', /^1:1 The policy is empty/],
    ['a comment', '# nothing\n', /^1:1 The policy is empty/],
    ['a list', '- a\n', /expected a mapping/],
    ['text', 'hello', /expected a mapping/],
    ['two documents', `${valid}---\n${valid}`, /several YAML documents/],
    ['a tab', 'version: 1\n\tmodel: x\n', /Not YAML/],
    ['larger than 1 MiB', `${valid}# ${'x'.repeat(1024 * 1024)}`, /larger than 1 MiB/],
    [
      'a billion laughs',
      `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c]\n`,
      /alias/i,
    ],
    ['an alias of nothing', 'a: *b\n', /alias/i],
  ])('%s', (_, text, message) => {
    expect(problems(text).join('\n')).toMatch(message);
  });
});

test('several mistakes are told in one run, in the order of the file', () => {
  const found = problems(
    valid
      .replace('auc >= 0.85', 'aux >= 0.85')
      .replace('after: staging', 'after: stagin')
      .replace('cov > champion', 'cow > champion'),
  );
  expect(found).toHaveLength(3);
  expect(found.map((each) => Number(each.split(':')[0]))).toEqual([14, 16, 20]);
});

test('merge keys and x- keys are free', () => {
  const text = valid
    .replace('model: churn', 'model: churn\nx-slow: &slow { timeout: 2h }')
    .replace('        timeout: 15m', '        <<: *slow');
  expect(problems(text)).toEqual([]);
  expect(loadPolicy(sourceOf('p.yml', text, 'workspace')).stages.get('staging')?.checks[0]).toMatchObject({
    command: { timeoutMs: 7_200_000 },
  });
});
