import { posix } from 'node:path';
import { setOutput } from '../../run/host.js';
import { asPromotionError, PromotionError } from '../../domain/errors.js';
import { changedFiles } from '../../github/changed-files.js';
import { openGithub } from '../../github/client.js';
import { matrix, type Pair } from './pairs.js';
import { resolveModel, resolveStage } from '../../promotion/judge/resolve.js';
import { matrixLines, matrixMarkdown } from './page.js';
import { outputSize, roomForOutputs } from '../../report/outputs.js';
import type { RunContext } from '../../run/context.js';
import { openRepository } from '../../run/repository.js';
import { loadRunPolicy } from '../../run/policy.js';
import { publishPage } from '../../run/publish.js';

/** Lists the models and stages that a pull request concerns, as the output `matrix`; all of them elsewhere. */
export async function listMatrix(run: RunContext): Promise<void> {
  const { inputs } = run;
  const { policy, source } = await loadRunPolicy(run, await openRepository(run));
  run.report.add({ policy: source, models: policy.models.size, stages: [...policy.stages.keys()] });
  const only = {
    ...(inputs.model === undefined ? {} : { model: resolveModel(policy, inputs.model) }),
    ...(inputs.stage === undefined ? {} : { stage: resolveStage(policy, inputs.stage).name }),
  };
  const { files, why } = await touched(run, source.path);
  const { default: picomatch } = await import('picomatch');
  const pairs: readonly Pair[] = matrix(policy, files, only, (file, glob) => picomatch(glob, { dot: true })(file));
  setOutput('matrix', written(pairs));
  const told = run.redactor.redactDeep({ pairs, models: policy.models.size, why });
  await publishPage({ model: inputs.model ?? '', lines: matrixLines(told), markdown: matrixMarkdown(told) }, run);
}

/** As an output, which is never shortened: a pair that is left out would be judged by nobody. */
function written(pairs: readonly Pair[]): string {
  const text = JSON.stringify(pairs);
  if (outputSize(text) <= roomForOutputs) return text;
  throw new PromotionError(
    'INPUT_INVALID',
    `The matrix of ${pairs.length} pairs is larger than the 1 MB of outputs that GitHub takes from a job.`,
    { cure: "Set 'stage' or 'model', or split the models over several policies." },
  );
}

/** The files that count, or undefined for all with the reason; doubt lists too much, never too little. */
async function touched(
  { context, inputs }: RunContext,
  policy: string,
): Promise<{ readonly files?: readonly string[]; readonly why: string }> {
  const { pullRequest } = context;
  if (pullRequest === undefined) return { why: 'This is no pull request, so all models count.' };
  const pull = `pull request #${pullRequest.number}`;
  try {
    const github = await openGithub(context, inputs.githubToken);
    if (github === undefined) return { why: "The input 'github-token' is empty, so all models count." };
    const files = await changedFiles(github, pullRequest.number);
    if (files === undefined) return { why: `GitHub does not list all files of ${pull}, so all models count.` };
    if (files.includes(posix.normalize(policy)))
      return { why: `The policy itself changes in ${pull}, so all models count.` };
    return { files, why: `By the ${files.length} files that ${pull} touches.` };
  } catch (thrown) {
    return { why: `All models count: ${asPromotionError(thrown).sentence}` };
  }
}
