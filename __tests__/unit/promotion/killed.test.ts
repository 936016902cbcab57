import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { archive } from '../../../src/promotion/archive.js';
import { promote } from '../../../src/promotion/promote.js';
import { rollback } from '../../../src/promotion/rollback.js';
import type { PromotionContext } from '../../../src/promotion/context.js';
import type { Report } from '../../../src/domain/report.js';
import { FakeRegistry } from '../../support/fake-registry.js';
import { LoggedFake, MemoryLog } from '../../support/logged-registry.js';
import { soleOwner } from '../../support/mlflow-world.js';
import { KillableRun } from '../../support/killable-run.js';
import { runPromote, runOperation } from '../../support/run-promotion.js';

const stages = ['staging', 'production'];
const policy = (deploy: string): string => `version: 1
registry: { type: mlflow }
model: churn
metrics:
  auc: { goal: maximize, min: 0, max: 1 }
stages:
  staging:
    checks: [{ require: auc >= 0.5 }]
  production:
    after: staging
    checks: [{ require: auc >= 0.5 }]
${deploy}`;
const none = policy('');
const deploys = (smoke: string, more = ''): string =>
  policy(`    deploy: { run: 'true', smoke_test: ${smoke}, rollback: 'true'${more} }\n`);

interface World {
  readonly fake: FakeRegistry;
  readonly log: MemoryLog;
  readonly workspace: string;
}

/** Version 1 holds production, version 2 has passed staging. */
async function world(): Promise<World> {
  const workspace = mkdtempSync(join(tmpdir(), 'killed-'));
  const fake = new FakeRegistry().add('1', { auc: 0.8 }).add('2', { auc: 0.9 });
  const log = new MemoryLog();
  const registry = new LoggedFake(fake, stages, log);
  await runPromote(none, registry, { stageName: 'staging', version: '1', workspace });
  await runPromote(none, registry, { stageName: 'production', version: '1', workspace });
  await runPromote(none, registry, { stageName: 'staging', version: '2', workspace });
  return { fake, log, workspace };
}

type Act = (work: PromotionContext) => Promise<Report>;

/** One run of the action: it sees the registry and the log as long as it lives, and knows that others have ended. */
async function run({ fake, log, workspace }: World, text: string, act: Act, killable: KillableRun): Promise<string> {
  const registry = new LoggedFake(
    killable.watch(fake, ['transition', 'tag', 'syncTags', 'vacate']),
    stages,
    killable.watch(log, ['append']),
  );
  const setting = { stageName: 'production', workspace, runOwner: soleOwner() };
  const { report } = await runOperation(text, registry, setting, act);
  return report.decision;
}

/** All that counts in the end. */
async function state({ fake, log }: World): Promise<unknown> {
  const registry = new LoggedFake(fake, stages, log);
  return {
    staging: fake.holdersOf('staging'),
    production: fake.holdersOf('production'),
    states: await Promise.all(
      ['1', '2'].map(async (each) => (await registry.version('churn', each)).tags.get('promotion_state')),
    ),
    tags: ['1', '2'].map((each) => fake.tagsOf(each)['promotion_state']),
    operation: (await registry.operation('churn'))?.id,
  };
}

const toProduction: Act = (work) => promote(work, '2');

test.each<[string, string, Act, boolean]>([
  ['a promotion', none, toProduction, false],
  ['a promotion with a deployment', deploys("'true'"), toProduction, false],
  [
    'a promotion that deploys after the transition',
    deploys("'true'", ', transition: before-deploy'),
    toProduction,
    false,
  ],
  ['a promotion whose smoke test fails', deploys("'false'"), toProduction, false],
  [
    'a promotion whose smoke test fails after the transition',
    deploys("'false'", ', transition: before-deploy'),
    toProduction,
    false,
  ],
  ['a rollback', none, (work) => rollback(work, undefined), true],
  ['a rollback that deploys', deploys("'true'"), (work) => rollback(work, undefined), true],
  ['an archival', none, (work) => archive(work, '2'), true],
])('%s, killed at any moment and run again, ends as if undisturbed', async (_, text, act, isHolder) => {
  const begin = async (): Promise<World> => {
    const made = await world();
    if (isHolder) await run(made, none, toProduction, new KillableRun());
    return made;
  };
  const undisturbed = await begin();
  const alive = new KillableRun();
  await run(undisturbed, text, act, alive);
  const expected = await state(undisturbed);
  expect(expected).toMatchObject({ operation: undefined });
  expect(alive.moments).toBeGreaterThanOrEqual(6);
  const worlds = [undisturbed];
  for (let moment = 1; moment <= alive.moments; moment += 1) {
    const disturbed = await begin();
    worlds.push(disturbed);
    await run(disturbed, text, act, new KillableRun(moment)).catch(() => undefined);
    const killed = [moment, disturbed.log.entries.join(' ')];
    await run(disturbed, text, act, new KillableRun()).catch((thrown: unknown) => killed.push(String(thrown)));
    expect([killed, await state(disturbed)]).toEqual([killed, expected]);
  }
  for (const { workspace } of worlds) rmSync(workspace, { recursive: true, force: true });
});
