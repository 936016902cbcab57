import { assertNever } from '../domain/assert-never.js';
import type { Report } from '../domain/report.js';
import type { CheckResult, ConditionResult } from '../domain/check.js';
import { escaped } from '../domain/markdown.js';
import { versionName } from './headline.js';
import { byUrgency, isTelling, marks } from './severity-order.js';

export interface TableDetail {
  readonly passed: boolean;
  readonly rows: number;
}

interface Column {
  readonly title: string;
  readonly rule: string;
  readonly cell: (check: CheckResult) => string;
}

/**
 * The checks as one table, narrow enough for a phone without scrolling sideways: result and requirement share a
 * column, the difference stands under the candidate's value, and the champion's column appears only where something
 * was compared.
 */
export function table(report: Report, { passed, rows: limit }: TableDetail): string {
  const all = byUrgency(report.checks);
  const rows = all.filter((check) => passed || isTelling(check)).slice(0, limit);
  const hidden = all.length - rows.length;
  const more =
    hidden === 0 ? '' : `<sub>… and ${hidden} more ${hidden === 1 ? 'check' : 'checks'} not shown here.</sub>`;
  if (rows.length === 0) return more;
  const compared = rows.some((check) => asCondition(check)?.champion !== undefined);
  const measured = rows.some((check) => candidateCell(check) !== '');
  const head = (version: string | undefined, role: string): string =>
    `${version === undefined ? '' : versionName(version)}<br><sub>${role}</sub>`;
  const columns: readonly Column[] = [
    { title: 'Check', rule: ':--', cell: checkCell },
    ...(measured ? [{ title: head(report.candidate?.version, 'candidate'), rule: '--:', cell: candidateCell }] : []),
    ...(compared ? [{ title: head(report.champion?.version, 'champion'), rule: '--:', cell: championCell }] : []),
  ];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const lines = [
    line(columns.map(({ title }) => title)),
    line(columns.map(({ rule }) => rule)),
    ...rows.map((check) => line(columns.map(({ cell }) => cell(check)))),
  ];
  return lines.join('\n') + (more === '' ? '' : `\n\n${more}`);
}

function asCondition(check: CheckResult): ConditionResult | undefined {
  return check.kind === 'condition' ? check : undefined;
}

function checkCell(check: CheckResult): string {
  const mark = marks[check.outcome];
  switch (check.kind) {
    case 'precondition':
      return `${mark} ${escaped(check.name, 120)}`;
    case 'command': {
      const tries = check.attempts > 1 ? `, ${check.attempts} attempts` : '';
      const took = check.attempts === 0 ? 'not run' : `${(check.durationMs / 1000).toFixed(1)} s${tries}`;
      return `${mark} ${escaped(check.name, 120)}<br><sub>${took}</sub>`;
    }
    case 'condition':
      return conditionCell(check, mark);
    default:
      return assertNever(check, 'kind of result');
  }
}

function conditionCell(check: ConditionResult, mark: string): string {
  const called = check.name === check.required ? '' : `${escaped(check.name, 120)}<br>`;
  const remarks = [
    check.severity === 'require' ? undefined : check.severity === 'warn' ? 'only warns' : 'holds if so',
    check.threshold === undefined ? undefined : `limit ${value(check.threshold)}`,
  ].filter((remark) => remark !== undefined);
  return `${mark} ${called}${escaped(check.required, 160)}${remarks.length === 0 ? '' : `<br><sub>${remarks.join(', ')}</sub>`}`;
}

function candidateCell(check: CheckResult): string {
  if (check.kind === 'condition') {
    const [worst] = check.slices ?? [];
    if (worst !== undefined) return `${value(worst.value)}<br><sub>${escaped(worst.slice, 40)}</sub>`;
    const difference = value(check.difference);
    return `${value(check.candidate?.value)}${difference === '' ? '' : `<br><sub>${difference}</sub>`}`;
  }
  if (check.kind === 'precondition' || check.outcome === 'skipped') return '';
  return check.signal === undefined
    ? check.exitCode === undefined
      ? ''
      : `exit ${check.exitCode}`
    : escaped(check.signal, 20);
}

function championCell(check: CheckResult): string {
  return value(asCondition(check)?.champion?.value);
}

/** Numbers of a dozen digits are noise in a table; the evidence keeps them whole. */
function value(text: string | undefined): string {
  if (text === undefined) return '';
  if (!/^[+-]?\d+\.\d{7,}$/.test(text)) return escaped(text, 24);
  const short = Number(text).toPrecision(6);
  const trimmed = short.includes('e') ? String(Number(short)) : short.replace(/\.?0+$/, '');
  return escaped(text.startsWith('+') ? `+${trimmed}` : trimmed, 24);
}
