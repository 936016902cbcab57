import type { Report } from '../domain/report.js';
import type { CheckResult, CommandResult } from '../domain/check.js';
import { block, code, escaped, excerpt, link } from '../domain/markdown.js';
import { happened, looks } from './happened.js';
import { headline } from './headline.js';
import { type Help, helpOf } from './help.js';
import { readable } from './readable.js';
import { tally } from './tally.js';
import { table } from './table.js';
import { byUrgency, isTelling, marks } from './severity-order.js';

/** How much of a report is shown: logs are shortened first, then passed rows, then everything that has a length. */
export interface Detail {
  /** Lines of a log, and how many characters they may have together. */
  readonly logLines: number;
  readonly logLength: number;
  readonly passed: boolean;
  /** Rows, explanations, problems and notes. */
  readonly rows: number;
  /** Characters of one text. */
  readonly text: number;
}

const full: Detail = { logLines: 80, logLength: 20_000, passed: true, rows: 1000, text: 4000 };
const levels: readonly Detail[] = [
  full,
  { ...full, logLines: 15, logLength: 3000 },
  { ...full, logLines: 0 },
  { ...full, logLines: 0, passed: false, rows: 200, text: 1000 },
  { ...full, logLines: 0, passed: false, rows: 20, text: 300 },
  { ...full, logLines: 0, passed: false, rows: 0, text: 200 },
];

/** A report as GitHub-flavoured Markdown: for the job summary, the pull request and the report file. */
export function markdown(whole: Report, detail: Detail = full): string {
  const report = readable(whole);
  const parts = [
    heading(report),
    firstCause(report, detail),
    problems(report, detail),
    holders(report),
    table(report, detail),
    explanations(report, detail),
    requestFile(report),
    notes(report, detail),
    policyDifference(report, detail),
    logs(report, detail),
    footer(report),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/**
 * The fullest Markdown that fits in `limit`. Never cut inside markup: a level that is too long is
 * dropped whole, and the last has no part that grows with the report.
 * @param pointer Markdown that says where the whole report is
 * @param size what the limit counts: characters for a comment, bytes for a summary, where one of them may be three
 */
export function fitted(
  report: Report,
  limit: number,
  pointer: string,
  size: (text: string) => number = (text) => text.length,
): string {
  let text = '';
  for (const detail of levels) {
    text = detail === full ? markdown(report, detail) : `${markdown(report, detail)}\n${pointer}\n`;
    if (size(text) <= limit) return text;
  }
  return `${heading(report)}\n\n${pointer}\n`;
}

/** What happened, and under it in small type how the checks ended. */
function heading(report: Report): string {
  const count = tally(report);
  return `## ${headline(report)}${count === '' ? '' : `<br><sub>${count}</sub>`}`;
}

function firstCause(report: Report, { text }: Detail): string {
  const cause = report.checks.find((check) => isFirstCause(report, check));
  const help = helpOf(report);
  const reason = escaped(report.reason, text);
  // A paragraph in bold would be louder than the heading.
  const isShort = reason !== '' && reason.length <= 400;
  const lines = [
    `[!${looks[happened(report)].alert}]`,
    `${isShort ? `**${reason}**` : reason}${cause === undefined ? '' : origin(cause)}`,
  ];
  if (report.cure !== undefined) lines.push('', `**What to do:** ${escaped(report.cure, text)}`);
  if (help !== undefined) lines.push('', `Read more: ${helpLink(help)}`);
  if (report.dryRun) lines.push('', 'This is a dry run: nothing was written.');
  else if (report.command === 'gate') lines.push('', gateNote(report));
  return lines.map((line) => (line === '' ? '>' : `> ${line}`)).join('\n');
}

function helpLink({ title, address }: Help): string {
  return address.startsWith('http') ? link(escaped(title), address) : code(address);
}

function gateNote({ approvalRequired }: Report): string {
  const moved = 'Nothing was written to the registry';
  return approvalRequired ? `${moved}: \`apply\` moves the version once a person has approved.` : `${moved}.`;
}

function isFirstCause(report: Report, check: CheckResult): boolean {
  return isTelling(check) && report.reason === `${check.name}: ${check.reason}`;
}

function problems(report: Report, { rows, text }: Detail): string {
  if (report.problems.length < 2) return '';
  const items = report.problems.slice(0, rows).map(({ message, at }) => {
    const where = at === undefined ? '' : `${code(`${at.file}:${at.line}:${at.column}`)} `;
    return `- ${where}${escaped(message, text)}`;
  });
  const hidden = report.problems.length - items.length;
  return [...items, ...(hidden > 0 ? [`- … and ${hidden} more`] : [])].join('\n');
}

/** What the quote above does not say: every other check that did not pass, and why some did not run. */
function explanations(report: Report, { rows, text, passed }: Detail): string {
  const telling = byUrgency(report.checks).filter((check) => isTelling(check) && !isFirstCause(report, check));
  const lines = telling.slice(0, rows).map((check) => {
    const cure = check.cure === undefined ? '' : ` *${escaped(check.cure, text)}*`;
    return `- ${marks[check.outcome]} **${escaped(check.name, 120)}**: ${escaped(check.reason, text)}${cure}${origin(check)}`;
  });
  for (const check of report.checks.slice(0, rows)) {
    const remark = check.kind === 'condition' ? check.candidate?.remark : undefined;
    if (remark !== undefined) lines.push(`- ℹ️ **${escaped(check.name, 120)}**: ${escaped(remark, text)}`);
  }
  for (const check of passed ? report.checks.slice(0, rows) : []) {
    if (check.kind === 'precondition' && check.outcome === 'passed')
      lines.push(`- ${marks.passed} **${escaped(check.name, 120)}**: ${escaped(check.reason, text)}`);
  }
  const why = new Map<string, string[]>();
  for (const { outcome, reason, name } of report.checks) {
    if (outcome === 'skipped') why.set(reason, [...(why.get(reason) ?? []), name]);
  }
  for (const [reason, names] of [...why].slice(0, rows)) {
    const some = names.slice(0, 5).map((name) => escaped(name, 120));
    const others = names.length > some.length ? ` and ${names.length - some.length} more` : '';
    lines.push(`- ${marks.skipped} ${some.join(', ')}${others}: ${escaped(reason, text)}`);
  }
  return lines.join('\n');
}

/** Where the numbers came from. */
function origin(check: CheckResult): string {
  if (check.kind !== 'condition' || check.candidate === undefined) return '';
  const { candidate, champion } = check;
  const from = link(escaped(candidate.origin, 200), candidate.page);
  const other =
    champion === undefined || champion.origin === candidate.origin
      ? ''
      : `; champion: ${link(escaped(champion.origin, 200), champion.page)}`;
  return ` <sub>(${from}${other})</sub>`;
}

function logs(report: Report, { logLines, logLength }: Detail): string {
  if (logLines === 0) return '';
  const commands = byUrgency(report.checks).filter(
    (check): check is CommandResult => check.kind === 'command' && check.tail.trim() !== '',
  );
  return commands
    .map((check) => {
      // A log of what passed is seldom read: its last words do.
      const lines = check.outcome === 'passed' ? Math.min(logLines, 5) : logLines;
      const tail = check.tail.trimEnd().split('\n').slice(-lines).join('\n').slice(-logLength);
      return `<details><summary>${marks[check.outcome]} Output of ${code(check.name, 120)}</summary>\n\n${block(tail)}\n\n</details>`;
    })
    .join('\n\n');
}

/** The stages in order and who holds this one now: the line that most readers look for. */
function holders(report: Report): string {
  const { stage, candidate, previous, stages } = report;
  if (stage === undefined || candidate === undefined) return '';
  const moved = report.promoted || (report.alreadyThere && report.command !== 'archive');
  const held = moved ? candidate : previous;
  const holder = held === undefined ? 'nobody' : link(escaped(held.version, 100), held.page);
  const pipeline = (stages.length > 8 ? [stage] : stages).map((name) =>
    name === stage ? `**${escaped(name, 100)}: ${holder}**` : escaped(name, 100),
  );
  const replaced =
    report.promoted && previous !== undefined
      ? `, which replaces ${link(escaped(previous.version, 100), previous.page)}${report.archived ? ' (now archived)' : undone(report)}`
      : moved
        ? ''
        : ', as before';
  return `${pipeline.join(' → ')}${replaced}`;
}

/** A rollback's replaced version was found bad. */
function undone({ command }: Report): string {
  return command === 'rollback' || command === 'monitor' ? ' (rolled back)' : '';
}

function notes(report: Report, { rows, text }: Detail): string {
  return report.notes
    .slice(0, rows)
    .map((note) => `- ℹ️ ${escaped(note, text)}`)
    .join('\n');
}

/** What people paste into the promotion request. */
function requestFile({ request, candidate, identity }: Report): string {
  if (request === undefined || candidate === undefined || identity === undefined) return '';
  const lines = `version: ${candidate.version}\nidentity: ${identity}`;
  return `To ask for this promotion, change ${code(request, 200)} in a pull request to:\n\n${block(lines)}`;
}

/** What a change would make of the policy, once it is merged. */
function policyDifference({ policy }: Report, { logLines, logLength }: Detail): string {
  const { difference, path = '', ref = '' } = policy ?? {};
  if (difference === undefined || logLines === 0) return '';
  // Twice as long as a command's last words: it is read from its beginning.
  const lines = difference.split('\n');
  const shown = excerpt(lines.slice(0, 2 * logLines).join('\n'), 2 * logLength);
  const more = shown.length < difference.length ? '\n…' : '';
  return `<details><summary>📜 How ${code(path, 120)} would change; that of ${escaped(ref, 120)} counts</summary>\n\n${block(`${shown}${more}`)}\n\n</details>`;
}

function footer(report: Report): string {
  const { candidate, policy, commit } = report;
  const at = policy?.commit === undefined ? '' : `@${policy.commit.slice(0, 8)}`;
  const parts = [
    candidate === undefined ? undefined : link(code(candidate.uri), candidate.page),
    report.registry === undefined ? undefined : escaped(report.registry, 200),
    policy === undefined
      ? undefined
      : `policy ${code(policy.path, 200)} of ${escaped(`${policy.ref}${at}`, 120)} (${escaped(policy.digest.slice(0, 'sha256:'.length + 8), 40)})`,
    commit === undefined ? undefined : `commit ${code(commit.slice(0, 8))}`,
    report.actor === undefined ? undefined : `by ${escaped(report.actor, 100)}`,
    report.runPage === undefined ? undefined : link('this run', report.runPage),
    `${report.endedAt.slice(0, 16).replace('T', ' ')} UTC`,
  ];
  return `<sub>${parts.filter((part) => part !== undefined).join(' · ')}</sub>`;
}
