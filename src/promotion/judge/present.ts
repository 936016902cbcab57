import type { LoggedVersion } from '../../log/logged-version.js';
import type { Registry } from '../../registry/registry.js';
import type { ModelVersion } from '../../domain/version.js';
import { byNameAlone, existing } from './holders.js';

/**
 * The very version that the log means, as the registry has it; undefined where it was deleted, or another one has its
 * name. Throws what the registry throws.
 */
export async function present(
  registry: Registry,
  model: string,
  which: LoggedVersion,
): Promise<ModelVersion | undefined> {
  const found = await existing(registry, model, which.name);
  return found !== undefined && which.is(found) ? found : undefined;
}

/** The very version that the log means, or what is left of it. Throws what the registry throws. */
export async function presentOrName(registry: Registry, model: string, which: LoggedVersion): Promise<ModelVersion> {
  return (await present(registry, model, which)) ?? byNameAlone(model, which.name, which.identity);
}
