import { asInput } from '../domain/cure.js';
import { PromotionError } from '../domain/errors.js';
import type { Registry } from '../registry/registry.js';
import type { ModelVersion } from '../domain/version.js';
import type { Report } from '../domain/report.js';
import { move } from './move/move.js';
import { rollbackMove } from './move/transfer.js';
import type { OpenOperation } from './operation/open-operation.js';
import { undoUnlessSame } from './recovery/recover.js';
import { resolveVersion } from './judge/resolve.js';
import { readCurrentState } from './judge/current-state.js';
import { hasPassed, readRecord } from '../domain/record.js';
import type { PromotionContext } from './context.js';

/**
 * Where the model has no log: those that held the stage and were not found bad there, as the registry's own tags say,
 * the last one first. Who may write there can write that, so nothing is chosen by it: a person names one of them.
 */
export async function formerByTags(registry: Registry, model: string, stage: string): Promise<readonly ModelVersion[]> {
  const found: { readonly version: ModelVersion; readonly when: string }[] = [];
  for await (const version of registry.versions(model)) {
    const record = readRecord(version, stage);
    // The version that took the stage has the same time as the one that was archived for it.
    const order = record?.state === 'archived' ? 0 : 1;
    if (hasPassed(version, stage)) found.push({ version, when: `${record?.at ?? ''} ${order}` });
  }
  return found.toSorted((a, b) => (a.when < b.when ? 1 : -1)).map(({ version }) => version);
}

/**
 * Puts a version back into a stage that nobody holds, where there is no log; the person who names it says why.
 * @param current what holds it by the registry; by its name alone where that version was deleted
 * @throws PromotionError `ROLLBACK_IMPOSSIBLE` where the stage has a holder, where no version is named, or where the one
 *   that is named never held it
 */
export async function rollbackWithoutLog(
  work: PromotionContext,
  version: string | undefined,
  open: OpenOperation,
  { current, disorder }: { readonly current: ModelVersion | undefined; readonly disorder?: string },
): Promise<Report> {
  const { registry, policy, model, stage, dryRun, report, reason = 'no reason given' } = work;
  if (disorder !== undefined || (current !== undefined && current.isGone !== true)) throw noLog(work);
  const former = await formerByTags(registry, model, stage.name);
  const named = version === undefined ? undefined : (await resolveVersion(registry, policy, model, version)).version;
  const target = former.find(({ version }) => version === named?.version);
  if (target === undefined) throw unnamed(work, named, former);
  const currentState = await readCurrentState(work, target);
  report.begin(work, currentState);
  if (dryRun) return report.done(`${model} ${target.version} would be put back into ${stage.name}.`);
  return (await undoUnlessSame(work, currentState, open)) ?? move(work, currentState, rollbackMove(reason), open);
}

function unnamed(
  { model, stage: { name: stage } }: PromotionContext,
  named: ModelVersion | undefined,
  former: readonly ModelVersion[],
): PromotionError {
  const [last] = former;
  const message =
    named === undefined
      ? `${model} has no promotion log, so nobody can tell which version held ${stage} last and was good.`
      : `${model} ${named.version} is no former good holder of ${stage}, as far as the registry's tags say.`;
  return new PromotionError('ROLLBACK_IMPOSSIBLE', message, {
    cure:
      last === undefined
        ? `No version is known to have held it. Promote one, with ${asInput('promote', { stage })}.`
        : `By the registry's tags, ${former.map(({ version }) => version).join(', ')} held it, the last one first. Name the one that is to return: ${asInput('rollback', { stage, version: last.version })}.`,
  });
}

/** The promotion log: without it nobody can tell who was good. */
function noLog({ model, stage }: PromotionContext): PromotionError {
  return new PromotionError(
    'ROLLBACK_IMPOSSIBLE',
    `${model} has no promotion log, so nobody can tell who held ${stage.name} before.`,
    {
      cure: `Give the job 'permissions: contents: write', so that a log is kept; this time, set the holder in the registry and record it with ${asInput('adopt', { stage: stage.name })}.`,
    },
  );
}
