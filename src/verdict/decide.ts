import { assertNever } from '../domain/assert-never.js';
import type { Ruling } from '../domain/report.js';
import type { CheckResult, Outcome } from '../domain/check.js';

export interface Verdict {
  readonly decision: Ruling;
  /** The first cause, one line. */
  readonly reason: string;
  readonly cure?: string;
}

/** What an outcome leads to; undefined for what stands in nobody's way. The worst comes first. */
const consequences: Readonly<Record<Outcome, Ruling | undefined>> = {
  error: 'error',
  failed: 'reject',
  inconclusive: 'hold',
  warned: undefined,
  passed: undefined,
  skipped: undefined,
};

/**
 * From the checks' outcomes to the decision. Pure; the order of the checks decides which cause is named, never
 * the decision. Any error is `error`; else any failure `reject`; else anything inconclusive `hold`; else
 * `promote`; and where nothing was evaluated at all, `error`.
 */
export function decide(results: readonly CheckResult[]): Verdict {
  for (const { outcome } of results) {
    // A plan's results come from a file.
    if (!Object.hasOwn(consequences, outcome)) assertNever(outcome as never, 'outcome of a check');
  }
  for (const [outcome, decision] of Object.entries(consequences)) {
    const cause = results.find((result) => result.outcome === outcome);
    if (cause === undefined || decision === undefined) continue;
    return {
      decision,
      reason: `${cause.name}: ${cause.reason}`,
      ...(cause.cure === undefined ? {} : { cure: cause.cure }),
    };
  }
  const judged = results.filter((result) => result.outcome !== 'skipped' && isJudgement(result));
  if (judged.length === 0 && results.some((result) => result.kind === 'condition' && result.uncompared === true)) {
    return {
      decision: 'promote',
      reason:
        "Nothing was compared: the model never had a champion, and 'first_promotion: allow' asks for no comparison then.",
    };
  }
  if (judged.length === 0) {
    return {
      decision: 'error',
      reason: 'Nothing was evaluated, so nothing is proved.',
      cure: "Give the stage at least one check that can run: a 'run', or a condition that needs no champion.",
    };
  }
  const warned = judged.filter((result) => result.outcome === 'warned').length;
  const all = judged.length === 1 ? 'The one check' : `All ${judged.length} checks`;
  return {
    decision: 'promote',
    reason: warned === 0 ? `${all} passed.` : `No check failed; ${warned} of ${judged.length} warned.`,
  };
}

/** What proves something of the version: not who came before, and not a measurement that no condition looked at. */
function isJudgement(result: CheckResult): boolean {
  switch (result.kind) {
    case 'condition':
      return true;
    case 'command':
      return result.measures === undefined;
    case 'precondition':
      return false;
    default:
      return assertNever(result, 'kind of result');
  }
}
