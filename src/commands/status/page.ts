import type { Leaving } from '../../log/history.js';
import { howToFinish } from '../../promotion/operation/describe.js';
import type { ShownTenure, StageStatus, Status } from './read.js';
import { code, escaped, link, plain } from '../../domain/markdown.js';
import { pipeline } from './flowchart.js';
import { underWay } from './operation.js';

/** Rows of one stage's history; the log itself has them all. */
const rows = 30;

const ways: Readonly<Record<Leaving, string>> = {
  replaced: 'replaced',
  moved_on: 'moved on',
  archived: 'archived',
  rolled_back: 'rolled back',
  failed: 'its deployment failed',
  vacated: 'was found gone',
};

/** Who holds which stage, and who did, as Markdown. */
export function statusMarkdown(status: Status): string {
  const stages = status.stages.map(
    (stage) =>
      `| ${escaped(stage.stage)} | ${holder(stage)} | ${since(stage)} | ${before(stage)} |${status.on === undefined ? '' : ` ${onThatDay(stage)} |`}`,
  );
  const day = status.on === undefined ? '' : ` On ${moment(status.on.toISOString())} |`;
  const versions = status.versions.map(
    (version) =>
      `| ${escaped(version.version)} | ${code(version.state)} | ${escaped(version.createdAt.slice(0, 10))} |`,
  );
  return `${[
    `## ${escaped(status.model)}: who holds which stage`,
    pipeline(status),
    ...(status.operation === undefined
      ? []
      : [`> ⏳ ${escaped(underWay(status.operation))}\n>\n> ${escaped(howToFinish(status.operation))}`]),
    [`| Stage | Version | Since, by | Before |${day}`, `|---|---|---|---|${day === '' ? '' : '---|'}`, ...stages].join(
      '\n',
    ),
    ...status.stages.flatMap(({ advice = [] }) => advice.map((each) => `> ⚠️ ${escaped(each)}`)),
    ...status.stages.filter(({ tenures }) => tenures.length > 0).map(history),
    folded('Newest versions', ['| Version | State | Registered |', '|---|---|---|', ...versions]),
    ...status.notes.map((note) => `- ℹ️ ${escaped(note)}`),
    `<sub>${escaped(status.registry)}</sub>`,
  ].join('\n\n')}\n`;
}

/** The same for the step's log. */
export function statusLines(status: Status): readonly string[] {
  const width = Math.max(5, ...status.stages.map((stage) => stage.stage.length));
  const stages = status.stages.map((stage) => {
    const { record, then } = stage;
    const who =
      record === undefined
        ? ''
        : `  since ${moment(record.at)}${record.actor === undefined ? '' : ` by ${record.actor}`}`;
    const previous = record?.previous === undefined ? '' : `, before it ${record.previous}`;
    const past = status.on === undefined ? '' : `; on ${moment(status.on.toISOString())} ${then?.version ?? '(empty)'}`;
    const gone = stage.isGone === true ? `  ${lost}` : '';
    const other = stage.disagrees === undefined ? '' : `; BUT THE LOG SAYS ${stage.disagrees}`;
    return plain(
      `${stage.stage.padEnd(width)}  ${stage.holders.join(' AND ') || '(empty)'}${gone}${who}${previous}${past}${other}`,
    );
  });
  const advice = status.stages.flatMap((each) => each.advice ?? []);
  return [
    ...stages,
    ...(advice.length === 0 ? [] : ['', ...advice.map((each) => `! ${plain(each)}`)]),
    ...(status.operation === undefined
      ? []
      : ['', plain(underWay(status.operation)), plain(howToFinish(status.operation))]),
    '',
    ...status.versions.map((version) => plain(`${version.version.padEnd(10)}  ${version.state}`)),
    ...status.notes.map((note) => `note  ${plain(note)}`),
  ];
}

const lost = 'held by a version that no longer exists';

function holder({ holders, isGone }: StageStatus): string {
  if (holders.length === 0) return '(empty)';
  if (isGone === true) return `⚠️ ${escaped(holders[0] ?? '')}, ${lost}`;
  return holders.length === 1
    ? `**${escaped(holders[0] ?? '')}**`
    : `⚠️ ${holders.map((each) => escaped(each)).join(' and ')}`;
}

/** A run that only a tag of the registry tells is no place to lead a reader to: whoever writes there can write it. */
function since({ record, tenures }: StageStatus): string {
  if (record === undefined) return '';
  const by = record.actor === undefined ? '' : ` by ${escaped(record.actor)}`;
  const agreed = approvers(record.approvers);
  const at = escaped(moment(record.at));
  return `${tenures.length === 0 ? at : link(at, record.run)}${by}${agreed}`;
}

function approvers(names: readonly string[] | undefined): string {
  return names === undefined || names.length === 0
    ? ''
    : `, approved by ${names.map((name) => escaped(name)).join(', ')}`;
}

function before({ record, tenures }: StageStatus): string {
  const [last] = tenures.filter(({ left }) => left !== undefined);
  return escaped(record?.previous ?? last?.version ?? '');
}

function onThatDay({ then }: StageStatus): string {
  return then === undefined ? '(empty)' : `**${escaped(then.version)}**, since ${escaped(moment(then.since))}`;
}

function history({ stage, tenures }: StageStatus): string {
  const lines = tenures
    .slice(0, rows)
    .map(
      (tenure) =>
        `| ${escaped(tenure.version)} | ${escaped(moment(tenure.since))} | ${end(tenure)} | ${decided(tenure)} |`,
    );
  const hidden = tenures.length - lines.length;
  return folded(`Who held ${stage}`, [
    '| Version | From | Until | By, why |',
    '|---|---|---|---|',
    ...lines,
    ...(hidden > 0 ? [`| … ${hidden} more |  |  |  |`] : []),
  ]);
}

function end({ until, left }: ShownTenure): string {
  return until === undefined || left === undefined ? '' : `${escaped(moment(until))}, ${ways[left]}`;
}

function decided({ event }: ShownTenure): string {
  const by = event.actor ?? event.type;
  const why = event.reason === undefined ? '' : `: ${escaped(event.reason, 200)}`;
  return `${link(escaped(by), event.run)}${approvers(event.approvers)}${why}`;
}

function folded(title: string, lines: readonly string[]): string {
  return `<details><summary>${code(title)}</summary>\n\n${lines.join('\n')}\n\n</details>`;
}

function moment(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}
