import { PromotionError } from '../domain/errors.js';
import { LoggedVersion } from '../log/logged-version.js';
import { listKnownNames } from '../domain/suggest.js';
import type { ModelVersion } from '../domain/version.js';
import type { Report } from '../domain/report.js';
import { asInput } from '../domain/cure.js';
import { settledHolder } from './judge/agreement.js';
import { formerHolders, type FormerHolders } from './judge/former-holders.js';
import { move } from './move/move.js';
import { rollbackMove } from './move/transfer.js';
import { readHistory, versionOrName } from './judge/holders.js';
import type { OpenOperation } from './operation/open-operation.js';
import { recoverFirst, undoAfter, undoUnlessSame } from './recovery/recover.js';
import { redeploy } from './move/redeploy.js';
import { resolveVersion } from './judge/resolve.js';
import { rollbackWithoutLog } from './rollback-without-log.js';
import { readCurrentState } from './judge/current-state.js';
import type { PromotionContext } from './context.js';

/**
 * Puts a former good holder back into the stage, the last one where none is named, and records the version it
 * replaces as rolled back. It asks for no new proof, and no freeze stops it.
 * @param bad who must hold the stage still: what was found bad may have been replaced since
 * @throws PromotionError `ROLLBACK_IMPOSSIBLE` where there is no former good holder, or the one named is none
 */
export async function rollback(
  work: PromotionContext,
  version: string | undefined,
  bad?: ModelVersion,
): Promise<Report> {
  const open = await recoverFirst(work, { stage: work.stage.name, decides: true, isRollback: true });
  return undoAfter(work, open, putBack(work, version, open, bad));
}

async function putBack(
  work: PromotionContext,
  version: string | undefined,
  open: OpenOperation,
  bad?: ModelVersion,
): Promise<Report> {
  const { registry, model, stage, policy, report, reason = 'no reason given' } = work;
  const { current, disorder } = await currentHolder(work);
  const isCurrent = (each: ModelVersion): boolean => current !== undefined && LoggedVersion.of(each).is(current);
  if (bad !== undefined && !isCurrent(bad)) {
    throw new PromotionError(
      'ROLLBACK_IMPOSSIBLE',
      `${bad.version} no longer holds ${stage.name}: ${holderInWords(bad, current)} does.`,
    );
  }
  const history = await readHistory(registry, model);
  if (history === undefined) {
    return rollbackWithoutLog(work, version, open, {
      current,
      ...(disorder === undefined ? {} : { disorder }),
    });
  }
  const former = await formerHolders(registry, model, stage.name, history, current);
  const named = version === undefined ? undefined : (await resolveVersion(registry, policy, model, version)).version;
  const { operation } = open;
  // A rollback that was interrupted is gone on with; over a promotion that was, the holder is deployed again.
  const isHalfDeployed =
    operation?.stage === stage.name &&
    operation.phase !== 'opened' &&
    operation.intent.replaced !== 'rolled_back' &&
    current !== undefined &&
    LoggedVersion.replacedBy(operation)?.is(current) === true;
  const { undone } = open;
  const isUndone = undone?.stage === stage.name && undone.intent.replaced !== 'rolled_back';
  // Only what the log calls the holder may stay: another one was set past it, even by the same name.
  const isKnown = current !== undefined && current.isGone !== true && history.isHeldBy(stage.name, current);
  const stays = isKnown && (isHalfDeployed || isUndone || (await isRolledBackAlready(work, open)));
  const target = named ?? (stays ? current : former.unasked[0]);
  const isHolder = target !== undefined && isKnown && isCurrent(target);
  const isGood = target !== undefined && former.all.some((each) => LoggedVersion.of(each).is(target));
  if (target === undefined || !(isHolder || isGood)) {
    throw impossible(work, target, current, former, history.holder(stage.name) !== undefined);
  }
  const wanted = target.version;
  const currentState =
    disorder === undefined
      ? await readCurrentState(work, target)
      : { candidate: target, champion: undefined, previous: undefined, history };
  report.begin(work, currentState);
  if (work.dryRun && isHalfDeployed && isHolder) {
    return report.done(`${model} ${wanted} would be deployed to ${stage.name} again, which it holds.`);
  }
  if (operation !== undefined && isHalfDeployed && isHolder) {
    open.operation = undefined;
    return redeploy(work, currentState, operation);
  }
  if (isHolder) return report.alreadyThere(currentState);
  if (work.dryRun) return report.done(`${model} ${wanted} would be put back into ${stage.name}.`);
  const given = {
    ...rollbackMove(reason),
    ...(disorder === undefined ? {} : { whoever: true }),
  };
  const { promoted } =
    (await undoUnlessSame(work, currentState, open)) ?? (await move(work, currentState, given, open));
  if (disorder !== undefined) report.note(`${disorder} The rollback replaced what held it.`);
  if (promoted && current !== undefined) report.note(...(await elsewhere(work, current.version)));
  return report.current;
}

/** What was found bad in one stage may serve another still, and nobody would know. */
async function elsewhere(
  { registry, model, policy, stage }: PromotionContext,
  bad: string,
): Promise<readonly string[]> {
  const others = [...policy.stages.keys()].filter((name) => name !== stage.name);
  const holders = await registry.holders(model, others);
  return others
    .filter((name) => holders.get(name)?.includes(bad) === true)
    .map(
      (name) =>
        `${model} ${bad}, which was found bad in ${stage.name}, still holds ${name}: ${asInput('rollback', { stage: name })} puts the last good version back there.`,
    );
}

function impossible(
  { model, stage }: PromotionContext,
  target: ModelVersion | undefined,
  current: ModelVersion | undefined,
  { all, gone }: FormerHolders,
  isKnown: boolean,
): PromotionError {
  if (target !== undefined && current !== undefined && LoggedVersion.of(target).is(current)) {
    return new PromotionError(
      'ROLLBACK_IMPOSSIBLE',
      `${model} ${target.version} holds ${stage.name} by the registry, and the promotion log does not know it as the holder: there is nothing to put back.`,
      { cure: `If it is right, record it with ${asInput('adopt', { stage: stage.name })}.` },
    );
  }
  if (target !== undefined) {
    const good = all.map(({ version }) => version);
    return new PromotionError(
      'ROLLBACK_IMPOSSIBLE',
      `${model} ${target.version} is no former good holder of ${stage.name}.${goneInWords(gone)}`,
      { cure: listKnownNames(`former good holders of ${stage.name}`, target.version, good) },
    );
  }
  const before = current?.version ?? 'now';
  const nobody = `No version can be put back: nobody held ${stage.name} of ${model} before ${before} and was good.${goneInWords(gone)}`;
  const [retired] = all;
  if (retired !== undefined) {
    return new PromotionError(
      'ROLLBACK_IMPOSSIBLE',
      `No version can be put back unasked: those that held ${stage.name} of ${model} before were retired by 'command: archive'.`,
      {
        cure: `Name the one that is to return: ${asInput('rollback', { stage: stage.name, version: retired.version })}.`,
      },
    );
  }
  // Who is gone, or was put there by other means, is recorded first: before that, nothing else is done with the stage.
  const record = `record who holds it, or that nobody does, with ${asInput('adopt', { stage: stage.name })}`;
  const instead = `promote another version, with ${asInput('promote', { stage: stage.name })}`;
  return new PromotionError('ROLLBACK_IMPOSSIBLE', nobody, {
    cure:
      !isKnown && current === undefined
        ? `Instead, ${instead}.`
        : `Where the registry and the log say otherwise of ${stage.name}, ${record}; else ${instead}.`,
  });
}

function goneInWords(gone: readonly LoggedVersion[]): string {
  const names = [...new Set(gone.map(({ name }) => name))];
  if (names.length === 0) return '';
  return ` Of former holders, ${names.join(' and ')} ${names.length === 1 ? 'was' : 'were'} deleted, or another version has the name now.`;
}

function holderInWords(bad: ModelVersion, current: ModelVersion | undefined): string {
  if (current === undefined) return 'nobody';
  return current.version === bad.version ? `another version by its name` : current.version;
}

/**
 * Whether this very run has rolled back already, or has just finished a rollback that another had begun: once more
 * would be one version too far.
 */
async function isRolledBackAlready(
  { registry, model, stage, author, reason }: PromotionContext,
  { finished }: OpenOperation,
): Promise<boolean> {
  if (finished?.stage === stage.name && finished.intent.replaced === 'rolled_back') return true;
  const history = await readHistory(registry, model);
  const put = history?.holder(stage.name)?.event;
  if (history === undefined || put === undefined || author.run === undefined || put.run !== author.run) return false;
  // Into an empty stage it replaced nobody: then its own words tell.
  if (put.type === 'deployed' && put.evidenceDigest === undefined && put.reason === (reason ?? 'no reason given'))
    return true;
  const since = history.events.slice(history.events.indexOf(put));
  return since.some(({ type, stage: where, run }) => type === 'rolled_back' && where === stage.name && run === put.run);
}

/** Who holds the stage; where that is in disorder, nobody by name, and whoever it is will be replaced. */
async function currentHolder(
  work: PromotionContext,
): Promise<{ readonly current: ModelVersion | undefined; readonly disorder?: string }> {
  const { registry, model, stage } = work;
  try {
    const holder = await settledHolder(work, stage.name);
    return { current: holder === undefined ? undefined : await versionOrName(registry, model, holder) };
  } catch (thrown) {
    if (!(thrown instanceof PromotionError) || thrown.code !== 'REGISTRY_CONFLICT') throw thrown;
    return { current: undefined, disorder: thrown.message };
  }
}
