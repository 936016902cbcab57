import type { Position } from '../errors.js';
import type { Report } from '../verdict/verdict.js';

export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly message: string;
  readonly at?: Position;
}

/** What GitHub shows of one kind and step; more would be dropped silently. */
const shown = 10;

/**
 * What the workflow run shows: for a failing step one error with the first cause and its cure, or where several
 * mistakes were found at once, each at its place; warnings for what only warned.
 * @param fails whether the step fails
 */
export function annotations(report: Report, fails: boolean): readonly Annotation[] {
  const warnings = report.checks
    .filter((check) => check.outcome === 'warned')
    .map((check): Annotation => ({ level: 'warning', message: `${check.name}: ${check.reason}`, ...(check.at === undefined ? {} : { at: check.at }) }));
  const level = fails ? 'error' : 'warning';
  if (report.problems.length > 1) {
    const listed = report.problems.slice(0, shown).map(({ message, at }): Annotation => ({ level, message, ...(at === undefined ? {} : { at }) }));
    return [...listed, ...warnings.slice(0, shown)];
  }
  if (report.decision === 'promote') return warnings.slice(0, shown);
  const cause = report.checks.find((check) => report.reason.startsWith(`${check.name}: `));
  const at = report.problems[0]?.at ?? cause?.at;
  const first: Annotation = { level, message: sentence(report), ...(at === undefined ? {} : { at }) };
  return [first, ...warnings.slice(0, fails ? shown : shown - 1)];
}

/** The first cause and its cure. */
export function sentence(report: Report): string {
  return report.cure === undefined ? report.reason : `${report.reason} ${report.cure}`;
}
