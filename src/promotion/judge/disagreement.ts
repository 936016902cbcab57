import type { WhichVersion } from '../../log/logged-version.js';
import type { Operation } from '../../log/operation.js';
import type { ModelVersion } from '../../domain/version.js';
import type { PreconditionResult } from '../../domain/check.js';
import { asInput } from '../../domain/cure.js';
import { explains, soleOf } from './agreement.js';
import { formerHolders } from './former-holders.js';
import { soleHolder, versionOrName } from './holders.js';
import { describeOperation, howToFinish } from '../operation/describe.js';
import { present } from './present.js';
import { stagesThatCount } from './current-state.js';
import type { CurrentState, PromotionContext } from '../context.js';

type Work = Pick<PromotionContext, 'registry' | 'model' | 'policy' | 'stage'>;

/**
 * Where registry and log say otherwise of a stage, that stage holds, those after it, and any whose conditions use
 * its holder. Once there is a log, a holder that it does not know was set by other means.
 */
export async function holdersKnown(
  work: Work,
  { previous, history, reading }: Pick<CurrentState, 'previous' | 'history' | 'reading'>,
): Promise<readonly PreconditionResult[]> {
  if (history === undefined) return [];
  const { registry, model, stage } = work;
  const operation = reading?.operation;
  const results = [await holderKnown(work, stage.name, previous, history, operation)];
  for (const name of stagesThatCount(work).filter((each) => each !== stage.name)) {
    const only = reading === undefined ? await soleHolder(registry, model, name) : soleOf(reading, name);
    const holder = only === undefined ? undefined : await versionOrName(registry, model, only);
    results.push(await holderKnown(work, name, holder, history, operation));
  }
  return results.filter((result) => result !== undefined);
}

/**
 * What there is to say of a stage where registry and log disagree, and how to settle it; undefined where they agree.
 * @param operation what is open in the log, which may be the reason
 */
export async function holderKnown(
  { registry, model }: Pick<Work, 'registry' | 'model'>,
  stage: string,
  holder: ModelVersion | undefined,
  history: NonNullable<CurrentState['history']>,
  operation?: Operation,
): Promise<PreconditionResult | undefined> {
  const known = history.holder(stage)?.version;
  const is = holder?.isGone === true ? undefined : holder;
  if (is === undefined ? known === undefined : known?.is(is) === true) return undefined;
  const unmet = (reason: string, cure: string): PreconditionResult => ({
    kind: 'precondition',
    name: `holder of ${stage}`,
    outcome: 'inconclusive',
    reason,
    cure,
  });
  if (operation !== undefined && explains(operation, stage, is, known)) {
    return unmet(
      `${describeOperation(operation)} was interrupted: the registry says that ${stage} is held by ${is?.version ?? 'no version'}, the promotion log says ${known?.name ?? 'no version'}.`,
      howToFinish(operation),
    );
  }
  const takeIt = `If that is right, record it with ${asInput('adopt', { stage })}`;
  if (is !== undefined) {
    const back = await wayBack(registry, model, stage, history, is);
    const cure = back === undefined ? `${takeIt}.` : `${takeIt}; if not, ${back}.`;
    return unmet(
      known?.isNamesakeOf(is) === true
        ? `${is.version}, which holds ${stage}, is not the version that the promotion log knows by this name: it was deleted and made anew on ${is.createdAt}.`
        : `The registry says that ${stage} is held by ${is.version}, the promotion log says ${known?.name ?? 'no version'}: somebody moved it by other means.`,
      cure,
    );
  }
  const back = await wayBack(registry, model, stage, history, holder);
  const isThere = known !== undefined && (await present(registry, model, known)) !== undefined;
  const nobody = `${asInput('adopt', { stage })} records that nobody holds it`;
  return unmet(
    vanished(stage, known?.name ?? '', holder, isThere),
    back === undefined ? `${nobody}.` : `If nobody is to hold it, ${nobody}; if not, ${back}.`,
  );
}

/** Who holds a stage is there no more, or the stage is empty and the log does not know why. */
function vanished(stage: string, known: string, holder: ModelVersion | undefined, isThere: boolean): string {
  if (holder !== undefined)
    return `${stage} is held by a version that no longer exists: ${gone(holder.version, known)}.`;
  const lost = isThere ? '' : `, which no longer exists`;
  return `The registry says that ${stage} is held by no version, the promotion log says ${known}${lost}: somebody moved it by other means.`;
}

function gone(name: string, known: string): string {
  return name === known ? `${name} was deleted` : `${name} was deleted, and the promotion log says ${known}`;
}

/** How `rollback` would settle it, as part of a sentence; undefined where it has nobody to put back. */
async function wayBack(
  registry: Work['registry'],
  model: string,
  stage: string,
  history: NonNullable<CurrentState['history']>,
  current: WhichVersion | undefined,
): Promise<string | undefined> {
  const [target] = (await formerHolders(registry, model, stage, history, current)).unasked;
  return target === undefined ? undefined : `put ${target.version} back with ${asInput('rollback', { stage })}`;
}
