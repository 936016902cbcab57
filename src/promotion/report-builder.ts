import type { ModelVersion } from '../domain/version.js';
import type { Report } from '../domain/report.js';
import type { CurrentState, PromotionContext } from './context.js';

/** What a report of any operation needs; the stage is absent for what concerns a version as a whole. */
export type ReportSubject = Pick<
  PromotionContext,
  'command' | 'dryRun' | 'model' | 'policy' | 'registry' | 'source' | 'author' | 'now'
> & {
  readonly stage?: PromotionContext['stage'];
  readonly remarks?: PromotionContext['remarks'];
};

/** A report of an operation that has just begun: who, what, where. Decided is nothing yet, so it says `error`. */
export function startReport(
  work: ReportSubject,
  currentState: Partial<CurrentState> & { readonly candidate?: ModelVersion },
): Report {
  const { command, dryRun, model, stage, policy, registry, source, author, now } = work;
  const startedAt = now().toISOString();
  return {
    command,
    dryRun,
    decision: 'error',
    reason: '',
    promoted: false,
    alreadyThere: false,
    approvalRequired: false,
    model,
    models: policy.models.size,
    ...(stage === undefined ? {} : { stage: stage.name }),
    stages: [...policy.stages.keys()],
    ...(currentState.candidate === undefined ? {} : { candidate: currentState.candidate }),
    ...(currentState.champion === undefined ? {} : { champion: currentState.champion }),
    ...(currentState.previous === undefined ? {} : { previous: currentState.previous }),
    archived: false,
    checks: [],
    notes: [...(work.remarks ?? []), ...registry.remarks()],
    registry: registry.description,
    policy: source,
    problems: [],
    ...(author.actor === undefined ? {} : { actor: author.actor }),
    ...(author.run === undefined ? {} : { runPage: author.run }),
    ...(author.commit === undefined ? {} : { commit: author.commit }),
    startedAt,
    endedAt: startedAt,
  };
}

/** The report of an operation for which nothing was to be done, or that did what it should. */
export function done(draft: Report, now: () => Date, reason: string, more: Partial<Report> = {}): Report {
  return { ...draft, decision: 'promote', reason, ...more, endedAt: now().toISOString() };
}

/** The version is where it should go: a success that changes nothing and says so. */
export function alreadyThere(
  draft: Report,
  now: () => Date,
  { candidate, history }: Pick<CurrentState, 'candidate' | 'history'>,
): Report {
  const held = draft.stage === undefined ? undefined : history?.holder(draft.stage);
  const run = held?.version.is(candidate) === true ? held.event.run : undefined;
  const byThisRun = run !== undefined && run === draft.runPage;
  const reason = `${draft.model} ${draft.candidate?.version ?? ''} holds ${draft.stage ?? ''} already; nothing was to be done.`;
  return done(draft, now, reason, { alreadyThere: true, byThisRun });
}
