import { PromotionError } from '../../domain/errors.js';
import { LoggedVersion } from '../../log/logged-version.js';
import type { Operation } from '../../log/operation.js';
import type { Stage } from '../../policy/policy.js';
import { existing, readHistory, soleHolder } from '../judge/holders.js';
import { present, presentOrName } from '../judge/present.js';
import { type Move, transferStage } from '../move/transfer.js';
import type { CurrentState, PromotionContext } from '../context.js';
import { Journal } from '../operation/journal.js';
import { recordBase, tagsOf } from '../move/record.js';
import { decideByHandHint, describeOperation } from '../operation/describe.js';

type Work = Omit<PromotionContext, 'stage'>;

/** The interrupted operation as the work it was. */
export function ofOperation(work: Work, { intent }: Operation, stage: Stage): PromotionContext {
  const { source } = work;
  const { actor, run, commit, origin, policyDigest } = intent;
  return {
    ...work,
    stage,
    source: { ...source, digest: policyDigest },
    author: {
      ...(actor === undefined ? {} : { actor }),
      ...(origin === undefined ? {} : { origin }),
      ...(run === undefined ? {} : { run }),
      ...(commit === undefined ? {} : { commit }),
    },
  };
}

/**
 * Who stood where when it began. A candidate that was deleted since, or made anew, is there by its name alone: it can be
 * taken back, and nothing of the new one counts.
 * @throws PromotionError `OPERATION_OPEN` where who held the stage then is there no more
 */
export async function stateWhenOpened(work: PromotionContext, operation: Operation): Promise<CurrentState> {
  const { registry, model, policy } = work;
  const { intent } = operation;
  const replaced = LoggedVersion.replacedBy(operation);
  const previous = replaced === undefined ? undefined : await existing(registry, model, replaced.name);
  if (replaced !== undefined && (previous === undefined || !replaced.is(previous))) {
    throw new PromotionError(
      'OPERATION_OPEN',
      `${describeOperation(operation)} was interrupted, and ${replaced.name}, which held ${work.stage.name} before, was deleted${previous === undefined ? '' : ' and made anew'} since.`,
      { cure: decideByHandHint(work.stage.name) },
    );
  }
  const champion = intent.holders[policy.champion];
  return {
    candidate: await presentOrName(registry, model, LoggedVersion.movedBy(operation)),
    champion: champion === undefined ? undefined : await existing(registry, model, champion),
    previous,
    history: await readHistory(registry, model),
  };
}

/** What the move was for. */
export function moveOf({ intent }: Operation): Omit<Move, 'why'> {
  const { evidenceDigest: evidence, approvers, metrics, replaced, reason } = intent;
  return { evidence, approvers, metrics, replaced, ...(reason === undefined ? {} : { reason }) };
}

/** Whether the version that the operation is about is the very one that it began with. */
export async function isIntended(
  { registry, model }: Pick<Work, 'registry' | 'model'>,
  operation: Operation,
): Promise<boolean> {
  return (await present(registry, model, LoggedVersion.movedBy(operation))) !== undefined;
}

/** A move that was all but done is recorded, where it is not yet, and its operation ends. */
export async function finishMove(work: PromotionContext, operation: Operation): Promise<void> {
  const currentState = await stateWhenOpened(work, operation);
  const journal = await Journal.takeOver(work, operation);
  const isTold = currentState.history?.isHeldBy(work.stage.name, LoggedVersion.movedBy(operation)) === true;
  await journal.conduct(() =>
    isTold ? journal.close('done') : transferStage(work, currentState, moveOf(operation), journal.under('done')),
  );
}

/**
 * An archival that was begun goes on: the version leaves what it held, as the registry and the log still have it. What
 * another one by its name holds by now is left as it is.
 */
export async function finishArchival(work: Omit<PromotionContext, 'stage'>, operation: Operation): Promise<void> {
  const { registry, model, policy } = work;
  const { version: name, intent } = operation;
  const [any] = policy.stages.values();
  if (any === undefined) return;
  const own = ofOperation(work, operation, any);
  const which = LoggedVersion.movedBy(operation);
  const version = await presentOrName(registry, model, which);
  const isAnother = version.isGone === true && (await existing(registry, model, name)) !== undefined;
  const tags = (stage?: string): ReadonlyMap<string, string> =>
    tagsOf({
      ...recordBase(own, stage),
      state: 'archived',
      ...(intent.reason === undefined ? {} : { reason: intent.reason }),
    });
  const stages = Object.keys(intent.holders);
  const journal = await Journal.takeOver(work, operation);
  await journal.conduct(async () => {
    const history = await readHistory(registry, model);
    for (const stage of stages) {
      const holder = await soleHolder(registry, model, stage);
      const isHis = holder === undefined ? history?.isHeldBy(stage, which) === true : holder === name && !isAnother;
      if (isHis) await registry.vacate({ model, version, stage, tags: tags(stage), under: journal.under() });
    }
    await journal.close('done', stages.length === 0 || isAnother ? [{ version, tags: tags() }] : []);
  });
}
