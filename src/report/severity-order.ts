import type { CheckResult, Outcome } from '../domain/check.js';

/** What a reader must act on comes first. */
const urgency: readonly Outcome[] = ['error', 'failed', 'inconclusive', 'warned', 'passed', 'skipped'];

/** The checks, the most urgent first; within one outcome in the policy's order. */
export function byUrgency(checks: readonly CheckResult[]): readonly CheckResult[] {
  return [...checks].sort((a, b) => urgency.indexOf(a.outcome) - urgency.indexOf(b.outcome));
}

/** Whether there is something to be said about a check beyond that it was met. */
export function isTelling({ outcome }: CheckResult): boolean {
  return outcome !== 'passed' && outcome !== 'skipped';
}

export const marks: Readonly<Record<Outcome, string>> = {
  error: '❗',
  failed: '❌',
  inconclusive: '⏸️',
  warned: '⚠️',
  passed: '✅',
  skipped: '⏭️',
};
