import { afterAll, describe, expect, test } from '@jest/globals';
import { PromotionError } from '../../../src/domain/errors.js';
import { GitFailure } from '../../../src/git/failure.js';
import { stagesInOrder } from '../../../src/policy/champion.js';
import { loadPolicy, sourceOf } from '../../support/policy.js';
import type { StageAs } from '../../../src/registry/mlflow/settings.js';
import { adopt } from '../../../src/promotion/adopt.js';
import { archive } from '../../../src/promotion/archive.js';
import { promote } from '../../../src/promotion/promote.js';
import { rollback } from '../../../src/promotion/rollback.js';
import { hasPassed, isEligible, readRecord, stateIn } from '../../../src/domain/record.js';
import type { ModelVersion } from '../../../src/domain/version.js';
import type { Report } from '../../../src/domain/report.js';
import { GitWorld } from '../../support/git-world.js';
import { type Act, newWorld, registryOf, removeWorlds, run } from '../../support/mlflow-world.js';

type Mode = StageAs | 'no log' | 'git';
const modes: readonly Mode[] = ['alias', 'stage', 'model', 'no log', 'git'];

interface Step {
  readonly stage: string;
  readonly act: (nameOf: (number: string) => string) => Act;
  /** Of the stage production in the policy of that run. */
  readonly production?: string;
  readonly decision: Report['decision'];
}

function to(
  stage: string,
  number: string,
  production = 'archive: never',
  decision: Report['decision'] = 'promote',
): Step {
  return { stage, act: (nameOf) => (work) => promote(work, nameOf(number)), production, decision };
}
const staging = (number: string): Step => to('staging', number);
const production = (number: string): Step => to('production', number);
const archiving = (number: string): Step => to('production', number, 'archive: previous');
const rejected = (number: string): Step => to('production', number, 'checks: [{ require: auc >= 0.99 }]', 'reject');
const failed = (number: string): Step =>
  to('production', number, "deploy: { run: 'true', smoke_test: 'false' }", 'reject');
const retired = (number: string): Step => ({
  stage: 'production',
  act: (nameOf) => (work) => archive(work, nameOf(number)),
  decision: 'promote',
});
const back: Step = { stage: 'production', act: () => (work) => rollback(work, undefined), decision: 'promote' };

/** A version may be put into production at once. */
const policyOf = (registry: string, more = 'archive: never'): string => `version: 1
registry: ${registry}
model: churn
first_promotion: allow
metrics: { auc: { goal: maximize, min: 0, max: 1 } }
champion: production
stages:
  staging: { checks: [{ require: auc >= 0.5 }] }
  production: { ${more.includes('checks') ? more : `checks: [{ require: auc >= 0.5 }], ${more}`} }
`;

interface Told {
  /** By the records that count. */
  readonly versions: readonly ModelVersion[];
  /** MLflow: what people see there. */
  readonly tags?: readonly (string | undefined)[];
}

async function play(mode: Mode, steps: readonly Step[]): Promise<Told> {
  if (mode === 'git') {
    const world = await GitWorld.create();
    try {
      for (const number of [1, 2]) await world.release(`v${number}.0.0`, 0.8 + number / 100);
      for (const step of steps) {
        const policy = policyOf('{ type: git }', step.production);
        const report = await world.run(
          policy,
          step.act((each) => `v${each}.0.0`),
          { stageName: step.stage, reason: 'a test' },
        );
        expect([report.decision, report.reason]).toEqual([step.decision, report.reason]);
      }
      const registry = world.registry();
      return { versions: await Promise.all(['v1.0.0', 'v2.0.0'].map((each) => registry.version('churn', each))) };
    } finally {
      await world.dispose();
    }
  }
  const stageAs = mode === 'no log' ? 'alias' : mode;
  const world = newWorld(stageAs, 2);
  if (mode === 'no log')
    world.log.refusal = new PromotionError('GIT_FAILED', 'No.', { cause: new GitFailure('denied', 'No.') });
  for (const step of steps) {
    const policy = policyOf(`{ type: mlflow, stage_as: ${stageAs} }`, step.production);
    const report = await run(
      world,
      policy,
      step.act((each) => each),
      undefined,
      { stageName: step.stage, reason: 'a test' },
    );
    expect([report.decision, report.reason]).toEqual([step.decision, report.reason]);
  }
  const registry = registryOf(world);
  return {
    versions: await Promise.all(['1', '2'].map((each) => registry.version('churn', each))),
    tags: (world.mlflow.models.get('churn')?.versions ?? []).map(({ tags }) => tags.get('promotion_state')),
  };
}

interface Row {
  readonly what: string;
  readonly steps: readonly Step[];
  /** Of both versions. */
  readonly states: readonly [string, string];
  /** Where a version holds one stage at a time. */
  readonly oneAtATime?: readonly [string, string];
  readonly eligible?: readonly [boolean, boolean];
  readonly needsLog?: boolean;
}

const rows: readonly Row[] = [
  {
    what: 'one that lost its only stage',
    steps: [staging('1'), staging('2')],
    states: ['staging_replaced', 'staging_deployed'],
  },
  {
    what: 'one that took the nearer stage last',
    steps: [production('1'), staging('1')],
    states: ['production_deployed', 'registered'],
    oneAtATime: ['staging_deployed', 'registered'],
  },
  {
    what: 'one that lost the further of two stages',
    steps: [staging('1'), production('1'), production('2')],
    states: ['staging_deployed', 'production_deployed'],
    oneAtATime: ['production_replaced', 'production_deployed'],
  },
  {
    what: 'one that lost the nearer of two stages',
    steps: [staging('1'), production('1'), staging('2')],
    states: ['production_deployed', 'staging_deployed'],
  },
  {
    what: 'one that lost both stages',
    steps: [staging('1'), production('1'), production('2'), staging('2')],
    states: ['staging_replaced', 'production_deployed'],
    oneAtATime: ['production_replaced', 'staging_deployed'],
  },
  {
    what: 'one archived for another while it holds a stage',
    steps: [staging('1'), production('1'), archiving('2')],
    states: ['staging_deployed', 'production_deployed'],
    oneAtATime: ['archived', 'production_deployed'],
    eligible: [false, true],
  },
  {
    what: 'one archived for another, which then lost the other stage',
    steps: [staging('1'), archiving('1'), archiving('2'), staging('2')],
    states: ['archived', 'production_deployed'],
    oneAtATime: ['archived', 'staging_deployed'],
    eligible: [false, true],
  },
  {
    what: 'one retired from two stages',
    steps: [staging('1'), production('1'), retired('1')],
    states: ['archived', 'registered'],
    eligible: [false, true],
  },
  {
    what: 'one rejected, which then lost its stage',
    steps: [staging('1'), rejected('1'), staging('2')],
    states: ['production_rejected', 'staging_deployed'],
    eligible: [false, true],
  },
  {
    what: 'one whose deployment failed, and the one before it',
    steps: [production('1'), staging('2'), failed('2')],
    states: ['production_deployed', 'production_failed'],
  },
  {
    what: 'one rolled back, and the one put back',
    steps: [staging('1'), production('1'), staging('2'), production('2'), back],
    states: ['production_deployed', 'rolled_back'],
    eligible: [true, false],
    needsLog: true,
  },
];

afterAll(removeWorlds);

describe.each(modes)('%s: the state of', (mode) => {
  test.each(rows.filter(({ needsLog }) => needsLog !== true || mode !== 'no log'))('$what', async (row) => {
    const { versions, tags } = await play(mode, row.steps);
    const expected = (mode === 'stage' ? row.oneAtATime : undefined) ?? row.states;
    expect(versions.map(stateIn)).toEqual(expected);
    if (tags !== undefined) expect(tags.map((tag) => tag ?? 'registered')).toEqual(expected);
    expect(versions.map(isEligible)).toEqual(row.eligible ?? [true, true]);
  });
});

describe('adopt', () => {
  const policy = policyOf('{ type: mlflow }');
  const because = { stageName: 'production', reason: 'set by hand' };
  const adopted: Act = (work) => adopt(work);

  test.each([
    ['which holds nothing else', [production('1')], ['production_replaced', 'production_deployed']],
    ['which holds another stage', [staging('1'), production('1')], ['staging_deployed', 'production_deployed']],
  ])('of another holder tells the state of the one before, %s', async (_, steps, expected) => {
    const world = newWorld('alias', 2);
    for (const step of steps)
      await run(
        world,
        policy,
        step.act((each) => each),
        undefined,
        { stageName: step.stage },
      );
    world.mlflow.setAlias('churn', 'production', '2');
    expect(await run(world, policy, adopted, undefined, because)).toMatchObject({ decision: 'promote' });
    expect(world.mlflow.models.get('churn')?.versions.map(({ tags }) => tags.get('promotion_state'))).toEqual(expected);
    const versions = await Promise.all(['1', '2'].map((each) => registryOf(world).version('churn', each)));
    expect(versions.map(stateIn)).toEqual(expected);
    // What changed is a state alone: the log was told of the new holder, and of nothing else.
    expect(world.log.lines.at(-1)).toBe('production: adopted 2');
  });

  test.each([
    ['which holds nothing else', [production('1')], 'archived'],
    ['which holds another stage', [staging('1'), production('1')], 'staging_deployed'],
  ])('of nobody tells the state of the one before, %s', async (_, steps, expected) => {
    const world = newWorld('alias', 2);
    for (const step of steps)
      await run(
        world,
        policy,
        step.act((each) => each),
        undefined,
        { stageName: step.stage },
      );
    world.mlflow.models.get('churn')?.aliases.delete('production');
    expect(await run(world, policy, adopted, undefined, because)).toMatchObject({ decision: 'promote' });
    expect(world.mlflow.models.get('churn')?.versions[0]?.tags.get('promotion_state')).toBe(expected);
    expect(stateIn(await registryOf(world).version('churn', '1'))).toBe(expected);
  });
});

test('a state is in lower case, and a key has the policy’s spelling', async () => {
  const world = newWorld('stage', 2);
  const policy = policyOf('{ type: mlflow, stage_as: stage }')
    .replaceAll('staging:', 'Staging:')
    .replaceAll('production', 'Production');
  for (const [stageName, number] of [
    ['Staging', '1'],
    ['Production', '1'],
    ['Staging', '2'],
  ] as const)
    expect(await run(world, policy, (work) => promote(work, number), undefined, { stageName })).toMatchObject({
      promoted: true,
    });
  const [one, two] = world.mlflow.models.get('churn')?.versions ?? [];
  expect(one?.tags.get('promotion_state')).toBe('production_deployed');
  expect(two?.tags.get('promotion_state')).toBe('staging_deployed');
  expect(JSON.parse(one?.tags.get('promotion_Production') ?? '')).toMatchObject({
    state: 'production_deployed',
    stage: 'Production',
  });
});

test('older spellings are read', () => {
  const version = (state: string): ModelVersion => ({
    model: 'churn',
    version: '1',
    createdAt: '',
    uri: '',
    tags: new Map([
      ['promotion_state', state],
      [
        'promotion_Staging',
        JSON.stringify({ state: 'Staging_deployed', stage: 'Staging', at: '2026-01-01T00:00:00Z' }),
      ],
    ]),
  });
  expect(stateIn(version('Staging_deployed'))).toBe('staging_deployed');
  expect(hasPassed(version('Staging_deployed'), 'Staging')).toBe(true);
  expect(readRecord(version('Staging_deployed'), 'Staging')?.state).toBe('staging_deployed');
  expect(isEligible(version('Staging_Rejected'))).toBe(false);
});

test('the order of stages is the one in which versions pass them', () => {
  const text = policyOf('{ type: mlflow }', 'after: staging');
  const [head = '', one = '', two = ''] = text.split(/^(?= {2}(?:staging|production):)/m);
  const turned = loadPolicy(sourceOf('policy.yml', `${head}${two}${one}`, 'main', 'c'.repeat(40)));
  expect([...turned.stages.keys()]).toEqual(['production', 'staging']);
  expect(stagesInOrder(turned.stages)).toEqual(['staging', 'production']);
});
