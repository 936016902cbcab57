import type { Report } from '../../src/domain/report.js';
import type { CommandResult, ConditionResult, Outcome } from '../../src/domain/check.js';
import type { ModelVersion } from '../../src/domain/version.js';

/** Reports as runs make them, for tests and for `scripts/preview.mjs`. */
export function version(name: string, more: Partial<ModelVersion> = {}): ModelVersion {
  return {
    model: 'churn',
    version: name,
    createdAt: '2026-11-20T08:00:00.000Z',
    run: '3f2a9c0d4e5b46718293a4b5c6d7e8f9',
    source: `s3://models/churn/${name}`,
    uri: `models:/churn/${name}`,
    page: `https://mlflow.example.com/#/models/churn/versions/${name}`,
    tags: new Map(),
    ...more,
  };
}

export function condition(required: string, outcome: Outcome, more: Partial<ConditionResult> = {}): ConditionResult {
  return {
    kind: 'condition',
    name: required,
    severity: 'require',
    outcome,
    required,
    reason: `${required} is ${outcome}.`,
    candidate: { value: '0.8731', origin: 'run 3f2a9c0d4e5b46718293a4b5c6d7e8f9, step 10' },
    at: { file: '.github/model-promotion.yml', line: 31, column: 9 },
    ...more,
  };
}

export function command(name: string, outcome: Outcome, more: Partial<CommandResult> = {}): CommandResult {
  return {
    kind: 'command',
    name,
    outcome,
    command: 'pytest -q tests/model',
    exitCode: outcome === 'passed' ? 0 : 1,
    durationMs: 12_340,
    attempts: 1,
    tail: '....                                            [100%]\n4 passed in 11.9s',
    reason: outcome === 'passed' ? 'It ended with exit code 0.' : `It ended with exit code 1.`,
    ...more,
  };
}

export function report(more: Partial<Report> = {}): Report {
  return {
    command: 'promote',
    dryRun: false,
    decision: 'promote',
    reason: 'All 2 checks passed.',
    promoted: false,
    alreadyThere: false,
    approvalRequired: false,
    model: 'churn',
    models: 1,
    stage: 'production',
    stages: ['staging', 'production'],
    candidate: version('12'),
    champion: version('11'),
    previous: version('11'),
    archived: false,
    checks: [command('unit tests', 'passed'), condition('auc >= 0.85', 'passed')],
    notes: [],
    registry: 'MLflow at https://mlflow.example.com (stages as aliases)',
    policy: {
      path: '.github/model-promotion.yml',
      text: 'version: 1\n',
      ref: 'main',
      commit: '4a1b2c3d4e5f60718293a4b5c6d7e8f901234567',
      digest: 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    },
    problems: [],
    actor: 'ada-l',
    runPage: 'https://github.com/your-org/churn/actions/runs/19512345678',
    commit: 'deadbeef4e5f60718293a4b5c6d7e8f901234567',
    startedAt: '2026-11-24T09:12:00.000Z',
    endedAt: '2026-11-24T09:14:30.000Z',
    ...more,
  };
}

/** A run that failed before it knew stage or version. */
export function unresolved(more: Partial<Report>): Report {
  const unknown = new Set(['stage', 'candidate', 'champion', 'previous']);
  const known = report({ decision: 'error', model: '', checks: [] });
  return {
    ...(Object.fromEntries(Object.entries(known).filter(([key]) => !unknown.has(key))) as unknown as Report),
    ...more,
  };
}

const compared: Partial<ConditionResult> = {
  candidate: { value: '0.8731', origin: 'evaluate, run now on the same data' },
  champion: { value: '0.8912', origin: 'evaluate, run now on the same data' },
  difference: '-0.0181',
};

const short = 'val_auc is 0.8731, 0.0131 below 0.8862: required: >= 0.8862.';
const failing = `${'.'.repeat(40)}F
=================================== FAILURES ===================================
_________________________ test_no_nan_in_predictions __________________________
    def test_no_nan_in_predictions(model, holdout):
>       assert not np.isnan(model.predict(holdout)).any()
E       AssertionError: 3 of 12000 predictions are NaN  <script>alert(1)</script>
tests/model/test_predictions.py:41: AssertionError
1 failed, 40 passed in 11.90s`;

/** One of each kind that a reader meets, by name. */
export const samples: Readonly<Record<string, Report>> = {
  rejected: report({
    decision: 'reject',
    reason: 'unit tests: It ended with exit code 1 after 12.3 s.',
    cure: 'Read its output below, mend the model or the test, and register a new version.',
    checks: [
      command('unit tests', 'failed', {
        tail: failing,
        reason: 'It ended with exit code 1 after 12.3 s.',
        attempts: 2,
      }),
      condition('auc >= 0.85', 'passed'),
      condition('auc >= 0.88', 'warned', {
        severity: 'warn',
        reason: 'auc is 0.8731, 0.0069 below 0.88: wished for: >= 0.88.',
      }),
      condition('val_auc >= champion - 0.005', 'failed', { ...compared, threshold: '0.8862', reason: short }),
      condition('p99_ms <= champion + 10%', 'passed', {
        candidate: { value: '41.2', origin: 'reports/latency.json at /p99' },
        champion: { value: '40', origin: 'recorded when 11 was promoted to production' },
        difference: '+1.2',
        threshold: '44',
      }),
      command('fairness audit', 'skipped', {
        reason: 'Not started, for something cheaper has failed already.',
        tail: '',
      }),
    ],
  }),
  promoted: report({
    promoted: true,
    archived: true,
    reason: 'churn 12 now holds production; 11, which it replaces, is archived. All 4 checks passed.',
    checks: [
      command('unit tests', 'passed'),
      condition('auc >= 0.85', 'passed'),
      condition('val_auc >= champion - 0.005', 'passed', {
        ...compared,
        champion: { value: '0.8701', origin: 'evaluate, run now on the same data' },
        difference: '+0.003',
        threshold: '0.8651',
      }),
      { kind: 'precondition', name: 'after staging', outcome: 'passed', reason: 'churn 12 passed staging.' },
    ],
    notes: ['The model has no records yet, so its holders are taken as they are.'],
  }),
  held: report({
    decision: 'hold',
    reason: 'val_auc > champion + 0.05: val_auc is 0.9731, 0.0319 above 0.9412: a person must decide.',
    cure: 'Look whether the holdout data leaked into training.',
    checks: [
      condition('val_auc > champion + 0.05', 'inconclusive', {
        severity: 'hold_if',
        candidate: { value: '0.9731', origin: 'evaluate' },
        champion: { value: '0.8912', origin: 'evaluate' },
        difference: '+0.0819',
        threshold: '0.9412',
        reason: 'val_auc is 0.9731, 0.0319 above 0.9412: a person must decide.',
      }),
      condition('auc >= 0.85', 'passed'),
    ],
  }),
  error: report({
    decision: 'error',
    reason: "evaluate: It could not be started: 'python' was not found (exit code 127).",
    cure: 'Set Python up in an earlier step, such as with actions/setup-python.',
    checks: [
      command('evaluate', 'error', {
        exitCode: 127,
        tail: 'bash: python: command not found',
        reason: "It could not be started: 'python' was not found (exit code 127).",
      }),
      condition('val_auc >= champion - 0.005', 'skipped', { reason: "Not judged, for 'evaluate' gave no metrics." }),
    ],
  }),
  policy: unresolved({
    decision: 'error',
    model: '',
    checks: [],
    reason: 'The policy .github/model-promotion.yml has 3 mistakes.',
    problems: [
      {
        message: "Unknown key 'requires'. Did you mean 'require'?",
        at: { file: '.github/model-promotion.yml', line: 12, column: 9 },
      },
      {
        message: "Metric 'aucc' is not declared. Add 'aucc: { goal: maximize }' under 'metrics'.",
        at: { file: '.github/model-promotion.yml', line: 14, column: 18 },
      },
      { message: "Stage 'Prod' does not exist. Stages: 'staging', 'production'." },
    ],
  }),
  'twenty-checks': report({
    promoted: true,
    reason: 'churn 12 now holds production; it replaces 11. No check failed; 1 of 20 warned.',
    checks: Array.from({ length: 20 }, (_, index) =>
      condition(`slice_accuracy_${index} >= champion - 0.01`, index === 7 ? 'warned' : 'passed', {
        ...compared,
        threshold: '0.8631',
        champion: { value: '0.8730999999999999', origin: 'evaluate, run now on the same data' },
        difference: '+0.0000000000000001',
      }),
    ),
  }),
  'git-first': report({
    command: 'gate',
    decision: 'promote',
    model: 'fraud-detector_v2',
    candidate: version('v1.2.0', {
      model: 'fraud-detector_v2',
      uri: 'fraud-detector_v2@v1.2.0',
      source: 'deadbeef',
      commit: 'deadbeef',
    }),
    reason: 'All 2 checks passed.',
    registry: 'git tags of your-org/fraud',
  }),
};
