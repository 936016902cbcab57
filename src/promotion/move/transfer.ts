import type { OperationGuard } from '../../registry/registry.js';
import type { ModelVersion } from '../../domain/version.js';
import { goodBefore } from '../judge/former-holders.js';
import { recordBase, tagsOf } from './record.js';
import { readRecord, type StageRecord, stateOf } from '../../domain/record.js';
import type { CurrentState, PromotionContext } from '../context.js';

/** What a move is for, beyond who goes where. */
export interface Move {
  /** Why it may be done, as the report says it: the judgement's reason, or the person's. */
  readonly why: string;
  /** Digest of the evidence; a rollback has none, and is not approved. */
  readonly evidence: string | undefined;
  readonly approvers: readonly string[];
  readonly metrics: Readonly<Record<string, string>>;
  /** What becomes of the version that held the stage: archived, rolled back, or only replaced. */
  readonly replaced: 'archived' | 'rolled_back' | undefined;
  readonly reason?: string;
  /** A rollback where the stage is in disorder: whoever holds it by then is replaced. */
  readonly whoever?: boolean;
}

/** A rollback: a person's decision, which no evidence and no approval stands behind. */
export function rollbackMove(reason: string): Move {
  return { why: `Reason: ${reason}`, evidence: undefined, approvers: [], metrics: {}, replaced: 'rolled_back', reason };
}

/** What the records of a move have in common. */
export function moveRecord(
  work: PromotionContext,
  { evidence, approvers, reason }: Pick<Move, 'evidence' | 'approvers' | 'reason'>,
): ReturnType<typeof recordBase> {
  return {
    ...recordBase(work, work.stage.name, evidence),
    ...(approvers.length === 0 ? {} : { approvers }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** Moves the stage to the candidate, with the records of both. */
export async function transferStage(
  work: PromotionContext,
  { candidate, previous, history }: CurrentState,
  given: Omit<Move, 'why'>,
  under: OperationGuard,
): Promise<void> {
  const { registry, stage, model } = work;
  const base = moveRecord(work, given);
  await registry.transition({
    model,
    version: candidate,
    stage: stage.name,
    under,
    ...(previous === undefined ? {} : { replaces: previous }),
    ...(given.whoever === true ? { whoever: true } : {}),
    // What was rolled back is no version to go back to.
    ...(given.replaced === 'rolled_back' && history !== undefined
      ? { givesBack: await goodBefore(registry, model, stage.name, history, candidate) }
      : {}),
    archive: previous !== undefined && given.replaced !== undefined,
    tags: tagsOf({
      ...base,
      state: stateOf(stage.name, 'deployed'),
      ...(previous === undefined ? {} : { previous: previous.version }),
      ...(Object.keys(given.metrics).length === 0 ? {} : { metrics: given.metrics }),
    }),
    replacedTags:
      previous === undefined || given.replaced === undefined
        ? new Map()
        : tagsOf({
            ...recordBase(work, stage.name, given.evidence),
            state: given.replaced,
            reason: given.reason ?? `replaced by ${candidate.version}`,
            ...(await metricsOf(work, previous, history)),
          }),
  });
}

/** What a version measured when it was promoted. Tags from before the log are no proof, and in it they would be one. */
async function metricsOf(
  { registry, model, stage: { name: stage } }: PromotionContext,
  version: ModelVersion,
  history: CurrentState['history'],
): Promise<{ metrics?: Readonly<Record<string, string>> }> {
  if (history === undefined && (await registry.hasOrCanStartLog(model))) return {};
  const metrics = readRecord(version, stage)?.metrics;
  return metrics === undefined ? {} : { metrics };
}

/** The record of the version that holds the stage again after `candidate` failed there. */
export async function restoration(
  work: PromotionContext,
  { candidate, history }: CurrentState,
  previous: ModelVersion,
  failure: StageRecord,
): Promise<ReadonlyMap<string, string>> {
  const { stage } = work;
  return tagsOf({
    ...recordBase(work, stage.name),
    // One time for both says that they belong together.
    at: failure.at,
    state: stateOf(stage.name, 'deployed'),
    reason: `put back: the deployment of ${candidate.version} failed`,
    ...(await metricsOf(work, previous, history)),
  });
}

/** The stage goes back to who held it before, as long as it is still ours to give back. */
export async function returnStage(
  work: PromotionContext,
  currentState: CurrentState,
  failure: StageRecord,
  under: OperationGuard,
): Promise<void> {
  const { candidate, previous, history } = currentState;
  const { registry, stage, model } = work;
  registry.refresh();
  if (previous === undefined || previous.isGone === true) {
    await registry.vacate({ model, version: candidate, stage: stage.name, tags: tagsOf(failure), under });
    return;
  }
  const back = history === undefined ? {} : await goodBefore(registry, model, stage.name, history, previous);
  await registry.transition({
    model,
    version: previous,
    stage: stage.name,
    under,
    replaces: candidate,
    givesBack: back,
    archive: false,
    tags: await restoration(work, currentState, previous, failure),
    replacedTags: tagsOf(failure),
  });
}
