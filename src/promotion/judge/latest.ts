import { PromotionError } from '../../domain/errors.js';
import { asInput } from '../../domain/cure.js';
import type { History } from '../../log/history.js';
import type { ModelVersion } from '../../domain/version.js';
import { readSettled, soleOf } from './agreement.js';
import { holderKnown } from './disagreement.js';
import { versionOrName } from './holders.js';
import { inTurn } from '../operation/journal.js';
import type { Resolved } from './resolve.js';
import { isEligible, stateIn } from '../../domain/record.js';
import type { PromotionContext } from '../context.js';

/** There is no version to judge, and why. */
export interface NothingToJudge {
  readonly decision: 'none' | 'hold';
  readonly reason: string;
  /** Where newer versions were passed over, or the stage is not as the log says. */
  readonly cure?: string;
  /** Who holds the stage. */
  readonly previous?: ModelVersion;
}

const judging = ['approved', 'deployed', 'rejected', 'failed'];

/**
 * The version that `latest` means for a stage: the highest that was not rejected, rolled back or archived, above the
 * one that holds it. A run that is tried again judges what it judged before, as far as the log tells.
 * @throws PromotionError `VERSION_UNKNOWN` where the model has no versions at all
 */
export async function latestFor(work: PromotionContext): Promise<Resolved | NothingToJudge> {
  const { registry, model, stage, runOwner } = work;
  const reading = await inTurn(work, () => readSettled(work, [stage.name]));
  const { history, operation } = reading;
  const only = soleOf(reading, stage.name);
  const holder = only === undefined ? undefined : await versionOrName(registry, model, only);
  const isTriedAgain = history !== undefined && (runOwner.owner.attempt ?? 1) > 1;
  const before = isTriedAgain ? await judgedBefore(work, history) : undefined;
  if (before !== undefined) return before;
  // Where the log says otherwise of the stage, nothing is "newer": whatever is judged is held, and says why.
  const odd = history === undefined ? undefined : await holderKnown(work, stage.name, holder, history, operation);
  const passedOver: ModelVersion[] = [];
  let any = false;
  for await (const version of registry.versions(model)) {
    any = true;
    if (odd === undefined && version.version === holder?.version) break;
    if (isEligible(version)) return { version, remarks: [] };
    passedOver.push(version);
  }
  if (!any) {
    throw new PromotionError('VERSION_UNKNOWN', `The model '${model}' has no versions.`, {
      cure: 'Register one first.',
    });
  }
  const previous = holder === undefined ? {} : { previous: holder };
  if (odd !== undefined) {
    return {
      decision: 'hold',
      reason: `${odd.name}: ${odd.reason}`,
      ...(odd.cure === undefined ? {} : { cure: odd.cure }),
      ...previous,
    };
  }
  return { decision: 'none', ...inWords(work, holder, passedOver), ...previous };
}

/** What an earlier attempt of this run has judged for the stage. */
async function judgedBefore(
  { registry, model, stage, author: { run } }: PromotionContext,
  history: History,
): Promise<Resolved | undefined> {
  if (run === undefined) return undefined;
  const event = history.events.findLast(
    (each) => each.run === run && each.stage === stage.name && judging.includes(each.type),
  );
  if (event === undefined) return undefined;
  for await (const version of registry.versions(model)) {
    if (version.version !== event.version || !history.means(version)) continue;
    return {
      version,
      remarks: [`This run has judged ${version.version} before: a run that is tried again judges the same.`],
    };
  }
  return undefined;
}

function inWords(
  { model, stage: { name: stage }, command }: PromotionContext,
  holder: ModelVersion | undefined,
  passedOver: readonly ModelVersion[],
): Pick<NothingToJudge, 'reason' | 'cure'> {
  const [newest] = passedOver;
  const held = holder === undefined ? `nobody holds ${stage}` : `${holder.version} holds ${stage}`;
  if (newest === undefined) return { reason: `${model} has no version newer than the one that is there: ${held}.` };
  const count = passedOver.length === 1 ? 'the one newer version was' : `all ${passedOver.length} newer versions were`;
  const state = stateIn(newest);
  return {
    reason: `${model} has nothing to judge for ${stage}: ${held}, and ${holder === undefined ? count.replace(' newer', '') : count} rejected, rolled back or archived.`,
    cure: `The newest is ${newest.version} (${state}); to judge it again, name it: ${asInput(command === 'gate' ? 'gate' : 'promote', { stage, version: newest.version })}.`,
  };
}
