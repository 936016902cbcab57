import { PromotionError } from '../../domain/errors.js';
import { listKnownNames } from '../../domain/suggest.js';
import type { Policy, Stage } from '../../policy/policy.js';
import type { Registry } from '../../registry/registry.js';
import type { ModelVersion, Unregistered } from '../../domain/version.js';
import { best } from './best.js';
import { soleHolder } from './holders.js';
import { isEligible } from '../../domain/record.js';
import { versionIn } from './version-name.js';

/**
 * The stage of that name, in any case.
 * @throws PromotionError `STAGE_UNKNOWN` naming those that exist and the nearest; `INPUT_INVALID` where none was
 *   given and the policy has several
 */
export function resolveStage(policy: Policy, given: string | undefined): Stage {
  const names = [...policy.stages.keys()];
  const [only] = policy.stages.values();
  if (given === undefined) {
    if (names.length === 1 && only !== undefined) return only;
    throw new PromotionError('INPUT_INVALID', `Input 'stage' is missing and the policy has ${names.length} stages.`, {
      cure: `Set it to one of: ${names.join(', ')}.`,
    });
  }
  const matching = names.filter((name) => name.toLowerCase() === given.toLowerCase());
  const name = matching.find((each) => each === given) ?? (matching.length === 1 ? matching[0] : undefined);
  const stage = name === undefined ? undefined : policy.stages.get(name);
  if (stage === undefined) {
    throw new PromotionError('STAGE_UNKNOWN', `Stage '${given}' does not exist.`, {
      cure: listKnownNames('stages', given, names),
    });
  }
  return stage;
}

/**
 * The model under judgement: the input's, else the policy's only one.
 * @throws PromotionError `MODEL_UNKNOWN` where the policy is not for that model; `INPUT_INVALID` where it must be named
 */
export function resolveModel(policy: Policy, given: string | undefined): string {
  const names = [...policy.models.keys()];
  const [only] = names;
  if (given === undefined) {
    if (names.length === 1 && only !== undefined) return only;
    throw new PromotionError(
      'INPUT_INVALID',
      `Input 'model' is missing and the policy is for ${names.length} models.`,
      {
        cure: `Set it to one of: ${names.join(', ')}.`,
      },
    );
  }
  if (!policy.models.has(given)) {
    throw new PromotionError('MODEL_UNKNOWN', `The policy is not for the model '${given}'.`, {
      cure: listKnownNames('models in the policy', given, names),
    });
  }
  return given;
}

/** A version as a user names it, and what a report has to say of how it was found. */
export interface Resolved {
  readonly version: ModelVersion;
  readonly remarks: readonly string[];
}

/** `run:<id>` or `head`, which name what is not registered yet. */
export function unregisteredOf(given: string): Unregistered | undefined {
  const run = /^run:(.+)$/i.exec(given)?.[1];
  return run === undefined ? (given.toLowerCase() === 'head' ? 'head' : undefined) : { run: run.trim() };
}

/**
 * The version that `12`, `v1.2.0`, `latest`, `best`, `@alias` or `stage:staging` names.
 * @throws PromotionError `VERSION_UNKNOWN`, `STAGE_UNKNOWN`, and what the registry throws; `INPUT_INVALID` for what
 *   is not registered yet
 */
export async function resolveVersion(
  registry: Registry,
  policy: Policy,
  model: string,
  given: string,
): Promise<Resolved> {
  if (unregisteredOf(given) !== undefined) {
    throw new PromotionError('INPUT_INVALID', `'${given}' is not registered yet, so it can only be judged.`, {
      cure: "Use 'command: gate' for it, or make a version of it with 'command: register'.",
    });
  }
  const name = versionIn(given, model, registry.atNames);
  if (name.toLowerCase() === 'best') return best(registry, policy, model);
  return { version: await byName(registry, policy, model, name), remarks: [] };
}

async function byName(registry: Registry, policy: Policy, model: string, given: string): Promise<ModelVersion> {
  if (given.toLowerCase() === 'latest') return latest(registry, model);
  if (given.startsWith('@')) return registry.byAlias(model, given.slice(1));
  const staged = /^stage:(.+)$/i.exec(given)?.[1];
  if (staged === undefined) return registry.version(model, given);
  const stage = resolveStage(policy, staged.trim());
  const holder = await soleHolder(registry, model, stage.name);
  if (holder === undefined) {
    throw new PromotionError('VERSION_UNKNOWN', `No version of '${model}' holds the stage '${stage.name}'.`, {
      cure: `Promote one there first, or name a version. ${registry.description} was asked.`,
    });
  }
  return registry.version(model, holder);
}

/** The highest version that was not rejected, rolled back or archived. */
async function latest(registry: Registry, model: string): Promise<ModelVersion> {
  let passedOver = 0;
  for await (const version of registry.versions(model)) {
    if (isEligible(version)) return version;
    passedOver += 1;
  }
  throw new PromotionError(
    'VERSION_UNKNOWN',
    passedOver === 0
      ? `The model '${model}' has no versions.`
      : `No version of '${model}' is left: all ${passedOver} were rejected, rolled back or archived.`,
    {
      cure:
        passedOver === 0
          ? 'Register one first.'
          : 'Register a new one, or name one of them as `version` to judge it again.',
    },
  );
}
