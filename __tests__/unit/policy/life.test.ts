import { describe, expect, test } from '@jest/globals';
import { PromotionError } from '../../../src/errors.js';
import { loadPolicy, sourceOf } from '../../../src/policy/load.js';
import type { Policy, Stage } from '../../../src/policy/policy.js';

const load = (text: string): Policy => loadPolicy(sourceOf('p.yml', text, 'workspace'));

function problems(text: string): string[] {
  try {
    load(text);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof PromotionError)) throw thrown;
    return thrown.problems.map(({ at, message }) => `${at?.line ?? 0}:${at?.column ?? 0} ${message}`);
  }
}

/** Line 9 begins with `production` in its first column but four. */
const policy = (production: string, registry = '{ type: mlflow }', root = ''): string => `version: 1
registry: ${registry}
model: churn
${root}
metrics: { auc: { goal: maximize }, size: { goal: minimize, from: file, path: size.json } }
stages:
  staging: { checks: [{ require: auc >= 0.5 }] }
  production:
    ${production.replaceAll('\n', '\n    ')}
    checks: [{ require: auc >= 0.5 }]
    after: staging
`;
const stage = (production: string): Stage | undefined => load(policy(production)).stages.get('production');

test('the contract’s example', () => {
  const example = `# yaml-language-server: $schema=https://example.com/policy.schema.json
version: 1
registry:
  type: mlflow
  stage_as: alias
  uri: https://mlflow.example.com
model: churn
champion: production
first_promotion: hold
pass_env: []

metrics:
  auc:     { goal: maximize, min: 0, max: 1 }
  p99_ms:  { goal: minimize, from: file, path: reports/latency.json, pointer: /p99 }
  val_auc: { goal: maximize, key: "val auc (5-fold)", from: evaluate }

stages:
  staging:
    checks:
      - name: unit tests
        run: pytest -q tests/model
        timeout: 15m
        retries: 1
      - require: auc >= 0.85
      - warn: auc >= 0.88
  production:
    after: staging
    environment: production
    evaluate:
      run: python evaluate.py --model "$MODEL_URI" --out "$METRICS_FILE"
      for: [candidate, champion]
      pass_env: [registry]
    checks:
      - require: val_auc >= champion - 0.005
      - require: p99_ms <= champion + 10%
      - hold_if: val_auc > champion + 0.05
    approval: { environment: production, not_author: true }
    deploy:
      run: ./deploy.sh "$MODEL_URI"
      smoke_test: ./smoke.sh
      rollback: ./deploy.sh "$PREVIOUS_URI"
    archive: previous
    monitor: { checks: [ { run: ./monitor.sh, retries: 3 } ], then: rollback }
`;
  const { stages, champion } = load(example);
  expect(champion).toBe('production');
  expect(stages.get('staging')?.archive).toBe('never');
  expect(stages.get('production')).toMatchObject({
    approval: { kind: 'environment', environment: 'production', notAuthor: true },
    deploy: {
      run: { run: './deploy.sh "$MODEL_URI"' },
      smokeTest: { run: './smoke.sh' },
      transition: 'after-smoke-test',
    },
    monitor: { checks: [{ name: './monitor.sh', command: { retries: 3 } }], then: 'rollback' },
    archive: 'previous',
  });
});

describe('good forms', () => {
  test.each<[string, object]>([
    ['approval: { environment: prod }', { approval: { kind: 'environment', environment: 'prod', notAuthor: false } }],
    ['approval: { reviews: { min: 2, not_author: true } }', { approval: { kind: 'reviews', min: 2, notAuthor: true } }],
    ['approval: { reviews: {} }', { approval: { kind: 'reviews', min: 1, notAuthor: false } }],
    ['soak: 2d', { soakMs: 172_800_000 }],
    ['freeze: { days: [friday] }', { freeze: { timeZone: 'UTC', days: ['friday'], windows: [] } }],
    [
      'freeze: { time_zone: Europe/Berlin, windows: [{ from: 2026-12-20, to: 2027-01-02, reason: holidays }] }',
      {
        freeze: { timeZone: 'Europe/Berlin', windows: [{ from: '2026-12-20', to: '2027-01-02', reason: 'holidays' }] },
      },
    ],
    [
      'deploy: { run: { run: ./d.sh, timeout: 5m, shell: sh }, transition: before-deploy }',
      { deploy: { run: { run: './d.sh', timeoutMs: 300_000, shell: 'sh' }, transition: 'before-deploy' } },
    ],
    ['monitor: { checks: [{ require: auc >= 0.4 }] }', { monitor: { then: 'alert', checks: [{ kind: 'condition' }] } }],
    ['archive: never', { archive: 'never' }],
    [
      'evidence: { match: [version, commit], max_age: 7d }',
      { evidence: { match: ['version', 'commit'], maxAgeMs: 604_800_000 } },
    ],
  ])('%s', (text, expected) => {
    expect(stage(text)).toMatchObject(expected);
  });

  test.each<[string, object]>([
    ['best: { metric: auc, passed: staging }', { metric: 'auc', among: { passed: 'staging' } }],
    ['best: { metric: auc, tag: candidate }', { metric: 'auc', among: { tag: 'candidate' } }],
    ['best: { metric: auc, tag: owner=a=b }', { metric: 'auc', among: { tag: 'owner', value: 'a=b' } }],
  ])('%s', (root, expected) => {
    expect(load(policy('parallel: 1', undefined, root)).best).toEqual(expected);
  });

  test('stages may branch', () => {
    const text = `${policy('parallel: 1')}  canary: { after: staging, checks: [{ require: auc >= 0.5 }] }\n`;
    expect([...load(text).stages.values()].map(({ name, after }) => [name, after])).toEqual([
      ['staging', undefined],
      ['production', 'staging'],
      ['canary', 'staging'],
    ]);
  });
});

describe('mistakes', () => {
  test.each<[string, string]>([
    [
      'approval: { environment: p, min: 2 }',
      "9:33 An environment's approval has no 'min': on GitHub one reviewer releases the job. For a quorum use 'reviews: { min: 2 }'.",
    ],
    [
      'approval: { enviroment: p }',
      "9:17 Unknown key 'enviroment' in 'stages.production.approval'. Existing keys: 'environment', 'reviews', 'not_author', 'min'. Did you mean 'environment'?",
    ],
    ['approval: { reviews: { min: 0 } }', "9:33 'stages.production.approval.reviews.min' is 0; allowed is at least 1."],
    ['soak: a while', "9:11 'stages.production.soak' is 'a while'; expected 90s, 15m, 2h or 7d."],
    [
      'freeze: { days: [fryday] }',
      "9:22 'stages.production.freeze.days.0' is 'fryday'; allowed: 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'. Did you mean 'friday'?",
    ],
    [
      'freeze: { days: [friday], time_zone: Berlin }',
      "9:42 'Berlin' is no time zone. Use an IANA name such as Europe/Berlin, or UTC.",
    ],
    ['freeze: { windows: [{ from: 2026-02-30, to: 2026-03-02 }] }', "9:33 '2026-02-30' is no day of the calendar."],
    [
      'freeze: { windows: [{ from: 2026-03-02, to: 2026-03-01 }] }',
      '9:25 The window ends on 2026-03-01, before it begins on 2026-03-02.',
    ],
    ['freeze: { time_zone: UTC }', "9:5 A freeze with neither 'days' nor 'windows' freezes nothing."],
    ['deploy: { smoke_test: x }', "9:13 'stages.production.deploy' lacks 'run'."],
    [
      'deploy: { run: x, transition: after }',
      "9:35 'stages.production.deploy.transition' is 'after'; allowed: 'after-smoke-test', 'before-deploy'. Did you mean 'after-smoke-test'?",
    ],
    ['monitor: { then: alert }', "9:14 'stages.production.monitor' lacks 'checks'."],
    [
      'monitor: { checks: [{ require: acu >= 1 }] }',
      "9:36 Metric 'acu' is not declared. Did you mean 'auc'? To declare it, add under 'metrics': 'acu: { goal: maximize }'.",
    ],
    [
      'monitor: { checks: [{ run: x }], then: rolback }',
      "9:44 'stages.production.monitor.then' is 'rolback'; allowed: 'rollback', 'alert'. Did you mean 'rollback'?",
    ],
    [
      'evidence: { match: [model] }',
      "9:25 'stages.production.evidence.match.0' is 'model'; allowed: 'version', 'commit', 'dataset'.",
    ],
    ['evidence: {}', "9:15 'stages.production.evidence' is empty."],
    ['archive: always', "9:14 'stages.production.archive' is 'always'; allowed: 'previous', 'never'."],
  ])('%s', (text, message) => {
    expect(problems(policy(text))).toEqual([message]);
  });

  test.each<[string, string]>([
    ['approval: {}', "An approval is either by an 'environment' or by 'reviews', one of the two."],
    [
      'approval: { environment: p, reviews: { min: 1 } }',
      "An approval is either by an 'environment' or by 'reviews', one of the two.",
    ],
    ['approval: { not_author: true }', "An approval is either by an 'environment' or by 'reviews', one of the two."],
    ['deploy: {}', "'stages.production.deploy' lacks 'run'"],
    ['monitor: { checks: [] }', "'stages.production.monitor.checks' is empty"],
  ])('%s', (text, words) => {
    const [first, ...more] = problems(policy(text));
    expect(first?.toLowerCase()).toContain(words.toLowerCase());
    expect(more).toEqual([]);
  });

  test.each<[string, string]>([
    [
      'best: { metric: acu, passed: staging }',
      "4:17 Metric 'acu' is not declared. Existing metrics: 'auc', 'size'. Did you mean 'auc'?",
    ],
    [
      'best: { metric: size, passed: staging }',
      "4:17 'best' compares what is logged with the versions; 'size' has 'from: file'.",
    ],
    [
      'best: { metric: auc, passed: stagin }',
      "4:30 Stage 'stagin' does not exist. Existing stages: 'staging', 'production'. Did you mean 'staging'?",
    ],
  ])('%s', (root, message) => {
    expect(problems(policy('parallel: 1', undefined, root))).toEqual([message]);
  });

  const stages = (text: string): string[] =>
    problems(
      `version: 1\nregistry: { type: mlflow }\nmodel: churn\nmetrics: { auc: { goal: maximize } }\nstages:\n${text}`,
    );
  const checks = 'checks: [{ require: auc >= 0.5 }]';

  test.each<[string, string]>([
    [
      `  a: { after: b, ${checks} }\n  b: { after: c, ${checks} }\n  c: { after: a, ${checks} }\n`,
      '6:15 The stages wait for each other in a circle: a after b after c after a. One of them must come first.',
    ],
    [
      `  a: { ${checks} }\n  b: { after: aa, ${checks} }\n`,
      "7:15 Stage 'aa' does not exist. Existing stages: 'a', 'b'. Did you mean 'a'?",
    ],
    [
      `  a: { soak: 1d, ${checks} }\n`,
      "6:8 'soak' is the time in the stage before, and 'a' comes after none: add 'after'.",
    ],
    [`  archived: { ${checks} }\n`, "6:3 'archived' is a state of its own: call the stage otherwise."],
  ])('%s', (text, message) => {
    expect(stages(text)).toEqual([message]);
  });

  test('a transition that could not be undone', () => {
    const text = policy('deploy: { run: x, transition: before-deploy }', '{ type: mlflow, stage_as: stage }');
    expect(problems(text)).toEqual([
      expect.stringMatching(/^9:35 With 'stage_as: stage' a version holds one stage at a time/),
    ]);
  });
});
