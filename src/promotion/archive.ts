import { asPromotionError, PromotionError } from '../domain/errors.js';
import { LoggedVersion } from '../log/logged-version.js';
import { fingerprintOf, type ModelVersion } from '../domain/version.js';
import type { Report } from '../domain/report.js';
import { firstRecords } from './move/first-use.js';
import { readHistory, soleHolder } from './judge/holders.js';
import { intentOf, Journal } from './operation/journal.js';
import { markAsKnown, recordBase, tagsOf } from './move/record.js';
import { recoverFirst, undoAfter, undoOpen } from './recovery/recover.js';
import type { OpenOperation } from './operation/open-operation.js';
import { resolveOrSettle } from './judge/left-behind.js';
import { isSame } from './judge/current-state.js';
import { stateIn } from '../domain/record.js';
import type { PromotionContext } from './context.js';

/**
 * Retires a version: it leaves every stage it holds, is recorded as archived, and stays where its files are.
 * Throws what the registry throws.
 */
export async function archive(work: Omit<PromotionContext, 'stage'>, version: string): Promise<Report> {
  const open = await recoverFirst(work, {});
  return undoAfter(work, open, retire(work, version, open));
}

async function retire(work: Omit<PromotionContext, 'stage'>, version: string, open: OpenOperation): Promise<Report> {
  const { registry, model, policy, reason, report } = work;
  report.note(...(await undoOpen(work, open)));
  const { version: candidate } = await resolveOrSettle(work, version);
  report.begin(work, { candidate });
  const what = `${model} ${candidate.version}`;
  if (work.dryRun) return report.done(`${what} would be archived.`);
  const tags = (stage?: string): ReadonlyMap<string, string> =>
    tagsOf({ ...recordBase(work, stage), state: 'archived', ...(reason === undefined ? {} : { reason }) });
  const held: string[] = [];
  let known: ModelVersion = candidate;
  const journal = await Journal.open(work, async () => {
    held.length = 0;
    for (const stage of policy.stages.keys()) {
      if ((await soleHolder(registry, model, stage)) === candidate.version) held.push(stage);
    }
    known = await registry.version(model, candidate.version);
    if (!LoggedVersion.of(candidate).is(known)) throw madeAnew(known);
    // What was archived because another took its place is not retired yet.
    const history = await readHistory(registry, model);
    const isRetired =
      history === undefined
        ? stateIn(known) === 'archived'
        : history.retired(known) !== undefined && isSame(history, known);
    if (held.length === 0 && isRetired) return `${what} is archived already; nothing was to be done.`;
    const holders = Object.fromEntries(held.map((stage) => [stage, candidate.version]));
    return {
      version: candidate.version,
      intent: intentOf(work, {
        holders,
        identity: fingerprintOf(candidate),
        ...(reason === undefined ? {} : { reason }),
      }),
      // A log that begins here would otherwise know of no other holder.
      records: await firstRecords(work, [], true),
    };
  });
  if (typeof journal === 'string') {
    await markAsKnown(registry, known);
    return report.done(journal, { alreadyThere: true });
  }
  await journal.conduct(async () => {
    for (const stage of held) {
      try {
        await registry.vacate({ model, version: candidate, stage, tags: tags(stage), under: journal.under() });
      } catch (thrown) {
        const isClosed =
          stage === held[0] && (await journal.closeRefused(thrown, () => isHeldBy(work, stage, candidate.version)));
        throw isClosed ? unchanged(what, asPromotionError(thrown)) : thrown;
      }
    }
    await journal.close('done', held.length === 0 ? [{ version: candidate, tags: tags() }] : []);
  });
  const left = held.length === 0 ? '' : `; nobody holds ${held.join(' and ')} now`;
  return report.note(...registry.remarks()).done(`${what} is archived${left}.`);
}

async function isHeldBy(
  { registry, model }: Omit<PromotionContext, 'stage'>,
  stage: string,
  version: string,
): Promise<boolean> {
  return (await soleHolder(registry, model, stage)) === version;
}

function madeAnew({ model, version, createdAt }: ModelVersion): PromotionError {
  return new PromotionError('REGISTRY_CONFLICT', `Meanwhile ${model} ${version} was made anew, on ${createdAt}.`, {
    cure: 'Nothing was archived. If the new one is to go too, run this again.',
  });
}

function unchanged(what: string, { code, message, cure }: PromotionError): PromotionError {
  return new PromotionError(code, `${what} was not archived, and nothing was changed: ${message}`, {
    ...(cure === undefined ? {} : { cure }),
  });
}
