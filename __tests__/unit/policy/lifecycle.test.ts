import { describe, expect, test } from '@jest/globals';
import { PromotionError } from '../../../src/domain/errors.js';
import { loadPolicy, sourceOf } from '../../support/policy.js';
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
  const example = `# yaml-language-server: $schema=https://…/policy.schema.json   (a URL: the file is not in the user's repository)
version: 1
registry:
  type: mlflow              # mlflow | git
  stage_as: alias           # alias (default) | stage (MLflow's own) | model (one registered model per environment)
  uri: https://mlflow.example.com                    # default: MLFLOW_REGISTRY_URI, then MLFLOW_TRACKING_URI
model: churn                # or models: {churn: {vars: {min_auc: 0.8}}, fraud: {}}
champion: production        # the stage whose holder candidates are compared with; default: the last stage
first_promotion: hold       # hold | allow: what comparisons do while the model has no champion *and no history*
pass_env: []                # also per command; names, globs, and \`registry\` for the registry's own credentials

metrics:                    # every metric used is declared: direction, sane range, and the one source that counts
  auc:     { goal: maximize, min: 0, max: 1 }                     # from: run (default)
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
    environment: production                 # the GitHub environment told, and asked
    evaluate:                               # for both, on the same data; not started once something cheap has failed
      run: python evaluate.py --model "$MODEL_URI" --out "$METRICS_FILE"
      for: [candidate, champion]
      pass_env: [registry]
    checks:
      - require: val_auc >= champion - 0.005
      - require: p99_ms <= champion + 10%
      - hold_if: val_auc > champion + 0.05  # too good to be true: a person decides
    approval: { environment: production, not_author: true }     # or reviews: {min: 2, not_author: true}
    deploy:
      run: ./deploy.sh "$MODEL_URI"
      smoke_test: ./smoke.sh
      rollback: ./deploy.sh "$PREVIOUS_URI"
    archive: previous       # default for the champion's stage; elsewhere never
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
    [
      'approval: { reviews: { min: 2, not_author: true, request: ask.yml } }',
      { approval: { kind: 'reviews', min: 2, notAuthor: true, request: 'ask.yml' } },
    ],
    [
      "approval: { reviews: { request: './promotions/{model}-{stage}.yml' } }",
      { approval: { kind: 'reviews', min: 1, notAuthor: false, request: 'promotions/churn-production.yml' } },
    ],
    [
      'approval:\n  reviews:\n    request: promotions/{model}-{stage}.yml',
      { approval: { request: 'promotions/churn-production.yml' } },
    ],
    ['approval: { environment: prod, not_author: true }', { approval: { kind: 'environment', notAuthor: true } }],
    [
      'approval: { reviews: { min: 2, request: a/b }, not_author: true }',
      { approval: { kind: 'reviews', min: 2, notAuthor: true } },
    ],
    ['soak: 90s', { soakMs: 90_000 }],
    ['soak: 15m', { soakMs: 900_000 }],
    ['soak: 2h', { soakMs: 7_200_000 }],
    ['soak: 2d', { soakMs: 172_800_000 }],
    ['freeze: { days: [friday] }', { freeze: { timeZone: 'UTC', days: ['friday'], windows: [] } }],
    [
      'freeze: { time_zone: Europe/Berlin, windows: [{ from: 2026-12-20, to: 2027-01-02, reason: holidays }] }',
      {
        freeze: { timeZone: 'Europe/Berlin', windows: [{ from: '2026-12-20', to: '2027-01-02', reason: 'holidays' }] },
      },
    ],
    [
      'freeze: { windows: [{ from: 2028-02-29, to: 2028-02-29 }] }',
      { freeze: { windows: [{ from: '2028-02-29', to: '2028-02-29' }] } },
    ],
    [
      'deploy: { run: ./d.sh, smoke_test: ./s.sh, rollback: ./r.sh }',
      {
        deploy: {
          run: { run: './d.sh', shell: 'bash', timeoutMs: 3_600_000, retries: 0, at: { line: 9, column: 20 } },
          smokeTest: { run: './s.sh', at: { line: 9, column: 40 } },
          rollback: { run: './r.sh', at: { line: 9, column: 58 } },
          transition: 'after-smoke-test',
        },
      },
    ],
    [
      'deploy: { run: x, smoke_test: { run: y, timeout: 2m, shell: sh, retries: 2, working_directory: d, pass_env: [A] }, rollback: { run: z } }',
      {
        deploy: {
          smokeTest: {
            run: 'y',
            timeoutMs: 120_000,
            shell: 'sh',
            retries: 2,
            workingDirectory: 'd',
            passEnv: ['A'],
            at: { line: 9, column: 42 },
          },
          rollback: { run: 'z' },
        },
      },
    ],
    [
      'deploy: { run: { run: ./d.sh, timeout: 5m, shell: sh }, transition: before-deploy }',
      { deploy: { run: { run: './d.sh', timeoutMs: 300_000, shell: 'sh' }, transition: 'before-deploy' } },
    ],
    ['monitor: { checks: [{ require: auc >= 0.4 }] }', { monitor: { then: 'alert', checks: [{ kind: 'condition' }] } }],
    ['monitor: { checks: [{ run: ./m.sh }], then: rollback }', { monitor: { then: 'rollback' } }],
    ['archive: never', { archive: 'never' }],
    ['archive: previous', { archive: 'previous' }],
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

  test.each<[string, string, Record<string, string>]>([
    ['the last stage', '', { staging: 'never', production: 'previous' }],
    ['the one named', 'champion: staging', { staging: 'previous', production: 'never' }],
  ])('the champion is %s, and archives the one before', (_, root, archive) => {
    const { champion, stages } = load(policy('parallel: 1', undefined, root));
    expect(Object.fromEntries([...stages.values()].map((each) => [each.name, each.archive]))).toEqual(archive);
    expect(archive[champion]).toBe('previous');
  });

  test('a single stage comes after none', () => {
    const text = policy('parallel: 1')
      .replace(/ {2}staging: .*\n/, '')
      .replace('    after: staging\n', '');
    expect([...load(text).stages.values()].map(({ name, after }) => [name, after])).toEqual([
      ['production', undefined],
    ]);
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
      "9:42 'Berlin' is no time zone. Use an IANA name such as Europe/Berlin, or UTC. Did you mean 'Europe/Berlin'?",
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
    ['approval: {}', "9:15 An approval is either by an 'environment' or by 'reviews', one of the two."],
    [
      'approval: { environment: p, reviews: { min: 1 } }',
      "9:15 An approval is either by an 'environment' or by 'reviews', one of the two. Found: 'environment', 'reviews'.",
    ],
    [
      'approval: { not_author: true }',
      "9:15 An approval is either by an 'environment' or by 'reviews', one of the two. Found: 'not_author'.",
    ],
    [
      'approval: production',
      "9:15 'stages.production.approval' is 'production'; expected a mapping (key: value lines).",
    ],
    [
      'approval: { environment: 7 }',
      "9:30 'stages.production.approval.environment' is 7; expected text. A number stands where text belongs: quote it, '7'.",
    ],
    [
      'approval: { environment: p, not_author: yes }',
      "9:45 'stages.production.approval.not_author' is 'yes'; expected true or false. In YAML 1.2 'yes' is text: write true.",
    ],
    ['approval: { reviews: { request: r.yml }, min: 2 }', "9:46 'min' belongs under 'reviews'."],
    [
      'approval: { reviews: { min: 2 } }',
      "9:17 'reviews' needs a 'request' with the registry 'mlflow': a version there is no commit, so no pull request's reviewers have seen it. Add \"request: 'promotions/{model}-{stage}.yml'\", a file that names the version in a pull request.",
    ],
    ['approval: { reviews: { request: "" } }', "9:37 'stages.production.approval.reviews.request' is empty."],
    [
      'approval: { reviews: { request: promotions/{model}.yml } }',
      "9:48 Not YAML: inside { … } a text with braces needs quotes. Write it as in request: 'promotions/{model}-{stage}.yml'.",
    ],
    [
      "approval: { reviews: { request: 'promotions/{version}.yml' } }",
      "9:37 '{version}' is not replaced in a promotion request's path; '{model}' and '{stage}' are.",
    ],
    ...['../a.yml', '/etc/a.yml', 'C:/a.yml', '.git/a.yml', 'a/../../b.yml', 'promotions/', 'a/*.yml', 'a\\b.yml'].map(
      (path): [string, string] => [
        `approval: { reviews: { request: '${path}' } }`,
        `9:37 '${path}' is no file below the repository's root that can be a promotion request. Name it as git does, such as 'promotions/{model}-{stage}.yml', without wildcards.`,
      ],
    ),
    [
      'approval: { reviews: { mn: 2 } }',
      "9:28 Unknown key 'mn' in 'stages.production.approval.reviews'. Existing keys: 'min', 'not_author', 'request'. Did you mean 'min'?",
    ],
    [
      'approval: { reviews: { min: 11 } }',
      "9:33 'stages.production.approval.reviews.min' is 11; allowed is at most 10.",
    ],
    [
      'aproval: { environment: p }',
      "9:5 Unknown key 'aproval' in 'stages.production'. Did you mean 'approval'? Existing keys: 'approval', 'soak', 'after', 'parallel', 'archive', 'freeze', 'deploy', 'evaluate', 'checks', 'monitor', 'evidence', 'environment'.",
    ],
    ['soak: 2', "9:11 'stages.production.soak' is 2; expected 90s, 15m, 2h or 7d."],
    ['soak: 1w', "9:11 'stages.production.soak' is '1w'; expected 90s, 15m, 2h or 7d."],
    ['soak: 0d', "9:11 'stages.production.soak' is '0d'; expected 90s, 15m, 2h or 7d."],
    ['freeze: {}', "9:5 A freeze with neither 'days' nor 'windows' freezes nothing."],
    ['freeze: { days: [], windows: [] }', "9:5 A freeze with neither 'days' nor 'windows' freezes nothing."],
    ['freeze: { days: friday }', "9:21 'stages.production.freeze.days' is 'friday'; expected a list."],
    [
      'freeze: { day: [friday] }',
      "9:15 Unknown key 'day' in 'stages.production.freeze'. Existing keys: 'time_zone', 'days', 'windows'. Did you mean 'days'?",
    ],
    [
      'freeze: { days: [friday], time_zone: Europe/Berln }',
      "9:42 'Europe/Berln' is no time zone. Use an IANA name such as Europe/Berlin, or UTC. Did you mean 'Europe/Berlin'?",
    ],
    [
      'freeze: { days: [friday], time_zone: tokyo }',
      "9:42 'tokyo' is no time zone. Use an IANA name such as Europe/Berlin, or UTC. Did you mean 'Asia/Tokyo'?",
    ],
    [
      'freeze: { days: [friday], time_zone: Mars/Phobos }',
      "9:42 'Mars/Phobos' is no time zone. Use an IANA name such as Europe/Berlin, or UTC.",
    ],
    ['freeze: { windows: [{ from: 2026-13-01, to: 2027-01-01 }] }', "9:33 '2026-13-01' is no day of the calendar."],
    ['freeze: { windows: [{ from: 2027-02-28, to: 2027-02-29 }] }', "9:49 '2027-02-29' is no day of the calendar."],
    [
      'freeze: { windows: [{ from: 20.12.2026, to: 2026-12-31 }] }',
      "9:33 'stages.production.freeze.windows.0.from' is '20.12.2026'; expected a day such as 2026-12-24.",
    ],
    ['freeze: { windows: [{ from: 2026-12-20 }] }', "9:25 'stages.production.freeze.windows.0' lacks 'to'."],
    [
      'freeze: { windows: [{ from: 2026-12-20, to: 2026-12-21, resaon: x }] }',
      "9:61 Unknown key 'resaon' in 'stages.production.freeze.windows.0'. Existing keys: 'from', 'to', 'reason'. Did you mean 'reason'?",
    ],
    ['deploy: ./d.sh', "9:13 'stages.production.deploy' is './d.sh'; expected a mapping (key: value lines)."],
    ['deploy: {}', "9:13 'stages.production.deploy' lacks 'run'."],
    [
      'deploy: { run: x, smoketest: y }',
      "9:23 Unknown key 'smoketest' in 'stages.production.deploy'. Existing keys: 'run', 'smoke_test', 'rollback', 'transition'. Did you mean 'smoke_test'?",
    ],
    [
      'deploy: { run: x, smoke_test: { run: y, timeuot: 2m } }',
      "9:45 Unknown key 'timeuot' in 'stages.production.deploy.smoke_test'. Existing keys: 'run', 'shell', 'working_directory', 'timeout', 'retries', 'error_codes', 'pass_env'. Did you mean 'timeout'?",
    ],
    [
      'deploy: { run: x, smoke_test: { rum: y } }',
      "9:37 Unknown key 'rum' in 'stages.production.deploy.smoke_test'. Existing keys: 'run', 'shell', 'working_directory', 'timeout', 'retries', 'error_codes', 'pass_env'. Did you mean 'run'?",
    ],
    ['deploy: { run: x, smoke_test: { timeout: 2m } }', "9:35 'stages.production.deploy.smoke_test' lacks 'run'."],
    [
      'deploy: { run: x, smoke_test: { run: y, timeout: 2 minutes } }',
      "9:54 'stages.production.deploy.smoke_test.timeout' is '2 minutes'; expected 90s, 15m, 2h or 7d.",
    ],
    [
      'deploy: { run: x, smoke_test: 3 }',
      "9:35 'stages.production.deploy.smoke_test' is 3; expected a command for the shell, or a mapping with 'run' and what bounds it.",
    ],
    [
      "deploy: { run: x, rollback: '' }",
      "9:33 'stages.production.deploy.rollback' is ''; expected a command for the shell, or a mapping with 'run' and what bounds it.",
    ],
    [
      'deploy: { run: x, rollback: [y] }',
      "9:33 'stages.production.deploy.rollback' is a list; expected a command for the shell, or a mapping with 'run' and what bounds it.",
    ],
    [
      'deploy: { run: x, rollback: { run: y, shell: zsh } }',
      "9:50 'stages.production.deploy.rollback.shell' is 'zsh'; allowed: 'bash', 'sh', 'pwsh', 'python'. Did you mean 'sh'?",
    ],
    [
      'deploy: { run: x, rollback: { run: y, pass_env: [GITHUB_TOKEN] } }',
      "9:54 'GITHUB_TOKEN' is the runner's own and is never handed to a command: it could act in this workflow's name. Pass what the command needs under a name of its own.",
    ],
    [
      'deploy: { run: x, transition: false }',
      "9:35 'stages.production.deploy.transition' is false; allowed: 'after-smoke-test', 'before-deploy'.",
    ],
    ['monitor: {}', "9:14 'stages.production.monitor' lacks 'checks'."],
    ['monitor: { checks: [] }', "9:24 'stages.production.monitor.checks' is empty."],
    [
      'monitor: { check: [{ run: x }] }',
      "9:16 Unknown key 'check' in 'stages.production.monitor'. Existing keys: 'checks', 'then'. Did you mean 'checks'?",
    ],
    [
      'monitor: { checks: [{ require: auc <= 0.5 }] }',
      "9:36 'auc <= 0.5' asks for less of 'auc', and its goal is to maximize: worse models would pass. Did you mean 'auc >= 0.5'?",
    ],
    [
      'monitor: { checks: [{ run: x }], then: revert }',
      "9:44 'stages.production.monitor.then' is 'revert'; allowed: 'rollback', 'alert'.",
    ],
    [
      'archive: Previous',
      "9:14 'stages.production.archive' is 'Previous'; allowed: 'previous', 'never'. Did you mean 'previous'?",
    ],
    ['archive: always', "9:14 'stages.production.archive' is 'always'; allowed: 'previous', 'never'."],
  ])('%s', (text, message) => {
    expect(problems(policy(text))).toEqual([message]);
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
    [
      'best: { metric: auc }',
      "4:7 'best' chooses among versions that 'passed' a stage or that carry a 'tag', one of the two. Found: 'metric'.",
    ],
    [
      'best: { metric: auc, passed: staging, tag: a }',
      "4:7 'best' chooses among versions that 'passed' a stage or that carry a 'tag', one of the two. Found: 'metric', 'passed', 'tag'.",
    ],
    ['best: { passed: staging }', "4:7 'best' lacks 'metric'."],
    [
      'best: { metric: auc, pased: staging }',
      "4:22 Unknown key 'pased' in 'best'. Existing keys: 'metric', 'passed', 'tag'. Did you mean 'passed'?",
    ],
    ['best: { metric: auc, tag: =x }', "4:27 '=x' names no tag: write NAME, or NAME=VALUE."],
    [
      'champion: Production',
      "4:11 Stage 'Production' does not exist. Existing stages: 'staging', 'production'. Did you mean 'production'?",
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
      `  a: { after: a, ${checks} }\n`,
      '6:15 The stages wait for each other in a circle: a after a. One of them must come first.',
    ],
    [
      `  a: { after: b, ${checks} }\n  b: { after: a, ${checks} }\n`,
      '6:15 The stages wait for each other in a circle: a after b after a. One of them must come first.',
    ],
    [
      `  z: { after: a, ${checks} }\n  a: { after: b, ${checks} }\n  b: { after: a, ${checks} }\n`,
      '7:15 The stages wait for each other in a circle: a after b after a. One of them must come first.',
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

  test('a metric without a goal is none to choose by', () => {
    const text = policy('parallel: 1', undefined, 'best: { metric: f1, passed: staging }');
    expect(problems(text.replace('metrics: {', 'metrics: { f1: { max: 1 },'))).toEqual([
      "5:16 'metrics.f1' lacks 'goal'. Add 'goal: maximize' where more is better, or 'goal: minimize' where less is.",
    ]);
  });

  test('every circle is told, each once', () => {
    const circles = ['a', 'b', 'd', 'e'].map(
      (name, index) => `  ${name}: { after: ${'baed'.charAt(index)}, ${checks} }\n`,
    );
    expect(stages(circles.join(''))).toEqual([
      '6:15 The stages wait for each other in a circle: a after b after a. One of them must come first.',
      '8:15 The stages wait for each other in a circle: d after e after d. One of them must come first.',
    ]);
  });

  test('mistakes of form and of content in one run, wherever they stand', () => {
    const text = policy(
      'soak: a while\nmonitor: { checks: [{ require: acu >= 0.5 }] }',
      undefined,
      'best: { metric: auc, passed: stagin }',
    );
    expect(problems(text)).toEqual([
      "4:30 Stage 'stagin' does not exist. Existing stages: 'staging', 'production'. Did you mean 'staging'?",
      "9:11 'stages.production.soak' is 'a while'; expected 90s, 15m, 2h or 7d.",
      "10:36 Metric 'acu' is not declared. Existing metrics: 'auc', 'size'. Did you mean 'auc'?",
    ]);
  });

  test('a transition that could not be undone', () => {
    const text = policy('deploy: { run: x, transition: before-deploy }', '{ type: mlflow, stage_as: stage }');
    expect(problems(text)).toEqual([
      expect.stringMatching(/^9:35 With 'stage_as: stage' a version holds one stage at a time/),
    ]);
  });
});
