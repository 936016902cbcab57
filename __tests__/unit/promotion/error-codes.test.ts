import { expect, test } from '@jest/globals';
import { PromotionError } from '../../../src/domain/errors.js';
import { lintRemarks } from '../../../src/policy/lint.js';
import { loadPolicy, sourceOf } from '../../support/policy.js';
import { FakeRegistry } from '../../support/fake-registry.js';
import { runPromote } from '../../support/run-promotion.js';

const policy = (check: string): string => `version: 1
registry: { type: mlflow }
model: churn
stages: { production: { checks: [${check}] } }
`;

const judged = async (check: string): Promise<Awaited<ReturnType<typeof runPromote>>> =>
  runPromote(policy(check), new FakeRegistry().add('7', {}));

test.each([
  ['exit 2', '[2, 3, 4, 5]', 'error', 'error'],
  ['exit 5', '[2, 3, 4, 5]', 'error', 'error'],
  ['exit 1', '[2, 3, 4, 5]', 'failed', 'reject'],
  ['exit 6', '[2, 3, 4, 5]', 'failed', 'reject'],
  ['exit 255', '[255]', 'error', 'error'],
  ['exit 127', '[2]', 'error', 'error'],
  ['exit 0', '[2]', 'passed', 'promote'],
])('%s with error_codes: %s is %s: %s', async (run, codes, outcome, decision) => {
  const { report } = await judged(`{ name: tests, run: ${run}, error_codes: ${codes} }`);
  expect(report.checks).toMatchObject([{ outcome }]);
  expect(report.decision).toBe(decision);
});

test('an error by its code says so, and what to do', async () => {
  const { report } = await judged('{ name: tests, run: exit 3, error_codes: [3] }');
  expect(report.reason).toBe(
    "tests: The command ended with exit code 3, which is one of its 'error_codes': it could not judge.",
  );
  expect(report.cure).toBe('Look at its last lines for what it could not do, mend that, and run again.');
});

test('retries repeat it as any error', async () => {
  const { report } = await judged('{ name: tests, run: exit 4, error_codes: [4], retries: 2 }');
  expect(report.checks).toMatchObject([{ outcome: 'error', attempts: 3 }]);
  const failed = await judged('{ name: tests, run: exit 1, error_codes: [4], retries: 2 }');
  expect(failed.report.checks).toMatchObject([{ outcome: 'failed', attempts: 1 }]);
});

test('a version that is rejected can be judged again, and the rejection says how', async () => {
  const registry = new FakeRegistry().add('7', {});
  const { report } = await runPromote(policy('{ run: exit 1 }'), registry);
  expect(report).toMatchObject({
    decision: 'reject',
    cure: expect.stringContaining(
      "'command: promote' with 'stage: production' and 'version: 7' judges it again.",
    ) as unknown,
  });
  const again = await runPromote(policy('{ run: exit 0 }'), registry, { version: '7' });
  expect(again.report).toMatchObject({ decision: 'promote', promoted: true });
});

test.each([
  ['[]', "'stages.production.checks.0.error_codes' is empty."],
  ['[0]', 'is 0; allowed is at least 1.'],
  ['[256]', 'is 256; allowed is at most 255.'],
  ['[1.5]', 'expected a whole number.'],
  ['["2"]', 'expected a whole number. Remove the quotes.'],
  ['2', 'expected a list.'],
  ['[2, 2]', 'names one thing twice.'],
])('error_codes: %s is a mistake', (codes, message) => {
  try {
    loadPolicy(sourceOf('p.yml', policy(`{ run: x, error_codes: ${codes} }`), 'workspace'));
    throw new Error('It was taken.');
  } catch (thrown) {
    if (!(thrown instanceof PromotionError)) throw thrown;
    expect(thrown.problems.map((problem) => problem.message).join()).toContain(message);
  }
});

const remarks = (check: string): string[] =>
  lintRemarks(loadPolicy(sourceOf('p.yml', policy(check), 'workspace'))).map(({ message }) => message);

test.each([
  ['pytest -q tests'],
  ['python -m pytest'],
  ['uv run pytest tests/model'],
  ['.venv/bin/pytest'],
  ['pip install pytest && pytest'],
  ['cd x; py.test'],
])('lint suggests them for %s', (run) => {
  expect(remarks(`{ run: ${JSON.stringify(run)} }`)).toEqual([
    expect.stringContaining("Add 'error_codes: [2, 3, 4, 5]', so that they are errors."),
  ]);
  expect(remarks(`{ run: ${JSON.stringify(run)}, error_codes: [2, 3, 4, 5] }`)).toEqual([]);
});

test.each([['pip install pytest'], ['./run-pytest.sh'], ['cat pytest.ini'], ['# pytest\n./tests.sh'], ['make test']])(
  'lint suggests nothing for %j',
  (run) => {
    expect(remarks(`{ run: ${JSON.stringify(run)} }`)).toEqual([]);
  },
);

test('lint warns of 1, with which tools say that a test failed', () => {
  expect(remarks('{ run: pytest, error_codes: [1, 2] }')).toEqual([
    expect.stringMatching(/never rejects it\. Write 'error_codes: \[2, 3, 4, 5\]'\.$/),
  ]);
  expect(remarks('{ run: ./t.sh, error_codes: [1] }')).toEqual([
    expect.stringContaining("Leave 1 out of 'error_codes'."),
  ]);
});
