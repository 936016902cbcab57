import { readPlanFile } from './plan-file.js';
import { apply } from '../promotion/apply.js';
import type { RunContext } from '../run/context.js';
import { publishReport } from '../run/publish.js';
import { openPromotion } from '../run/operation.js';
import { refusePullRequest } from './on-stage.js';

export async function applyPlan(run: RunContext): Promise<void> {
  refusePullRequest(run);
  const { inputs } = run;
  const { plan, context } = await readPlanFile(run);
  const subject = {
    model: inputs.model ?? plan.model,
    stage: inputs.stage ?? plan.stage,
    before: plan.approvals,
    planned: plan.authors ?? [],
  };
  await openPromotion(run, subject, async (work) => {
    const report = await apply(work, plan, context);
    await publishReport(report, { ...run, githubEnvironment: work.stage.environment }, true);
  });
}
