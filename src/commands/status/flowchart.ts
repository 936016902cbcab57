import type { StageStatus, Status } from './read.js';
import { excerpt, plain } from '../../domain/markdown.js';

/** Versions that one box names; the rest are counted. */
const named = 3;

/**
 * The stages as a Mermaid flowchart, with who holds each: GitHub draws it in a job summary.
 * @see https://mermaid.js.org/syntax/flowchart.html
 */
export function pipeline({ stages, versions }: Status): string {
  const id = new Map(stages.map(({ stage }, index) => [stage, `s${index}`]));
  const waiting = versions.filter(({ state }) => state === 'registered').map(({ version }) => version);
  const out = versions.filter(({ state }) => /^(archived|rolled_back)$|_(rejected|failed)$/.test(state));
  const boxes = stages.map((stage) => `${id.get(stage.stage) ?? ''}["${label(...inBox(stage))}"]`);
  const arrows = stages.map(({ stage, after }) => `${id.get(after ?? '') ?? 'new'} --> ${id.get(stage) ?? ''}`);
  const held = stages.filter(({ holders }) => holders.length > 0).map(({ stage }) => id.get(stage));
  const lines = [
    'flowchart LR',
    `new(["${label('registered', list(waiting))}"])`,
    ...boxes,
    ...arrows,
    ...(out.length === 0
      ? []
      : [
          `out(["${label('out', list(out.map(({ version, state }) => `${version} ${state}`)))}"])`,
          ...leaving(stages, id),
        ]),
    'classDef held fill:#dafbe1,stroke:#1a7f37,color:#1f2328',
    ...(held.length === 0 ? [] : [`class ${held.join(',')} held`]),
  ];
  return `\`\`\`mermaid\n${lines.map((line, index) => (index === 0 ? line : `  ${line}`)).join('\n')}\n\`\`\``;
}

/** What was in the last stages left the pipeline there. */
function leaving(stages: readonly StageStatus[], id: ReadonlyMap<string, string>): readonly string[] {
  const inner = new Set(stages.map(({ after }) => after));
  return stages.filter(({ stage }) => !inner.has(stage)).map(({ stage }) => `${id.get(stage) ?? ''} -.-> out`);
}

function inBox({ stage, holders, record, tenures, disagrees }: StageStatus): readonly string[] {
  const known = disagrees === undefined && tenures[0]?.left === undefined ? tenures[0] : undefined;
  const since = known?.since ?? record?.at;
  return [
    stage,
    holders.length === 0 ? 'nobody' : list(holders),
    ...(holders.length === 0 || since === undefined ? [] : [`since ${since.slice(0, 10)}`]),
  ];
}

function list(versions: readonly string[]): string {
  if (versions.length === 0) return 'none';
  const rest = versions.length - named;
  return `${versions.slice(0, named).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** Lines of a box. Whatever is no plain character is written by its number, so that no text can leave the box. */
function label(...lines: readonly string[]): string {
  return lines
    .map((line) =>
      excerpt(plain(line), 60).replaceAll(/[^\p{L}\p{N} .,:+_-]/gu, (found) => `#${found.codePointAt(0) ?? 0};`),
    )
    .join('<br>');
}
