import { PromotionError } from '../errors.js';
import type { Registry } from '../registry/registry.js';

/**
 * The version that holds a stage, or undefined.
 * @throws PromotionError `REGISTRY_CONFLICT` where several hold it
 */
export async function soleHolder(registry: Registry, model: string, stage: string): Promise<string | undefined> {
  const holders = (await registry.holders(model, [stage])).get(stage) ?? [];
  if (holders.length > 1) {
    throw new PromotionError(
      'REGISTRY_CONFLICT',
      `Several versions of '${model}' hold '${stage}' at once: ${holders.join(', ')}.`,
      {
        cure: 'Decide which one is right and take the stage from the others in the registry; then run again.',
      },
    );
  }
  return holders[0];
}
