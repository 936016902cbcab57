import type { Operation } from '../log/operation.js';
import { LoggedVersion } from '../log/logged-version.js';
import { existing, soleHolder } from './holder.js';
import { moveOf, ofOperation, standingThen } from './interrupted.js';
import { Journal } from './journal.js';
import { presentOrName } from './present.js';
import { recordBase, tagsOf } from './record.js';
import { readHistory } from './standing.js';
import { transit } from './transit.js';
import type { Undertaking } from './undertaking.js';

/** A move that was all but done is recorded, where it is not yet, and its operation ends. */
export async function finishMove(undertaking: Undertaking, operation: Operation): Promise<void> {
  const standing = await standingThen(undertaking, operation);
  const journal = await Journal.takeOver(undertaking, operation);
  const isTold = standing.history?.isHeldBy(undertaking.stage.name, LoggedVersion.movedBy(operation)) === true;
  await journal.conduct(() =>
    isTold ? journal.close('done') : transit(undertaking, standing, moveOf(operation), journal.under('done')),
  );
}

/**
 * An archival that was begun goes on: the version leaves what it held, as the registry and the log still have it. What
 * another one by its name holds by now is left as it is.
 */
export async function finishArchival(undertaking: Omit<Undertaking, 'stage'>, operation: Operation): Promise<void> {
  const { registry, model, policy } = undertaking;
  const { version: name, intent } = operation;
  const [any] = policy.stages.values();
  if (any === undefined) return;
  const own = ofOperation(undertaking, operation, any);
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
  const journal = await Journal.takeOver(undertaking, operation);
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
