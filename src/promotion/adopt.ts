import type { PromotionEvent } from '../domain/event.js';
import { LoggedVersion } from '../log/logged-version.js';
import { fingerprintOf, type ModelVersion } from '../domain/version.js';
import type { Report } from '../domain/report.js';
import { asInput } from '../domain/cure.js';
import { readSettled, settledHolder, soleOf } from './judge/agreement.js';
import { markAsKnown, recordBase, tagsOf } from './move/record.js';
import { firstRecords } from './move/first-use.js';
import { intentOf, Journal, type NewOperation } from './operation/journal.js';
import { readHistory, versionOrName } from './judge/holders.js';
import { present, presentOrName } from './judge/present.js';
import type { OpenOperation } from './operation/open-operation.js';
import { recoverFirst, undoAfter } from './recovery/recover.js';
import { formerByTags } from './rollback-without-log.js';
import { readCurrentState } from './judge/current-state.js';
import { recordTag } from '../domain/record.js';
import type { CurrentState, PromotionContext } from './context.js';

/**
 * Takes the holder of a stage, set by other means, into the record, or that nobody holds it; the reason takes the
 * place of all proof. A holder that no longer exists is nobody.
 */
export async function adopt(work: PromotionContext): Promise<Report> {
  const open = await recoverFirst(work, { stage: work.stage.name, decides: true });
  return undoAfter(work, open, record(work, open));
}

async function record(work: PromotionContext, left: OpenOperation): Promise<Report> {
  const { registry, model, stage } = work;
  const name = await settledHolder(work, stage.name);
  const holder = name === undefined ? undefined : await versionOrName(registry, model, name);
  return holder === undefined || holder.isGone === true
    ? recordNobody(work, left, holder)
    : recordHolder(work, left, holder);
}

async function recordHolder(work: PromotionContext, left: OpenOperation, holder: ModelVersion): Promise<Report> {
  const { registry, model, stage, reason, report } = work;
  const currentState = await readCurrentState(work, holder);
  report.begin(work, currentState);
  const what = `${model} ${holder.version}`;
  const known = currentState.history?.holder(stage.name)?.version;
  // What was done at a terminal becomes a workflow's record, by a person's reason.
  const isTakenOver = isLocal(currentState, stage.name) && work.author.origin !== 'local';
  if (known?.is(currentState.candidate) === true && !isTakenOver) {
    if (!work.dryRun) await markAsKnown(registry, currentState.candidate);
    const text = `The record knows ${what} as the holder of ${stage.name} already; nothing was to be done.`;
    return report.done(text, { alreadyThere: true });
  }
  if (work.dryRun) return report.done(`${what} would be adopted as the holder of ${stage.name}.`);
  const tags = tagsOf({
    ...recordBase(work, stage.name),
    state: 'adopted',
    ...(reason === undefined ? {} : { reason }),
    ...(known === undefined || isTakenOver ? {} : { previous: known.name }),
  });
  const opened = await told(
    work,
    left,
    { was: holder, known },
    {
      version: holder.version,
      stage: stage.name,
      intent: intentOf(work, { holders: { [stage.name]: holder.version }, identity: fingerprintOf(holder) }),
      records: [{ version: currentState.candidate, tags }],
    },
  );
  if (opened !== undefined) return held(work, opened);
  return report.note(...registry.remarks()).done(`${what} is adopted as the holder of ${stage.name}.`);
}

/** Whether the log has the holder by an entry that was written at a terminal. */
function isLocal({ history, candidate }: CurrentState, stage: string): boolean {
  return history?.passed(candidate, stage)?.origin === 'local';
}

/** The log is told alone: the version that held the stage may be there no more. */
async function recordNobody(
  work: PromotionContext,
  left: OpenOperation,
  holder: ModelVersion | undefined,
): Promise<Report> {
  const { registry, model, stage, dryRun, report } = work;
  const history = await readHistory(registry, model);
  const known = history?.holder(stage.name)?.version;
  const previous = known === undefined ? undefined : await presentOrName(registry, model, known);
  report.begin(work, previous === undefined ? {} : { previous });
  if (history === undefined) {
    const text = `There is no promotion log, and nobody holds ${stage.name} of ${model}: there is nothing to record.`;
    return report.note(...(await waysOn(work))).done(text, { alreadyThere: true });
  }
  if (known === undefined) {
    const text = `The record knows already that nobody holds ${stage.name} of ${model}; nothing was to be done.`;
    return report.done(text, { alreadyThere: true });
  }
  if (dryRun) return report.done(`It would be recorded that nobody holds ${stage.name} of ${model}.`);
  const opened = await told(
    work,
    left,
    { was: holder, known },
    {
      version: known.name,
      stage: stage.name,
      intent: intentOf(work, {
        holders: {},
        ...(known.identity === undefined ? {} : { identity: known.identity }),
      }),
      records: [vacated(work, known)],
    },
  );
  if (opened !== undefined) return held(work, opened);
  // What people see in the registry is set where there is still something to set it on.
  const last = await present(registry, model, known);
  if (last !== undefined) await markAsKnown(registry, last);
  return report
    .note(...registry.remarks())
    .done(`It is recorded that nobody holds ${stage.name} of ${model}; ${known.name} did before.`);
}

/** Without a log, who is to hold an empty stage is for a person to say. */
async function waysOn({ registry, model, stage: { name: stage } }: PromotionContext): Promise<readonly string[]> {
  const [last] = await formerByTags(registry, model, stage);
  if (last === undefined) return [];
  return [`To put a former holder back, use ${asInput('rollback', { stage, version: last.version })}.`];
}

function vacated(work: PromotionContext, { name, identity }: LoggedVersion): PromotionEvent {
  const { author, source, now, stage, reason } = work;
  return {
    type: 'archived',
    vacated: true,
    version: name,
    stage: stage.name,
    at: now().toISOString(),
    ...author,
    policyDigest: source.digest,
    ...(reason === undefined ? {} : { reason }),
    ...(identity === undefined ? {} : { identity }),
  };
}

/**
 * Tells the log, unless the stage has moved meanwhile.
 * @param was who held it, by the registry; `known`: by the log
 * @returns why it was not told
 */
async function told(
  work: PromotionContext,
  left: OpenOperation,
  { was, known }: { readonly was: ModelVersion | undefined; readonly known: LoggedVersion | undefined },
  opening: NewOperation,
): Promise<string | undefined> {
  const { stage } = work;
  const journal = await Journal.open(
    work,
    async () => {
      const reading = await readSettled(work, [stage.name]);
      const is = soleOf(reading, stage.name);
      const knownNow = reading.history?.holder(stage.name)?.version;
      if (is !== was?.version)
        return `Meanwhile ${stage.name} moved from ${was?.version ?? 'no version'} to ${is ?? 'no version'}.`;
      if (known === undefined ? knownNow !== undefined : knownNow?.is(known) !== true)
        return `Meanwhile another run recorded ${knownNow?.name ?? 'no version'} as the holder of ${stage.name}.`;
      const begun = { ...opening, records: [...(await others(work)), ...opening.records] };
      if (was === undefined || was.isGone === true) return begun;
      const isSame = LoggedVersion.of(was).is(await work.registry.version(work.model, was.version));
      return isSame ? begun : `Meanwhile ${was.model} ${was.version} was made anew.`;
    },
    left.operation,
  );
  if (typeof journal === 'string') return journal;
  left.operation = undefined;
  await journal.conduct(() => journal.close('done'));
  return undefined;
}

/** A log that begins here would otherwise know of no other stage's holder. */
async function others(work: PromotionContext): Promise<NewOperation['records']> {
  const first = await firstRecords(work, [], true);
  return first.filter(({ tags }) => !tags.has(recordTag(work.stage.name)));
}

function held({ stage, report }: PromotionContext, reason: string): Report {
  const cure = `Look again with ${asInput('status', {})}, and record what is right with ${asInput('adopt', { stage: stage.name })}.`;
  return report.end({ decision: 'hold', reason, cure });
}
