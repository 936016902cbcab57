import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { History } from '../../src/log/history.js';
import { LoggedVersion } from '../../src/log/logged-version.js';
import type { Operation } from '../../src/log/operation.js';
import type { PromotionContext } from '../../src/promotion/context.js';
import { LoggedRegistry } from '../../src/registry/logged-registry.js';
import { createMlflowRegistry } from '../../src/registry/mlflow/mlflow.js';
import type { Registry } from '../../src/registry/registry.js';
import type { StageAs } from '../../src/registry/mlflow/settings.js';
import type { Report } from '../../src/domain/report.js';
import { MemoryLog } from './logged-registry.js';
import { MemoryMlflow } from './memory-mlflow.js';
import { KillableRun } from './killable-run.js';
import { runOperation, type Setting } from './run-promotion.js';

export const stages = ['staging', 'production'];

export interface World {
  readonly stageAs: StageAs;
  readonly mlflow: MemoryMlflow;
  readonly log: MemoryLog;
  readonly workspace: string;
  /** Goes on by a minute with each run. */
  minutes: number;
}

export type Act = (work: PromotionContext) => Promise<Report>;

const workspaces = new Set<string>();

/** Removes what the worlds until now have left on the disk. */
export function removeWorlds(): void {
  for (const workspace of workspaces) rmSync(workspace, { recursive: true, force: true });
  workspaces.clear();
}

export function newWorld(stageAs: StageAs, versions = 3): World {
  const mlflow = new MemoryMlflow();
  for (let each = 1; each <= versions; each += 1) mlflow.add('churn', { auc: 0.8 + each / 100 });
  const workspace = mkdtempSync(join(tmpdir(), 'world-'));
  workspaces.add(workspace);
  writeFileSync(join(workspace, 'live'), 'none');
  return { stageAs, mlflow, log: new MemoryLog(), workspace, minutes: 0 };
}

export function policyOf(stageAs: StageAs, production = '', staging = ''): string {
  return `version: 1
registry: { type: mlflow, stage_as: ${stageAs} }
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
    checks: [{ require: auc >= 0.5 }]
${production}
`;
}

/** The policy with another check for production. */
export function withCheck(policy: string, check: string): string {
  return policy.replace(/(?<=after: staging\n +checks: ).*/, `[{ ${check} }]`);
}

/** A deployment that says in the file `live` what is live. */
export const deploys = (smoke = 'true', more = ''): string =>
  `    deploy: { run: printf %s "$MODEL_VERSION" > live, smoke_test: '${smoke}', rollback: printf %s "$PREVIOUS_VERSION" > live${more} }`;

/** The registry as a run sees it, for as long as it lives. */
export function registryOf(
  { mlflow, log, stageAs }: World,
  killable?: KillableRun,
  now = new Date('2026-03-01T12:00:00Z'),
): LoggedRegistry & { readonly model: string } {
  const asked: typeof fetch = (url, init = {}) => {
    if (killable === undefined) return mlflow.fetch(url, init);
    const isWrite = (init.method ?? 'GET') !== 'GET';
    return killable.watch({ ask: mlflow.fetch }, isWrite ? ['ask'] : []).ask(url, init);
  };
  return recorded(mlflowOf(stageAs, asked), killable === undefined ? log : killable.watch(log, ['append']), now);
}

/** The real adapter on a server of memory. */
export function mlflowOf(stageAs: StageAs, asked: typeof fetch): Registry {
  return createMlflowRegistry({
    settings: { type: 'mlflow', stageAs },
    environment: { MLFLOW_TRACKING_URI: 'http://mlflow.test' },
    fetch: asked,
    pause: () => Promise.resolve(),
  });
}

/** A registry with a log around it, as each run of the action opens it. */
export function recorded(
  registry: Registry,
  log: Pick<MemoryLog, 'read' | 'append' | 'mayBegin'>,
  now: Date,
): LoggedRegistry & { readonly model: string } {
  return Object.assign(new LoggedRegistry({ registry, log: () => log, stages, now: () => now }), { model: 'churn' });
}

/** A runOwner to whom every other one has ended. */
export function soleOwner(): PromotionContext['runOwner'] {
  return {
    owner: { token: String(Math.random()) },
    ownerHasEnded: () => Promise.resolve(true),
    remember: () => undefined,
    killProcesses: () => undefined,
    pause: () => Promise.resolve(),
    cancelled: new AbortController().signal,
  };
}

/** One run of the action. */
export async function run(
  world: World,
  policy: string,
  act: Act,
  killable?: KillableRun,
  more: Setting = {},
): Promise<Report> {
  world.minutes += 1;
  const now = new Date(Date.parse('2026-03-01T12:00:00Z') + world.minutes * 60_000);
  const registry = registryOf(world, killable, now);
  const author = { actor: 'ada', run: `https://github.test/run/${world.minutes}`, commit: 'd'.repeat(40) };
  const setting = {
    workspace: world.workspace,
    runOwner: { ...soleOwner(), ...(killable === undefined ? {} : { cancelled: killable.cancelled }) },
    now: () => now,
    author,
    stageName: 'production',
    ...more,
  };
  return (await runOperation(policy, registry, setting, act)).report;
}

export function live({ workspace }: World): string {
  return readFileSync(join(workspace, 'live'), 'utf8');
}

/** Who holds what by the registry and by the log, what is under way, and what is live. */
export interface Told {
  readonly registry: Record<string, readonly string[]>;
  readonly log: Record<string, string | undefined>;
  readonly operation: string | undefined;
  readonly live: string;
}

export async function tell(world: World): Promise<Told> {
  const registry = registryOf(world);
  const holders = await registry.holders('churn', stages);
  const history = await historyOf(registry);
  const operation = await registry.operation('churn');
  return {
    registry: Object.fromEntries(stages.map((stage) => [stage, holders.get(stage) ?? []])),
    log: Object.fromEntries(stages.map((stage) => [stage, history.holder(stage)?.version.name])),
    operation: operation === undefined ? undefined : inWords(operation),
    live: live(world),
  };
}

function inWords({ intent, version, phase, stuck }: Operation): string {
  return `${intent.command} ${version} ${phase}${stuck === undefined ? '' : ' stuck'}`;
}

async function historyOf(registry: LoggedRegistry): Promise<History> {
  return new History((await registry.history('churn')) ?? [], registry);
}

/** All that counts in the end. */
export async function whole(world: World): Promise<Readonly<Record<string, unknown>>> {
  const registry = registryOf(world);
  const history = await historyOf(registry);
  const names = (world.mlflow.models.get('churn')?.versions ?? []).map(({ version }) => version);
  const named = (each: string): LoggedVersion => new LoggedVersion(each, undefined);
  const states = await Promise.all(
    names.map(async (each) => (await registry.version('churn', each)).tags.get('promotion_state')),
  );
  return {
    ...(await tell(world)),
    view: world.mlflow.view,
    states,
    passed: stages.map((stage) => names.filter((each) => history.passed(named(each), stage) !== undefined)),
    left: stages.map((stage) => names.map((each) => history.left(named(each), stage)?.left)),
    good: stages.map((stage) => history.goodHolders(stage).map(({ name }) => name)),
  };
}

/** What must be so at the end of anything that is not stuck: one holder, known to the log, and live. */
export async function wrong(world: World, isDeployed: boolean): Promise<readonly string[]> {
  const told = await tell(world);
  const faults: string[] = [];
  for (const stage of stages) {
    const held = told.registry[stage] ?? [];
    if (held.length > 1) faults.push(`${stage} has two holders: ${held.join()}`);
    if (held[0] !== told.log[stage])
      faults.push(`${stage}: the registry says ${held[0] ?? 'nobody'}, the log ${told.log[stage] ?? 'nobody'}`);
  }
  if (told.operation !== undefined) faults.push(`open: ${told.operation}`);
  const inProduction = told.registry['production']?.[0];
  if (isDeployed && inProduction !== undefined && told.live !== inProduction)
    faults.push(`live is ${told.live}, production ${inProduction}`);
  return faults;
}
