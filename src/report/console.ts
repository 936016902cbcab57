import type { Report } from '../domain/report.js';
import type { Outcome } from '../domain/check.js';
import { excerpt, plain } from '../domain/markdown.js';
import { iconOf } from './happened.js';
import { headlineText } from './headline.js';
import { helpOf } from './help.js';
import { readable } from './readable.js';
import { marks } from './severity-order.js';
import { tally } from './tally.js';

const words: Readonly<Record<Outcome, string>> = {
  passed: 'passed',
  failed: 'FAILED',
  error: 'ERROR',
  inconclusive: 'ON HOLD',
  warned: 'warning',
  skipped: 'skipped',
};

/** The report for the step's log: one line a check, in the policy's order, then what happened, why, and what to do. Plain text. */
export function terminal(whole: Report): readonly string[] {
  const report = readable(whole);
  const name = (text: string): string => excerpt(plain(text), 48);
  const width = Math.max(0, ...report.checks.map((check) => name(check.name).length));
  const count = tally(report);
  const help = helpOf(report);
  return [
    ...report.checks.map(
      (check) =>
        `${marks[check.outcome]} ${words[check.outcome].padEnd(7)}  ${name(check.name).padEnd(width)}  ${plain(check.reason)}`,
    ),
    ...(report.request === undefined || report.candidate === undefined || report.identity === undefined
      ? []
      : [
          `To ask for this promotion, change ${plain(report.request)} in a pull request to:`,
          plain(`version: ${report.candidate.version}`),
          `identity: ${report.identity}`,
        ]),
    ...report.notes.map((note) => `note: ${plain(note)}`),
    ...(report.dryRun ? ['note: This is a dry run: nothing was written.'] : []),
    `${iconOf(report)} ${headlineText(report)}${count === '' ? '' : ` (${count})`}`,
    plain(report.reason),
    ...(report.cure === undefined ? [] : [`What to do: ${plain(report.cure)}`]),
    ...(help === undefined ? [] : [`Read more: ${help.address}`]),
  ];
}
