import type { Backtest, BacktestRow } from './replay.js';
import type { Ruling } from '../../domain/report.js';
import { code, escaped, plain } from '../../domain/markdown.js';
import { marks } from '../../report/severity-order.js';

/** Rows of the table; a job summary holds more, a reader does not. */
const most = 200;

const icons: Readonly<Record<Ruling, string>> = {
  promote: marks.passed,
  reject: marks.failed,
  hold: marks.inconclusive,
  error: marks.error,
};

/** What the policy would have decided on past versions, as Markdown: where it differs from what was decided first. */
export function backtestMarkdown(backtest: Backtest): string {
  const { rows, model, stage, skipped, notes, registry } = backtest;
  const shown = chosen(rows);
  const hidden = rows.length - shown.length;
  const table = [
    '| Version | Made | Decision | First cause | Champion then | In fact |',
    '|---|---|---|---|---|---|',
    ...shown.map(line),
    ...(hidden > 0 ? [`| … ${hidden} more |  |  |  |  |  |`] : []),
  ];
  return `${[
    `## ${escaped(model)}: what the policy would have decided for ${escaped(stage)}`,
    totals(backtest),
    ...(rows.length === 0 ? [] : [table.join('\n')]),
    ...(skipped.length === 0 ? [] : [`Not replayed: ${skipped.map(({ name }) => code(name, 120)).join(', ')}.`]),
    notes.map((note) => `- ℹ️ ${escaped(note)}`).join('\n'),
    `<sub>${escaped(registry)}</sub>`,
  ].join('\n\n')}\n`;
}

/** The same for the step's log, in the order of time. */
export function backtestLines(backtest: Backtest): readonly string[] {
  const { rows, skipped, notes } = backtest;
  const width = Math.max(7, ...rows.map(({ version }) => version.length));
  const told = rows.map(({ version, createdAt, decision, cause, champion, inFact, first, differs }) =>
    plain(
      [
        date(createdAt),
        version.padEnd(width),
        (first ? `${decision} (first)` : decision).padEnd(12),
        `champion ${champion ?? '(none)'}, in fact ${inFact}${differs ? ', DIFFERS' : ''}`,
        ...(cause === undefined ? [] : [cause]),
      ].join('  '),
    ),
  );
  return [
    ...told,
    '',
    counts(backtest),
    ...skipped.map(({ name, reason }) => plain(`skipped  ${name}: ${reason}`)),
    ...notes.map((note) => `note  ${plain(note)}`),
  ];
}

/** Those that differ, then the others, each in the order of time; where there are too many, the newest. */
function chosen(rows: readonly BacktestRow[]): readonly BacktestRow[] {
  const differing = rows.filter(({ differs }) => differs).slice(-most);
  const others = rows.filter(({ differs }) => !differs);
  return [...differing, ...others.slice(Math.max(0, others.length - (most - differing.length)))];
}

function line(row: BacktestRow): string {
  const { createdAt, decision, first, champion, inFact, differs, version } = row;
  const cells = [
    `${differs ? '⚠️ ' : ''}**${escaped(version, 100)}**`,
    escaped(date(createdAt)),
    `${icons[decision]} ${decision}${first ? '<br><sub>taken as the first champion</sub>' : ''}`,
    why(row),
    champion === undefined ? '(none)' : escaped(champion, 100),
    inFact,
  ];
  return `| ${cells.join(' | ')} |`;
}

function why({ cause, margins }: BacktestRow): string {
  if (cause !== undefined) return escaped(cause, 200);
  const [closest] = [...margins].sort((a, b) => a.relative - b.relative);
  return closest === undefined
    ? ''
    : `<sub>closest: ${escaped(closest.required, 120)}, ${percent(closest.relative)} to spare</sub>`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}

function totals(backtest: Backtest): string {
  return backtest.rows.length === 0 ? 'The model has no versions yet.' : `**${counts(backtest)}**`;
}

function counts({ rows, totals: { promote, reject, hold, error, differs } }: Backtest): string {
  const versions = `${rows.length} ${rows.length === 1 ? 'version' : 'versions'}`;
  return `${versions}: ${promote} promote, ${reject} reject, ${hold} hold, ${error} error; ${differs} otherwise than in fact.`;
}

function date(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}
