import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkoutRemarks } from './checkout-commit.js';
import { consoleLog } from './console.js';
import { PromotionError } from './errors.js';
import { askApproval } from './people.js';
import { policyFor } from './policy/policy-for.js';
import type { Stage } from './policy/policy.js';
import { resolveModel, resolveStage } from './promotion/resolve.js';
import type { RunApproval, Undertaking } from './promotion/undertaking.js';
import { authorOf, benchOf, openLedger, openRepository, type Session } from './session.js';
import { openRulebook } from './rulebook.js';
import { sealEvidence } from './teller.js';
import { withJudges } from './judges.js';
import { workerOf } from './worker.js';
import type { Report } from './verdict/verdict.js';

/** Told what is known so far, so that whatever is thrown later has a report. */
export type Progress = (known: Partial<Report>) => void;

export interface Subject {
  readonly model: string | undefined;
  /** As the user named it. */
  readonly stage: string | undefined;
  /** Where the operation concerns versions as a whole: any stage will do, and none is reported. */
  readonly stageless?: boolean;
  /** Approvals that a plan found already given. */
  readonly before?: readonly RunApproval[];
}

/** Opens all that an operation on a stage needs, runs it, and clears up behind it. */
export async function undertake(
  session: Session,
  progress: Progress,
  subject: Subject,
  act: (undertaking: Undertaking) => Promise<void>,
): Promise<void> {
  const { inputs, context, results, veil } = session;
  const repository = await openRepository(session);
  const { policy: whole, source } = await openRulebook(session, repository);
  progress({ policy: source, stages: [...whole.stages.keys()], models: whole.models.size });
  // The stage first, by its name: which stages there are is one for all models.
  if (subject.stageless !== true) resolveStage(whole, subject.stage);
  const model = resolveModel(whole, subject.model);
  const policy = policyFor(whole, model);
  const stage = subject.stageless === true ? anyOf(policy.stages) : resolveStage(policy, subject.stage);
  progress({ ...(subject.stageless === true ? {} : { stage: stage.name }), model });
  const registry = await openLedger(session, { policy, source }, repository);
  progress({ registry: registry.description });
  const remarks = await checkoutRemarks(session, repository, stage);
  const temporary = await mkdtemp(join(session.temporary, 'model-promotion-commands-'));
  try {
    await withJudges({ session, policy, source, stage, repository, temporary }, async ({ obstacle, ...judges }) =>
      act({
        ...judges,
        remarks: [...remarks, ...(judges.remarks ?? [])],
        command: inputs.command,
        dryRun: inputs.dryRun,
        model,
        stage,
        policy,
        registry,
        bench: { ...benchOf(session, registry, temporary, source), obstacle },
        log: consoleLog(veil),
        now: () => new Date(),
        author: authorOf(context),
        ...(inputs.reason === undefined ? {} : { reason: inputs.reason }),
        override: inputs.override,
        approval: () => askApproval(session, stage, subject.before ?? []),
        seal: (judged) => sealEvidence(judged, results, veil),
        worker: workerOf(session),
        progress,
      }),
    );
  } finally {
    // All is done and told by now: what a command left that cannot be removed is the runner's to clear.
    await rm(temporary, { recursive: true, force: true }).catch((thrown: unknown) => {
      consoleLog(veil).line(`'${temporary}' could not be removed: ${String(thrown)}`);
    });
  }
}

function anyOf(stages: ReadonlyMap<string, Stage>): Stage {
  const [first] = stages.values();
  if (first === undefined) throw new PromotionError('POLICY_INVALID', 'The policy has no stages.');
  return first;
}
