import { changesHolders } from '../domain/command-name.js';
import { PromotionError } from '../domain/errors.js';
import type { PromotionContext } from '../promotion/context.js';
import type { RunContext } from '../run/context.js';
import { publishReport } from '../run/publish.js';
import { openPromotion } from '../run/operation.js';
import type { Report } from '../domain/report.js';

export async function onStage(run: RunContext, act: (work: PromotionContext) => Promise<Report>): Promise<void> {
  refusePullRequest(run);
  const { inputs } = run;
  await openPromotion(run, { model: inputs.model, stage: inputs.stage }, async (work) => {
    const report = await act(work);
    await publishReport(report, { ...run, githubEnvironment: work.stage.environment }, true);
  });
}

/** For what concerns a version as a whole: any stage will do. */
export async function onModel(
  run: RunContext,
  act: (work: Omit<PromotionContext, 'stage'>) => Promise<Report>,
): Promise<void> {
  refusePullRequest(run);
  await openPromotion(run, { model: run.inputs.model, stage: undefined, stageless: true }, async (opened) => {
    const { stage: _, ...work } = opened;
    await publishReport(await act(work), run, true);
  });
}

export function refusePullRequest({
  inputs: { command, dryRun },
  context: { isPullRequest, event },
}: RunContext): void {
  if (!isPullRequest || dryRun || !changesHolders(command)) return;
  throw new PromotionError(
    'INPUT_INVALID',
    `A '${event}' event never moves a version: what it runs has not been merged.`,
    { cure: `Use 'command: gate' here, and '${command}' in a workflow on the default branch.` },
  );
}
