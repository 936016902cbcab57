import { changesHolders } from '../domain/command-name.js';
import { PromotionError } from '../domain/errors.js';
import type { Undertaking } from '../promotion/context.js';
import type { Session } from '../run/context.js';
import { tellReport } from '../run/publish.js';
import { type Progress, undertake } from '../run/operation.js';
import type { Report } from '../domain/report.js';

export async function onStage(
  session: Session,
  progress: Progress,
  act: (undertaking: Undertaking) => Promise<Report>,
): Promise<void> {
  refusePullRequest(session);
  const { inputs } = session;
  await undertake(session, progress, { model: inputs.model, stage: inputs.stage }, async (undertaking) => {
    const report = await act(undertaking);
    await tellReport(report, { ...session, githubEnvironment: undertaking.stage.environment }, true);
  });
}

/** For what concerns a version as a whole: any stage will do. */
export async function onModel(
  session: Session,
  progress: Progress,
  act: (undertaking: Omit<Undertaking, 'stage'>) => Promise<Report>,
): Promise<void> {
  refusePullRequest(session);
  await undertake(
    session,
    progress,
    { model: session.inputs.model, stage: undefined, stageless: true },
    async (undertaking) => {
      const { stage: _, ...work } = undertaking;
      await tellReport(await act(work), session, true);
    },
  );
}

export function refusePullRequest({ inputs: { command, dryRun }, context: { isPullRequest, event } }: Session): void {
  if (!isPullRequest || dryRun || !changesHolders(command)) return;
  throw new PromotionError(
    'INPUT_INVALID',
    `A '${event}' event never moves a version: what it runs has not been merged.`,
    { cure: `Use 'command: gate' here, and '${command}' in a workflow on the default branch.` },
  );
}
