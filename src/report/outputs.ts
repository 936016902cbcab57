import type { Report } from '../domain/report.js';
import type { CheckResult } from '../domain/check.js';
import { excerpt, plain } from '../domain/markdown.js';
import { byUrgency } from './severity-order.js';

/**
 * GitHub takes one MB of outputs from a job, counted as UTF-16 has them, and drops what goes beyond. A job may have
 * other steps, and as UTF-8 a text may be longer.
 * @see https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idoutputs
 */
export const roomForOutputs = 900_000;
/** For the paths and digests that are added where files are written. */
const roomForPaths = 20_000;
const longestReason = 5_000;

/** The step's outputs that come of a report; paths are added where files are written. Values are single lines. */
export function outputs(report: Report): Readonly<Record<string, string>> {
  const told = {
    decision: report.decision,
    promoted: String(report.promoted),
    reason: excerpt(plain(report.reason), longestReason),
    model: plain(report.model),
    version: plain(report.candidate?.version ?? ''),
    'model-uri': plain(report.candidate?.uri ?? ''),
    ...(report.identity === undefined ? {} : { identity: report.identity }),
    stage: plain(report.stage ?? ''),
    'champion-version': plain(report.champion?.version ?? ''),
    'previous-version': plain(report.previous?.version ?? ''),
    'approval-required': String(report.approvalRequired),
    'environment-url': plain(report.candidate?.page ?? ''),
  };
  const taken = Object.values(told).reduce((sum, value) => sum + outputSize(value), roomForPaths);
  return { ...told, checks: fittedChecks(report.checks, roomForOutputs - taken) };
}

/** In bytes, by whichever way of counting it is larger. */
export function outputSize(value: string): number {
  return Math.max(2 * value.length, Buffer.byteLength(value));
}

type Row = Readonly<Record<string, unknown>>;

interface Detail {
  /** Slices of a check; the worst come first. */
  readonly slices: number;
  readonly text: number;
}

/** As much of the checks as there is room for: first slices and texts are cut, then the least urgent rows left out. */
function fittedChecks(checks: readonly CheckResult[], room: number): string {
  const whole = JSON.stringify(checks.map((check) => rowOf(check, { slices: Infinity, text: Infinity })));
  if (outputSize(whole) <= room) return whole;
  for (const detail of [
    { slices: 10, text: 1_000 },
    { slices: 3, text: 300 },
    { slices: 0, text: 150 },
  ]) {
    const text = shortened(checks, detail, checks.length);
    if (outputSize(text) <= room) return text;
  }
  const detail = { slices: 0, text: 150 };
  let [fits, tooMany] = [0, checks.length];
  while (tooMany - fits > 1) {
    const rows = Math.floor((fits + tooMany) / 2);
    if (outputSize(shortened(checks, detail, rows)) <= room) fits = rows;
    else tooMany = rows;
  }
  return shortened(checks, detail, fits);
}

/** The most urgent rows, in the policy's order, and one that says what is missing and where it is. */
function shortened(checks: readonly CheckResult[], detail: Detail, rows: number): string {
  const kept = new Set(byUrgency(checks).slice(0, rows));
  const missing = checks.length - kept.size;
  const pointer = {
    kind: 'shortened',
    name: 'shortened',
    outcome: 'skipped',
    reason: `Shortened to fit GitHub's limit for outputs: ${missing} of ${checks.length} checks are left out, and slices and texts are cut. The output 'evidence' names the file that has everything.`,
  };
  return JSON.stringify([...checks.filter((check) => kept.has(check)).map((check) => rowOf(check, detail)), pointer]);
}

function rowOf(check: CheckResult, detail: Detail): Row {
  const row: Row = { ...check, at: undefined, tail: undefined };
  if (detail.text === Infinity) return row;
  const slices = check.kind === 'condition' ? check.slices?.slice(0, detail.slices) : undefined;
  return cut({ ...row, ...(slices === undefined ? {} : { slices }) }, detail.text) as Row;
}

function cut(value: unknown, length: number): unknown {
  if (typeof value === 'string') return excerpt(value, length);
  if (Array.isArray(value)) return value.map((each) => cut(each, length));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, cut(each, length)]));
}
