import { logRef, PromotionLog } from '../log/promotion-log.js';
import type { RegistryMaterials } from './adapter.js';
import { LoggedRegistry } from './logged-registry.js';
import type { Registry } from './registry.js';

/** The registry with the promotion log, where there is a repository to keep it in. */
export async function withLog(
  registry: Registry,
  { logRepository, identity, redactor, origin, now, stages }: Omit<RegistryMaterials, 'settings'>,
): Promise<Registry> {
  const repository = await logRepository();
  const log = (model: string): PromotionLog | undefined =>
    repository === undefined
      ? undefined
      : new PromotionLog({ repository, ref: logRef(model), identity, redactor, origin, now });
  return new LoggedRegistry({ registry, log, stages, now });
}
