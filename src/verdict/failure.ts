import type { PromotionError } from '../errors.js';
import type { Report } from './verdict.js';

/** A report of a run that could not come to a verdict, with whatever was known by then. */
export function failureReport(error: PromotionError, known: Partial<Report>): Report {
  const now = new Date().toISOString();
  return {
    command: 'promote',
    dryRun: false,
    alreadyThere: false,
    approvalRequired: false,
    models: 1,
    model: '',
    stages: [],
    archived: false,
    checks: [],
    notes: [],
    startedAt: now,
    ...known,
    promoted: false,
    // What another run is doing, or has left to a person, is no failure of this one.
    decision: error.code === 'OPERATION_OPEN' ? 'hold' : 'error',
    reason: error.message,
    ...(error.cure === undefined ? { cure: undefined } : { cure: error.cure }),
    problems: error.problems,
    endedAt: now,
  } as Report;
}
