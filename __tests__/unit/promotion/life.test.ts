import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { GitFailure } from '../../../src/git/failure.js';
import { PromotionError } from '../../../src/domain/errors.js';
import { adopt } from '../../../src/promotion/adopt.js';
import { archive } from '../../../src/promotion/archive.js';
import { register } from '../../../src/promotion/register.js';
import { rollback } from '../../../src/promotion/rollback.js';
import type { ApprovalVerdict } from '../../../src/domain/approval.js';
import type { Report } from '../../../src/domain/report.js';
import { FakeRegistry } from '../../support/fake-registry.js';
import { LoggedFake } from '../../support/logged-registry.js';
import { outcomes, runPromote, runOperation, type Setting } from '../../support/run-promotion.js';

const policy = (production = '', staging = ''): string => `version: 1
registry: { type: mlflow }
model: churn
first_promotion: allow
metrics:
  auc: { goal: maximize, min: 0, max: 1 }
stages:
  staging:
    checks: [{ require: auc >= 0.5 }]
${staging}
  production:
    after: staging
    checks: [{ require: auc >= 0.5 }, { require: auc >= champion - 0.1 }]
${production}
`;
const plain = policy();

let registry: LoggedFake;
let workspace: string;
beforeEach(() => {
  registry = new LoggedFake(
    new FakeRegistry().add('1', { auc: 0.8 }).add('2', { auc: 0.9 }).add('3', { auc: 0.2 }).add('4', { auc: 0.9 }),
  );
  workspace = mkdtempSync(join(tmpdir(), 'life-'));
});
afterEach(() => {
  rmSync(workspace, { recursive: true, force: true });
});

/** Time goes on with each operation, as it does. */
let minute = 0;
const setting = (stageName: string, more: Setting = {}): Setting => {
  minute += 1;
  const now = new Date(Date.UTC(2026, 2, 2, 8, minute));
  return { stageName, workspace, now: () => now, ...more };
};
const to = async (stageName: string, version: string, text = plain, more: Setting = {}): Promise<Report> =>
  (await runPromote(text, registry, setting(stageName, { version, ...more }))).report;
const back = async (reason: string, version?: string, text = plain, more: Setting = {}): Promise<Report> =>
  (
    await runOperation(text, registry, setting('production', { command: 'rollback', reason, ...more }), (work) =>
      rollback(work, version),
    )
  ).report;
const bothStages = async (version: string, text = plain): Promise<Report> => {
  await to('staging', version, text);
  return to('production', version, text);
};
const holders = (): string[] => ['staging', 'production'].map((stage) => registry.fake.holdersOf(stage).join());
const state = (version: string): string | undefined => registry.fake.tagsOf(version)['promotion_state'];
const log = (): string => (existsSync(join(workspace, 'log')) ? readFileSync(join(workspace, 'log'), 'utf8') : '');

test('a rollback that is run again goes back no further; that of another run does', async () => {
  for (const version of ['1', '2', '4']) await bothStages(version);
  expect(await back('it is slow')).toMatchObject({ promoted: true, candidate: { version: '2' } });
  expect(await back('it is slow')).toMatchObject({ alreadyThere: true, byThisRun: true, candidate: { version: '2' } });
  const author = { run: 'https://github.test/run/2' };
  expect(await back('2 is slow as well', undefined, plain, { author })).toMatchObject({
    promoted: true,
    candidate: { version: '1' },
  });
  expect(holders()).toEqual(['4', '1']);
});

test('a whole life: staging, production, a successor, one that fails, a rollback', async () => {
  expect(await bothStages('1')).toMatchObject({ promoted: true });
  expect(holders()).toEqual(['1', '1']);
  expect(await bothStages('2')).toMatchObject({ promoted: true, archived: true });
  expect([state('1'), state('2')]).toEqual(['archived', 'production_deployed']);
  expect(await bothStages('3')).toMatchObject({ decision: 'reject' });
  expect(state('3')).toBe('staging_rejected');
  await bothStages('4');
  expect(await back('it is slow')).toMatchObject({ decision: 'promote', promoted: true, candidate: { version: '2' } });
  expect(holders()).toEqual(['4', '2']);
  expect([state('1'), state('2'), state('3'), state('4')]).toEqual([
    'archived',
    'production_deployed',
    'staging_rejected',
    'rolled_back',
  ]);
  expect(registry.log.lines).toEqual([
    'staging: approved 1',
    'staging: deployed 1',
    'production: approved 1',
    'production: deployed 1',
    'staging: approved 2',
    'staging: deployed 2',
    'production: approved 2',
    'production: deployed 2',
    'production: archived 1',
    'staging: rejected 3',
    'staging: approved 4',
    'staging: deployed 4',
    'production: approved 4',
    'production: deployed 4',
    'production: archived 2',
    'production: deployed 2',
    'production: rolled_back 4',
  ]);
});

describe('no way to production around staging', () => {
  test('one that never was there', async () => {
    const report = await to('production', '2');
    expect(report).toMatchObject({ decision: 'hold', cure: 'Promote it to staging first.' });
    expect(holders()).toEqual(['', '']);
  });

  test('the staging alias moved by hand is no record', async () => {
    await to('staging', '1');
    registry.fake.hold('staging', '2');
    expect(await to('production', '2')).toMatchObject({ decision: 'hold' });
  });

  test('tags written into the registry are no record once there is a log', async () => {
    await bothStages('1');
    registry.fake.add(
      '9',
      { auc: 0.99 },
      {
        promotion_state: 'staging_deployed',
        promotion_staging: JSON.stringify({ state: 'staging_deployed', stage: 'staging', at: '2026-01-01T00:00:00Z' }),
      },
    );
    const report = await to('production', '9');
    expect(report).toMatchObject({ decision: 'hold' });
    expect(report.reason).toContain("has not passed staging (its state is 'registered')");
  });

  test('one that was rejected there, whoever gives it the alias', async () => {
    await to('staging', '3');
    registry.fake.hold('staging', '3');
    expect(await to('production', '3')).toMatchObject({ decision: 'reject', promoted: false });
    expect(state('3')).toBe('staging_rejected');
  });

  test('archiving is no way of passing', async () => {
    await bothStages('1');
    await runOperation(plain, registry, setting('staging'), (work) => archive(work, '2'));
    expect(state('2')).toBe('archived');
    expect(await to('production', '2')).toMatchObject({ decision: 'hold' });
  });

  test('nor is adopting into production what somebody put there: it is recorded as what it is', async () => {
    await bothStages('1');
    registry.fake.hold('production', '4');
    const report = await to('production', '1');
    expect(report.decision).toBe('hold');
    expect(outcomes(report)[0]).toBe('holder of production: inconclusive');
    expect(report.reason).toContain('held by 4, the promotion log says 1');
    const adopted = await runOperation(
      plain,
      registry,
      setting('production', { reason: 'set in the UI on call' }),
      adopt,
    );
    expect(adopted.report).toMatchObject({ decision: 'promote' });
    expect(registry.log.lines.at(-1)).toBe('production: adopted 4');
    expect(registry.log.events.at(-1)).toMatchObject({ reason: 'set in the UI on call', previous: '1' });
  });

  test('nor is one that somebody put there just the version to be promoted', async () => {
    await bothStages('1');
    await to('staging', '4');
    registry.fake.hold('production', '4');
    const report = await to('production', '4');
    expect(report).toMatchObject({ decision: 'hold', alreadyThere: false });
    expect(report.reason).toContain('held by 4, the promotion log says 1');
  });

  test('a nightly version that takes staging does not strand the one that passed it', async () => {
    await to('staging', '1');
    await to('staging', '2');
    expect(await to('production', '1')).toMatchObject({ promoted: true });
  });

  test('one that was there and left comes back by rollback only', async () => {
    await bothStages('1');
    await bothStages('2');
    const report = await to('production', '1');
    expect(report).toMatchObject({ decision: 'hold', promoted: false });
    expect(report.reason).toContain('held production before and was archived');
    expect(await back('2 is slow', '1')).toMatchObject({ promoted: true });
  });

  test('overrides lift the clock, and nothing else', async () => {
    expect(await to('production', '2', plain, { override: ['freeze', 'soak'], reason: 'now' })).toMatchObject({
      decision: 'hold',
    });
  });

  test('rollback goes to nobody who was not there', async () => {
    await bothStages('1');
    await to('staging', '2');
    await expect(back('x', '2')).rejects.toThrow('churn 2 is no former good holder of production.');
    await expect(back('x')).rejects.toThrow('nobody held production of churn before 1 and was good');
  });
});

describe('first use', () => {
  test('holders are taken as they are, recorded, and said', async () => {
    registry.fake.hold('staging', '2').hold('production', '1');
    const report = await to('production', '2');
    expect(report).toMatchObject({ promoted: true, archived: true });
    expect(report.notes).toEqual([
      'This is the first promotion that is recorded; who held a stage until now was taken as it is (staging: 2, production: 1).',
    ]);
    expect(registry.log.lines).toEqual([
      'staging: adopted 2',
      'production: adopted 1',
      'production: approved 2',
      'production: deployed 2',
      'production: archived 1',
    ]);
  });

  test('a rejection before that changes nothing of it', async () => {
    registry.fake.hold('staging', '2').hold('production', '1');
    await to('staging', '3');
    expect(await to('production', '2')).toMatchObject({ promoted: true });
  });

  test('a champion that vanished is not a first promotion', async () => {
    await bothStages('1');
    registry.fake.hold('production');
    await to('staging', '2');
    const report = await to('production', '2');
    expect(report).toMatchObject({ decision: 'hold', promoted: false });
    expect(report.reason).toContain('held by no version, the promotion log says 1');
  });

  test('without permission to write contents the tags stand alone, and the report says what that means', async () => {
    registry.log.refusal = new PromotionError('GIT_FAILED', 'No.', { cause: new GitFailure('denied', 'No.') });
    expect(await to('staging', '1')).toMatchObject({ promoted: true });
    const report = await to('production', '1');
    expect(report).toMatchObject({ promoted: true });
    expect(report.notes.join()).toContain('nothing keeps two promotions apart');
    expect(state('1')).toBe('production_deployed');
  });

  test('with a log that may not be written, nothing moves', async () => {
    await bothStages('1');
    await to('staging', '2');
    registry.log.refusal = new PromotionError('GIT_FAILED', 'No.', { cause: new GitFailure('denied', 'No.') });
    expect(await to('production', '2')).toMatchObject({ decision: 'error', promoted: false });
    expect(holders()).toEqual(['2', '1']);
  });
});

describe('deploy', () => {
  const deploys = (smoke = 'exit 0', more = ''): string =>
    policy(`    deploy:
      run: echo "deploy $MODEL_VERSION for $PREVIOUS_VERSION" >> log
      smoke_test: ${smoke}
      ${more}
`);
  const withUndo = (smoke: string, more = ''): string =>
    deploys(smoke, `rollback: echo "undo to $PREVIOUS_VERSION" >> log\n      ${more}`);

  test('then the stage moves', async () => {
    const report = await bothStages('1', deploys('echo smoke >> log'));
    expect(report).toMatchObject({ promoted: true });
    expect(outcomes(report).slice(-2)).toEqual(['deploy: passed', 'smoke test: passed']);
    expect(log()).toBe('deploy 1 for \nsmoke\n');
  });

  test('a failed smoke test is undone, and the registry is as it was', async () => {
    await bothStages('1', deploys());
    const report = await bothStages('2', withUndo('exit 3'));
    expect(report).toMatchObject({ decision: 'reject', promoted: false, archived: false });
    expect(report.reason).toBe(
      'smoke test: The command ended with exit code 3. The deployment was undone: 1 is back. The registry is as it was.',
    );
    expect(log()).toBe('deploy 1 for \ndeploy 2 for 1\nundo to 1\n');
    expect([holders(), state('2'), state('1')]).toEqual([['2', '1'], 'production_failed', 'production_deployed']);
    expect(registry.log.lines.slice(-2)).toEqual(['production: approved 2', 'production: failed 2']);
    // Mended, it goes on from there: staging's record still counts.
    expect(await to('production', '2', deploys())).toMatchObject({ promoted: true, archived: true });
  });

  test('one that could not be judged is an error', async () => {
    await bothStages('1', deploys());
    expect(await bothStages('2', withUndo('exit 127'))).toMatchObject({ decision: 'error', promoted: false });
  });

  test('without a version before, nothing is rolled back to nowhere', async () => {
    const report = await bothStages('1', withUndo('exit 1'));
    expect(report.reason).toContain('The version is left deployed: there is no previous version to put back.');
    expect(log()).toBe('deploy 1 for \n');
    expect(holders()).toEqual(['1', '']);
  });

  test('without a rollback in the policy it says so', async () => {
    await bothStages('1', deploys());
    expect((await bothStages('2', deploys('exit 1'))).reason).toContain(
      "The version is left deployed: the policy has no 'deploy.rollback'.",
    );
  });

  test('an undoing that fails is told', async () => {
    await bothStages('1', deploys());
    const report = await bothStages('2', deploys('exit 1', 'rollback: exit 9'));
    expect(report.reason).toContain('Undoing it failed too (The command ended with exit code 9.)');
  });

  test('before-deploy: the stage moves first, and back when the deployment fails', async () => {
    await bothStages('1', deploys());
    const report = await bothStages('2', withUndo('exit 1', 'transition: before-deploy'));
    expect(report).toMatchObject({ decision: 'reject', promoted: false });
    expect(holders()).toEqual(['2', '1']);
    expect([state('1'), state('2')]).toEqual(['production_deployed', 'production_failed']);
    expect(registry.log.lines.slice(-5)).toEqual([
      'production: approved 2',
      'production: deployed 2',
      'production: archived 1',
      'production: deployed 1',
      'production: failed 2',
    ]);
    // It was never truly there: mended, it is promoted as if for the first time.
    expect(await to('production', '2', deploys())).toMatchObject({ promoted: true });
  });

  test('before-deploy without a version before leaves the stage empty again', async () => {
    await bothStages('1', withUndo('exit 1', 'transition: before-deploy'));
    expect(holders()).toEqual(['1', '']);
    expect(state('1')).toBe('production_failed');
  });

  test('a rollback deploys what it restores', async () => {
    await bothStages('1', deploys());
    await bothStages('2', deploys());
    await back('bad', undefined, deploys());
    expect(log()).toBe('deploy 1 for \ndeploy 2 for 1\ndeploy 1 for 2\n');
  });

  test('a rollback whose deployment fails leaves the stage, and can be tried again', async () => {
    await bothStages('1');
    await bothStages('2');
    expect(await back('bad', undefined, deploys('exit 1'))).toMatchObject({ promoted: false });
    expect(holders()).toEqual(['2', '2']);
    expect(await back('bad')).toMatchObject({ promoted: true, candidate: { version: '1' } });
  });
});

describe('approval', () => {
  const approves = policy('    approval: { environment: production }');
  const answer = (approval: ApprovalVerdict): Setting => ({ approval: () => Promise.resolve(approval) });

  test('not given: hold, and no command was started', async () => {
    await to('staging', '1', approves);
    const report = await to(
      'production',
      '1',
      approves,
      answer({ approved: false, reason: 'Nobody yet.', cure: 'Ask.' }),
    );
    expect(report).toMatchObject({ decision: 'hold', cure: 'Ask.', promoted: false });
  });

  test('given: the names are in the record', async () => {
    await to('staging', '1', approves);
    const given = answer({ approved: true, approvers: ['bea', 'cem'], how: 'Approved by bea and cem' });
    expect(await to('production', '1', approves, given)).toMatchObject({ promoted: true });
    expect(registry.log.events.slice(-2)).toMatchObject([
      { type: 'approved', approvers: ['bea', 'cem'] },
      { type: 'deployed', approvers: ['bea', 'cem'] },
    ]);
    expect(JSON.parse(registry.fake.tagsOf('1')['promotion_production'] ?? '')).toMatchObject({
      approvers: ['bea', 'cem'],
    });
  });

  test('a dry run asks nobody', async () => {
    await to('staging', '1', approves);
    expect(await to('production', '1', approves, { dryRun: true })).toMatchObject({ decision: 'promote' });
  });
});

describe('the clock', () => {
  const soaks = policy('    soak: 1d');
  const freezes = policy('    freeze: { days: [monday] }');
  const at = (time: string): Setting => ({ now: () => new Date(time) });

  test('soak counts from the record of the stage before', async () => {
    await to('staging', '1', soaks, at('2026-03-03T08:00:00Z'));
    const early = await to('production', '1', soaks, at('2026-03-04T07:59:00Z'));
    expect(early).toMatchObject({ decision: 'hold' });
    expect(early.reason).toContain('until 2026-03-04 08:00 UTC');
    expect(await to('production', '1', soaks, at('2026-03-04T08:00:00Z'))).toMatchObject({ promoted: true });
  });

  test('its override is recorded with its reason', async () => {
    await to('staging', '1', soaks, at('2026-03-03T08:00:00Z'));
    const hurry = { ...at('2026-03-03T09:00:00Z'), override: ['soak'] as const, reason: 'an outage' };
    const report = await to('production', '1', soaks, hurry);
    expect(report).toMatchObject({ promoted: true });
    expect(outcomes(report)).toContain('soak: passed');
    expect(registry.log.events.at(-1)).toMatchObject({ reason: 'an outage' });
  });

  test('the other override does not lift it', async () => {
    await to('staging', '1', soaks, at('2026-03-03T08:00:00Z'));
    const hurry = { ...at('2026-03-03T09:00:00Z'), override: ['freeze'] as const, reason: 'an outage' };
    expect(await to('production', '1', soaks, hurry)).toMatchObject({ decision: 'hold' });
  });

  test('a freeze holds a promotion, not a rollback', async () => {
    await bothStages('1');
    await bothStages('2');
    await to('staging', '4');
    const monday = at('2026-03-09T12:00:00Z');
    expect(await to('production', '4', freezes, monday)).toMatchObject({ decision: 'hold' });
    expect(await back('bad', undefined, freezes, monday)).toMatchObject({ promoted: true });
  });
});

describe('what was found bad', () => {
  beforeEach(async () => {
    await bothStages('1');
    await bothStages('2');
    await back('2 is bad');
  });

  test('is not chosen as latest', async () => {
    const fake = registry.fake;
    fake.remove('3');
    fake.remove('4');
    const report = await to('staging', 'latest');
    expect(report.candidate?.version).not.toBe('2');
  });

  test('is no version to roll back to, nor to promote again', async () => {
    await bothStages('4');
    await expect(back('x', '2')).rejects.toThrow('no former good holder');
    expect(await to('production', '2')).toMatchObject({ decision: 'hold' });
  });

  test('may be judged again once somebody clears it, with a reason', async () => {
    const clear = (reason?: string): Promise<Report> =>
      runOperation(
        plain,
        registry,
        setting('staging', { command: 'register', ...(reason === undefined ? {} : { reason }) }),
        (work) => register(work, { version: '2' }),
      ).then(({ report }) => report);
    await expect(clear()).rejects.toThrow("needs the input 'reason'");
    expect(await clear('the data were bad, not the model')).toMatchObject({ decision: 'promote' });
    expect(state('2')).toBe('registered');
    expect(await to('production', '2')).toMatchObject({ promoted: true });
  });
});

describe('archive', () => {
  const retire = async (version: string, more: Setting = {}): Promise<Report> =>
    (
      await runOperation(plain, registry, setting('staging', { command: 'archive', ...more }), (work) =>
        archive(work, version),
      )
    ).report;

  test('leaves every stage it holds, and comes back by a rollback that names it', async () => {
    await bothStages('1');
    const report = await retire('1', { reason: 'end of the contract' });
    expect(report.reason).toBe('churn 1 is archived; nobody holds staging and production now.');
    expect(holders()).toEqual(['', '']);
    expect(registry.log.lines.slice(-2)).toEqual(['staging: archived 1', 'production: archived 1']);
    await expect(back('still needed')).rejects.toThrow("were retired by 'command: archive'");
    expect(await back('still needed', '1')).toMatchObject({ promoted: true, candidate: { version: '1' } });
  });

  test('twice is once', async () => {
    await retire('4');
    const before = registry.log.lines;
    expect(await retire('4')).toMatchObject({ decision: 'promote', alreadyThere: true });
    expect(registry.log.lines).toEqual(before);
  });

  test('a dry run writes nothing', async () => {
    await bothStages('1');
    const before = registry.log.lines;
    await retire('1', { dryRun: true });
    expect([registry.log.lines, holders()]).toEqual([before, ['1', '1']]);
  });
});
