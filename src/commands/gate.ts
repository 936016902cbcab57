import { sealPlan } from './plan-file.js';
import { gate } from '../promotion/gate.js';
import { unregisteredOf } from '../promotion/judge/resolve.js';
import type { Session } from '../run/context.js';
import { tellReport } from '../run/publish.js';
import { type Progress, undertake } from '../run/operation.js';

export async function judgeOnly(session: Session, progress: Progress): Promise<void> {
  const { inputs } = session;
  await undertake(session, progress, { model: inputs.model, stage: inputs.stage }, async (undertaking) => {
    const version = inputs.version ?? 'latest';
    const { report, evidence } = await gate(undertaking, version);
    // What is not registered yet cannot be moved, so there is nothing to plan.
    const isPlanned = unregisteredOf(version) === undefined && report.candidate !== undefined;
    const plan = isPlanned ? await sealPlan(session, undertaking, report, evidence) : undefined;
    const outputs = plan === undefined ? {} : { plan: plan.path, 'plan-digest': plan.digest };
    await tellReport(report, { ...session, outputs }, true);
  });
}
