import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StageAs } from '../../src/registry/mlflow/settings.js';
import { apply as carryOut } from '../../src/promotion/apply.js';
import { adopt } from '../../src/promotion/adopt.js';
import { archive } from '../../src/promotion/archive.js';
import { asPromotionError } from '../../src/domain/errors.js';
import { loadPolicy, sourceOf } from '../support/policy.js';
import { promote } from '../../src/promotion/promote.js';
import { gate } from '../../src/promotion/gate.js';
import { howToFinish } from '../../src/promotion/operation/describe.js';
import { makePlan, type Plan } from '../../src/promotion/plan.js';
import { monitor } from '../../src/promotion/monitor.js';
import { register } from '../../src/promotion/register.js';
import { rollback } from '../../src/promotion/rollback.js';
import { readHistory } from '../../src/promotion/judge/holders.js';
import { readStatus } from '../../src/commands/status/read.js';
import { underWay } from '../../src/commands/status/operation.js';
import type { Registry } from '../../src/registry/registry.js';
import { Checkouts } from './git-checkouts.js';
import { type Act, newWorld, policyOf, registryOf, run, soleOwner, type World } from './mlflow-world.js';
import { runOperation } from './run-promotion.js';

export type Mode = StageAs | 'git';

/** What a cure tells to type: a command with its inputs, or one of git's. */
export type Cure =
  { readonly command: string; readonly inputs: ReadonlyMap<string, string> } | { readonly git: string };

/** Every cure that a message names, in its order. */
export function curesIn(message: string): readonly Cure[] {
  const found: { readonly at: number; readonly cure: Cure }[] = [];
  for (const match of message.matchAll(
    /'command: (\w+)'(?: with ((?:'[\w-]+: [^']*'(?:, | and )?)*)(?:a reason)?)?/g,
  )) {
    const inputs = [...(match[2] ?? '').matchAll(/'([\w-]+): ([^']*)'/g)].map(
      ([, name = '', value = '']) => [name, value] as const,
    );
    found.push({ at: match.index, cure: { command: match[1] ?? '', inputs: new Map(inputs) } });
  }
  for (const match of message.matchAll(/'(git [^']+)'/g))
    found.push({ at: match.index, cure: { git: match[1] ?? '' } });
  return found.sort((a, b) => a.at - b.at).map(({ cure }) => cure);
}

/** A model with a life behind it, in one kind of registry: the first two of its versions held production. */
export interface Place {
  readonly mode: Mode;
  /** The stage that is looked at. */
  stage: string;
  readonly versions: readonly string[];
  readonly mlflow?: World;
  readonly git?: { readonly at: Checkouts; readonly path: string; readonly commits: readonly string[] };
  act(act: Act, stage: string, more?: { reason?: string; override?: 'champion' }): Promise<string>;
  /** What a gate planned before anything was disturbed. */
  plan?: Plan;
  open(): Registry;
  dispose(): Promise<void>;
}

const commandsOf: Readonly<Record<string, (version: string | undefined) => Act>> = {
  promote: (version) => (work) => promote(work, version ?? 'latest'),
  gate: (version) => async (work) => (await gate(work, version ?? 'latest')).report,
  rollback: (version) => (work) => rollback(work, version),
  adopt: () => adopt,
  archive: (version) => (work) => archive(work, version ?? ''),
  register: (version) => (work) => register(work, version === undefined ? {} : { version }),
  monitor: () => (work) => monitor(work, undefined, silent),
};

const silent = { raise: () => Promise.resolve([]), clear: () => Promise.resolve([]) };
const origin = { repository: 'acme/churn', run: '77', commit: 'c'.repeat(40), approvals: [] };

/** Plans the promotion of the version to the place's stage, for a later `apply`. */
export async function planIn(place: Place, version: string): Promise<void> {
  await place.act(async (work) => {
    const { report, evidence } = await gate(work, version);
    place.plan = makePlan(report, evidence, origin, work.now());
    return report;
  }, place.stage);
}

/** Carries out what was planned. */
export const applyOf =
  ({ plan }: Place): Act =>
  (work) => {
    if (plan === undefined) throw new Error('There is no plan.');
    return carryOut(work, plan, { repository: 'acme/churn', run: '77', evidence: plan.evidence });
  };

export function actOf(command: string, version: string | undefined): Act {
  const make = commandsOf[command];
  if (make === undefined) throw new Error(`No command '${command}' is known to this test.`);
  return make(version);
}

/** A place where 1 and 2 went to production, in this order, and the third has passed staging. */
export async function newPlace(mode: Mode, versions: number): Promise<Place> {
  if (mode !== 'git') return lived(mlflowPlace(mode, versions), versions);
  // Making a history with real git takes its time: it is made once, and copied.
  const made = templates.get(versions) ?? madeIn(versions);
  templates.set(versions, made);
  const { at, commits } = await made;
  const folder = await mkdtemp(join(tmpdir(), 'cures-'));
  await cp(at.folder, folder, { recursive: true });
  const copy = new Checkouts(folder);
  copy.clock = at.clock;
  await copy.git(join(folder, 'work'), 'remote', 'set-url', 'origin', join(folder, 'origin.git'));
  return gitPlace(copy, commits);
}

const templates = new Map<number, Promise<{ at: Checkouts; commits: readonly string[] }>>();

async function madeIn(versions: number): Promise<{ at: Checkouts; commits: readonly string[] }> {
  const at = await Checkouts.create();
  const path = await at.repository(true);
  const commits: string[] = [];
  for (let each = 1; each <= versions; each += 1) {
    commits.push(await at.commit(path, { 'metrics.json': JSON.stringify({ auc: 0.8 + each / 100 }) }));
    await at.annotate(path, `churn@v1.${each}.0`);
  }
  await at.git(path, 'push', '-q', 'origin', 'main', '--tags');
  await lived(gitPlace(at, commits), versions);
  return { at, commits };
}

/** Removes what the histories were copied from. */
export async function removeTemplates(): Promise<void> {
  for (const made of templates.values()) await (await made).at.dispose();
  templates.clear();
}

async function lived(place: Place, versions: number): Promise<Place> {
  const [first = '', second = '', third] = place.versions;
  const steps: readonly (readonly [string, string])[] = [
    [first, 'staging'],
    [first, 'production'],
    ...(versions < 2
      ? []
      : ([
          [second, 'staging'],
          [second, 'production'],
        ] as const)),
    ...(third === undefined ? [] : ([[third, 'staging']] as const)),
  ];
  for (const [version, stage] of steps) {
    const told = await place.act(actOf('promote', version), stage);
    if (!told.startsWith('promote:')) throw new Error(`${place.mode}: ${told}`);
  }
  return place;
}

/** What is live is watched, and found bad by `monitor`. */
function watched(mode: StageAs): string {
  const monitored = '    monitor: { checks: [{ require: auc >= 0.99 }], then: rollback }';
  return policyOf(mode, monitored, monitored);
}

function mlflowPlace(mode: StageAs, versions: number): Place {
  const world = newWorld(mode, versions);
  return {
    mode,
    stage: 'production',
    mlflow: world,
    versions: (world.mlflow.models.get('churn')?.versions ?? []).map(({ version }) => version),
    act: (act, stageName, { reason, override } = {}) =>
      said(() =>
        run(world, watched(mode), act, undefined, {
          stageName,
          ...(reason === undefined ? {} : { reason }),
          ...(override === undefined ? {} : { override: [override] }),
        }),
      ),
    open: () => registryOf(world),
    dispose: () => Promise.resolve(),
  };
}

const gitPolicy = watched('alias').replace('registry: { type: mlflow, stage_as: alias }', 'registry: { type: git }');

function gitPlace(at: Checkouts, commits: readonly string[]): Place {
  const path = join(at.folder, 'work');
  const names = commits.map((_, index) => `v1.${index + 1}.0`);
  let runs = 100;
  return {
    mode: 'git',
    stage: 'production',
    git: { at, path, commits },
    versions: names,
    act: (act, stageName, { reason, override } = {}) => {
      runs += 1;
      at.clock += 60_000;
      const now = new Date(at.clock);
      const registry = Object.assign(
        at.registry(path, {}, () => now),
        { model: 'churn' },
      );
      return said(async () => {
        const author = { actor: 'ada', run: `https://github.test/run/${runs}`, commit: 'd'.repeat(40) };
        const setting = {
          stageName,
          runOwner: soleOwner(),
          now: () => now,
          author,
          ...(reason === undefined ? {} : { reason }),
          ...(override === undefined ? {} : { override: [override] }),
        };
        return (await runOperation(gitPolicy, registry, setting, act)).report;
      });
    },
    open: () => at.registry(path),
    dispose: () => at.dispose(),
  };
}

/** What came of it, as one text: the decision, then all that is said. */
async function said(
  act: () => Promise<{ decision: string; reason: string; cure?: string; notes: readonly string[] }>,
): Promise<string> {
  try {
    const { decision, reason, cure = '', notes } = await act();
    return `${decision}: ${reason} ${cure} ${decision === 'promote' || decision === 'none' ? '' : notes.join(' ')}`;
  } catch (thrown) {
    return `error: ${asPromotionError(thrown).sentence}`;
  }
}

/** What is not settled of production: registry and log disagree, an operation is open, a commit is shared. */
export async function unsettled(place: Place): Promise<readonly string[]> {
  const registry = place.open();
  const policy = loadPolicy(sourceOf('policy.yml', place.mode === 'git' ? gitPolicy : watched(place.mode), 'main'));
  const { stages, operation, notes } = await readStatus(registry, policy, 'churn');
  const history = await readHistory(registry, 'churn');
  const faults = stages
    .filter(({ stage }) => stage === place.stage)
    .flatMap(({ stage, advice = [], holders, isGone }) => [
      ...advice,
      ...(holders.length > 1 ? [`${stage} has ${holders.join()}`] : []),
      ...(isGone === true && history?.holder(stage) !== undefined ? [`${stage}'s ${holders.join()} is gone`] : []),
    ]);
  return [
    ...faults,
    ...notes.filter((note) => note.includes('on one commit')),
    ...(operation === undefined ? [] : [underWay(operation), howToFinish(operation)]),
  ];
}
