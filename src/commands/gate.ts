import { writePlanFile } from './plan-file.js';
import { gate } from '../promotion/gate.js';
import { unregisteredOf } from '../promotion/judge/resolve.js';
import type { RunContext } from '../run/context.js';
import { publishReport } from '../run/publish.js';
import { openPromotion } from '../run/operation.js';

export async function gateStage(run: RunContext): Promise<void> {
  const { inputs } = run;
  await openPromotion(run, { model: inputs.model, stage: inputs.stage }, async (work) => {
    const version = inputs.version ?? 'latest';
    const { report, evidence } = await gate(work, version);
    // What is not registered yet cannot be moved, so there is nothing to plan.
    const isPlanned = unregisteredOf(version) === undefined && report.candidate !== undefined;
    const plan = isPlanned ? await writePlanFile(run, work, report, evidence) : undefined;
    const outputs = plan === undefined ? {} : { plan: plan.path, 'plan-digest': plan.digest };
    await publishReport(report, { ...run, outputs }, true);
  });
}
