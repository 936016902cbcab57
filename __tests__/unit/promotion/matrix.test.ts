import { afterAll, expect, test } from '@jest/globals';
import { PromotionError } from '../../../src/domain/errors.js';
import type { LoggedEvent } from '../../../src/log/event.js';
import { loadPolicy, sourceOf } from '../../support/policy.js';
import { adopt } from '../../../src/promotion/adopt.js';
import { apply } from '../../../src/promotion/apply.js';
import { archive } from '../../../src/promotion/archive.js';
import { monitor } from '../../../src/promotion/monitor.js';
import { makePlan, type Plan } from '../../../src/promotion/plan.js';
import { promote } from '../../../src/promotion/promote.js';
import { gate } from '../../../src/promotion/gate.js';
import { register } from '../../../src/promotion/register.js';
import { rollback } from '../../../src/promotion/rollback.js';
import { readStatus } from '../../../src/commands/status/read.js';
import { gitMatrix, holderOf, type MatrixWorld, mlflowMatrix, MODEL, policyOf } from '../../support/matrix-world.js';
import { removeWorlds } from '../../support/mlflow-world.js';

/*
 * What people and other tools do to a registry, and two commands of this action after it, each with each. No version
 * may come to hold a stage that has `after` unless this very one passed the stage before; and `status` must show what
 * is odd. What is right is told here from the events alone, by their identities: it shares no code with History.
 */
const isComplete = process.env['FAULTS'] === 'all' || process.env['FUZZ'] === 'all';
/** Of the pairs, one in so many, where not all are tried. */
const share = { mlflow: 9, git: 47 } as const;

interface Disturbance {
  readonly name: string;
  readonly act: (world: MatrixWorld) => Promise<void>;
  /** The version that the commands name, as an index into the world's. */
  readonly target: number;
}
interface Command {
  readonly name: string;
  readonly run: (world: MatrixWorld, target: string, plan: Plan) => Promise<unknown>;
}

const whose = ['the former holder', 'the holder', 'the one in staging', 'a new one'];
const of = (world: MatrixWorld, target: number): string => world.versions[target] ?? '';
const each = (name: string, act: (world: MatrixWorld, version: string) => Promise<void>): Disturbance[] =>
  whose.map((who, target) => ({ name: `${name} ${who}`, target, act: (world) => act(world, of(world, target)) }));

const disturbances: readonly Disturbance[] = [
  ...each('name given to another version, of', (world, version) => world.swap(version)),
  ...each('deleted and recreated,', (world, version) => world.recreate(version)),
  ...[0, 1].map((target) => ({
    name: `model recreated, ${whose[target] ?? ''}`,
    target,
    act: (world: MatrixWorld) => world.recreateModel(),
  })),
  ...[0, 2, 3].map((target) => ({
    name: `production set by hand to ${whose[target] ?? ''}`,
    target,
    act: (world: MatrixWorld) => world.set('production', of(world, target)),
  })),
  { name: 'staging set by hand to a new one', target: 3, act: (world) => world.set('staging', of(world, 3)) },
  { name: 'production taken away', target: 1, act: (world) => world.unset('production') },
  { name: 'staging taken away', target: 2, act: (world) => world.unset('staging') },
  {
    name: 'the holder’s name given to another version, and set by hand',
    target: 1,
    act: async (world) => {
      await world.swap(of(world, 1));
      await world.set('production', of(world, 1));
    },
  },
];

const because = 'by the matrix';
const alarm = { raise: () => Promise.resolve([]), clear: () => Promise.resolve([]) };
const commands: readonly Command[] = [
  {
    name: 'register',
    run: (world, version) => world.run((work) => register(work, { version }), { command: 'register', reason: because }),
  },
  { name: 'archive', run: (world, version) => world.run((work) => archive(work, version), { command: 'archive' }) },
  ...['staging', 'production'].flatMap((stageName): Command[] => [
    { name: `adopt ${stageName}`, run: (world) => world.run(adopt, { command: 'adopt', stageName, reason: because }) },
    {
      name: `promote to ${stageName}`,
      run: (world, version) => world.run((work) => promote(work, version), { stageName }),
    },
  ]),
  {
    name: 'rollback',
    run: (world) => world.run((work) => rollback(work, undefined), { command: 'rollback', reason: because }),
  },
  {
    name: 'rollback to it',
    run: (world, version) => world.run((work) => rollback(work, version), { command: 'rollback', reason: because }),
  },
  {
    name: 'apply',
    run: (world, _, plan) =>
      world.run((work) => apply(work, plan, { repository: '', run: '7', evidence: 'sha256:evidence' }), {
        command: 'apply',
      }),
  },
  { name: 'monitor', run: (world) => world.run((work) => monitor(work, undefined, alarm), { command: 'monitor' }) },
  { name: 'status', run: (world) => statusOf(world) },
];

async function statusOf(world: MatrixWorld): Promise<Awaited<ReturnType<typeof readStatus>>> {
  const type = world.registry().atNames === 'version' ? 'git' : 'mlflow';
  return readStatus(world.registry(), loadPolicy(sourceOf('policy.yml', policyOf(type), 'main')), MODEL);
}

/** One in staging and on its way: its plan for production is made before anything is disturbed. */
async function prepare(world: MatrixWorld): Promise<Plan> {
  const [former, live, staged] = world.versions;
  for (const version of [former, live])
    for (const stageName of ['staging', 'production']) await world.run((work) => promote(work, version), { stageName });
  await world.run((work) => promote(work, staged), { stageName: 'staging' });
  let plan: Plan | undefined;
  await world.run(async (work) => {
    const { report, evidence } = await gate(work, staged);
    plan = makePlan(report, evidence, { repository: '', run: '7', commit: '', approvals: [] }, work.now());
    return report;
  });
  if (plan === undefined) throw new Error('There is no plan.');
  return plan;
}

const confers = ({ type }: LoggedEvent): boolean => type === 'deployed' || type === 'adopted';

/** Events of the log that say of a version what it has not earned. */
function unearned(events: readonly LoggedEvent[]): string[] {
  return events.flatMap((event, index) => {
    const { type, stage, version, identity, evidenceDigest } = event;
    if (type !== 'deployed' || stage !== 'production') return [];
    const earlier = events.slice(0, index).filter((other) => other.identity === identity && confers(other));
    const passed = earlier.some((other) => other.stage === 'staging');
    const held = earlier.some((other) => other.stage === 'production');
    // A promotion asks for the stage before; what is put back must have been there.
    if (evidenceDigest === undefined ? held : passed) return [];
    return [
      `${version} was deployed to production, and this very one never ${evidenceDigest === undefined ? 'held it' : 'passed staging'}`,
    ];
  });
}

/** Identity of the version that the log calls the holder, by the events alone. */
function loggedHolder(
  events: readonly LoggedEvent[],
  stage: string,
  isOneAtATime: boolean,
): { readonly identity: string | undefined } | undefined {
  let holder: LoggedEvent | undefined;
  for (const event of events) {
    if (event.stage !== stage) {
      // It left this stage for that one.
      if (isOneAtATime && confers(event) && event.identity === holder?.identity) holder = undefined;
      continue;
    }
    if (confers(event)) holder = event;
    else if (['archived', 'rolled_back', 'failed'].includes(event.type) && event.version === holder?.version)
      if (event.identity === holder.identity || event.type === 'archived') holder = undefined;
  }
  return holder === undefined ? undefined : { identity: holder.identity };
}

async function wrong(world: MatrixWorld): Promise<string[]> {
  const registry = world.registry();
  const events = await world.events();
  const faults = unearned(events);
  const status = await statusOf(world);
  for (const stage of ['staging', 'production']) {
    const holder = await holderOf(registry, stage);
    const logged = loggedHolder(events, stage, registry.oneStageAtATime);
    const isOdd =
      holder === undefined ? logged !== undefined : logged === undefined || holder.identity !== logged.identity;
    const shown = status.stages.find((each) => each.stage === stage);
    const isShown = shown?.disagrees !== undefined || shown?.isGone === true || (shown?.advice ?? []).length > 0;
    if (isOdd && !isShown) faults.push(`status shows nothing odd about ${stage}, held by ${holder?.name ?? 'nobody'}`);
    if (isOdd || holder === undefined || stage !== 'production') continue;
    // The log agrees: then this very version passed staging, or a person took it there with a reason.
    const earned = events.some(
      (event) =>
        event.identity === holder.identity &&
        (event.type === 'adopted' || (confers(event) && event.stage === 'staging')),
    );
    if (!earned) faults.push(`${holder.name} holds production and never passed staging`);
  }
  if ((await registry.operation(MODEL)) !== undefined) faults.push('an operation is left open');
  return faults;
}

/** What happened, where a command ended otherwise than with a report or a named error. */
async function crash(command: Command, world: MatrixWorld, target: string, plan: Plan): Promise<string[]> {
  try {
    await command.run(world, target, plan);
    return [];
  } catch (thrown) {
    if (thrown instanceof PromotionError && thrown.code !== 'INTERNAL') return [];
    return [`${command.name} ended with ${String(thrown)}`];
  }
}

afterAll(removeWorlds);

test.each([
  ['MLflow aliases', 'mlflow', () => mlflowMatrix('alias')],
  ['MLflow stages', 'mlflow', () => mlflowMatrix('stage')],
  ['MLflow models', 'mlflow', () => mlflowMatrix('model')],
  ['git', 'git', gitMatrix],
] as const)(
  '%s: no two commands after a disturbance bring a version where it has not earned to be',
  async (name, type, open) => {
    const template = await open();
    const plan = await prepare(template);
    const pairs = commands.flatMap((first) => commands.map((second) => [first, second] as const));
    const all = disturbances.flatMap((disturbance) => pairs.map((pair) => ({ disturbance, pair })));
    const sequences = isComplete ? all : all.filter((_, index) => index % share[type] === 0);
    const faults: string[] = [];
    let moves = 0;
    for (const { disturbance, pair } of sequences) {
      const world = template.copy();
      const told: string[] = [];
      try {
        await disturbance.act(world);
        told.push(...(await wrong(world)));
        const before = (await world.events()).length;
        for (const command of pair) {
          told.push(...(await crash(command, world, of(world, disturbance.target), plan)));
          told.push(...(await wrong(world)));
        }
        if ((await world.events()).length > before) moves += 1;
      } finally {
        world.dispose();
      }
      faults.push(
        ...new Set(told.map((fault) => `${disturbance.name}; ${pair.map((each) => each.name).join('; ')}: ${fault}`)),
      );
    }
    template.dispose();
    process.stderr.write(
      `${name}: ${sequences.length} of ${all.length} sequences of a disturbance and two commands tried, ${moves} of them told the log, ${faults.length} wrong\n`,
    );
    expect(faults).toEqual([]);
    expect(moves).toBeGreaterThan(sequences.length / 4);
  },
  isComplete ? 3_600_000 : 300_000,
);
