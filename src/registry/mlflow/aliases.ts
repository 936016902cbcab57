import { PromotionError } from '../../domain/errors.js';
import { HttpError } from '../http.js';
import type { MlflowApi, RawModel } from './api.js';
import type { StageMapping } from './stage-mapping.js';
import { refusesAlias } from './stage-names.js';

/** Stage `production` is the alias `production`; the version it replaces gets `previous-production`. */
export function aliasHolding(api: MlflowApi): StageMapping {
  return {
    plural: 'aliases',
    oneStageAtATime: false,
    refusesStage: refusesAlias,
    holders: async (model, stages) => {
      const registered = await api.getModel(model);
      return new Map(
        stages.flatMap((stage) => {
          const held = aliased(registered, stage);
          return held === undefined ? [] : [[stage, [held]] as const];
        }),
      );
    },
    move: async ({ model, version, stage, replaces, givesBack }) => {
      const replaced = replaces?.isGone === true ? undefined : replaces?.version;
      const before = givesBack === undefined ? replaced : givesBack.before;
      const remarks =
        before === undefined && givesBack === undefined ? [] : await setPrevious(api, model, stage, before);
      await api.setAlias(model, stage, version.version);
      return remarks;
    },
    leave: async ({ model, stage }) => {
      await api.deleteAlias(model, stage);
    },
    copies: () => Promise.resolve([]),
  };
}

/**
 * Lets `previous-<stage>` name the version, or nobody.
 * @returns why it could not, where that was refused
 */
export async function setPrevious(
  api: MlflowApi,
  model: string,
  stage: string,
  before: string | undefined,
): Promise<readonly string[]> {
  const alias = `previous-${stage}`;
  try {
    await (before === undefined ? api.deleteAlias(model, alias) : api.setAlias(model, alias, before));
    return [];
  } catch (thrown) {
    if (!(thrown instanceof HttpError) || thrown.status < 400 || thrown.status >= 500) throw thrown;
    const wanted = before === undefined ? 'could not be removed' : `could not be set to ${before}`;
    return [`The alias '${alias}' of '${model}' ${wanted}, and may name another version: ${thrown.sentence}`];
  }
}

/**
 * The version that has the stage's alias. Aliases differ by case on some of MLflow's databases and not on others.
 * A policy that says `production` beside an alias `Production` would see no champion on the one, and judge a
 * candidate as if it were the first.
 * @throws PromotionError `REGISTRY_CONFLICT` for an alias that differs by case alone
 */
export function aliased({ name, aliases = [] }: RawModel, stage: string): string | undefined {
  const held = aliases.find(({ alias }) => alias === stage);
  if (held !== undefined) return held.version;
  const other = aliases.find(({ alias }) => alias.toLowerCase() === stage.toLowerCase());
  if (other === undefined) return undefined;
  throw new PromotionError(
    'REGISTRY_CONFLICT',
    `Model '${name}' has the alias '${other.alias}', and the policy's stage is '${stage}'.`,
    { cure: `Rename the stage in the policy to '${other.alias}', or ${deletionOf(name, other.alias)}` },
  );
}

/** A command to copy; a name that a shell or Python would read as more than a name stands in no command. */
function deletionOf(model: string, alias: string): string {
  if (!/^[\w .:-]+$/.test(model) || !/^[\w-]+$/.test(alias)) return 'delete that alias of the model in MLflow.';
  return `delete that alias: python -c "from mlflow import MlflowClient; MlflowClient().delete_registered_model_alias('${model}', '${alias}')"`;
}
