import type { Report } from '../domain/report.js';
import type { Outcome } from '../domain/check.js';
import { excerpt, plain } from '../domain/markdown.js';

const words: Readonly<Record<Outcome, string>> = {
  passed: 'passed',
  failed: 'FAILED',
  error: 'ERROR',
  inconclusive: 'HOLD',
  warned: 'warned',
  skipped: 'skipped',
};

/** The report for the step's log: one line a check, in the policy's order, then the decision. Plain text. */
export function terminal(report: Report): readonly string[] {
  const name = (text: string): string => excerpt(plain(text), 48);
  const width = Math.max(0, ...report.checks.map((check) => name(check.name).length));
  return [
    ...report.checks.map(
      (check) => `${words[check.outcome].padEnd(8)} ${name(check.name).padEnd(width)}  ${plain(check.reason)}`,
    ),
    ...(report.request === undefined || report.candidate === undefined || report.identity === undefined
      ? []
      : [
          `To ask for this promotion, change ${plain(report.request)} in a pull request to:`,
          plain(`version: ${report.candidate.version}`),
          `identity: ${report.identity}`,
        ]),
    ...report.notes.map((note) => `note     ${plain(note)}`),
    ...(report.dryRun ? ['note     This is a dry run: nothing was written.'] : []),
    `${report.decision.toUpperCase()}: ${plain(report.reason)}`,
    ...(report.cure === undefined ? [] : [`What to do: ${plain(report.cure)}`]),
  ];
}
