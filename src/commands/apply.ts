import { readPlanFile } from './plan-file.js';
import { apply } from '../promotion/apply.js';
import type { Session } from '../run/context.js';
import { tellReport } from '../run/publish.js';
import { type Progress, undertake } from '../run/operation.js';
import { refusePullRequest } from './on-stage.js';

export async function carryOut(session: Session, progress: Progress): Promise<void> {
  refusePullRequest(session);
  const { inputs } = session;
  const { plan, context } = await readPlanFile(session);
  const subject = {
    model: inputs.model ?? plan.model,
    stage: inputs.stage ?? plan.stage,
    before: plan.approvals,
    planned: plan.authors ?? [],
  };
  await undertake(session, progress, subject, async (undertaking) => {
    const report = await apply(undertaking, plan, context);
    await tellReport(report, { ...session, githubEnvironment: undertaking.stage.environment }, true);
  });
}
