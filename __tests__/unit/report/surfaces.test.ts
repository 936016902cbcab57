import { describe, expect, test } from '@jest/globals';
import { annotations } from '../../../src/report/annotations.js';
import { digest, evidence, predicateType } from '../../../src/report/evidence.js';
import { outputs } from '../../../src/report/outputs.js';
import { terminal } from '../../../src/report/console.js';
import type { Report } from '../../../src/domain/report.js';
import { Redactor } from '../../../src/domain/redactor.js';
import { command, condition, report, samples, version } from '../../support/sample-report.js';

describe('annotations', () => {
  test('a failing step has one error, with cause, cure and place', () => {
    const held = annotations(samples['held']!, true);
    expect(held).toEqual([
      {
        level: 'error',
        message:
          'val_auc > champion + 0.05: val_auc is 0.9731, 0.0319 above 0.9412: a person must decide. Look whether the holdout data leaked into training.',
        at: { file: '.github/model-promotion.yml', line: 31, column: 9 },
      },
    ]);
  });

  test('every other check that did not pass is a warning at its place, the worst first', () => {
    const all = annotations(samples['rejected']!, true);
    expect(all.map(({ level, message, at }) => [level, message.split(':')[0], at?.line])).toEqual([
      ['error', 'unit tests', undefined],
      ['warning', 'val_auc >= champion - 0.005', 31],
      ['warning', 'auc >= 0.88', 31],
    ]);
    expect(annotations(samples['rejected']!, false).map(({ level }) => level)).toEqual(Array(3).fill('warning'));
  });

  test('ten warnings at most, and how many more', () => {
    const checks = Array.from({ length: 14 }, (_, index) => condition(`m${index} >= 1`, 'failed'));
    const made = report({ decision: 'reject', reason: `m0 >= 1: ${checks[0]!.reason}`, checks });
    for (const [fails, last] of [
      [true, 'm10 >= 1: m10 >= 1 is failed. (3 more in the job summary)'],
      [false, 'm9 >= 1: m9 >= 1 is failed. (4 more in the job summary)'],
    ] as const) {
      const warnings = annotations(made, fails).filter(({ level }) => level === 'warning');
      expect(warnings).toHaveLength(10);
      expect(warnings.at(-1)?.message).toBe(last);
    }
  });

  test('a decision that does not fail the step is a warning', () => {
    expect(annotations(samples['held']!, false).map(({ level }) => level)).toEqual(['warning']);
  });

  test('a promotion has none but for what warned', () => {
    expect(annotations(report({ promoted: true }), false)).toEqual([]);
    expect(annotations(samples['twenty-checks']!, false)).toHaveLength(1);
  });

  test('each mistake at its place, ten at most, and how many more', () => {
    const problems = Array.from({ length: 14 }, (_, index) => ({
      message: `mistake ${index}`,
      at: { file: 'p.yml', line: index + 1, column: 1 },
    }));
    const all = annotations(report({ decision: 'error', problems, checks: [], cure: 'Mend them.' }), true);
    expect(all).toHaveLength(10);
    expect(all[0]).toEqual({ level: 'error', message: 'mistake 0 Mend them.', at: problems[0]?.at });
    expect(all[9]?.message).toBe('mistake 9 (4 more in the job summary)');
  });

  test('are one visible line', () => {
    const [only] = annotations(
      report({ decision: 'error', reason: 'a\n::set-output name=x::y\u001b[31m\u202e' }),
      true,
    );
    expect(only?.message).toBe('a ::set-output name=x::y');
  });
});

describe('outputs', () => {
  test('are those of the contract', () => {
    expect(outputs(samples['promoted']!)).toEqual({
      decision: 'promote',
      promoted: 'true',
      reason: 'churn 12 now holds production; 11, which it replaces, is archived. All 4 checks passed.',
      model: 'churn',
      version: '12',
      'model-uri': 'models:/churn/12',
      stage: 'production',
      'champion-version': '11',
      'previous-version': '11',
      'approval-required': 'false',
      'environment-url': 'https://mlflow.example.com/#/models/churn/versions/12',
      checks: expect.stringMatching(/^\[\{"kind":"command","name":"unit tests"/),
    });
  });

  test('are single lines, and the checks hold no log', () => {
    const all = outputs(report({ reason: 'a\r\nb\u2028c', checks: [command('x', 'failed', { tail: 'secret\nlog' })] }));
    for (const value of Object.values(all)) expect(value).not.toMatch(/[\r\n\u2028]/);
    expect(all['reason']).toBe('a b c');
    expect(all['checks']).not.toContain('secret');
  });
});

describe('evidence', () => {
  interface Statement {
    _type: string;
    subject: { name: string; digest: Record<string, string> }[];
    predicateType: string;
    predicate: Record<string, unknown>;
  }
  const read = (made: Report): Statement => JSON.parse(evidence(made, new Redactor())) as Statement;

  test('is an in-toto Statement about the candidate', () => {
    const statement = read(samples['promoted']!);
    expect(statement._type).toBe('https://in-toto.io/Statement/v1');
    expect(statement.predicateType).toBe(predicateType);
    expect(statement.subject).toEqual([
      { name: 'models:/churn/12', digest: { sha256: expect.stringMatching(/^[\da-f]{64}$/) } },
    ]);
    expect(statement.predicate).toMatchObject({
      decision: 'promote',
      policy: { digest: expect.stringMatching(/^sha256:/) },
    });
    expect((statement.predicate['checks'] as unknown[])[2]).toMatchObject({
      required: 'val_auc >= champion - 0.005',
      threshold: '0.8651',
    });
  });

  test('a git version is its commit; an MLflow version that was made from one is not', () => {
    const commit = 'c'.repeat(40);
    expect(
      read(report({ candidate: version('v1.0.0', { source: commit, commit }) })).subject[0]?.digest,
    ).toHaveProperty('gitCommit', commit);
    expect(read(report({ candidate: version('12', { commit }) })).subject[0]?.digest).not.toHaveProperty('gitCommit');
  });

  test('a version made anew has another digest', () => {
    const [a, b] = ['2026-11-20', '2026-11-21'].map(
      (createdAt) => read(report({ candidate: version('12', { createdAt }) })).subject[0]?.digest['sha256'],
    );
    expect(a).not.toBe(b);
  });

  test('has a subject even where the candidate is unknown', () => {
    expect(read(samples['policy']!).subject[0]?.name).toBe('.github/model-promotion.yml');
    const rest = Object.fromEntries(
      Object.entries(samples['policy']!).filter(([key]) => key !== 'policy'),
    ) as unknown as Report;
    expect(read(rest).subject[0]?.digest['sha256']).toMatch(/^[\da-f]{64}$/);
  });

  test('has the same bytes whatever the order of keys, and no log', () => {
    const made = report({ checks: [command('x', 'failed', { tail: 'the log' })] });
    const turned = Object.fromEntries(Object.entries(made).reverse()) as unknown as Report;
    expect(digest(evidence(turned, new Redactor()))).toBe(digest(evidence(made, new Redactor())));
    expect(evidence(made, new Redactor())).not.toContain('the log');
  });
});

describe('terminal', () => {
  test('one aligned line a check, then the decision and the cure', () => {
    const made = report({
      decision: 'reject',
      reason: 'b\u001b[2J: no',
      cure: 'Do better.',
      checks: [command('a', 'passed', { reason: 'ok' }), condition('long one', 'failed', { reason: 'no\nline' })],
      notes: ['first use'],
    });
    expect(terminal(made)).toEqual([
      '✅ passed   a         ok',
      '❌ FAILED   long one  no line',
      'note: first use',
      '❌ Rejected: churn 12 for production (1 failed, 1 passed of 2)',
      'b: no',
      'What to do: Do better.',
    ]);
  });
});
