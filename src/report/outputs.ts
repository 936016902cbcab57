import type { CheckResult, Report } from '../verdict/verdict.js';
import { plain } from './escape.js';

/** The step's outputs that come of a report; paths are added where files are written. Values are single lines. */
export function outputs(report: Report): Readonly<Record<string, string>> {
  return {
    decision: report.decision,
    promoted: String(report.promoted),
    reason: plain(report.reason),
    model: plain(report.model),
    version: plain(report.candidate?.version ?? ''),
    'model-uri': plain(report.candidate?.uri ?? ''),
    stage: plain(report.stage ?? ''),
    'champion-version': plain(report.champion?.version ?? ''),
    'previous-version': plain(report.previous?.version ?? ''),
    'approval-required': String(report.approvalRequired),
    'environment-url': plain(report.candidate?.page ?? ''),
    checks: JSON.stringify(report.checks.map(shown)),
  };
}

/** Slices that the output shows; the evidence has all. */
const slicesShown = 50;

function shown(check: CheckResult): object {
  const short = { ...check, at: undefined, tail: undefined };
  if (check.kind !== 'condition' || check.slices === undefined) return short;
  return { ...short, slices: check.slices.slice(0, slicesShown) };
}
