import { PromotionError } from '../errors.js';
import type { History } from '../log/history.js';
import { whatExists } from '../nearest.js';
import type { Report } from '../verdict/verdict.js';
import type { Registry } from '../registry/registry.js';
import { alreadyThere, done, draftReport } from './draft.js';
import { move } from './move.js';
import { soleHolder } from './holder.js';
import { afterRecovery, type Left } from './recover.js';
import { redeploy } from './redeploy.js';
import { resolveVersion } from './resolve.js';
import { isSame, readHistory, standingOf } from './standing.js';
import type { Undertaking } from './undertaking.js';

/**
 * Puts a former good holder back into the stage, the last one where none is named, and records the version it
 * replaces as rolled back. It asks for no new proof, and no freeze stops it.
 * @param bad who must hold the stage still: what was found bad may have been replaced since
 * @throws PromotionError `ROLLBACK_IMPOSSIBLE` where there is no former good holder, or the one named is none
 */
export function rollback(undertaking: Undertaking, version: string | undefined, bad?: string): Promise<Report> {
  const part = { stage: undertaking.stage.name, decides: true, isRollback: true };
  return afterRecovery(undertaking, (left) => putBack(undertaking, version, left, bad), part);
}

async function putBack(
  undertaking: Undertaking,
  version: string | undefined,
  left: Left,
  bad?: string,
): Promise<Report> {
  const { registry, model, stage, policy, now, reason = 'no reason given' } = undertaking;
  const current = await soleHolder(registry, model, stage.name);
  if (bad !== undefined && current !== bad) {
    throw new PromotionError(
      'ROLLBACK_IMPOSSIBLE',
      `${bad} no longer holds ${stage.name}: ${current ?? 'nobody'} does.`,
    );
  }
  const good = await formerHolders(undertaking, current);
  const named = version === undefined ? undefined : (await resolveVersion(registry, policy, model, version)).version;
  const { operation } = left;
  // A rollback that was interrupted is gone on with; over a promotion that was, the holder is deployed again.
  const isHalfDeployed =
    operation?.stage === stage.name &&
    operation.phase !== 'opened' &&
    operation.intent.replaced !== 'rolled_back' &&
    operation.intent.previous === current;
  const { undone } = left;
  const isUndone = undone?.stage === stage.name && undone.intent.replaced !== 'rolled_back';
  const stays = isHalfDeployed || isUndone || (await isRolledBackAlready(undertaking, left));
  const wanted = named?.version ?? (stays && current !== undefined ? current : good[0]);
  if (wanted === undefined || (wanted !== current && !good.includes(wanted))) {
    const nobody = `No version can be put back: nobody held ${stage.name} of ${model} before ${current ?? 'now'} and was good.`;
    throw new PromotionError(
      'ROLLBACK_IMPOSSIBLE',
      wanted === undefined ? nobody : `${model} ${wanted} is no former good holder of ${stage.name}.`,
      {
        cure:
          wanted === undefined
            ? 'Promote another version instead.'
            : whatExists(`former good holders of ${stage.name}`, wanted, good),
      },
    );
  }
  const standing = await standingOf(undertaking, named ?? (await registry.version(model, wanted)));
  const draft = draftReport(undertaking, standing);
  undertaking.progress(draft);
  if (undertaking.dryRun && isHalfDeployed && wanted === current) {
    return done(draft, now, `${model} ${wanted} would be deployed to ${stage.name} again, which it holds.`);
  }
  if (operation !== undefined && isHalfDeployed && wanted === current) {
    left.operation = undefined;
    return redeploy(undertaking, standing, operation, draft);
  }
  if (wanted === current) return alreadyThere(draft, now, standing);
  if (undertaking.dryRun) return done(draft, now, `${model} ${wanted} would be put back into ${stage.name}.`);
  const given = {
    judged: { ...draft, reason: `Reason: ${reason}` },
    evidence: undefined,
    approvers: [],
    metrics: {},
    replaced: 'rolled_back' as const,
    reason,
  };
  return move(undertaking, standing, given, left);
}

/**
 * Whether this very run has rolled back already, or has just finished a rollback that another had begun: once more
 * would be one version too far.
 */
async function isRolledBackAlready(
  { registry, model, stage, author }: Undertaking,
  { finished }: Left,
): Promise<boolean> {
  if (finished?.stage === stage.name && finished.intent.replaced === 'rolled_back') return true;
  const history = await readHistory(registry, model);
  const put = history?.holder(stage.name)?.event;
  if (history === undefined || put === undefined || author.run === undefined || put.run !== author.run) return false;
  const since = history.events.slice(history.events.indexOf(put));
  return since.some(({ type, stage: where, run }) => type === 'rolled_back' && where === stage.name && run === put.run);
}

/** Former good holders of the stage, the last one first. */
async function formerHolders(
  { registry, model, stage }: Undertaking,
  current: string | undefined,
): Promise<readonly string[]> {
  const history = await readHistory(registry, model);
  if (history === undefined) {
    throw new PromotionError(
      'ROLLBACK_IMPOSSIBLE',
      `${model} has no promotion log, so nobody can tell who held ${stage.name} before.`,
      {
        cure: "Give the job 'permissions: contents: write', so that a log is kept; this time, set the holder in the registry and record it with 'command: adopt'.",
      },
    );
  }
  // Whoever the log calls the holder is good to go back to, where somebody has put another one there.
  const known = history.holder(stage.name)?.version;
  const good = history.goodHolders(stage.name);
  const all = known === undefined || known === current ? good : [known, ...good.filter((each) => each !== current)];
  const there = await Promise.all(all.map((each) => isStillThere(registry, model, history, each)));
  return all.filter((_, index) => there[index]);
}

/** Whether the version that held the stage is there still: not deleted, and not another one by its name. */
async function isStillThere(registry: Registry, model: string, history: History, version: string): Promise<boolean> {
  try {
    return isSame(history, await registry.version(model, version));
  } catch (thrown) {
    if (thrown instanceof PromotionError && thrown.code === 'VERSION_UNKNOWN') return false;
    throw thrown;
  }
}
