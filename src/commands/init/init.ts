import { lstat, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PromotionError } from '../../domain/errors.js';
import { loadPolicy, sourceOf } from '../../policy/load.js';
import type { Stage } from '../../policy/policy.js';
import { backtest } from '../backtest/replay.js';
import { type Findings, policyText } from './policy-text.js';
import { type Found, findModel, mlflowSettings, numbersOf, openToRead, type Surroundings } from './read.js';
import { suggest } from './suggest.js';
import { gateWorkflow, promotionWorkflow } from './workflow-text.js';

export interface InitOptions extends Surroundings {
  /** The repository's folder, below which the files are written. */
  readonly folder: string;
  readonly model: string | undefined;
  /** The policy's path in it. */
  readonly policy: string;
}

/** How many of the newest versions the suggestions are tried on. */
const replayed = 20;

/**
 * Writes a starting policy and two workflows from what the registry holds. No file is overwritten.
 * @returns what was done, in lines
 * @throws PromotionError `INPUT_INVALID` where the policy exists; what the registry throws, naming what exists
 */
export async function startPolicy(options: InitOptions): Promise<readonly string[]> {
  const { folder, policy: path } = options;
  if (await exists(join(folder, path))) {
    throw new PromotionError('INPUT_INVALID', `The file ${path} exists, and nothing was written.`, {
      cure: "Check it with 'command: lint', or name another file with input 'policy'.",
    });
  }
  const found = await findModel(options, options.model);
  const findings = await findingsOf(found);
  const sentences = await replay(options, findings, path);
  const settings = { type: found.type, policy: path, stages: ['staging', found.last] };
  const files = new Map([
    [path, policyText(findings, sentences)],
    ['.github/workflows/model-gate.yml', gateWorkflow(settings)],
    ['.github/workflows/model-promotion.yml', promotionWorkflow(settings)],
  ]);
  const lines: string[] = [];
  for (const [name, text] of files) lines.push(await written(folder, name, text));
  const { suggestions } = findings;
  return [
    `${findings.registry}: ${found.versions.length} newest versions read; ${whose(findings)}.`,
    ...lines,
    `${suggestions.length} metrics: ${suggestions.map(({ id, goal }) => `${id} (${goal})`).join(', ')}. Goals and thresholds are suggestions: read them.`,
    ...sentences,
    "Next: 'lint' checks the policy, 'backtest' shows each version, 'gate --stage staging' checks the newest one. Commit the files to the default branch to use them.",
  ];
}

async function findingsOf({
  registry,
  versions,
  champion,
  last,
  ...found
}: Found & { readonly model: string }): Promise<Findings> {
  const [newest] = versions;
  const measured = champion ?? newest;
  if (measured === undefined)
    throw new PromotionError('VERSION_UNKNOWN', `The model '${found.model}' has no versions.`);
  const others = versions.filter(({ version }) => version !== measured.version);
  const metrics = await Promise.all([measured, ...others].map((version) => numbersOf(registry, version)));
  const [own, ...rest] = metrics;
  // A version without any metric says nothing of which ones there are.
  const told = [own ?? new Map<string, number>(), ...rest.filter((each) => each.size > 0)];
  const { suggestions, others: more } = suggest(told);
  if (suggestions.length === 0) {
    throw new PromotionError('METRIC_UNREADABLE', `${found.model} ${measured.version} has no metric to begin with.`, {
      cure: `${own?.size === 0 ? 'It has none at all' : `It has: ${[...(own?.keys() ?? [])].join(', ')}`}. Log what the model is judged by, with its run or, in git, in metrics.json, and run this again.`,
    });
  }
  return {
    model: found.model,
    type: found.type,
    usesStages: found.usesStages,
    registry: registry.description,
    measured: { version: measured.version, ...(champion === undefined ? {} : { stage: last }) },
    last,
    suggestions,
    others: more,
  };
}

function whose({ measured, last }: Findings): string {
  return measured.stage === undefined
    ? `no version holds ${last}, so the thresholds are from the newest one, ${measured.version}`
    : `${measured.version} holds ${last}, and the thresholds are from it`;
}

/** What the policy would have decided on the newest versions, as sentences. */
async function replay(options: InitOptions, findings: Findings, path: string): Promise<readonly string[]> {
  const source = sourceOf(path, policyText(findings, []), 'workspace');
  const policy = loadPolicy(source, options.tables);
  const settings = findings.type === 'git' ? policy.registry : mlflowSettings(findings.usesStages ? 'stage' : 'alias');
  const registry = await openToRead(options, settings);
  const sentences: string[] = [];
  for (const stage of policy.stages.values()) {
    const { model } = findings;
    const work = { registry, policy, model, stage, now: () => new Date(), tables: options.tables };
    sentences.push(sentenceOf(stage, (await backtest(work, { limit: replayed }, () => undefined)).totals));
  }
  return sentences;
}

function sentenceOf({ name }: Stage, totals: Awaited<ReturnType<typeof backtest>>['totals']): string {
  const { promote, reject, hold, error } = totals;
  const all = promote + reject + hold + error;
  return `Backtest of ${name}: of the last ${all} versions it would promote ${promote}, reject ${reject}, hold ${hold}; ${error} could not be checked.`;
}

async function written(folder: string, name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(path, text, { flag: 'wx' });
    return `Written: ${name}`;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
    return `Kept as it is: ${name} exists.`;
  }
}

/** Also a link that leads nowhere. */
async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}
