import type { CheckResult, CommandResult, Decision, Outcome, Report } from '../verdict/verdict.js';
import { block, code, escaped, link } from './escape.js';

/** How much of a report is shown: each level fits where the one before did not. */
export type Detail = 'full' | 'short-logs' | 'no-logs' | 'failures-only';

const marks: Readonly<Record<Outcome, string>> = {
  failed: '❌',
  error: '💥',
  inconclusive: '✋',
  warned: '⚠️',
  passed: '✅',
  skipped: '➖',
};
/** The order of rows: what a reader must act on comes first. */
const urgency: readonly Outcome[] = ['error', 'failed', 'inconclusive', 'warned', 'passed', 'skipped'];
const logLines: Readonly<Record<Detail, number>> = { full: 60, 'short-logs': 12, 'no-logs': 0, 'failures-only': 0 };

/** A report as GitHub-flavoured Markdown: for the job summary, the pull request and the report file. */
export function markdown(report: Report, detail: Detail = 'full'): string {
  const parts = [
    `## ${headline(report)}`,
    firstCause(report),
    problems(report),
    table(report, detail),
    explanations(report),
    logs(report, detail),
    holders(report),
    notes(report),
    footer(report),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** The first detail level that fits in `limit` characters; if none does, the last, cut between rows. */
export function fitted(report: Report, limit: number, pointer: string): string {
  const levels: readonly Detail[] = ['full', 'short-logs', 'no-logs', 'failures-only'];
  const texts = levels.map((level) => `${markdown(report, level)}${level === 'full' ? '' : `\n${pointer}\n`}`);
  const fits = texts.find((text) => text.length <= limit);
  if (fits !== undefined) return fits;
  const lean = { ...report, checks: [], problems: [], notes: [] };
  return `${markdown(lean, 'failures-only')}\n${pointer}\n`.slice(0, limit);
}

const icons: Readonly<Record<Decision, string>> = { promote: '✅', reject: '❌', hold: '✋', error: '💥' };

/** One line that says what became of which version, unescaped text escaped. */
export function headline(report: Report): string {
  const what = `${escaped(report.model)}${report.candidate === undefined ? '' : ` ${escaped(report.candidate.version)}`}`;
  const stage = report.stage === undefined ? 'the stage' : escaped(report.stage);
  const icon = icons[report.decision];
  if (report.alreadyThere) return `${icon} ${what} is in ${stage} already`;
  const would = report.command === 'gate' || report.dryRun;
  const endings: Readonly<Record<Decision, string>> = {
    promote: report.promoted ? `promoted to ${stage}` : `may be promoted to ${stage}`,
    reject: `${would ? 'would be' : ''} rejected for ${stage}`.trim(),
    hold: `held before ${stage}`,
    error: `could not be judged for ${stage}`,
  };
  const suffix = report.dryRun ? ' (dry run)' : '';
  if (report.candidate === undefined && report.model === '') return `${icon} The promotion could not be judged${suffix}`;
  return `${icon} ${what} ${endings[report.decision]}${suffix}`;
}

function firstCause(report: Report): string {
  const cure = report.cure === undefined ? '' : `\n>\n> **What to do:** ${escaped(report.cure)}`;
  const untouched = report.command === 'gate' || report.dryRun ? ' Nothing was written to the registry.' : '';
  return `> ${escaped(report.reason)}${untouched}${cure}`;
}

function problems(report: Report): string {
  if (report.problems.length < 2) return '';
  const items = report.problems.slice(0, 100).map(({ message, at }) => {
    const where = at === undefined ? '' : `${code(`${at.file}:${at.line}:${at.column}`)} `;
    return `- ${where}${escaped(message)}`;
  });
  const more = report.problems.length > 100 ? [`- … and ${report.problems.length - 100} more`] : [];
  return [...items, ...more].join('\n');
}

function sorted(checks: readonly CheckResult[]): readonly CheckResult[] {
  return [...checks].sort((a, b) => urgency.indexOf(a.outcome) - urgency.indexOf(b.outcome));
}

function table(report: Report, detail: Detail): string {
  const all = sorted(report.checks);
  const rows = detail === 'failures-only' ? all.filter((check) => check.outcome !== 'passed' && check.outcome !== 'skipped') : all;
  if (all.length === 0) return '';
  const champion = report.champion === undefined ? 'Champion' : `Champion ${escaped(report.champion.version)}`;
  const candidate = report.candidate === undefined ? 'Candidate' : `Candidate ${escaped(report.candidate.version)}`;
  const compared = rows.some((check) => check.kind === 'condition' && check.champion !== undefined);
  const head = compared
    ? [`| | Check | ${candidate} | ${champion} | Difference |`, '|:-:|---|--:|--:|--:|']
    : [`| | Check | ${candidate} |`, '|:-:|---|--:|'];
  const lines = rows.slice(0, 500).map((check) => row(check, compared));
  const hidden = all.length - lines.length;
  return [...head, ...lines].join('\n') + (hidden > 0 ? `\n\n… and ${hidden} more checks that are not shown here.` : '');
}

function row(check: CheckResult, compared: boolean): string {
  const cells = [marks[check.outcome], checkCell(check), candidateCell(check)];
  if (compared) {
    const condition = check.kind === 'condition' ? check : undefined;
    cells.push(valueCell(condition?.champion?.value), valueCell(condition?.difference));
  }
  return `| ${cells.join(' | ')} |`;
}

function checkCell(check: CheckResult): string {
  if (check.kind !== 'condition') return escaped(check.name);
  const called = check.name === check.required ? '' : `${escaped(check.name)}<br>`;
  const threshold = check.threshold === undefined ? '' : ` (${number(check.threshold)})`;
  const severity = check.severity === 'require' ? '' : `<br><sub>${check.severity === 'warn' ? 'warn' : 'hold if'}</sub>`;
  return `${called}${code(check.required)}${threshold}${severity}`;
}

function candidateCell(check: CheckResult): string {
  if (check.kind === 'condition') return valueCell(check.candidate?.value);
  if (check.kind === 'precondition' || check.outcome === 'skipped') return '';
  return `${(check.durationMs / 1000).toFixed(1)} s`;
}

function valueCell(value: string | undefined): string {
  return value === undefined ? '' : escaped(number(value));
}

/** Numbers of a dozen digits are noise in a table; the evidence keeps them whole. */
function number(text: string): string {
  if (!/^[+-]?\d+\.\d{7,}$/.test(text)) return text;
  const short = Number(text).toPrecision(6).replace(/\.?0+$/, '');
  return text.startsWith('+') ? `+${short}` : short;
}

/** For every check that did not pass: what was required, measured, by how much, where it came from. */
function explanations(report: Report): string {
  const telling = sorted(report.checks).filter((check) => check.outcome !== 'passed' && check.outcome !== 'skipped');
  const skipped = report.checks.filter((check) => check.outcome === 'skipped');
  const lines = telling.slice(0, 100).map((check) => {
    const cure = check.cure === undefined ? '' : ` *${escaped(check.cure)}*`;
    return `- ${marks[check.outcome]} **${escaped(check.name)}**: ${escaped(check.reason)}${cure}${origin(check)}`;
  });
  const why = new Map<string, string[]>();
  for (const check of skipped) why.set(check.reason, [...(why.get(check.reason) ?? []), check.name]);
  for (const [reason, names] of why) {
    lines.push(`- ${marks.skipped} ${names.slice(0, 10).map(escaped).join(', ')}${names.length > 10 ? ` and ${names.length - 10} more` : ''}: ${escaped(reason)}`);
  }
  return lines.join('\n');
}

function origin(check: CheckResult): string {
  if (check.kind !== 'condition' || check.candidate === undefined) return '';
  const { candidate, champion } = check;
  const from = link(escaped(candidate.origin), candidate.page);
  const other = champion === undefined || champion.origin === candidate.origin ? '' : `; champion: ${link(escaped(champion.origin), champion.page)}`;
  return ` <sub>${from}${other}</sub>`;
}

function logs(report: Report, detail: Detail): string {
  const lines = logLines[detail];
  if (lines === 0) return '';
  const commands = sorted(report.checks).filter((check): check is CommandResult => check.kind === 'command' && check.tail !== '');
  return commands
    .map((check) => {
      const tail = check.tail.split('\n').slice(-lines).join('\n');
      return `<details><summary>${marks[check.outcome]} Output of ${code(check.name)}</summary>\n\n${block(tail)}\n\n</details>`;
    })
    .join('\n');
}

/** Who holds what now, the one line that most readers look for. */
function holders(report: Report): string {
  if (report.stage === undefined || report.candidate === undefined) return '';
  const held = report.promoted || report.alreadyThere ? report.candidate : report.previous;
  const now = held === undefined ? `**${escaped(report.stage)}** is empty` : `**${escaped(report.stage)}** is held by ${link(escaped(held.version), held.page)}`;
  const replaced = report.promoted && report.previous !== undefined ? `, which replaces ${link(escaped(report.previous.version), report.previous.page)}${report.archived ? ' (archived)' : ''}` : '';
  return `${now}${replaced}.`;
}

function notes(report: Report): string {
  return report.notes.map((note) => `- ℹ️ ${escaped(note)}`).join('\n');
}

function footer(report: Report): string {
  const { policy } = report;
  const parts = [
    report.candidate === undefined ? undefined : link(code(report.candidate.uri), report.candidate.page),
    report.registry === undefined ? undefined : escaped(report.registry),
    policy === undefined ? undefined : `policy ${code(policy.path)} on ${escaped(policy.ref)}${policy.commit === undefined ? '' : ` at ${code(policy.commit.slice(0, 8))}`}`,
    report.actor === undefined ? undefined : `by ${escaped(report.actor)}`,
    report.runPage === undefined ? undefined : link('run', report.runPage),
    `${report.endedAt.slice(0, 16).replace('T', ' ')} UTC`,
  ];
  return `<sub>${parts.filter((part) => part !== undefined).join(' · ')}</sub>`;
}

