import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeRegistry } from '../../support/fake-registry.js';
import { outcomes, runPromote } from '../../support/run-promotion.js';

let workspace: string;
beforeAll(() => {
  workspace = mkdtempSync(join(tmpdir(), 'gather-'));
  writeFileSync(join(workspace, 'lat.json'), '{"p99": 12, "deep": {"a/b": [7]}, "bad": NaN, "text": "12"}');
});
afterAll(() => {
  rmSync(workspace, { recursive: true, force: true });
});

const policy = (stage: string, metrics = ''): string => `version: 1
registry: { type: mlflow }
model: churn
pass_env: [ROOT_VARIABLE]
metrics:
  auc: { goal: maximize, min: 0, max: 1 }
  cov: { goal: maximize, from: command }
  val: { goal: maximize, from: evaluate }
${metrics}
stages:
  production:
${stage.replaceAll(/^/gm, '    ')}
`;
const registry = (): FakeRegistry =>
  new FakeRegistry().add('1', { auc: 0.9 }).add('2', { auc: 0.92 }).hold('production', '1');
const write = (json: string): string => `echo '${json}' > "$METRICS_FILE"`;

describe('order', () => {
  test('conditions on what is logged, then commands, then evaluate; told as written', async () => {
    const { report, lines } = await runPromote(
      policy(`evaluate: { run: 'echo evaluating "$MODEL_ROLE" "$MODEL_VERSION"; echo "{\\"val\\": 0.$MODEL_VERSION}" > "$METRICS_FILE"' }
checks:
  - require: val >= champion
  - { name: one, run: echo first }
  - require: auc >= champion
  - name: two
    run: |
      ${write('{"cov": 0.8}')}
  - require: cov >= 0.5`),
      registry(),
      { dryRun: true },
    );
    expect(outcomes(report)).toEqual([
      'val >= champion: passed',
      'one: passed',
      'auc >= champion: passed',
      'two: passed',
      'cov >= 0.5: passed',
      'evaluate (candidate): passed',
      'evaluate (champion): passed',
    ]);
    expect(lines.filter((line) => line.startsWith('>'))).toEqual([
      '> one',
      '> two',
      '> evaluate (candidate)',
      '> evaluate (champion)',
    ]);
    expect(lines.filter((line) => line.includes('evaluating'))).toEqual([
      '  │ evaluating candidate 2',
      '  │ evaluating champion 1',
    ]);
    expect(report.reason).toBe('All 5 checks passed.');
  });

  test('the registry is asked once a version, for all keys together', async () => {
    const asked = registry();
    await runPromote(
      policy(
        'checks: [{ require: auc >= champion }, { warn: auc >= 0.95 }, { require: f1 >= champion }]',
        '  f1: { goal: maximize, key: F-1 }',
      ),
      asked,
      { dryRun: true },
    );
    expect(asked.metricCalls).toEqual(['2: auc,F-1', '1: auc,F-1']);
  });

  test.each<[string, string, string, string]>([
    [
      'a failed condition',
      'require: auc >= 0.99',
      'reject',
      'evaluate was not started, because auc >= 0.99 did not pass',
    ],
    ['a broken metric', 'require: gone >= 0.1', 'error', 'evaluate was not started, because gone >= 0.1 did not pass'],
    [
      'a failed command',
      '{ name: tests, run: exit 3 }',
      'reject',
      'evaluate was not started, because tests did not pass',
    ],
    [
      'a command not found',
      '{ name: tests, run: no-such-command }',
      'error',
      'evaluate was not started, because tests did not pass',
    ],
  ])('evaluate is not started after %s', async (_, check, decision, why) => {
    const { report, lines } = await runPromote(
      policy(
        `evaluate: { run: echo evaluating }\nchecks:\n  - ${check}\n  - require: val >= champion`,
        '  gone: { goal: maximize }',
      ),
      registry(),
      { dryRun: true },
    );
    expect(report.decision).toBe(decision);
    expect(report.checks.find((each) => each.name === 'val >= champion')).toMatchObject({
      outcome: 'skipped',
      reason: `Not measured: ${why}.`,
    });
    expect(report.checks.filter((each) => each.name.startsWith('evaluate')).map((each) => each.outcome)).toEqual([
      'skipped',
      'skipped',
    ]);
    expect(lines.join('\n')).not.toContain('evaluating');
  });

  test.each([['warn: auc >= 0.99'], ['hold_if: auc > 0.91']])('evaluate is started after %s', async (check) => {
    const { report } = await runPromote(
      policy(
        `evaluate: { run: 'echo "{\\"val\\": 1}" > "$METRICS_FILE"' }\nchecks:\n  - ${check}\n  - require: val >= champion`,
      ),
      registry(),
      { dryRun: true },
    );
    expect(report.checks[1]?.outcome).toBe('passed');
  });

  test('the champion is not evaluated once the candidate could not be', async () => {
    const { report } = await runPromote(
      policy('evaluate: { run: exit 1 }\nchecks: [{ require: val >= champion }]'),
      registry(),
      { dryRun: true },
    );
    expect(outcomes(report)).toEqual([
      'val >= champion: skipped',
      'evaluate (candidate): error',
      'evaluate (champion): skipped',
    ]);
    expect(report.checks[2]?.reason).toBe('Not started: evaluate (candidate) could not be judged already.');
    expect(report.decision).toBe('error');
  });

  test('evaluate for the candidate alone', async () => {
    const { report } = await runPromote(
      policy(
        `evaluate: { run: 'echo "{\\"val\\": 1}" > "$METRICS_FILE"', for: [candidate] }\nchecks: [{ require: val >= 0.5 }]`,
      ),
      registry(),
      { dryRun: true },
    );
    expect(outcomes(report)).toEqual(['val >= 0.5: passed', 'evaluate (candidate): passed']);
  });

  test('without a champion it is not evaluated', async () => {
    const { report } = await runPromote(
      policy(
        `evaluate: { run: 'echo "{\\"val\\": 1}" > "$METRICS_FILE"' }\nchecks: [{ require: val >= champion }, { require: val >= 0.5 }]`,
      ),
      registry().hold('production'),
      { dryRun: true },
    );
    expect(outcomes(report)).toEqual([
      'val >= champion: inconclusive',
      'val >= 0.5: passed',
      'evaluate (candidate): passed',
      'evaluate (champion): skipped',
    ]);
    expect(report.checks[3]?.reason).toBe('There is no champion.');
  });
});

describe('what a command wrote', () => {
  test.each<[string, string, string, string]>([
    ['a number', write('{"cov": 0.8}'), 'promote', 'passed'],
    ['too little', write('{"cov": 0.1}'), 'reject', 'failed'],
    ['NaN', write('{"cov": NaN}'), 'error', 'error'],
    ['text', write('{"cov": "0.8"}'), 'error', 'error'],
    ['true', write('{"cov": true}'), 'error', 'error'],
    ['another name', write('{"Cov": 0.8}'), 'error', 'error'],
    ['nothing', 'true', 'error', 'error'],
    ['no JSON', 'echo cov > "$METRICS_FILE"', 'error', 'skipped'],
    ['nothing, and failed', 'exit 1', 'reject', 'skipped'],
    ['a number, and failed', `${write('{"cov": 0.8}')}; exit 1`, 'reject', 'passed'],
    ['nothing, and was not found', 'no-such-command', 'error', 'skipped'],
  ])('%s: %s', async (_, run, decision, outcome) => {
    const { report } = await runPromote(
      policy(`checks:\n  - name: measure\n    run: |\n      ${run}\n  - require: cov >= 0.5`),
      registry(),
      { dryRun: true },
    );
    expect(report.decision).toBe(decision);
    expect(report.checks[1]?.outcome).toBe(outcome);
  });

  test.each<[string, string, string]>([
    ['two that agree', '0.8', 'passed'],
    ['two that do not', '0.7', 'error'],
  ])('%s', async (_, second, outcome) => {
    const { report } = await runPromote(
      policy(
        `checks:\n  - name: a\n    run: |\n      ${write('{"cov": 0.8}')}\n  - name: b\n    run: |\n      ${write(`{"cov": ${second}}`)}\n  - require: cov >= 0.5`,
      ),
      registry(),
      { dryRun: true },
    );
    expect(report.checks[2]?.outcome).toBe(outcome);
  });

  test('the champion’s value is what its promotion recorded, whatever is recorded', async () => {
    for (const [text, outcome] of [
      ['0.7', 'passed'],
      ['0.9', 'failed'],
      ['NaN', 'error'],
      ['', 'error'],
    ] as const) {
      const tags = {
        promotion_production: JSON.stringify({
          state: 'production_deployed',
          stage: 'production',
          at: '2026-01-01',
          metrics: { cov: text },
        }),
      };
      const { report } = await runPromote(
        policy(`checks:\n  - name: measure\n    run: |\n      ${write('{"cov": 0.8}')}\n  - require: cov >= champion`),
        new FakeRegistry().add('1', {}, tags).add('2').hold('production', '1'),
        { dryRun: true },
      );
      expect(report.checks[1]?.outcome).toBe(outcome);
    }
  });

  test('what a job measured is recorded for the next candidate', async () => {
    const stage = policy(
      `checks:\n  - name: measure\n    run: |\n      echo "{\\"cov\\": 0.$MODEL_VERSION}" > "$METRICS_FILE"\n  - require: cov >= 0.1\n  - warn: cov >= champion`,
    );
    const held = registry();
    const first = await runPromote(stage, held);
    expect(first.report.checks[2]).toMatchObject({
      outcome: 'error',
      reason: expect.stringContaining('recorded no value'),
    });
    await runPromote(stage.replace('  - warn: cov >= champion', ''), held).catch(() => undefined);
    await runPromote(
      policy(
        `checks:\n  - name: measure\n    run: |\n      echo "{\\"cov\\": 0.$MODEL_VERSION}" > "$METRICS_FILE"\n  - require: cov >= 0.1`,
      ),
      held,
    );
    held.add('3');
    const { report } = await runPromote(stage, held);
    expect(report.checks[2]).toMatchObject({
      outcome: 'passed',
      champion: { value: '0.2', origin: 'recorded when 2 was promoted to production' },
    });
  });
});

test.each<[string, string, string]>([
  ['path: lat.json, pointer: /p99', 'passed', 'lat.json at /p99'],
  ['path: lat.json, key: p99', 'passed', 'lat.json at /p99'],
  ['path: lat.json, pointer: /deep/a~1b/0', 'passed', '/deep/a~1b/0'],
  ['path: lat.json, pointer: /gone', 'error', 'lat.json has nothing at /gone'],
  ['path: lat.json, pointer: /deep', 'error', "is '{"],
  ['path: lat.json, pointer: /bad', 'error', 'is NaN, which is no measurement'],
  ['path: lat.json, pointer: /text', 'error', "is '12', which is not a number"],
  ['path: lat.json, pointer: /toString', 'error', 'has nothing at /toString'],
  ["path: lat.json, pointer: ''", 'error', "is '{"],
  ['path: gone.json, pointer: /p99', 'error', 'the file gone.json does not exist in the workspace'],
  ['path: ../../etc/hostname, pointer: /p99', 'error', 'leads out of the workspace'],
  ['path: ., pointer: /p99', 'error', 'p99_ms has no value'],
])('a metric from file with %s: %s', async (declared, outcome, said) => {
  const { report } = await runPromote(
    policy('checks: [{ require: p99_ms <= 20 }]', `  p99_ms: { goal: minimize, from: file, ${declared} }`),
    registry(),
    { dryRun: true, workspace },
  );
  expect(report.checks[0]?.outcome).toBe(outcome);
  expect(JSON.stringify(report.checks[0])).toContain(said);
});

describe('commands', () => {
  test('are given who is judged, and the policy’s own pass_env', async () => {
    const { lines } = await runPromote(
      policy(
        'checks:\n  - name: env\n    run: echo "$MODEL_NAME $MODEL_VERSION $MODEL_URI $MODEL_ROLE $MODEL_STAGE $CHAMPION_VERSION $CHAMPION_URI $PREVIOUS_VERSION $FAKE_URI [$ROOT_VARIABLE] [$FAKE_TOKEN]"',
      ),
      registry(),
      {
        dryRun: true,
        environment: { ...process.env, ROOT_VARIABLE: 'abc', FAKE_TOKEN: 'hidden' },
      },
    );
    expect(lines[1]).toBe(
      '  │ churn 2 models:/churn/2 candidate production 1 models:/churn/1 1 fake://registry [abc] []',
    );
  });

  test('are run two at a time on request, each log in one piece', async () => {
    const meets = (own: string, other: string): string =>
      `'echo ${own}1; touch ${own}; until test -e ${other}; do sleep 0.05; done; echo ${own}2'`;
    const { report, lines } = await runPromote(
      policy(
        // Each waits for the other: one at a time, neither would end.
        `parallel: 2\nchecks:\n  - { name: a, run: ${meets('a', 'b')} }\n  - { name: b, run: ${meets('b', 'a')} }`,
      ),
      registry(),
      { dryRun: true },
    );
    expect(report.decision).toBe('promote');
    expect(
      lines
        .filter((line) => line.includes('│'))
        .join('')
        .replaceAll('  │ ', ''),
    ).toMatch(/^(a1a2b1b2|b1b2a1a2)$/);
  });

  test.each<[string, string, string, string | undefined]>([
    ['exit 1', 'failed', 'The command ended with exit code 1.', undefined],
    [
      'exit 126',
      'error',
      'The command ended with exit code 126: something in it is not executable.',
      'Make the file executable (chmod +x), or call its interpreter.',
    ],
    [
      'no-such-command',
      'error',
      'The command ended with exit code 127: a command in it was not found.',
      'Install the command in an earlier step, or correct its name.',
    ],
    ['kill -9 $$', 'error', 'The command was ended by a signal.', undefined],
    ['exit 137', 'error', 'The command was ended by signal 9 (SIGKILL: often out of memory).', undefined],
    ['cat', 'passed', 'The command succeeded.', undefined],
  ])('%s: %s', async (run, outcome, reason, cure) => {
    const { report } = await runPromote(policy(`checks: [{ name: c, run: '${run}' }]`), registry(), { dryRun: true });
    expect(report.checks[0]).toMatchObject({ outcome, reason });
    expect(report.checks[0]?.cure).toBe(cure);
  });

  test('its last lines stand with its verdict: harmless, without secrets, a few', async () => {
    const script = "printf '%s\\n' one two '=== three ===' '' '##[error]four' \"$API_TOKEN\"; exit 2";
    const text = policy(`checks: [{ name: pytest, run: ${JSON.stringify(script)}, pass_env: [API_TOKEN] }]`);
    const { report } = await runPromote(text, registry(), {
      dryRun: true,
      environment: { ...process.env, API_TOKEN: 'hunter2hunter2' },
    });
    expect(report.checks[0]?.reason).toBe(
      "The command ended with exit code 2. Its last lines: 'three | # #[error]four | ***'.",
    );
    expect(report.reason).toContain('three | # #[error]four');
  });

  test('a time-out says what to do', async () => {
    const { report } = await runPromote(policy("checks: [{ name: c, run: 'sleep 60', timeout: 1s }]"), registry(), {
      dryRun: true,
    });
    expect(report.checks[0]).toMatchObject({
      outcome: 'error',
      reason: 'The command ran out of time.',
      cure: "Give it more than its 'timeout' of 1.0 s, or find out where it hangs.",
    });
  });
});
