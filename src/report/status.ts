import type { StageStatus, Status } from '../promotion/status.js';
import { code, escaped, link } from './escape.js';

/** Who holds which stage, as Markdown. */
export function statusMarkdown(status: Status): string {
  const stages = status.stages.map(
    (stage) =>
      `| ${escaped(stage.stage)} | ${holder(stage)} | ${since(stage)} | ${escaped(stage.record?.previous ?? '')} |`,
  );
  const versions = status.versions.map(
    (version) => `| ${escaped(version.version)} | ${code(version.state)} | ${date(version.createdAt).slice(0, 10)} |`,
  );
  return `${[
    `## ${escaped(status.model)}: who holds which stage`,
    ['| Stage | Version | Since, by | Before |', '|---|---|---|---|', ...stages].join('\n'),
    `<details><summary>Newest versions</summary>\n\n${['| Version | State | Registered |', '|---|---|---|', ...versions].join('\n')}\n\n</details>`,
    `<sub>${escaped(status.registry)}</sub>`,
  ].join('\n\n')}\n`;
}

/** The same for the step's log. */
export function statusLines(status: Status): readonly string[] {
  const width = Math.max(5, ...status.stages.map((stage) => stage.stage.length));
  const stages = status.stages.map((stage) => {
    const { record } = stage;
    const who =
      record === undefined
        ? ''
        : `  since ${date(record.at)}${record.actor === undefined ? '' : ` by ${record.actor}`}`;
    const before = record?.previous === undefined ? '' : `, before it ${record.previous}`;
    return `${stage.stage.padEnd(width)}  ${stage.holders.join(' AND ') || '(empty)'}${who}${before}`;
  });
  return [...stages, '', ...status.versions.map((version) => `${version.version.padEnd(10)}  ${version.state}`)];
}

function holder({ holders }: StageStatus): string {
  if (holders.length === 0) return '(empty)';
  return holders.length === 1 ? `**${escaped(holders[0] ?? '')}**` : `⚠️ ${holders.map(escaped).join(' and ')}`;
}

function since({ record }: StageStatus): string {
  if (record === undefined) return '';
  const by = record.actor === undefined ? '' : ` by ${escaped(record.actor)}`;
  return `${link(date(record.at), record.run)}${by}`;
}

function date(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}
