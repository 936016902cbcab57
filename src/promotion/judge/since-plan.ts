import { assertNever } from '../../domain/assert-never.js';
import { asInput } from '../../domain/cure.js';
import { PromotionError } from '../../domain/errors.js';
import type { History } from '../../log/history.js';
import { eventsAbout } from '../../log/logged-version.js';
import type { Stage } from '../../policy/policy.js';
import type { ModelVersion } from '../../domain/version.js';
import type { CheckResult } from '../../domain/check.js';
import type { Plan } from '../plan.js';
import { readRecord, stateOf } from '../../domain/record.js';
import type { CurrentState, PromotionContext } from '../context.js';

/** A plan is not carried out, and why; without a cure, a new plan is one. */
export function refused(what: string, cure?: string): PromotionError {
  return new PromotionError('PLAN_REFUSED', what, cure === undefined ? {} : { cure });
}

/** How a new plan for the same version is made, as a cure. */
export function gateAgain({ name }: Pick<Stage, 'name'>, { candidate }: Pick<Plan, 'candidate'>): string {
  return `Run the gate again: ${asInput('gate', { stage: name, version: candidate.version })}.`;
}

/**
 * What was found wanting, rolled back or retired since it was judged is not what the approver was shown.
 * @throws PromotionError `PLAN_REFUSED`, unless it was registered anew after that
 */
export function refuseFoundBadSince(stage: Stage, plan: Plan, { candidate, history }: CurrentState): void {
  const since = Date.parse(plan.judgedAt ?? plan.madeAt);
  const found = history === undefined ? badByTags(candidate, stage.name) : badByLog(candidate, stage.name, history);
  if (found === undefined || Date.parse(found.at) <= since) return;
  const { model, version } = candidate;
  throw refused(
    `Since the plan was made, ${model} ${version} was ${found.what} (${found.at}).`,
    `If it may be promoted all the same, judge it again: ${asInput('gate', { stage: stage.name, version })}.`,
  );
}

interface Bad {
  readonly what: string;
  readonly at: string;
}

function badByLog(candidate: ModelVersion, stage: string, history: History): Bad | undefined {
  const retired = history.retired(candidate);
  if (retired !== undefined) return { what: 'archived', at: retired.at };
  const last = eventsAbout(candidate, history.events).findLast(
    (event) =>
      event.type === 'registered' ||
      event.type === 'rolled_back' ||
      (event.type === 'rejected' && event.stage === stage),
  );
  if (last === undefined || last.type === 'registered') return undefined;
  return { what: `${last.type.replace('_', ' ')} for ${last.stage ?? stage}`, at: last.at };
}

function badByTags(candidate: ModelVersion, stage: string): Bad | undefined {
  const retired = readRecord(candidate, 'archived');
  if (retired?.state === 'archived') return { what: 'archived', at: retired.at };
  const record = readRecord(candidate, stage);
  return record?.state === stateOf(stage, 'rejected') ? { what: `rejected for ${stage}`, at: record.at } : undefined;
}

/**
 * Without the override the gate compared with nothing: a comparison that would have failed is a mere hold in its plan.
 * @throws PromotionError `PLAN_REFUSED`
 */
export function refuseLiftedSince({ override, stage }: PromotionContext, { checks }: Plan): void {
  const sealed = checks.find(({ kind, name }) => kind === 'precondition' && name === 'champion');
  if (!override.includes('champion') || sealed === undefined || sealed.outcome === 'passed') return;
  throw refused(
    'The plan was made without the override of the champion: nothing was compared with what the log recorded of the last one.',
    `Run the gate again with it: ${asInput('gate', { stage: stage.name, override: 'champion' })}.`,
  );
}

/**
 * What stood in the way of a check in the gate may be gone by now; the check was not run all the same.
 * @throws PromotionError `PLAN_REFUSED`
 */
export function refuseUnstarted(checks: readonly CheckResult[], { champion }: CurrentState): void {
  const unstarted = checks.find((check) => check.outcome === 'skipped' && !isNeedless(check, champion));
  if (unstarted === undefined) return;
  throw refused(`The gate has no result of '${unstarted.name}': ${unstarted.reason}`);
}

/** Whether the check had nothing to look at: there was no champion, and so there is none now. */
function isNeedless(check: CheckResult, champion: ModelVersion | undefined): boolean {
  switch (check.kind) {
    case 'condition':
      return check.uncompared === true;
    case 'command':
      return check.measures === 'champion' && champion === undefined;
    case 'precondition':
      return false;
    default:
      return assertNever(check, 'kind of result');
  }
}
