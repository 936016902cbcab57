import { PromotionError, undefinedIfUnknown } from '../../domain/errors.js';
import type { Registry } from '../../registry/registry.js';
import type { ModelVersion } from '../../domain/version.js';
import { asInput } from '../../domain/cure.js';
import { History } from '../../log/history.js';

/**
 * The version that holds a stage, or undefined.
 * @throws PromotionError `REGISTRY_CONFLICT` where several hold it
 */
export async function soleHolder(registry: Registry, model: string, stage: string): Promise<string | undefined> {
  const holders = (await registry.holders(model, [stage])).get(stage) ?? [];
  if (holders.length > 1) throw severalHold(model, stage, holders);
  return holders[0];
}

export function severalHold(model: string, stage: string, holders: readonly string[]): PromotionError {
  return new PromotionError(
    'REGISTRY_CONFLICT',
    `Several versions of '${model}' hold '${stage}' at once: ${holders.join(', ')}.`,
    {
      cure: `Decide which one is right: ${asInput('rollback', { stage })} leaves the one that the promotion log knows, or names another as 'version'.`,
    },
  );
}

/**
 * The version, or what is left of it where the registry knows it no more, e.g. an alias that outlived its version:
 * its name, and the fingerprint that the log knows it by.
 */
export async function versionOrName(registry: Registry, model: string, version: string): Promise<ModelVersion> {
  const found = await existing(registry, model, version);
  return found ?? byNameAlone(model, version, (await readHistory(registry, model))?.meantBy(version).identity);
}

/** The version; undefined where the registry has none of that name. */
export function existing(registry: Registry, model: string, version: string): Promise<ModelVersion | undefined> {
  return registry.version(model, version).catch(undefinedIfUnknown('VERSION_UNKNOWN'));
}

/** A version that is there no more: it can be replaced and spoken of, and nothing can be set on it. */
export function byNameAlone(model: string, version: string, fingerprint?: string): ModelVersion {
  return {
    model,
    version,
    createdAt: new Date(0).toISOString(),
    uri: '',
    tags: new Map(),
    isGone: true,
    ...(fingerprint === undefined ? {} : { fingerprint }),
  };
}

/** What the promotion log says of a model; undefined while there is none. */
export async function readHistory(registry: Registry, model: string): Promise<History | undefined> {
  const events = await registry.history(model);
  return events === undefined ? undefined : new History(events, registry);
}
