import type { StageAs } from '../../src/registry/mlflow/settings.js';
import { adopt } from '../../src/promotion/adopt.js';
import { apply } from '../../src/promotion/apply.js';
import { archive } from '../../src/promotion/archive.js';
import { monitor } from '../../src/promotion/monitor.js';
import { makePlan, type Plan } from '../../src/promotion/plan.js';
import { gate } from '../../src/promotion/gate.js';
import { register } from '../../src/promotion/register.js';
import { back, must, newAlarm, one, staged, to, two } from './interrupted-world.js';
import { type Act, deploys, policyOf, withCheck, type World } from './mlflow-world.js';
import type { Setting } from './run-promotion.js';

/** Something to be disturbed, with what it begins with. */
export interface Case {
  readonly name: string;
  readonly stageAs: StageAs;
  readonly policy: string;
  readonly begin: (world: World, policy: string) => Promise<void>;
  readonly act: Act;
  readonly more?: Setting;
  /** Whether the holder of production has to be live. */
  readonly isDeployed?: boolean;
  /** Where nothing but the same again leads on. */
  readonly onlySame?: boolean;
}

const movesFirst = ', transition: before-deploy';
const kinds: readonly (readonly [string, string, boolean])[] = [
  ['no deployment', '', false],
  ['deploys', deploys(), true],
  ['moves, then deploys', deploys('true', movesFirst), true],
];
const only1: Case['begin'] = (world, policy) => must(world, policy, to('1'), staged);

/** All that moves a stage or tells the log, in one mode. */
export function casesOf(stageAs: StageAs): readonly Case[] {
  const policy = (production = ''): string => policyOf(stageAs, production);
  const list: readonly Omit<Case, 'stageAs'>[] = [
    ...kinds.flatMap(([kind, deploy, isDeployed]): Omit<Case, 'stageAs'>[] => [
      { name: `first promotion, ${kind}`, policy: policy(deploy), isDeployed, act: to('1'), begin: only1 },
      { name: `promotion, ${kind}`, policy: policy(deploy), isDeployed, act: to('2'), begin: one },
      { name: `apply, ${kind}`, policy: policy(deploy), isDeployed, act: applied, begin: one },
      { name: `rollback, ${kind}`, policy: policy(deploy), isDeployed, act: back, begin: two },
      {
        name: `monitor rolls back, ${kind}`,
        policy: policy(
          `${deploy}\n    monitor: { checks: [{ name: bad, run: test "$MODEL_VERSION" != 2 }], then: rollback }`,
        ),
        isDeployed,
        act: (work) => monitor(work, undefined, newAlarm()),
        begin: two,
      },
    ]),
    {
      name: 'promotion, smoke test fails',
      policy: policy(deploys('test "$MODEL_VERSION" != 2')),
      isDeployed: true,
      act: to('2'),
      begin: one,
    },
    {
      name: 'promotion, smoke test fails after the move',
      policy: policy(deploys('test "$MODEL_VERSION" != 2', movesFirst)),
      isDeployed: true,
      act: to('2'),
      begin: one,
    },
    {
      name: 'first promotion, smoke test fails after the move',
      policy: policy(deploys('false', movesFirst)),
      act: to('1'),
      begin: only1,
    },
    { name: 'promotion to staging', policy: policy(), act: to('3'), more: staged, begin: one },
    { name: 'archival of the holder', policy: policy(), act: (work) => archive(work, '2'), begin: two },
    { name: 'archival of one that holds nothing', policy: policy(), act: (work) => archive(work, '3'), begin: two },
    { name: 'adoption', policy: policy(), act: adopt, begin: putThere, onlySame: true },
    {
      name: 'rejection',
      policy: withCheck(policy(), 'name: no, run: test "$MODEL_VERSION" != 2'),
      act: to('2'),
      begin: one,
    },
    {
      name: 'registration',
      policy: policy(),
      act: (work) => register(work, { source: 's3://bucket/new' }),
      begin: one,
    },
  ];
  // Where a version holds one stage at a time, the policy may not have it move first.
  return list
    .filter((each) => stageAs !== 'stage' || !each.policy.includes('before-deploy'))
    .map((each) => ({ ...each, stageAs }));
}

/** Another than 2 holds production, by somebody's hand. */
async function putThere(world: World, policy: string): Promise<void> {
  await two(world, policy);
  const { mlflow, stageAs } = world;
  if (stageAs === 'alias') mlflow.setAlias('churn', 'production', '3');
  else if (stageAs === 'model') mlflow.setAlias('churn-production', 'production', '1');
  else
    for (const each of mlflow.models.get('churn')?.versions ?? [])
      each.current_stage = each.version === '3' ? 'Production' : 'None';
}

const plans = new Map<string, Plan>();
const gated = { repository: 'acme/churn', run: '77', commit: 'c'.repeat(40), approvals: [] };

/** The plan is the one that the gate made before anything was disturbed. */
const applied: Act = async (work) => {
  const { workspace } = work.execution;
  if (!plans.has(workspace)) {
    const { report, evidence } = await gate(work, '2');
    plans.set(workspace, makePlan(report, evidence, gated, work.now()));
  }
  const plan = plans.get(workspace);
  if (plan === undefined) throw new Error('There is no plan.');
  return apply(work, plan, { repository: 'acme/churn', run: '77', evidence: plan.evidence });
};
