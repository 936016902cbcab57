import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { asPromotionError } from '../../../src/domain/errors.js';
import { adopt } from '../../../src/promotion/adopt.js';
import { archive } from '../../../src/promotion/archive.js';
import { monitor } from '../../../src/promotion/monitor.js';
import { gate } from '../../../src/promotion/gate.js';
import { recoverIfAbandoned } from '../../../src/promotion/recovery/recover.js';
import { readStatus } from '../../../src/commands/status/read.js';
import { statusLines } from '../../../src/commands/status/page.js';
import type { Report } from '../../../src/domain/report.js';
import { ReportBuilder } from '../../../src/promotion/report-builder.js';
import {
  alias,
  back,
  killedAfter,
  killedAfterTheMove,
  must,
  newAlarm,
  staged,
  state,
  three,
  to,
  whileJudged,
} from '../../support/interrupted-world.js';
import {
  type Act,
  deploys,
  live,
  soleOwner,
  newWorld,
  policyOf,
  removeWorlds,
  run,
  tell,
  withCheck,
  type World,
  wrong,
} from '../../support/mlflow-world.js';
import type { Setting } from '../../support/run-promotion.js';

const movesFirst = ', transition: before-deploy';
const deployment = policyOf('alias', deploys());

/** 2 holds production; the promotion of 3, of which nobody is left, has begun to deploy. */
async function interrupted(policy = deployment, versions = 3): Promise<World> {
  const world = newWorld('alias', versions);
  await three(world, policy);
  await killedAfter(world, policy, to('3'), 'deploying');
  return world;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(5);
}

afterEach(removeWorlds);

describe('a rollback over an interrupted promotion', () => {
  test.each([
    ['deploys before it moves', ''],
    ['moves before it deploys', movesFirst],
  ])('that %s puts back who held the stage before, and not the one before that', async (_, more) => {
    const policy = policyOf('alias', deploys('true', more));
    const world = await interrupted(policy);
    expect(await run(world, policy, back)).toMatchObject({ decision: 'promote' });
    expect(await tell(world)).toMatchObject({
      registry: { production: ['2'] },
      log: { production: '2' },
      operation: undefined,
      live: '2',
    });
    expect(await state(world, '2')).toBe('production_deployed');
  });

  test('decides where a third version has taken the stage; a promotion does not', async () => {
    const world = await interrupted(deployment, 4);
    world.mlflow.setAlias('churn', 'production', '4');
    await expect(run(world, deployment, to('3'))).rejects.toThrow(
      'was interrupted, and now 4 holds production: neither 3 nor 2, who held it before',
    );
    expect(await run(world, deployment, back)).toMatchObject({ decision: 'promote' });
    expect(await wrong(world, true)).toEqual([]);
    expect(alias(world, 'production')).toBe('2');
  });

  test('says in a dry run what the real one does', async () => {
    const world = await interrupted();
    const before = [await tell(world), world.log.told.length];
    const dry = await run(world, deployment, back, undefined, { dryRun: true });
    expect([await tell(world), world.log.told.length]).toEqual(before);
    expect(dry.reason).toMatch(/\b2\b/);
    expect(dry.reason).toContain('deployed');
    expect(dry.reason).not.toContain('churn 1');
    expect((await run(world, deployment, back)).reason).toContain('2, which holds production, is deployed there again');
  });
});

describe('what could not be undone', () => {
  const policy = policyOf(
    'alias',
    `    deploy: { run: 'printf %s "$MODEL_VERSION" > live; test ! -e broken || test "$MODEL_VERSION" != 3', rollback: 'test ! -e broken' }`,
    "    monitor: { checks: [{ name: bad, run: 'exit 1' }], then: rollback }",
  );

  test.each<[string, Act, Setting, Record<string, string>]>([
    ['a rollback of staging', back, staged, {}],
    ['a monitor of staging', (work) => monitor(work, undefined, newAlarm()), staged, {}],
    ['an adoption in staging', adopt, staged, { staging: '1' }],
    ['an adoption in production of what somebody put there', adopt, {}, { production: '1' }],
    ['an archival', (work) => archive(work, '1'), {}, {}],
  ])('in production stays open over %s', async (_, act, more, aliases) => {
    const world = newWorld('alias', 4);
    await three(world, policy);
    writeFileSync(join(world.workspace, 'broken'), '');
    expect((await run(world, policy, to('3'))).promoted).toBe(false);
    expect((await tell(world)).operation).toBe('promote 3 deploying stuck');
    for (const [name, version] of Object.entries(aliases)) world.mlflow.setAlias('churn', name, version);
    await run(world, policy, act, undefined, more).catch(() => undefined);
    expect((await tell(world)).operation).toBe('promote 3 deploying stuck');
  });
});

describe('who takes over', () => {
  test('goes on by its own policy, and so does who comes after it', async () => {
    const world = newWorld('alias');
    const before = policyOf('alias');
    await three(world, before);
    await killedAfter(world, before, to('3'), 'opened');
    // By the new policy the stage moves, and is then deployed to.
    const after = policyOf('alias', deploys('test -e never', movesFirst));
    await killedAfter(world, after, to('3'), 'deployed');
    await run(world, after, to('3'));
    expect(await tell(world)).toMatchObject({
      registry: { production: ['2'] },
      log: { production: '2' },
      operation: undefined,
    });
  });

  test('is on record with its own evidence and reason, whoever finishes what it did', async () => {
    const world = newWorld('alias');
    const policy = policyOf('alias');
    const by = (who: string): Setting => ({ seal: () => Promise.resolve(`sha256:${who}`), reason: who });
    await three(world, policy);
    await killedAfter(world, policy, to('3'), 'opened', by('first'));
    await killedAfterTheMove(world, policy, to('3'), by('second'));
    await run(world, policy, to('3'), undefined, by('third'));
    expect(world.log.events.findLast(({ type, version }) => type === 'deployed' && version === '3')).toMatchObject({
      evidenceDigest: 'sha256:second',
      reason: 'second',
    });
    expect(await wrong(world, false)).toEqual([]);
  });

  test('ends no process of an operation that another has taken over first', async () => {
    const world = newWorld('alias');
    await three(world, deployment);
    await killedAfter(world, deployment, to('3'), 'deploying', {
      runOwner: { ...soleOwner(), owner: { token: 'killed' } },
    });
    const ended: string[] = [];
    let other: Promise<Report> | undefined;
    const runOwner: Setting['runOwner'] = {
      ...soleOwner(),
      // While this one waits for GitHub's answer, the other has it already, takes over and works.
      ownerHasEnded: async ({ token }) => {
        other ??= run(world, deployment, back);
        await until(() => world.log.entries.includes('taken_over'));
        return token === 'killed';
      },
      killProcesses: (id) => ended.push(id),
    };
    await run(world, deployment, to('3'), undefined, { runOwner }).catch(() => undefined);
    expect(await other).toMatchObject({ decision: 'promote' });
    expect(ended).toEqual([]);
  });

  test('while the owner still deploys has its version live in the end', async () => {
    const world = newWorld('alias');
    const slow = policyOf(
      'alias',
      `    deploy: { run: 'if test "$MODEL_VERSION" = 3; then touch begun; until test -e released; do sleep 0.02; done; fi; printf %s "$MODEL_VERSION" > live', rollback: 'printf %s "$PREVIOUS_VERSION" > live' }`,
    );
    await three(world, slow);
    const late = run(world, slow, to('3'));
    await until(() => existsSync(join(world.workspace, 'begun')));
    // Its renewals did not get through, and its lease is over.
    await run(world, slow, back);
    writeFileSync(join(world.workspace, 'released'), '');
    expect((await late).promoted).toBe(false);
    expect(live(world)).toBe('2');
    expect(alias(world, 'production')).toBe('2');
  });
});

describe('a promotion after an interrupted one', () => {
  test('to another stage leaves it alone, and says for which stage to run', async () => {
    const world = newWorld('alias', 4);
    const command = (version: string): string =>
      `'echo ${version} >> commands; test "$CRED" = x && printf %s "$${version}" > live'`;
    const policy = policyOf(
      'alias',
      `    deploy: { run: ${command('MODEL_VERSION')}, rollback: ${command('PREVIOUS_VERSION')} }`,
    ).replace('metrics:', 'pass_env: [CRED]\nmetrics:');
    const production = { environment: { ...process.env, CRED: 'x' } };
    await three(world, policy, production);
    await killedAfter(world, policy, to('3'), 'deploying', production);
    const before = await tell(world);
    const commands = join(world.workspace, 'commands');
    writeFileSync(commands, '');
    // A nightly job, which has no credentials for production.
    const report = await run(world, policy, to('4'), undefined, staged).catch((thrown: unknown) =>
      new ReportBuilder(() => new Date()).failed(asPromotionError(thrown)),
    );
    expect(report).toMatchObject({ decision: 'hold', promoted: false });
    expect(report.reason).toContain('promote of 3 to production');
    expect(report.cure).toContain("'command: promote' with 'stage: production'");
    expect(readFileSync(commands, 'utf8')).toBe('');
    expect(await tell(world)).toEqual(before);
    expect(before.operation).toBe('promote 3 deploying');
  });

  test('that holds at the last moment leaves nothing of it half done', async () => {
    const world = await interrupted();
    const setting = whileJudged(() => {
      world.mlflow.makeAnew('churn', '3');
    });
    const report = await run(world, deployment, to('3'), undefined, setting);
    expect(report).toMatchObject({ decision: 'hold', promoted: false });
    expect(report.reason).toContain('3 is no longer what was judged');
    expect(await wrong(world, true)).toEqual([]);
  });

  test('that rejects the version has it on record as rejected, not as failed', async () => {
    const world = await interrupted();
    const strict = withCheck(deployment, 'require: auc >= 0.99');
    expect(await run(world, strict, to('3'))).toMatchObject({ decision: 'reject' });
    expect(await state(world, '3')).toBe('production_rejected');
    expect(await wrong(world, true)).toEqual([]);
  });
});

describe('an interrupted promotion of a version that was deleted', () => {
  async function deleted(): Promise<World> {
    const world = newWorld('alias', 4);
    await three(world, deployment);
    await must(world, deployment, to('4'), staged);
    await killedAfter(world, deployment, to('3'), 'deploying');
    world.mlflow.remove('churn', '3');
    return world;
  }

  test('hinders no other, which says what could not be undone', async () => {
    const world = await deleted();
    const report = await run(world, deployment, to('4'));
    expect(report).toMatchObject({ decision: 'promote', promoted: true });
    expect(report.reason).toContain('churn 4 now holds production');
    expect(report.notes.join('\n')).toContain('promote of 3 to production');
    expect(await wrong(world, true)).toEqual([]);
    expect(live(world)).toBe('4');
  });

  test('is settled behind a run, with a word of it', async () => {
    const world = await deleted();
    let said: readonly string[] = [];
    await run(world, deployment, async (work) => {
      said = await recoverIfAbandoned(work, { isSameJob: true });
      return { decision: 'promote' } as Report;
    });
    expect(said.join('\n')).toContain('promote of 3 to production');
  });

  test('is rolled back', async () => {
    const world = await deleted();
    expect(await run(world, deployment, back)).toMatchObject({ decision: 'promote' });
    expect(await wrong(world, true)).toEqual([]);
    expect(live(world)).toBe('2');
  });
});

describe('a version that holds its stage and is not verified', () => {
  const policy = policyOf('alias', deploys('true', movesFirst));

  test.each<[string, Act, Setting]>([
    ['a gate', async (work) => (await gate(work, '3')).report, {}],
    ['a dry run', to('3'), { dryRun: true }],
  ])('is not there already to %s, which names what is open', async (_, act, more) => {
    const world = await interrupted(policy);
    const before = [await tell(world), world.log.told.length];
    const report = await run(world, policy, act, undefined, more);
    expect(report).toMatchObject({ decision: 'hold', promoted: false, alreadyThere: false });
    expect(report.reason).toContain('promote of 3 to production');
    expect([await tell(world), world.log.told.length]).toEqual(before);
  });
});

test('the status of an interrupted promotion tells of it', async () => {
  const world = await interrupted();
  let lines = '';
  await run(world, deployment, async ({ registry, policy, model }) => {
    lines = statusLines(await readStatus(registry, policy, model)).join('\n');
    return { decision: 'promote' } as Report;
  });
  expect(lines).toMatch(/(Under way|Interrupted): promote of 3 to production/);
});

test('a failed deployment, undone, leaves the alias of the version before where it was', async () => {
  const world = newWorld('alias');
  const policy = policyOf('alias', deploys('test "$MODEL_VERSION" != 3', movesFirst));
  await three(world, policy);
  expect(alias(world, 'previous-production')).toBe('1');
  expect(await run(world, policy, to('3'))).toMatchObject({ decision: 'reject', promoted: false });
  expect(alias(world, 'production')).toBe('2');
  expect(alias(world, 'previous-production')).toBe('1');
});
