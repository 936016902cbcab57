import { beforeEach, describe, expect, test } from '@jest/globals';
import { apply, type ApplyContext } from '../../../src/promotion/apply.js';
import { makePlan, type Plan, planDigest, readPlan, writePlan } from '../../../src/promotion/plan.js';
import { gate } from '../../../src/promotion/gate.js';
import type { PromotionContext } from '../../../src/promotion/context.js';
import type { ApprovalVerdict } from '../../../src/domain/approval.js';
import type { Report } from '../../../src/domain/report.js';
import { FakeRegistry } from '../../support/fake-registry.js';
import { LoggedFake } from '../../support/logged-registry.js';
import { outcomes, runPromote, runOperation, type Setting } from '../../support/run-promotion.js';

const policy = (more = ''): string => `version: 1
registry: { type: mlflow }
model: churn
metrics:
  auc: { goal: maximize, min: 0, max: 1 }
stages:
  staging:
    checks: [{ require: auc >= 0.5 }]
  production:
    after: staging
    approval: { environment: production }
    checks:
      - { require: auc >= 0.6 }
      - { require: auc >= champion - 0.1 }
      - { hold_if: auc > champion + 0.15 }
${more}
`;
const approved: ApprovalVerdict = { approved: true, approvers: ['bea'], how: 'Approved by bea' };
const origin = { repository: 'acme/churn', run: '77', commit: 'c'.repeat(40), approvals: [] };
const context: ApplyContext = { repository: 'acme/churn', run: '77', evidence: 'sha256:evidence' };
const atNine: Setting = { now: () => new Date('2026-03-02T09:00:00Z') };

let registry: LoggedFake;
let plan: Plan;

/** Version 1 is in production, 2 in staging: the plan is to put 2 in production. */
beforeEach(async () => {
  registry = new LoggedFake(
    new FakeRegistry().add('1', { auc: 0.8 }).add('2', { auc: 0.9 }).add('3', { auc: 0.9 }).hold('production', '1'),
  );
  await runPromote(policy(), registry, { ...atNine, stageName: 'staging', version: '2' });
  plan = await planned(policy());
});

async function planned(text: string, more: Setting = {}): Promise<Plan> {
  let made: Plan | undefined;
  await runOperation(text, registry, { ...atNine, ...more, command: 'gate' }, async (work) => {
    const { report, evidence } = await gate(work, '2');
    made = makePlan(report, evidence, origin, work.now());
    return report;
  });
  if (made === undefined) throw new Error('no plan');
  return made;
}

async function carriedOut(
  given: Plan = plan,
  more: { setting?: Setting; context?: Partial<ApplyContext>; policy?: string } = {},
): Promise<Report> {
  const setting: Setting = { ...atNine, command: 'apply', approval: () => Promise.resolve(approved), ...more.setting };
  const act = (work: PromotionContext): Promise<Report> => apply(work, given, { ...context, ...more.context });
  return (await runOperation(more.policy ?? policy(), registry, setting, act)).report;
}

test('a plan is carried out once it is approved, with the names on record', async () => {
  const report = await carriedOut();
  expect(report).toMatchObject({ decision: 'promote', promoted: true, archived: true });
  expect(registry.log.lines.slice(-3)).toEqual([
    'production: approved 2',
    'production: deployed 2',
    'production: archived 1',
  ]);
  expect(registry.log.events.at(-2)).toMatchObject({ approvers: ['bea'], evidenceDigest: 'sha256:evidence' });
});

test('twice is once', async () => {
  await carriedOut();
  const before = registry.log.lines;
  expect(await carriedOut()).toMatchObject({ decision: 'promote', promoted: false, alreadyThere: true });
  expect(registry.log.lines).toEqual(before);
});

test('gate says that an approval is all that is missing', async () => {
  const { report } = await runOperation(
    policy(),
    registry,
    { ...atNine, command: 'gate' },
    async (work) => (await gate(work, '2')).report,
  );
  expect(report).toMatchObject({ decision: 'promote', approvalRequired: true, promoted: false });
});

describe('an approval', () => {
  const nobody: ApprovalVerdict = { approved: false, reason: 'Nobody has approved it.', cure: 'Ask somebody.' };

  test('that is missing holds', async () => {
    const report = await carriedOut(plan, { setting: { approval: () => Promise.resolve(nobody) } });
    expect(report).toMatchObject({ decision: 'hold', promoted: false, cure: 'Ask somebody.' });
  });

  test('answers a hold that was shown to the approver', async () => {
    registry.fake.add('2', { auc: 0.97 }, registry.fake.tagsOf('2'));
    const held = await planned(policy());
    expect(held.decision).toBe('hold');
    const report = await carriedOut(held);
    expect(report).toMatchObject({ decision: 'promote', promoted: true });
    expect(report.checks.at(-1)?.reason).toContain('The approval answers it.');
  });

  test('answers a hold only where it is given after that was there to be seen', async () => {
    const asked: (string | undefined)[] = [];
    const asking = (verdict: ApprovalVerdict): { setting: Setting } => ({
      setting: {
        approval: (_, since) => {
          asked.push(since);
          return Promise.resolve(verdict);
        },
      },
    });
    await carriedOut(plan, asking(nobody));
    registry.fake.add('2', { auc: 0.97 }, registry.fake.tagsOf('2'));
    const held = await planned(policy());
    expect(await carriedOut(held, asking(nobody))).toMatchObject({ decision: 'hold', promoted: false });
    expect(asked).toEqual([undefined, held.madeAt]);
  });

  test('answers no rejection', async () => {
    const rejected: Plan = { ...plan, checks: plan.checks.map((check) => ({ ...check, outcome: 'failed' as const })) };
    registry.fake.add('2', { auc: 0.1 }, registry.fake.tagsOf('2'));
    expect(await carriedOut(rejected)).toMatchObject({ decision: 'reject', promoted: false });
  });

  test('answers no precondition', async () => {
    await runPromote(policy(), registry, { ...atNine, stageName: 'staging', version: '2' });
    const frozen = policy('    freeze: { days: [monday] }');
    const held = await planned(frozen);
    expect(await carriedOut(held, { policy: frozen })).toMatchObject({ decision: 'hold', promoted: false });
  });
});

test('it is decided again by the registry’s metrics as they are now', async () => {
  registry.fake.add('2', { auc: 0.65 }, registry.fake.tagsOf('2'));
  const report = await carriedOut();
  expect(report).toMatchObject({ decision: 'reject', promoted: false });
  expect(outcomes(report)).toContain('auc >= champion - 0.1: failed');
});

test('a hold that is new since the plan is one: the approver was shown none', async () => {
  registry.fake.add('2', { auc: 0.97 }, registry.fake.tagsOf('2'));
  const report = await carriedOut();
  expect(report).toMatchObject({ decision: 'hold', promoted: false });
  expect(outcomes(report)).toContain('auc > champion + 0.15: inconclusive');
});

describe('refused by name', () => {
  const refuses = async (words: string | RegExp, act: () => Promise<unknown>): Promise<void> => {
    const before = registry.log.lines;
    await expect(act()).rejects.toMatchObject({
      code: 'PLAN_REFUSED',
      message: expect.stringMatching(words) as unknown,
    });
    expect(registry.log.lines).toEqual(before);
  };

  test.each<[string, (text: string) => string, RegExp]>([
    ['a changed byte', (text) => text.replace('"promote"', '"promote" '), /is not the one that 'gate' made/],
    ['another version', (text) => text.replace('"version": "2"', '"version": "3"'), /is not the one/],
    ['no plan at all', () => '', /is not the one/],
  ])('%s', (_, change, words) => {
    const text = writePlan(plan);
    expect(readPlan('plan.json', text, planDigest(text))).toEqual(plan);
    expect(() => readPlan('plan.json', change(text), planDigest(text))).toThrow(words);
  });

  test('a plan of another release of the action', () => {
    const text = JSON.stringify({ ...plan, format: 2 });
    expect(() => readPlan('plan.json', text, planDigest(text))).toThrow('made by another version of this action');
  });

  test.each<[string, (whole: Plan) => unknown, RegExp]>([
    ['its end', (whole) => ({ ...whole, expiresAt: 'never' }), /'expiresAt' is no time/],
    ['its end, a number', (whole) => ({ ...whole, expiresAt: 9_999_999_999 }), /'expiresAt' is no time/],
    ['when it was judged', (whole) => ({ ...whole, judgedAt: '' }), /'judgedAt' is no time/],
    ['the policy', ({ policy: _, ...rest }) => rest, /'policy' is no path with a digest/],
    ['the identity', (whole) => ({ ...whole, candidate: { version: '2' } }), /'candidate' is no version/],
    ['the champion', ({ champion: _, ...rest }) => rest, /'champion' or 'previous'/],
    ['an anchor', (whole) => ({ ...whole, anchors: { launch: '1' } }), /'anchors' are no versions/],
    ['the decision', (whole) => ({ ...whole, decision: 'Promote' }), /'decision' is none/],
    ['its checks', (whole) => ({ ...whole, checks: {} }), /'checks' are no results/],
    ['an outcome', (whole) => ({ ...whole, checks: [{ ...whole.checks[0], outcome: 'fine' }] }), /'checks' are no/],
    ['earlier approvals', (whole) => ({ ...whole, approvals: [null] }), /'approvals' are no approvals/],
    ['authors', (whole) => ({ ...whole, authors: 'bea' }), /'authors' are no logins/],
    ['the run', (whole) => ({ ...whole, run: 77 }), /'run' is no text/],
  ])('a plan of that digest without %s that can be decided by', (_, change, words) => {
    const text = JSON.stringify(change(plan));
    expect(() => readPlan('plan.json', text, planDigest(text))).toThrow(words);
  });

  test('a plan of that digest with a key that stands twice', () => {
    const text = writePlan(plan).replace('"format": 1', '"format": 1, "format": 1');
    expect(() => readPlan('plan.json', text, planDigest(text))).toThrow('the key "format" stands twice');
  });

  test.each<[string, Partial<ApplyContext>, RegExp]>([
    ['another repository', { repository: 'evil/churn' }, /made in the repository acme\/churn, and this is evil\/churn/],
    ['another run', { run: '78' }, /made by the workflow run 77, and this is run 78/],
    ['changed evidence', { evidence: 'sha256:other' }, /evidence beside the plan is not what the plan was made from/],
    ['no evidence', { evidence: undefined }, /evidence is not beside the plan/],
  ])('%s', async (_, more, words) => {
    await refuses(words, () => carriedOut(plan, { context: more }));
  });

  test('another policy', () =>
    refuses(/policy policy.yml has changed since/, () => carriedOut(plan, { policy: policy('    parallel: 1') })));

  test('too late', () =>
    refuses(/The plan expired on 2026-03-09/, () =>
      carriedOut(plan, { setting: { now: () => new Date('2026-03-09T09:00:01Z') } }),
    ));

  test('a version deleted and made anew with the same number', () => {
    registry.fake.add('2', { auc: 0.9 }, registry.fake.tagsOf('2'), { createdAt: '2026-03-02T09:30:00Z' });
    return refuses(/churn 2 is no longer what was judged: it was deleted and made anew on 2026-03-02/, () =>
      carriedOut(),
    );
  });

  test('a champion deleted and made anew', () => {
    registry.fake.add('1', { auc: 0.1 }, {}, { createdAt: '2026-03-02T09:30:00Z' });
    return refuses(/holder of production, 1, is no longer what it was/, () => carriedOut());
  });

  test.each<[string, string, number, RegExp]>([
    ['candidate', '2', 0.85, /the candidate's value in 'auc >= 0.6' changed from 0.9 to 0.85/],
    ['champion', '1', 0.79, /the champion's value in 'auc >= champion - 0.1' changed from 0.8 to 0.79/],
  ])('another value of the %s, though it would do as well', (_, version, auc, words) => {
    registry.fake.add(version, { auc }, registry.fake.tagsOf(version));
    return refuses(words, () => carriedOut());
  });

  test.each<[string, string, Readonly<Record<string, number>>, RegExp]>([
    [
      'candidate',
      '2',
      { 'auc/DE': 0.9, 'auc/FR': 0.85 },
      /candidate's value of country=FR in .* changed from 0.9 to 0.85/,
    ],
    ['champion', '1', { 'auc/DE': 0.7, 'auc/FR': 0.8 }, /champion's value of country=DE in .* changed from 0.8 to 0.7/],
    [
      'candidate',
      '2',
      { 'auc/DE': 0.9, 'auc/FR': 0.9, 'auc/PL': 0.9 },
      /candidate's value of country=PL in 'slices' changed from none to 0.9/,
    ],
  ])("one slice's value of the %s (%s) is another", async (_who, version, values, words) => {
    const sliced = policy("      - { name: slices, require: 'auc/{country} >= champion - 0.1' }").replace(
      /auc: .*/,
      (line) => `${line}\n  "auc/{country}": { goal: maximize }`,
    );
    const lacking = 'auc/PL' in values ? { 'auc/PL': 0.8 } : {};
    registry.fake.add('1', { auc: 0.8, 'auc/DE': 0.8, 'auc/FR': 0.8, ...lacking });
    registry.fake.add('2', { auc: 0.9, 'auc/DE': 0.9, 'auc/FR': 0.9 });
    const given = await planned(sliced);
    registry.fake.add(version, { auc: version === '1' ? 0.8 : 0.9, ...values });
    await refuses(words, () => carriedOut(given, { policy: sliced }));
  });

  test('the alias moved', () => {
    registry.fake.hold('production', '3');
    return refuses(/production moved from 1 to 3/, () => carriedOut());
  });

  test('the alias taken away', () => {
    registry.fake.hold('production');
    return refuses(/production moved from 1 to no version/, () => carriedOut());
  });

  test('another stage or model than the plan’s', () =>
    refuses(/The plan is for churn and production, not for churn and staging/, () =>
      carriedOut(plan, { setting: { stageName: 'staging' } }),
    ));
});

test('an anchor that was recreated since the plan is refused, and not measured again', async () => {
  const text = policy('      - require: auc >= launch - 0.02').replace(
    '\nstages:',
    '\nanchors: { launch: 4 }\nstages:',
  );
  registry.fake.add('4', { auc: 0.91 });
  const made = await planned(text);
  expect(made.anchors).toMatchObject({ launch: { version: '4' } });
  // The log has never spoken of version 4, so the plan alone knows which one it was.
  registry.fake.add('4', { auc: 0.1 }, {}, { run: 'another' });
  await expect(carriedOut(made, { policy: text })).rejects.toMatchObject({
    code: 'PLAN_REFUSED',
    message: expect.stringContaining('anchor launch, churn 4 is no longer what was judged'),
  });
  expect(registry.fake.holdersOf('production')).toEqual(['1']);
});

test('the record of staging taken back meanwhile: hold', async () => {
  await registry.tag(
    await registry.version('churn', '2'),
    new Map([
      ['promotion_state', 'staging_rejected'],
      [
        'promotion_staging',
        JSON.stringify({ state: 'staging_rejected', stage: 'staging', at: '2026-03-02T09:10:00Z' }),
      ],
    ]),
  );
  const report = await carriedOut();
  expect(report).toMatchObject({ decision: 'hold', promoted: false });
  expect(report.reason).toContain('has not passed staging');
});

test('the record of staging forged away in the registry changes nothing: the log counts', async () => {
  registry.fake.add('2', { auc: 0.9 }, { promotion_state: 'staging_rejected' });
  expect(await carriedOut()).toMatchObject({ promoted: true });
});

test('a dry run moves nothing', async () => {
  const report = await carriedOut(plan, { setting: { dryRun: true } });
  expect(report).toMatchObject({ decision: 'promote', promoted: false });
  expect(registry.fake.holdersOf('production')).toEqual(['1']);
});
