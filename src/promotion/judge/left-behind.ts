import { asInput } from '../../domain/cure.js';
import { asPromotionError, PromotionError } from '../../domain/errors.js';
import { readTogether } from './agreement.js';
import { resolveVersion, type Resolved } from './resolve.js';
import type { PromotionContext } from '../context.js';
import { versionIn } from './version-name.js';

type Work = Pick<PromotionContext, 'registry' | 'model' | 'policy'>;

/**
 * As `resolveVersion`; a version that was deleted, and that the registry or the log calls a holder still, comes with the
 * command that settles its stage.
 */
export async function resolveOrSettle(work: Work, given: string): Promise<Resolved> {
  try {
    return await resolveVersion(work.registry, work.policy, work.model, given);
  } catch (thrown) {
    throw await leftBehind(work, given, asPromotionError(thrown));
  }
}

async function leftBehind(
  { registry, model, policy }: Work,
  given: string,
  error: PromotionError,
): Promise<PromotionError> {
  if (error.code !== 'VERSION_UNKNOWN') return error;
  const name = versionIn(given, model, registry.atNames);
  const stages = [...policy.stages.keys()];
  const { holders, history } = await readTogether({ registry, model }, stages);
  const held = stages.filter(
    (stage) => holders.get(stage)?.includes(name) === true || history?.holder(stage)?.version.name === name,
  );
  if (held.length === 0) return error;
  const ways = held.map((stage) => asInput('adopt', { stage })).join(' and ');
  return new PromotionError(
    error.code,
    `${model} ${name} does not exist any more, and ${held.join(' and ')} is still recorded as held by it.`,
    { cure: `Record who holds it now, or that nobody does: ${ways}.`, cause: error },
  );
}
