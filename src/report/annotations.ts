import type { Position } from '../domain/errors.js';
import type { CheckResult } from '../domain/check.js';
import type { Report } from '../domain/report.js';
import { excerpt, plain } from '../domain/markdown.js';
import { readable } from './readable.js';
import { byUrgency, isTelling } from './severity-order.js';

export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly message: string;
  readonly at?: Position;
}

/** What GitHub shows of one kind and step; more would be dropped silently. */
const shown = 10;

/**
 * What the workflow run shows: for a failing step one error with the first cause and its cure, or where several
 * mistakes were found at once, each at its place; a warning for every other check that did not pass.
 * @param fails whether the step fails
 */
export function annotations(whole: Report, fails: boolean): readonly Annotation[] {
  const report = readable(whole);
  const level = fails ? 'error' : 'warning';
  const first = report.problems.length > 1 ? mistakes(report, level) : isWell(report) ? [] : [cause(report, level)];
  const told = first.length === 0 ? undefined : causeOf(report);
  const others = byUrgency(report.checks)
    .filter((check) => isTelling(check) && check !== told)
    .map((check) => annotation('warning', ofCheck(check), check.at));
  return [...first, ...fitted(others, fails ? shown : shown - first.length)];
}

/** Nothing newer to judge is well, unless there is something to say of what was passed over. */
function isWell({ decision, cure }: Report): boolean {
  return decision === 'promote' || (decision === 'none' && cure === undefined);
}

function fitted(list: readonly Annotation[], room: number): readonly Annotation[] {
  const hidden = list.length - room;
  return list
    .slice(0, Math.max(0, room))
    .map((each, index) => (index === room - 1 && hidden > 0 ? { ...each, message: counted(each, hidden) } : each));
}

function counted({ message }: Annotation, hidden: number): string {
  return `${message} (${hidden} more in the job summary)`;
}

function mistakes({ problems, cure }: Report, level: 'error' | 'warning'): readonly Annotation[] {
  const list = problems.map(({ message, at }, index) =>
    annotation(level, index === 0 && cure !== undefined ? `${message} ${cure}` : message, at),
  );
  return fitted(list, shown);
}

function cause(report: Report, level: 'error' | 'warning'): Annotation {
  return annotation(level, sentence(report), report.problems[0]?.at ?? causeOf(report)?.at);
}

function causeOf(report: Report): CheckResult | undefined {
  return report.checks.find(({ name, reason }) => report.reason === `${name}: ${reason}`);
}

function ofCheck({ name, reason, cure, outcome }: CheckResult): string {
  return cure === undefined || outcome === 'warned' ? `${name}: ${reason}` : `${name}: ${reason} ${cure}`;
}

/** Longer ones GitHub cuts, at 4 KB and without saying so. */
function annotation(level: Annotation['level'], message: string, at: Position | undefined): Annotation {
  return { level, message: excerpt(plain(message), 1000), ...(at === undefined ? {} : { at }) };
}

/** The first cause and its cure. */
export function sentence(report: Report): string {
  return report.cure === undefined ? report.reason : `${report.reason} ${report.cure}`;
}
