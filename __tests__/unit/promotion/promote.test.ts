import { describe, expect, test } from '@jest/globals';
import { PromotionError } from '../../../src/domain/errors.js';
import { gate } from '../../../src/promotion/gate.js';
import { FakeRegistry } from '../../support/fake-registry.js';
import { outcomes, runPromote, runOperation } from '../../support/run-promotion.js';

const policy = (production: string, more = ''): string => `version: 1
registry: { type: mlflow }
model: churn
${more}
metrics:
  auc: { goal: maximize, min: 0, max: 1 }
stages:
  staging:
    checks: [{ require: auc >= 0.5 }]
  production:
${production}
`;
const compares = policy('    checks: [{ require: auc >= champion - 0.005 }]');
const record = (stage: string, state = `${stage}_deployed`): Record<string, string> => ({
  promotion_state: state,
  [`promotion_${stage}`]: JSON.stringify({ state, stage, at: '2026-01-02T00:00:00Z' }),
});
/** 1 holds production with 0.9, 2 is new. */
const contest = (auc: number | string): FakeRegistry =>
  new FakeRegistry().add('1', { auc: 0.9 }, record('production')).add('2', { auc }).hold('production', '1');

describe('promote', () => {
  test('moves the stage, records both versions and archives the one before', async () => {
    const registry = contest(0.91);
    const { report, sealed } = await runPromote(compares, registry);
    expect(report).toMatchObject({
      decision: 'promote',
      promoted: true,
      archived: true,
      candidate: { version: '2' },
      previous: { version: '1' },
    });
    expect(report.reason).toBe(
      'churn 2 now holds production; 1, which it replaces, is archived. The one check passed.',
    );
    // 1, which holds production, has its record already. The approval, then the move.
    expect(registry.writes).toEqual(['tag 2', 'transition 2 -> production']);
    expect(registry.tagsOf('2')['promotion_state']).toBe('production_deployed');
    expect(JSON.parse(registry.tagsOf('2')['promotion_production'] ?? '')).toMatchObject({
      state: 'production_deployed',
      stage: 'production',
      at: '2026-03-01T12:00:00.000Z',
      actor: 'ada',
      run: 'https://github.test/run/1',
      previous: '1',
      evidence: 'sha256:evidence',
    });
    expect(registry.tagsOf('1')['promotion_state']).toBe('archived');
    expect(sealed).toHaveLength(1);
    expect(sealed[0]).toMatchObject({ decision: 'promote', promoted: false });
  });

  test.each<[string, string, string, boolean]>([
    ['the champion’s stage, by default', '', 'production', true],
    ['the champion’s stage, told never to', '\n    archive: never', 'production', false],
    ['another stage, by default', '', 'staging', false],
  ])('archives only where asked: %s', async (_, key, stage, archived) => {
    const registry = contest(0.91).add('0', { auc: 0.7 }).hold('staging', '0');
    const text = policy(`    checks: [{ require: auc >= 0.5 }]${key}`);
    const { report } = await runPromote(text, registry, { stageName: stage });
    expect(report).toMatchObject({ promoted: true, archived });
    expect(registry.transitions[0]?.archive).toBe(archived);
    expect(registry.tagsOf(stage === 'staging' ? '0' : '1')['promotion_state'] === 'archived').toBe(archived);
  });

  test('a rejection moves nothing and is recorded', async () => {
    const registry = contest(0.5);
    const { report } = await runPromote(compares, registry);
    expect(report).toMatchObject({ decision: 'reject', promoted: false });
    expect(report.reason).toBe('auc >= champion - 0.005: auc is 0.5, required >= 0.895 (missed by 0.395).');
    expect(registry.writes).toEqual(['tag 2']);
    expect(registry.tagsOf('2')['promotion_state']).toBe('production_rejected');
    expect(JSON.parse(registry.tagsOf('2')['promotion_production'] ?? '')).toMatchObject({ reason: report.reason });
    expect(registry.holdersOf('production')).toEqual(['1']);
  });

  test('a rejection that cannot be recorded stays one, with a note', async () => {
    const registry = contest(0.5);
    registry.refusal = new PromotionError('REGISTRY_DENIED', 'No.', { cure: 'Ask.' });
    const { report } = await runPromote(compares, registry);
    expect(report.decision).toBe('reject');
    expect(report.notes).toEqual(['The rejection could not be recorded: No. Ask.']);
  });

  test.each<[string, number | string]>([
    ['NaN', NaN],
    ['text', 'NaN'],
    ['out of range', 1.5],
    ['infinite', Infinity],
  ])('an error writes nothing: %s', async (_, auc) => {
    const registry = contest(auc);
    expect((await runPromote(compares, registry)).report).toMatchObject({ decision: 'error', promoted: false });
    expect(registry.writes).toEqual([]);
  });

  test('a hold writes nothing', async () => {
    const registry = contest(0.99);
    const { report } = await runPromote(
      policy('    checks: [{ require: auc >= champion }, { hold_if: auc > champion + 0.05 }]'),
      registry,
    );
    expect(report.decision).toBe('hold');
    expect(report.reason).toBe('auc > champion + 0.05: auc is 0.99, which is > 0.95 (by 0.04): a person must decide.');
    expect(registry.writes).toEqual([]);
  });

  test.each<[string, (registry: FakeRegistry) => ReturnType<typeof runPromote>]>([
    ['gate', (registry) => runOperation(compares, registry, {}, async (work) => (await gate(work, 'latest')).report)],
    ['a dry run', (registry) => runPromote(compares, registry, { dryRun: true })],
  ])('%s judges and writes nothing', async (_, act) => {
    for (const [auc, decision] of [
      [0.95, 'promote'],
      [0.1, 'reject'],
    ] as const) {
      const registry = contest(auc);
      const { report, sealed } = await act(registry);
      expect(report).toMatchObject({ decision, promoted: false, archived: false });
      expect(sealed).toHaveLength(1);
      expect(registry.writes).toEqual([]);
    }
  });

  test('what holds the stage already is a success that changes nothing', async () => {
    const registry = contest(0.1);
    const { report } = await runPromote(compares, registry, { version: '1' });
    expect(report).toMatchObject({ decision: 'promote', promoted: false, alreadyThere: true, checks: [] });
    expect(registry.writes).toEqual([]);
  });

  test('evidence that cannot be sealed stops the move', async () => {
    const registry = contest(0.95);
    await expect(
      runPromote(compares, registry, { seal: () => Promise.reject(new Error('disk full')) }),
    ).rejects.toThrow('disk full');
    expect(registry.writes).toEqual([]);
  });

  test('a write that the registry refuses is an error with its cure', async () => {
    const registry = contest(0.95);
    registry.refusal = new PromotionError('REGISTRY_CONFLICT', 'Somebody else moved it.', { cure: 'Run again.' });
    const { report } = await runPromote(compares, registry);
    expect(report).toMatchObject({
      decision: 'error',
      promoted: false,
      archived: false,
      reason: 'Somebody else moved it.',
      cure: 'Run again.',
    });
  });
});

describe('what changed while it ran', () => {
  test.each<[string, (registry: FakeRegistry) => void, string]>([
    [
      'the champion moved',
      (registry) => registry.add('3', { auc: 0.95 }).hold('production', '3'),
      'Since it was judged, production moved from 1 to 3.',
    ],
    [
      'the champion was taken away',
      (registry) => registry.hold('production'),
      'Since it was judged, production moved from 1 to no version.',
    ],
    [
      'the candidate was made anew',
      (registry) => registry.add('2', { auc: 0.91 }, {}, { createdAt: '2026-02-02T00:00:00.000Z' }),
      'churn 2 is no longer what was judged: it was made anew on 2026-02-02T00:00:00.000Z.',
    ],
    [
      'the candidate has another source',
      (registry) => registry.add('2', { auc: 0.91 }, {}, { source: 's3://elsewhere' }),
      'churn 2 is no longer what was judged: ',
    ],
  ])('%s: hold, and nothing moved', async (_, change, reason) => {
    const registry = contest(0.91);
    registry.meanwhile = () => {
      change(registry);
    };
    const { report } = await runPromote(compares, registry);
    expect(report).toMatchObject({ decision: 'hold', promoted: false });
    expect(report.reason).toContain(reason);
    expect(registry.writes).toEqual([]);
  });

  test('the champion moved while staging was judged against it', async () => {
    const registry = contest(0.91);
    registry.meanwhile = () => {
      registry.add('3').hold('production', '3');
    };
    const { report } = await runPromote(policy('    checks: []'), registry, { stageName: 'staging' });
    expect(report).toMatchObject({ decision: 'hold', reason: 'Since it was judged, production moved from 1 to 3.' });
  });

  test.each<[string, (registry: FakeRegistry) => void, string]>([
    ['several hold the stage', (registry) => registry.hold('production', '1', '2'), 'Several versions'],
    [
      'the candidate is gone',
      (registry) => {
        registry.remove('2');
      },
      "no version '2'",
    ],
  ])('%s: an error, and nothing moved', async (_, change, reason) => {
    const registry = contest(0.91);
    registry.meanwhile = () => {
      change(registry);
    };
    const { report } = await runPromote(compares, registry);
    expect(report).toMatchObject({ decision: 'error', promoted: false });
    expect(report.reason).toContain(reason);
    expect(registry.writes).toEqual([]);
  });
});

describe('after', () => {
  const text = policy('    after: staging\n    checks: [{ require: auc >= 0.5 }]');
  const staged = (tags: Record<string, string>, holder?: string): FakeRegistry => {
    const registry = new FakeRegistry().add('1', { auc: 0.9 }, tags);
    return holder === undefined ? registry : registry.hold('staging', holder);
  };
  test.each<[string, FakeRegistry, string]>([
    ['passed', staged(record('staging')), 'promote'],
    ['passed and archived there', staged(record('staging', 'archived')), 'promote'],
    ['never there', staged({}), 'hold'],
    ['rejected there', staged(record('staging', 'staging_rejected')), 'hold'],
    ['only approved there', staged(record('staging', 'staging_approved')), 'hold'],
    ['there, in a model without records', staged({}, '1'), 'promote'],
    ['there, in a model with records', staged({}, '1').add('0', {}, record('staging')), 'hold'],
    ['a tag that is no record', staged({ promotion_staging: 'yes', promotion_state: 'staging_deployed' }), 'hold'],
    ['a tag that is null', staged({ promotion_staging: 'null' }), 'hold'],
  ])('%s: %s', async (_, registry, decision) => {
    const { report } = await runPromote(text, registry, { version: '1' });
    expect(report.decision).toBe(decision);
    expect(report.promoted).toBe(decision === 'promote');
    if (decision === 'hold') {
      expect(report.reason).toMatch(/^after staging: churn 1 has not passed staging \(its state is '\w+'\)\.$/);
      expect(report.cure).toBe('Promote it to staging first.');
    }
  });

  test('nothing runs for a version that has not passed', async () => {
    const commands = policy(
      '    after: staging\n    evaluate: { run: "exit 9" }\n    checks:\n      - { name: smoke, run: "exit 9" }\n      - require: lat <= 5\n      - require: auc >= champion',
      '',
    ).replace('metrics:', 'metrics:\n  lat: { goal: minimize, from: command }');
    const { report, lines } = await runPromote(commands, staged({}), { version: '1' });
    expect(outcomes(report)).toEqual([
      'after staging: inconclusive',
      'smoke: skipped',
      'lat <= 5: skipped',
      'auc >= champion: inconclusive',
      'evaluate (candidate): skipped',
      'evaluate (champion): skipped',
    ]);
    expect(report.checks[2]?.reason).toBe('Not measured: no command was started, because after staging is not met.');
    expect(report.decision).toBe('hold');
    expect(lines).toEqual([]);
  });
});

describe('without a champion', () => {
  const first = (tags: Record<string, string> = {}): FakeRegistry =>
    new FakeRegistry().add('1', { auc: 0.9 }).add('0', { auc: 0.8 }, tags);
  const both = (mode: string): string =>
    policy('    checks: [{ require: auc >= 0.5 }, { require: auc >= champion }]', `first_promotion: ${mode}`);
  test.each<[string, string, FakeRegistry, string, string]>([
    ['hold', both('hold'), first(), 'hold', 'inconclusive'],
    ['allow', both('allow'), first(), 'promote', 'skipped'],
    ['allow, but there was a champion', both('allow'), first(record('production')), 'hold', 'inconclusive'],
    [
      'allow, but there was one, archived',
      both('allow'),
      first(record('production', 'archived')),
      'hold',
      'inconclusive',
    ],
    [
      'allow, and one was rejected',
      both('allow'),
      first(record('production', 'production_rejected')),
      'promote',
      'skipped',
    ],
    [
      'allow, and nothing but comparisons',
      policy('    checks: [{ require: auc >= champion }]', 'first_promotion: allow'),
      first(),
      'promote',
      'skipped',
    ],
    [
      'allow, nothing but comparisons, but there was a champion',
      policy('    checks: [{ require: auc >= champion }]', 'first_promotion: allow'),
      first(record('production')),
      'hold',
      'inconclusive',
    ],
  ])('%s', async (_, text, registry, decision, outcome) => {
    const { report } = await runPromote(text, registry, { version: '1' });
    expect(report.decision).toBe(decision);
    expect(report.checks.at(-1)?.outcome).toBe(outcome);
  });
});

test('nothing is proved by an evaluate that no condition looks at', async () => {
  const { report } = await runPromote(policy('    evaluate: { run: "true" }'), contest(0.91));
  expect(report).toMatchObject({
    decision: 'error',
    promoted: false,
    reason: 'Nothing was evaluated, so nothing is proved.',
  });
});

describe('names', () => {
  test.each<[string, Record<string, string>, string, string | RegExp]>([
    ['a version', { version: '9' }, 'VERSION_UNKNOWN', "'churn' has no version '9'. Existing versions: '1', '2'."],
    [
      'a stage',
      { stageName: 'prod' },
      'STAGE_UNKNOWN',
      "Stage 'prod' does not exist. Existing stages: 'staging', 'production'. Did you mean 'production'?",
    ],
    [
      'a stage in a version',
      { version: 'stage:Stagin' },
      'STAGE_UNKNOWN',
      "Stage 'Stagin' does not exist. Existing stages: 'staging', 'production'. Did you mean 'staging'?",
    ],
    [
      'a stage without holder',
      { version: 'stage:staging' },
      'VERSION_UNKNOWN',
      /^No version of 'churn' holds the stage 'staging'\./,
    ],
    [
      'a model',
      { model: 'chrun' },
      'MODEL_UNKNOWN',
      /^There is no model 'chrun'\. Existing models: 'churn'\. Did you mean 'churn'\?/,
    ],
  ])('%s', async (_, more, code, sentence) => {
    const thrown: unknown = await runPromote(compares, contest(0.91), more).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(PromotionError);
    expect((thrown as PromotionError).code).toBe(code);
    if (typeof sentence === 'string') expect((thrown as PromotionError).sentence).toBe(sentence);
    else expect((thrown as PromotionError).sentence).toMatch(sentence);
  });

  test('several holders of the champion’s stage are an error before anything is judged', async () => {
    const registry = contest(0.91).hold('production', '1', '2');
    await expect(runPromote(compares, registry)).rejects.toMatchObject({
      code: 'REGISTRY_CONFLICT',
      message: "Several versions of 'churn' hold 'production' at once: 1, 2.",
    });
    expect(registry.metricCalls).toEqual([]);
  });

  test.each<[string, string, string]>([
    ['latest', 'latest', '2'],
    ['LATEST', 'LATEST', '2'],
    ['the holder of a stage', 'stage:PRODUCTION', '1'],
    ['an alias', '@production', '1'],
    ['a number', '1', '1'],
  ])('%s', async (_, version, expected) => {
    const { report } = await runPromote(compares, contest(0.91), { version, stageName: 'staging', dryRun: true });
    expect(report.candidate?.version).toBe(expected);
  });

  test.each([['production_rejected'], ['staging_rejected'], ['rolled_back'], ['archived']])(
    'latest passes over %s',
    async (state) => {
      const registry = contest(0.91).add('10', {}, { promotion_state: state });
      expect((await runPromote(compares, registry)).report.candidate?.version).toBe('2');
    },
  );

  test('no latest where there are no versions at all', async () => {
    const thrown: unknown = await runPromote(compares, new FakeRegistry()).catch((error: unknown) => error);
    expect((thrown as PromotionError).sentence).toContain("The model 'churn' has no versions. Register one first.");
  });

  test('where all were found wanting, there is nothing to judge, and the newest is named', async () => {
    const registry = new FakeRegistry().add('1', {}, { promotion_state: 'archived' });
    const { report, sealed } = await runPromote(compares, registry);
    expect(report).toMatchObject({
      decision: 'none',
      promoted: false,
      reason:
        'churn has nothing to judge for production: nobody holds production, and the one version was rejected, rolled back or archived.',
      cure: "The newest is 1 (archived); to judge it again, name it: 'command: promote' with 'stage: production' and 'version: 1'.",
    });
    expect(sealed).toHaveLength(1);
    expect(registry.writes).toEqual([]);
  });
});
