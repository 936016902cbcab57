import type { Position } from '../domain/errors.js';
import type { Report } from '../domain/report.js';
import { excerpt, plain } from '../domain/markdown.js';

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
  const level = fails ? 'error' : 'warning';
  const first = report.problems.length > 1 ? mistakes(report, level) : isWell(report) ? [] : [cause(report, level)];
  const warnings = report.checks
    .filter((check) => check.outcome === 'warned')
    .map((check) => annotation('warning', `${check.name}: ${check.reason}`, check.at));
  return [...first, ...warnings.slice(0, fails ? shown : shown - first.length)];
}

/** Nothing newer to judge is well, unless there is something to say of what was passed over. */
function isWell({ decision, cure }: Report): boolean {
  return decision === 'promote' || (decision === 'none' && cure === undefined);
}

function mistakes({ problems, cure }: Report, level: 'error' | 'warning'): readonly Annotation[] {
  return problems.slice(0, shown).map(({ message, at }, index) => {
    const hidden = problems.length - shown;
    const more = index === shown - 1 && hidden > 0 ? ` (${hidden} more in the job summary)` : '';
    const advice = index === 0 && cure !== undefined ? ` ${cure}` : '';
    return annotation(level, `${message}${advice}${more}`, at);
  });
}

function cause(report: Report, level: 'error' | 'warning'): Annotation {
  const check = report.checks.find(({ name, reason }) => report.reason === `${name}: ${reason}`);
  return annotation(level, sentence(report), report.problems[0]?.at ?? check?.at);
}

/** Longer ones GitHub cuts, at 4 KB and without saying so. */
function annotation(level: Annotation['level'], message: string, at: Position | undefined): Annotation {
  return { level, message: excerpt(plain(message), 1000), ...(at === undefined ? {} : { at }) };
}

/** The first cause and its cure. */
export function sentence(report: Report): string {
  return report.cure === undefined ? report.reason : `${report.reason} ${report.cure}`;
}
