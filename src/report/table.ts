import { assertNever } from '../domain/assert-never.js';
import type { Report } from '../domain/report.js';
import type { CheckResult, ConditionResult, SliceResult } from '../domain/check.js';
import { escaped } from '../domain/markdown.js';
import { inShort } from './numbers.js';
import { byUrgency, isTelling, marks } from './severity-order.js';

export interface TableDetail {
  readonly passed: boolean;
  readonly rows: number;
}

/** One check as people read it. Markdown. */
interface Row {
  readonly check: string;
  readonly required: string;
  readonly candidate: string;
  readonly champion: string;
}

/**
 * The checks as one table: what was required, and what the candidate and the champion have. The champion's column
 * appears only where something was compared. What precedes the checks has no values, and is explained below the table.
 */
export function table(report: Report, { passed, rows: limit }: TableDetail): string {
  const all = byUrgency(report.checks).filter(({ kind }) => kind !== 'precondition');
  const shown = all.filter((check) => passed || isTelling(check)).slice(0, limit);
  const hidden = all.length - shown.length;
  const more =
    hidden === 0 ? '' : `<sub>… and ${hidden} more ${hidden === 1 ? 'check' : 'checks'} not shown here.</sub>`;
  if (shown.length === 0) return more;
  const rows = shown.map(rowOf);
  const compared = rows.some(({ champion }) => champion !== '');
  const head = (role: string, version: string | undefined): string =>
    `<sub>${role}</sub>${version === undefined ? '' : `<br>${escaped(version, 100)}`}`;
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const cells = ({ check, required, candidate, champion }: Row): readonly string[] =>
    compared ? [check, required, candidate, champion] : [check, required, candidate];
  const lines = [
    line(
      cells({
        check: 'Check',
        required: 'Required',
        candidate: head('candidate', report.candidate?.version),
        champion: head('champion', report.champion?.version),
      }),
    ),
    line(cells({ check: ':--', required: ':--', candidate: '--:', champion: '--:' })),
    ...rows.map((row) => line(cells(row))),
  ];
  return lines.join('\n') + (more === '' ? '' : `\n\n${more}`);
}

function rowOf(check: CheckResult): Row {
  const mark = marks[check.outcome];
  switch (check.kind) {
    case 'precondition':
      return { check: `${mark}&nbsp;${breakable(check.name)}`, required: '', candidate: '', champion: '' };
    case 'command': {
      const took = check.attempts === 0 ? 'not run' : `${(check.durationMs / 1000).toFixed(1)} s`;
      const tries = check.attempts > 1 ? `, ${check.attempts} attempts` : '';
      return {
        check: `${mark}&nbsp;${breakable(check.name)}`,
        required: 'exit 0',
        candidate: below(endOf(check), `${took}${tries}`),
        champion: '',
      };
    }
    case 'condition':
      return conditionRow(check, mark);
    default:
      return assertNever(check, 'kind of result');
  }
}

function endOf({ signal, exitCode }: { readonly signal?: string; readonly exitCode?: number }): string {
  if (signal !== undefined) return escaped(signal, 20);
  return exitCode === undefined ? '' : `exit ${exitCode}`;
}

function conditionRow(check: ConditionResult, mark: string): Row {
  const { metric, rest } = parted(check.required);
  const isNamed = check.name !== check.required;
  const [worst] = check.slices ?? [];
  const { value, champion, margin } = worst === undefined ? valuesOf(check) : valuesOfSlice(worst);
  const numbers = [value, champion, check.threshold].filter((text) => text !== undefined);
  const short = inShort(numbers);
  const shown = (text: string | undefined): string => (text === undefined ? '' : escaped(short(text), 40));
  const remarks = [
    check.threshold === undefined || check.threshold === champion ? undefined : `= ${shown(check.threshold)}`,
    check.severity === 'require' ? undefined : check.severity === 'warn' ? 'only warns' : 'holds if so',
  ].filter((remark) => remark !== undefined);
  return {
    check: `${mark}&nbsp;${breakable(isNamed ? check.name : metric)}`,
    required: below(isNamed ? escaped(check.required, 160) : escaped(rest, 160), remarks.join(', ')),
    candidate: below(shown(value), margin),
    champion: shown(champion),
  };
}

interface Values {
  readonly value: string | undefined;
  readonly champion: string | undefined;
  /** What stands below the value. Markdown. */
  readonly margin: string;
}

function valuesOf({ candidate, champion, difference, required, outcome }: ConditionResult): Values {
  // Conditions read `id op value`: the third word is whom the candidate was compared with.
  const other = escaped(required.split(' ')[2] ?? 'champion', 60);
  const from =
    difference === undefined
      ? ''
      : difference === '0'
        ? `same as ${other}`
        : `${escaped(inShort([difference])(difference), 40)} from ${other}`;
  const isUnknown = outcome === 'skipped' && candidate === undefined;
  return { value: candidate?.value, champion: champion?.value, margin: isUnknown ? 'not measured' : from };
}

/** The worst slice stands for all. */
function valuesOfSlice({ slice, value, champion }: SliceResult): Values {
  return { value, champion, margin: escaped(slice, 40) };
}

/** `auc` and `>= champion - 0.005` of `auc >= champion - 0.005`. */
function parted(required: string): { readonly metric: string; readonly rest: string } {
  const [metric = required, ...rest] = required.split(' ');
  return { metric, rest: rest.join(' ') };
}

function below(text: string, remark: string): string {
  if (remark === '') return text;
  return text === '' ? `<sub>${remark}</sub>` : `${text}<br><sub>${remark}</sub>`;
}

/** A long word may be broken where it is joined, so that a phone needs no scrolling sideways. */
function breakable(name: string): string {
  const words = escaped(name, 120).split(' ');
  return words.map((word) => (word.length > 12 ? word.replaceAll(/\\_|[/.](?=[\w{])/g, '$&&#8203;') : word)).join(' ');
}
