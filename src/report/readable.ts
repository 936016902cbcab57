import type { CheckResult } from '../domain/check.js';
import type { Report } from '../domain/report.js';
import { shortened } from './numbers.js';

/** The report with the numbers of its sentences in short: for people. Evidence and outputs are made from the whole one. */
export function readable(report: Report): Report {
  const checks = report.checks.map(readableCheck);
  const first = report.checks.findIndex(({ name, reason }) => report.reason === `${name}: ${reason}`);
  const cause = checks[first];
  return cause === undefined ? { ...report, checks } : { ...report, checks, reason: `${cause.name}: ${cause.reason}` };
}

function readableCheck(check: CheckResult): CheckResult {
  return check.kind === 'condition' ? { ...check, reason: shortened(check.reason) } : check;
}
