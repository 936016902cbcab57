import { checkCondition, type ConditionContext } from '../evidence/condition-check.js';
import { MetricSources } from '../evidence/metrics/lookup.js';
import { PromotionError } from '../domain/errors.js';
import type { Stage } from '../policy/policy.js';
import { fingerprintOf, type ModelVersion } from '../domain/version.js';
import { completeResults, evaluationName, lostEvaluation } from '../verdict/complete.js';
import { decide } from '../verdict/decide.js';
import type { Report } from '../domain/report.js';
import type { CheckResult } from '../domain/check.js';
import { anchorsOf, noChampion, recordedOf, subjectOf } from './judge/evaluate.js';
import { existing } from './judge/holders.js';
import { move } from './move/move.js';
import type { Pinned, Plan } from './plan.js';
import { approvalGiven, preconditions } from './judge/preconditions.js';
import { measuredMetrics } from './move/record.js';
import type { OpenOperation } from './operation/open-operation.js';
import { recoverFirst, undoAfter, undoUnlessSame } from './recovery/recover.js';
import { gateAgain, refused, refuseFoundBadSince, refuseLiftedSince, refuseUnstarted } from './judge/since-plan.js';
import { isAlreadyHeld, readCurrentState } from './judge/current-state.js';
import type { CurrentState, PromotionContext } from './context.js';

/** What `apply` holds the plan against. */
export interface ApplyContext {
  readonly repository: string;
  readonly run: string;
  /** Digest of the evidence file beside the plan; undefined where there is none. */
  readonly evidence: string | undefined;
}

/**
 * Carries out a plan after the approval: reads everything again, decides again from the sealed results and the
 * registry's metrics as they now are, and refuses by name whatever has changed since.
 * @throws PromotionError `PLAN_REFUSED`, and what the registry throws
 */
export async function apply(work: PromotionContext, plan: Plan, context: ApplyContext): Promise<Report> {
  const open = await recoverFirst(work, { stage: work.stage.name });
  const carriedOut = carryOut(work, plan, context, open).catch((thrown: unknown) => {
    const isBare = thrown instanceof PromotionError && thrown.code === 'PLAN_REFUSED' && thrown.cure === undefined;
    throw isBare ? refused(thrown.message, gateAgain(work.stage, plan)) : thrown;
  });
  return undoAfter(work, open, carriedOut);
}

async function carryOut(
  work: PromotionContext,
  plan: Plan,
  context: ApplyContext,
  open: OpenOperation,
): Promise<Report> {
  const { registry, stage, policy, report } = work;
  refuseForeign(work, plan, context);
  const candidate = await same(work, 'candidate', plan.candidate);
  const currentState = await readCurrentState(work, candidate);
  report.begin(work, currentState);
  if (isAlreadyHeld(stage, currentState)) return report.alreadyThere(currentState);
  for (const [name, was] of Object.entries(plan.anchors ?? {})) await same(work, `anchor ${name},`, was);
  refuseMoved(stage.name, plan.previous, currentState.previous);
  refuseMoved(policy.champion, plan.champion, currentState.champion);

  refuseEmptiedSince(policy.champion, plan, currentState);
  refuseLiftedSince(work, plan);
  refuseFoundBadSince(stage, plan, currentState);
  const approval =
    stage.approval === undefined ? undefined : await work.approval(candidate, answeringSince(work, plan, currentState));
  const approved = approval === undefined ? [] : [approvalGiven(approval)];
  const met = [...(await preconditions(work, currentState)), ...approved];
  const measured = await measureAgain(work, currentState, plan);
  const sealed = new Map(plan.checks.map((check) => [check.name, check]));
  const answered =
    approval?.approved === true ? measured.map((check) => answer(check, sealed.get(check.name))) : measured;
  const checks = [...met, ...answered];
  const verdict = decide(checks);
  const judged = report.end({ ...verdict, checks });
  if (verdict.decision === 'promote') refuseUnstarted(measured, currentState);
  if (verdict.decision === 'promote') for (const check of measured) refuseOtherValue(check, sealed.get(check.name));
  if (verdict.decision !== 'promote' || work.dryRun) return judged;
  registry.refresh();
  const given = {
    why: judged.reason,
    evidence: plan.evidence,
    approvers: approval?.approved === true ? approval.approvers : [],
    metrics: measuredMetrics(policy, stage, checks),
    replaced: stage.archive === 'previous' ? ('archived' as const) : undefined,
    ...(work.reason === undefined ? {} : { reason: work.reason }),
  };
  return (await undoUnlessSame(work, currentState, open)) ?? move(work, currentState, given, open);
}

/** What can be seen without the registry. */
function refuseForeign(work: PromotionContext, plan: Plan, context: ApplyContext): void {
  const { model, stage, source, now } = work;
  if (plan.repository !== context.repository) {
    throw refused(`The plan was made in the repository ${plan.repository}, and this is ${context.repository}.`);
  }
  if (plan.run !== context.run) {
    throw refused(
      `The plan was made by the workflow run ${plan.run}, and this is run ${context.run}.`,
      `Apply it in a later job of the run that made it. ${gateAgain(work.stage, plan)}`,
    );
  }
  if (plan.model !== model || plan.stage !== stage.name) {
    throw refused(
      `The plan is for ${plan.model} and ${plan.stage}, not for ${model} and ${stage.name}.`,
      "Leave the inputs 'model' and 'stage' empty, or correct them.",
    );
  }
  if (plan.policy.digest !== source.digest) {
    throw refused(
      `The policy ${source.path} has changed since the plan was made (${plan.policy.digest} then, ${source.digest} now).`,
    );
  }
  if (now().getTime() > Date.parse(plan.expiresAt)) throw refused(`The plan expired on ${plan.expiresAt}.`);
  if (context.evidence !== plan.evidence) {
    throw refused(
      context.evidence === undefined
        ? 'The evidence is not beside the plan.'
        : `The evidence beside the plan is not what the plan was made from (${plan.evidence} then, ${context.evidence} now).`,
      `Upload and download the plan's folder as a whole. Where the file was changed: ${gateAgain(work.stage, plan)}`,
    );
  }
}

async function same({ registry, model }: PromotionContext, what: string, was: Pinned): Promise<ModelVersion> {
  const version = await existing(registry, model, was.version);
  if (version === undefined) throw refused(`The ${what} ${model} ${was.version} was deleted since the plan was made.`);
  if (fingerprintOf(version) === was.identity) return version;
  throw refused(
    `The ${what} ${model} ${was.version} is no longer what was judged: it was deleted and made anew on ${version.createdAt}.`,
  );
}

function refuseMoved(stage: string, was: Pinned | null, is: ModelVersion | undefined): void {
  if (was?.version !== is?.version) {
    throw refused(
      `Since the plan was made, ${stage} moved from ${was?.version ?? 'no version'} to ${is?.version ?? 'no version'}.`,
    );
  }
  if (was !== null && is !== undefined && was.identity !== fingerprintOf(is)) {
    throw refused(
      `The holder of ${stage}, ${is.version}, is no longer what it was: it was deleted and made anew on ${is.createdAt}.`,
    );
  }
}

/** What was approved while the stage was empty another time, or not at all, does not stand for this time. */
function refuseEmptiedSince(stage: string, { madeAt }: Plan, { champion, history }: CurrentState): void {
  const emptied = champion === undefined ? history?.lastBefore(stage)?.until : undefined;
  if (emptied === undefined || Date.parse(emptied) < Date.parse(madeAt)) return;
  throw refused(`Since the plan was made, ${stage} became empty (${emptied}): an approval has to be given after that.`);
}

/**
 * When what the approval is asked to answer was there to be seen (ISO 8601): who approved earlier approved something else. A
 * hold of a check that measured is known by the plan; a dropped comparison with the last champion, by the champion's stage
 * being empty. That there never was a champion is no news. Undefined where there is nothing to answer.
 */
function answeringSince(
  { policy, stage }: PromotionContext,
  plan: Plan,
  { champion, history }: CurrentState,
): string | undefined {
  const held = plan.checks.filter(({ kind, outcome }) => kind !== 'precondition' && outcome === 'inconclusive');
  const comparisons = stage.checks
    .filter((check) => check.kind === 'condition' && check.condition.operand.kind === 'champion')
    .map(({ name }) => name);
  const isDropped = ({ name }: CheckResult): boolean => champion === undefined && comparisons.includes(name);
  if (held.some((check) => !isDropped(check))) return plan.madeAt;
  return held.length > 0 ? history?.lastBefore(policy.champion)?.until : undefined;
}

/** What is approved is what was measured then: another value was shown to nobody, even where it would do as well. */
function refuseOtherValue(check: CheckResult, sealed: CheckResult | undefined): void {
  if (check.kind !== 'condition' || sealed?.kind !== 'condition') return;
  refuseChanged(check.name, '', [
    ['candidate', check.candidate?.value, sealed.candidate?.value],
    ['champion', check.champion?.value, sealed.champion?.value],
  ]);
  const before = new Map(sealed.slices?.map((slice) => [slice.key ?? slice.slice, slice]));
  for (const slice of check.slices ?? []) {
    const was = before.get(slice.key ?? slice.slice);
    if (was === undefined) {
      throw refused(`Since the plan was made, '${check.name}' has the new slice ${slice.slice}.`);
    }
    refuseChanged(check.name, ` of ${slice.slice}`, [
      ['candidate', slice.value, was.value],
      ['champion', slice.champion, was.champion],
    ]);
  }
}

function refuseChanged(
  name: string,
  where: string,
  values: readonly (readonly [who: string, is: string | undefined, was: string | undefined])[],
): void {
  for (const [who, is, was] of values) {
    if (is === undefined || is === was) continue;
    throw refused(
      `Since the plan was made, the ${who}'s value${where} in '${name}' changed from ${was ?? 'none'} to ${is}.`,
    );
  }
}

/** A hold in the plan was shown to the approver: the approval answers it. */
function answer(check: CheckResult, sealed: CheckResult | undefined): CheckResult {
  if (check.outcome !== 'inconclusive' || check.kind === 'precondition') return check;
  if (sealed?.outcome !== 'inconclusive') return check; // Nobody was shown it.
  return { ...check, outcome: 'passed', reason: `${check.reason} The approval answers it.` };
}

/** The plan's results, with the conditions on the registry's metrics judged anew from what it says now. */
async function measureAgain(
  work: PromotionContext,
  currentState: CurrentState,
  plan: Plan,
): Promise<readonly CheckResult[]> {
  const { registry, policy, stage, model, execution } = work;
  const conditions = stage.checks.filter((check) => check.kind === 'condition');
  const keys = conditions.flatMap(({ condition }) => {
    const metric = policy.metrics.get(condition.metric);
    return metric?.source.isAskedAtOnce === true && metric.slices === undefined ? [metric.key] : [];
  });
  const recorded = await recordedOf(work, currentState);
  const sources = new MetricSources(registry, execution.workspace, [...new Set(keys)], recorded);
  const judging: ConditionContext = {
    stage,
    candidate: currentState.candidate,
    champion: currentState.champion,
    noChampion: await noChampion(work, currentState),
    anchors: await anchorsOf(work),
    vars: policy.models.get(model) ?? new Map(),
    subject: subjectOf(work, currentState.candidate),
  };
  const again = new Map<string, CheckResult>();
  for (const check of conditions) {
    const sealed = plan.checks.find(({ name }) => name === check.name);
    const metric = policy.metrics.get(check.condition.metric);
    if (metric?.source.isAskedAtOnce !== true || sealed === undefined || sealed.outcome === 'skipped') continue;
    again.set(check.name, await checkCondition(check, metric, judging, sources, registry));
  }
  return sealedResults(stage, plan).map((check) => again.get(check.name) ?? check);
}

/** What the plan says of every check of the stage and of its evaluations; what it does not say is an error. */
function sealedResults({ checks, evaluate }: Stage, plan: Plan): readonly CheckResult[] {
  const sealed = new Map(
    plan.checks.filter(({ kind }) => kind !== 'precondition').map((check) => [check.name, check] as const),
  );
  const own = completeResults(checks, ({ name }) => sealed.get(name));
  const evaluations =
    evaluate?.roles.map((role) => sealed.get(evaluationName(role)) ?? lostEvaluation(role, evaluate.command)) ?? [];
  const known = new Set([...own, ...evaluations].map(({ name }) => name));
  return [...own, ...evaluations, ...[...sealed.values()].filter(({ name }) => !known.has(name))];
}
