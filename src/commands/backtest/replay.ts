import pLimit from 'p-limit';
import { PromotionError } from '../../domain/errors.js';
import { checkCondition, type ConditionContext } from '../../evidence/condition-check.js';
import { MetricSources } from '../../evidence/metrics/lookup.js';
import type { History } from '../../log/history.js';
import type { ConditionCheck, Metric, Policy, Stage } from '../../policy/policy.js';
import type { Registry } from '../../registry/registry.js';
import type { MetricReading, ModelVersion } from '../../domain/version.js';
import { decide } from '../../verdict/decide.js';
import type { Ruling } from '../../domain/report.js';
import type { ConditionResult } from '../../domain/check.js';
import { anchorsOf } from '../../promotion/judge/evaluate.js';
import { existing, readHistory } from '../../promotion/judge/holders.js';
import { hasPassed, readRecord, stateOf } from '../../domain/record.js';
import type { PromotionContext } from '../../promotion/context.js';

/**
 * What became of a version, as far as it is on record; `no record` is neither good nor bad: a gate that was
 * only asked, a hold, and whatever was done by hand leave none.
 */
export type InFact = 'promoted' | 'rolled back' | 'failed' | 'rejected' | 'no record';

/** How far a version was on the good side of a requirement, as a share of the limit; negative: short of it. */
export interface RelativeMargin {
  readonly required: string;
  readonly relative: number;
}

export interface BacktestRow {
  readonly version: string;
  readonly createdAt: string;
  readonly decision: Ruling;
  /** Nothing but the lack of a champion stood in its way, so it became the first one whatever the decision. */
  readonly first: boolean;
  /** Why it is not to be promoted: the first cause. */
  readonly cause?: string;
  /** The smallest of each requirement that came to numbers. */
  readonly margins: readonly RelativeMargin[];
  /** Whom it was compared with. */
  readonly champion?: string;
  readonly inFact: InFact;
  /** Whether the policy decides otherwise than was decided; never where nothing is on record. */
  readonly differs: boolean;
}

/** What a policy's stage would have decided on each version, oldest first. */
export interface Backtest {
  readonly model: string;
  readonly stage: string;
  readonly registry: string;
  readonly rows: readonly BacktestRow[];
  readonly totals: Readonly<Record<Ruling | 'differs', number>>;
  /** What the stage asks beside what can be replayed. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  readonly notes: readonly string[];
}

export interface BacktestOptions {
  /** Only so many versions, the newest. */
  readonly limit?: number;
}

type Work = Pick<PromotionContext, 'registry' | 'policy' | 'model' | 'stage' | 'now'>;
type Baseline = Pick<ConditionContext, 'champion' | 'noChampion'>;

interface Judged {
  readonly check: ConditionCheck;
  readonly result: ConditionResult;
}

type Judge = (
  candidate: ModelVersion,
  baseline: Baseline,
) => Promise<readonly Judged[] | { readonly unreadable: string }>;

/** Requests at a time: whoever else uses the registry should not notice. */
const atATime = 8;
const progressEvery = 25;

/**
 * Replays the stage's conditions over past versions, each against the champion as the policy would have had it by
 * then; for a stage before the champion's, against who held the champion's at the time, where there is a log. Throws
 * what the registry throws, except where the metrics of one version cannot be read: that version is an error.
 */
export async function backtest(
  work: Work,
  { limit }: BacktestOptions,
  progress: (done: number, of: number) => void,
): Promise<Backtest> {
  const { registry, policy, model, stage } = work;
  const history = await readHistory(registry, model);
  const holders = (await registry.holders(model, [stage.name])).get(stage.name) ?? [];
  const { versions, more } = await pastVersions(registry, model, limit);
  const judge = await judgeOf(work);
  await measure(versions, judge, firstIn(work, 'allow'), progress);

  const byLog = history === undefined ? undefined : rivalByLog(work, versions, history);
  const follows = byLog !== undefined && stage.name !== policy.champion;
  const [oldest] = versions;
  const begin = oldest === undefined ? undefined : await byLog?.(oldest);
  let champion = begin === undefined || 'gone' in begin ? undefined : begin.champion;
  const rows: BacktestRow[] = [];
  for (const version of versions) {
    const baseline = follows ? await byLog(version) : { ...firstIn(work, policy.firstPromotion), champion };
    const told = await decideOn(judge, version, baseline);
    const first =
      !follows &&
      told.decision !== 'promote' &&
      told.champion === undefined &&
      (await lacksOnlyChampion(work, judge, version));
    const taken = told.decision === 'promote' || first;
    const inFact = factOf(version, stage.name, holders, history);
    const differs = inFact !== 'no record' && taken === (inFact === 'rejected');
    rows.push({ version: version.version, createdAt: version.createdAt, ...told, first, inFact, differs });
    if (taken) champion = version;
  }
  return {
    model,
    stage: stage.name,
    registry: registry.description,
    rows,
    totals: totalsOf(rows),
    skipped: skippedOf(policy, stage),
    notes: [
      'Only conditions on metrics that the registry holds are replayed; the order of stages, soak times, freezes, approvals and deployments are not.',
      ...(more ? [`There are older versions: only the newest ${versions.length} are replayed.`] : []),
      ...(begin !== undefined && 'gone' in begin && !follows
        ? [`${begin.gone}, which held ${policy.champion} before, is no longer in the registry.`]
        : []),
      ...(follows
        ? [`Each version's champion is who held ${policy.champion} when it was made, by the promotion log.`]
        : []),
      ...(history === undefined
        ? [
            'There is no promotion log of this model: what was in fact promoted is known by the records in the registry, and by who holds the stage now.',
          ]
        : []),
      ...registry.remarks(),
    ],
  };
}

async function pastVersions(
  registry: Registry,
  model: string,
  limit = Infinity,
): Promise<{ readonly versions: readonly ModelVersion[]; readonly more: boolean }> {
  const newestFirst: ModelVersion[] = [];
  for await (const version of registry.versions(model)) {
    newestFirst.push(version);
    if (newestFirst.length > limit) break;
  }
  const more = newestFirst.length > limit;
  // A registry's order is that of the names: v1.1.1 may well be younger than v1.2.0.
  const versions = newestFirst
    .slice(0, limit)
    .reverse()
    .sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt));
  return { versions, more };
}

/** The stage's conditions that can be replayed, each with its metric. */
function replayed(policy: Policy, stage: Stage): readonly { check: ConditionCheck; metric: Metric }[] {
  return stage.checks.flatMap((check) => {
    const metric = check.kind === 'condition' ? policy.metrics.get(check.condition.metric) : undefined;
    return check.kind === 'condition' && metric?.source.canReplay === true ? [{ check, metric }] : [];
  });
}

function skippedOf(policy: Policy, stage: Stage): Backtest['skipped'] {
  const can = new Set(replayed(policy, stage).map(({ check }) => check.name));
  const reason = 'not replayed';
  return [
    ...stage.checks.filter(({ name }) => !can.has(name)).map(({ name }) => ({ name, reason })),
    ...(stage.evaluate === undefined ? [] : [{ name: 'evaluate', reason }]),
  ];
}

async function judgeOf(work: Work): Promise<Judge> {
  const { registry, policy, stage, model, now } = work;
  const measured = cachedRegistry(registry);
  const anchors = await anchorsOf(work);
  const checks = replayed(policy, stage);
  const keys = checks.filter(({ metric }) => metric.slices === undefined).map(({ metric }) => metric.key);
  const sources = new MetricSources(measured, '', [...new Set(keys)], new Map());
  const vars = policy.models.get(model) ?? new Map<string, number>();
  return async (candidate, baseline) => {
    // What was fresh enough then is fresh enough.
    const subject = { candidate, commit: undefined, now: momentOf(candidate, now), clock: now() };
    const judged: Judged[] = [];
    try {
      for (const { check, metric } of checks) {
        const result = await checkCondition(
          check,
          metric,
          { stage, candidate, vars, anchors, subject, ...baseline },
          sources,
          measured,
        );
        judged.push({ check, result });
      }
    } catch (thrown) {
      if (thrown instanceof PromotionError && thrown.code === 'METRIC_UNREADABLE')
        return { unreadable: thrown.message };
      throw thrown;
    }
    return judged;
  };
}

/** Asks for each version's metrics once: a version is a candidate, and then perhaps the champion of many. */
function cachedRegistry(registry: Registry): Registry {
  const keys = new Map<string, Promise<readonly string[]>>();
  const readings = new Map<string, Promise<ReadonlyMap<string, MetricReading>>>();
  const once = <T>(known: Map<string, T>, name: string, ask: () => T): T => {
    const answer = known.get(name) ?? ask();
    known.set(name, answer);
    return answer;
  };
  const reading: Pick<Registry, 'metricKeys' | 'metrics'> = {
    metricKeys: (version) => once(keys, version.version, () => registry.metricKeys(version)),
    metrics: (version, wanted) =>
      once(readings, JSON.stringify([version.version, ...wanted]), () => registry.metrics(version, wanted)),
  };
  return reading as Registry; // A judgement reads nothing else.
}

/** Reads what the judgements need, several versions at a time: a judgement by itself is what reads exactly that. */
async function measure(
  versions: readonly ModelVersion[],
  judge: Judge,
  baseline: Baseline,
  progress: (done: number, of: number) => void,
): Promise<void> {
  const limit = pLimit(atATime);
  let done = 0;
  const one = async (version: ModelVersion): Promise<void> => {
    await judge(version, baseline);
    done += 1;
    if (done % progressEvery === 0) progress(done, versions.length);
  };
  try {
    await Promise.all(versions.map((version) => limit(() => one(version))));
  } catch (thrown) {
    limit.clearQueue();
    throw thrown;
  }
}

function firstIn({ registry }: Work, policy: Policy['firstPromotion']): Baseline {
  return { champion: undefined, noChampion: { kind: 'first', policy, where: registry.description } };
}

/** Whom the log calls the champion at the time a version was made. */
function rivalByLog(
  work: Work,
  versions: readonly ModelVersion[],
  history: History,
): (version: ModelVersion) => Promise<Baseline | { readonly gone: string }> {
  const { registry, model, policy, now } = work;
  const known = new Map(
    versions.map((version) => [version.version, Promise.resolve<ModelVersion | undefined>(version)]),
  );
  const find = (name: string): Promise<ModelVersion | undefined> => {
    const found = known.get(name) ?? existing(registry, model, name);
    known.set(name, found);
    return found;
  };
  return async (version) => {
    const moment = momentOf(version, now);
    const none = firstIn(work, policy.firstPromotion);
    const holder = history.holderOn(policy.champion, moment)?.version;
    // Where registries count in seconds, it may seem to have been there when it was made.
    if (holder === undefined || holder.is(version)) {
      const had = history
        .tenures(policy.champion)
        .some((tenure) => !tenure.version.is(version) && Date.parse(tenure.since) <= moment.getTime());
      return had ? { ...none, noChampion: { kind: 'vanished', where: registry.description } } : none;
    }
    const champion = await find(holder.name);
    return champion === undefined || !holder.is(champion) ? { gone: holder.name } : { ...none, champion };
  };
}

async function decideOn(
  judge: Judge,
  version: ModelVersion,
  baseline: Baseline | { readonly gone: string },
): Promise<Pick<BacktestRow, 'decision' | 'cause' | 'margins' | 'champion'>> {
  if ('gone' in baseline) {
    const cause = `Its champion then, ${baseline.gone}, is no longer in the registry.`;
    return { decision: 'error', cause, margins: [], champion: baseline.gone };
  }
  const then = baseline.champion === undefined ? {} : { champion: baseline.champion.version };
  const judged = await judge(version, baseline);
  if ('unreadable' in judged) return { decision: 'error', cause: judged.unreadable, margins: [], ...then };
  const { decision, reason } = decide(judged.map(({ result }) => result));
  return { decision, ...(decision === 'promote' ? {} : { cause: reason }), margins: marginsOf(judged), ...then };
}

async function lacksOnlyChampion(work: Work, judge: Judge, version: ModelVersion): Promise<boolean> {
  const judged = await judge(version, firstIn(work, 'allow'));
  if ('unreadable' in judged || judged.length === 0) return false;
  return judged.every(({ result: { outcome } }) => ['passed', 'warned', 'skipped'].includes(outcome));
}

function marginsOf(judged: readonly Judged[]): readonly RelativeMargin[] {
  return judged.flatMap(({ check: { severity, condition }, result }) => {
    if (severity !== 'require' || condition.operator === '==') return [];
    const sign = condition.operator.startsWith('>') ? 1 : -1;
    const pairs = result.slices ?? [{ value: result.candidate?.value, margin: result.margin }];
    const shares = pairs.flatMap(({ value, margin }) => {
      if (value === undefined || margin === undefined) return [];
      const limit = Number(value) - sign * Number(margin);
      return limit === 0 ? [] : [Number(margin) / Math.abs(limit)];
    });
    return shares.length === 0 ? [] : [{ required: result.required, relative: Math.min(...shares) }];
  });
}

function factOf(
  version: ModelVersion,
  stage: string,
  holders: readonly string[],
  history: History | undefined,
): InFact {
  if (holders.includes(version.version)) return 'promoted';
  if (history === undefined ? hasPassed(version, stage) : history.passed(version, stage) !== undefined) {
    return 'promoted';
  }
  // With a log, these records are a view of it.
  const record = readRecord(version, stage);
  const ends: Readonly<Record<string, InFact>> = {
    rolled_back: 'rolled back',
    [stateOf(stage, 'failed')]: 'failed',
    [stateOf(stage, 'rejected')]: 'rejected',
  };
  return (record?.stage === stage ? ends[record.state] : undefined) ?? 'no record';
}

function totalsOf(rows: readonly BacktestRow[]): Backtest['totals'] {
  const totals = { promote: 0, reject: 0, hold: 0, error: 0, differs: 0 };
  for (const { decision, differs } of rows) {
    totals[decision] += 1;
    if (differs) totals.differs += 1;
  }
  return totals;
}

function momentOf({ createdAt }: ModelVersion, now: () => Date): Date {
  const moment = new Date(createdAt);
  return Number.isNaN(moment.getTime()) ? now() : moment;
}
