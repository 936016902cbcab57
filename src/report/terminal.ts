import type { Outcome, Report } from '../verdict/verdict.js';

const words: Readonly<Record<Outcome, string>> = {
  passed: 'passed',
  failed: 'FAILED',
  error: 'ERROR',
  inconclusive: 'HOLD',
  warned: 'warned',
  skipped: 'skipped',
};

/** The report for the step's log: one line a check, then the decision. */
export function terminal(report: Report): readonly string[] {
  const width = Math.min(48, Math.max(0, ...report.checks.map((check) => check.name.length)));
  const checks = report.checks.map((check) => `${words[check.outcome].padEnd(8)} ${check.name.padEnd(width)}  ${check.reason}`);
  const notes = report.notes.map((note) => `note     ${note}`);
  return [...checks, ...notes, `${report.decision.toUpperCase()}: ${report.reason}`, ...(report.cure === undefined ? [] : [`What to do: ${report.cure}`])];
}
