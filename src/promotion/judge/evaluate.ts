import { asInput } from '../../domain/cure.js';
import { type Evaluation, evaluateChecks } from '../../evidence/evaluate.js';
import { type Anchor, anchorsUsed } from '../../evidence/baseline.js';
import type { MetricReading, ModelVersion } from '../../domain/version.js';
import type { Subject } from '../../verdict/provenance.js';
import type { CheckResult, PreconditionResult } from '../../domain/check.js';
import { byNameAlone, readHistory } from './holders.js';
import { commandEnvironment } from './command-environment.js';
import { hasHistory } from './preconditions.js';
import { recordedMetrics } from './recorded.js';
import { formerByTags } from '../rollback-without-log.js';
import type { CurrentState, PromotionContext } from '../context.js';

/**
 * Gathers the evidence of the stage's checks for the candidate and judges it. Throws what the registry throws.
 * @param anchors what `anchorsOf` says
 */
export async function examine(
  work: PromotionContext,
  currentState: CurrentState,
  met: readonly PreconditionResult[],
  anchors: ReadonlyMap<string, Anchor>,
): Promise<readonly CheckResult[]> {
  const { registry, policy, stage, model, execution } = work;
  const runsCommands = stage.evaluate !== undefined || stage.checks.some((check) => check.kind === 'command');
  const evaluation: Evaluation = {
    policy,
    stage,
    candidate: currentState.candidate,
    champion: currentState.champion,
    noChampion:
      currentState.champion === undefined
        ? await noChampion(work, currentState)
        : { kind: 'first', policy: 'hold', where: '' },
    recorded: await recordedOf(work, currentState),
    anchors,
    preconditions: met,
    vars: policy.models.get(model) ?? new Map(),
    subject: subjectOf(work, currentState.candidate),
    environment: await commandEnvironment(work, currentState, runsCommands),
  };
  return evaluateChecks(evaluation, registry, execution, work.log);
}

/** What the champion's own promotion recorded; tags alone prove nothing where a log can be kept. */
export async function recordedOf(
  { registry, model, stage, policy }: PromotionContext,
  { champion, history }: CurrentState,
): Promise<ReadonlyMap<string, MetricReading>> {
  if (champion === undefined || (history === undefined && (await registry.hasOrCanStartLog(model)))) return new Map();
  return recordedMetrics(champion, history, [stage.name, policy.champion]);
}

/** What evidence must belong to, where the policy asks for it. */
export function subjectOf({ author, now }: Pick<PromotionContext, 'author' | 'now'>, candidate: ModelVersion): Subject {
  return { candidate, commit: author.commit, now: now() };
}

/** The versions that the stage's conditions name beside the champion. Throws `VERSION_UNKNOWN` for one that does not exist. */
export async function anchorsOf({
  registry,
  policy,
  stage,
  model,
}: Pick<PromotionContext, 'registry' | 'policy' | 'stage' | 'model'>): Promise<ReadonlyMap<string, Anchor>> {
  const anchors = new Map<string, Anchor>();
  const used = anchorsUsed(policy, stage);
  const history = used.length === 0 ? undefined : await readHistory(registry, model);
  for (const [name, given] of used) {
    const version = await registry.version(model, given);
    anchors.set(name, { version, recorded: recordedMetrics(version, history, [stage.name, policy.champion]) });
  }
  return anchors;
}

/**
 * What comparisons do where there is no champion. Where the log says that nobody is, and how that came, a person may
 * lift it: then what the log recorded of the last one takes its place.
 */
export async function noChampion(
  work: PromotionContext,
  { history }: Pick<CurrentState, 'history'>,
): Promise<Evaluation['noChampion']> {
  const { registry, policy, model, stage } = work;
  const last = history?.lastBefore(policy.champion);
  if (history !== undefined && last !== undefined && work.override.includes('champion')) {
    const version = byNameAlone(model, last.version.name, last.version.identity);
    return {
      kind: 'last',
      version: last.version.name,
      recorded: recordedMetrics(version, history, [stage.name, policy.champion]),
      cure: `To go on without this comparison, the stage's 'approval' has to be given after ${last.until ?? ''}, when ${policy.champion} became empty: ${asInput('gate', { stage: stage.name, override: 'champion' })}, then ${asInput('apply', { stage: stage.name, override: 'champion' })}, once it is approved. Else promote one whose policy compares with nothing.`,
    };
  }
  const where = registry.description;
  const had =
    history === undefined ? await hasHistory(registry, model, [policy.champion]) : history.wasEverHeld(policy.champion);
  if (!had) return { kind: 'first', policy: policy.firstPromotion, where };
  const cure = history === undefined ? await putBackByTags(work) : undefined;
  return { kind: 'vanished', where, ...(cure === undefined ? {} : { cure }) };
}

/** Without a log, a person names the version that is to be champion again. */
async function putBackByTags({ registry, model, policy: { champion } }: PromotionContext): Promise<string | undefined> {
  const [last] = await formerByTags(registry, model, champion);
  if (last === undefined) return undefined;
  return `Put a former champion back, with ${asInput('rollback', { stage: champion, version: last.version })}; then run this again. Without a champion the comparison would pass anything.`;
}
