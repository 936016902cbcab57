import type { Pair } from './pairs.js';
import { escaped, plain } from '../../domain/markdown.js';

export interface MatrixPage {
  readonly pairs: readonly Pair[];
  /** How many models the policy is for. */
  readonly models: number;
  /** By what it was decided which models count. */
  readonly why: string;
}

/** Which models and stages are to be judged, as Markdown. */
export function matrixMarkdown(page: MatrixPage): string {
  const rows = [...byModel(page)].map(
    ([model, stages]) => `| ${escaped(model)} | ${stages.map((stage) => escaped(stage)).join(', ')} |`,
  );
  return `${[
    `## ${counted(page)}`,
    ...(rows.length === 0 ? [] : [['| Model | Stages |', '|---|---|', ...rows].join('\n')]),
    escaped(page.why),
  ].join('\n\n')}\n`;
}

/** The same for the step's log. */
export function matrixLines(page: MatrixPage): readonly string[] {
  const models = [...byModel(page)];
  const width = Math.max(0, ...models.map(([model]) => model.length));
  return [
    ...models.map(([model, stages]) => plain(`${model.padEnd(width)}  ${stages.join(', ')}`)),
    counted(page),
    plain(page.why),
  ];
}

function counted(page: MatrixPage): string {
  return `${byModel(page).size} of ${page.models} models to judge`;
}

function byModel({ pairs }: MatrixPage): ReadonlyMap<string, readonly string[]> {
  const models = new Map<string, string[]>();
  for (const { model, stage } of pairs) models.set(model, [...(models.get(model) ?? []), stage]);
  return models;
}
