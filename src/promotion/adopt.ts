import { PromotionError } from '../errors.js';
import type { Report } from '../verdict/verdict.js';
import { done, draftReport } from './draft.js';
import { markAsKnown, recordBase, tagsOf } from './record.js';
import { soleHolder } from './holder.js';
import { intentOf, Journal } from './journal.js';
import { afterRecovery, type Left } from './recover.js';
import { isSame, standingOf } from './standing.js';
import type { Undertaking } from './undertaking.js';

/**
 * Takes the holder of a stage, set by other means, into the record; the reason takes the place of all proof.
 * @throws PromotionError `VERSION_UNKNOWN` where nobody holds the stage
 */
export function adopt(undertaking: Undertaking): Promise<Report> {
  return afterRecovery(undertaking, (left) => record(undertaking, left), {
    stage: undertaking.stage.name,
    decides: true,
  });
}

async function record(undertaking: Undertaking, left: Left): Promise<Report> {
  const { registry, model, stage, reason, now } = undertaking;
  const holder = await soleHolder(registry, model, stage.name);
  if (holder === undefined) {
    throw new PromotionError(
      'VERSION_UNKNOWN',
      `No version of '${model}' holds '${stage.name}': there is nothing to adopt.`,
      { cure: 'Promote a version there, or put the last good one back with `command: rollback`.' },
    );
  }
  const standing = await standingOf(undertaking, await registry.version(model, holder));
  const draft = draftReport(undertaking, standing);
  const what = `${model} ${holder}`;
  const known = standing.history?.holder(stage.name)?.version;
  if (known === holder && isSame(standing.history, standing.candidate)) {
    if (!undertaking.dryRun) await markAsKnown(registry, standing.candidate);
    const text = `The record knows ${what} as the holder of ${stage.name} already; nothing was to be done.`;
    return done(draft, now, text, { alreadyThere: true });
  }
  if (undertaking.dryRun) return done(draft, now, `${what} would be adopted as the holder of ${stage.name}.`);
  const tags = tagsOf({
    ...recordBase(undertaking, stage.name),
    state: 'adopted',
    ...(reason === undefined ? {} : { reason }),
    ...(known === undefined ? {} : { previous: known }),
  });
  const journal = await Journal.open(
    undertaking,
    async () => {
      const is = await soleHolder(registry, model, stage.name);
      if (is !== holder) return `Meanwhile ${stage.name} moved from ${holder} to ${is ?? 'no version'}.`;
      const intent = intentOf(undertaking, { holders: { [stage.name]: holder } });
      return { version: holder, stage: stage.name, intent, records: [{ version: standing.candidate, tags }] };
    },
    left.operation,
  );
  if (typeof journal === 'string') {
    return { ...draft, decision: 'hold', reason: journal, cure: 'Look again, and adopt the one that is right.' };
  }
  left.operation = undefined;
  await journal.conduct(() => journal.close('done'));
  return done(draft, now, `${what} is adopted as the holder of ${stage.name}.`, { notes: registry.remarks() });
}
