import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkoutRemarks } from './checkout-commit.js';
import { consoleLog } from './console.js';
import { PromotionError } from '../domain/errors.js';
import type { GitRepository } from '../git/repository.js';
import { askApproval } from './approvals.js';
import { policyFor } from '../policy/policy-for.js';
import type { Stage } from '../policy/policy.js';
import type { PromotionRequest } from '../policy/request-file.js';
import { resolveModel, resolveStage } from '../promotion/judge/resolve.js';
import type { PromotionContext } from '../promotion/context.js';
import type { RunApproval } from '../domain/approval.js';
import { authorOf, type RunContext } from './context.js';
import { executionContext } from './execution.js';
import { openRunRegistry } from './registry.js';
import { openRepository } from './repository.js';
import { loadRunPolicy } from './policy.js';
import { mergedRequest, proposedRequest } from './promotion-requests.js';
import { writeEvidence } from './evidence-file.js';
import { openTrustedFiles } from './trusted-files.js';
import { runOwnerOf } from './owner.js';

export interface Target {
  readonly model: string | undefined;
  /** As the user named it. */
  readonly stage: string | undefined;
  /** Where the operation concerns versions as a whole: any stage will do, and none is reported. */
  readonly stageless?: boolean;
  /** Approvals that a plan found already given. */
  readonly before?: readonly RunApproval[];
  /** Who made the plan. */
  readonly planned?: readonly string[];
}

/** Opens all that an operation on a stage needs, runs it, and clears up behind it. */
export async function openPromotion(
  run: RunContext,
  subject: Target,
  act: (work: PromotionContext) => Promise<void>,
): Promise<void> {
  const { inputs, context, results, redactor, report } = run;
  const repository = await openRepository(run);
  const { policy: whole, source } = await loadRunPolicy(run, repository);
  report.add({ policy: source, stages: [...whole.stages.keys()], models: whole.models.size });
  // The stage first, by its name: which stages there are is one for all models.
  if (subject.stageless !== true) resolveStage(whole, subject.stage);
  const model = resolveModel(whole, subject.model);
  const policy = policyFor(whole, model);
  const stage = subject.stageless === true ? anyOf(policy.stages) : resolveStage(policy, subject.stage);
  report.add({ ...(subject.stageless === true ? {} : { stage: stage.name }), model });
  const registry = await openRunRegistry(run, { policy, source }, repository);
  report.add({ registry: registry.description });
  const remarks = await checkoutRemarks(run, repository, stage);
  const { merged, asks } = requestsOf(run, repository, stage);
  const temporary = await mkdtemp(join(run.temporary, 'model-promotion-commands-'));
  try {
    await openTrustedFiles(
      { run, policy, source, stage, repository, temporary },
      async ({ blocked: blocked, ...judges }) =>
        act({
          ...judges,
          remarks: [...remarks, ...(judges.remarks ?? [])],
          command: inputs.command,
          dryRun: inputs.dryRun,
          model,
          stage,
          policy,
          registry,
          execution: { ...executionContext(run, registry, temporary, source), blocked: blocked },
          log: consoleLog(redactor),
          now: () => new Date(),
          author: authorOf(context),
          ...(inputs.reason === undefined ? {} : { reason: inputs.reason }),
          override: inputs.override,
          approval: (candidate, since) =>
            askApproval(run, {
              stage,
              policy,
              source,
              candidate,
              since,
              request: merged,
              before: subject.before ?? [],
              planned: subject.planned ?? [],
            }),
          ...(asks === undefined ? {} : { request: asks }),
          seal: (judged) => writeEvidence(judged, results, redactor),
          runOwner: runOwnerOf(run),
          report,
        }),
    );
  } finally {
    // All is done and told by now: what a command left that cannot be removed is the runner's to clear.
    await rm(temporary, { recursive: true, force: true }).catch((thrown: unknown) => {
      consoleLog(redactor).line(`'${temporary}' could not be removed: ${String(thrown)}`);
    });
  }
}

/** How the stage's promotion request is read, once for the run: what is approved is what was asked for. */
function requestsOf(
  run: RunContext,
  repository: GitRepository | undefined,
  { approval }: Stage,
): {
  readonly merged: (() => Promise<PromotionRequest>) | undefined;
  /** For `version: request`: a run for what is not merged has its own, and moves nothing. */
  readonly asks: (() => Promise<PromotionRequest>) | undefined;
} {
  const path = approval?.kind === 'reviews' ? approval.request : undefined;
  if (path === undefined) return { merged: undefined, asks: undefined };
  let read: Promise<PromotionRequest> | undefined;
  const merged = (): Promise<PromotionRequest> => (read ??= mergedRequest(run, repository, path));
  const isProposed = run.context.isPullRequest && run.inputs.command === 'gate';
  return { merged, asks: isProposed ? () => proposedRequest(run, repository, path) : merged };
}

function anyOf(stages: ReadonlyMap<string, Stage>): Stage {
  const [first] = stages.values();
  if (first === undefined) throw new PromotionError('POLICY_INVALID', 'The policy has no stages.');
  return first;
}
