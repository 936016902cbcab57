import type { Report } from '../verdict/verdict.js';

/** The step's outputs that come of a report; paths are added where files are written. Values are single lines. */
export function outputs(report: Report): Readonly<Record<string, string>> {
  return {
    decision: report.decision,
    promoted: String(report.promoted),
    reason: oneLine(report.reason),
    model: oneLine(report.model),
    version: oneLine(report.candidate?.version ?? ''),
    'model-uri': oneLine(report.candidate?.uri ?? ''),
    stage: oneLine(report.stage ?? ''),
    'champion-version': oneLine(report.champion?.version ?? ''),
    'previous-version': oneLine(report.previous?.version ?? ''),
    'approval-required': 'false',
    'environment-url': oneLine(report.candidate?.page ?? ''),
    checks: JSON.stringify(report.checks.map(({ at: _, ...check }) => (check.kind === 'command' ? { ...check, tail: undefined } : check))),
  };
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n\u2028\u2029]+/g, ' ').trim();
}
