import { PromotionError } from '../../errors.js';
import type { Holders, Transition } from '../registry.js';
import type { MlflowApi } from './api.js';

/** How MLflow holds a stage. One object for each value of `stage_as`. */
export interface Holding {
  /** For reports: `aliases`. */
  readonly plural: string;
  refusesStage(stage: string): string | undefined;
  holders(model: string, stages: readonly string[]): Promise<Holders>;
  /** Moves the stage and nothing else; the caller reads back. */
  move(transition: Transition): Promise<void>;
}

/** Stage `production` is the alias `production`; the version it replaces gets `previous-production`. */
export function aliasHolding(api: MlflowApi): Holding {
  return {
    plural: 'aliases',
    refusesStage: (stage) => {
      // https://mlflow.org/docs/latest/ml/model-registry/: reserved by the server
      if (/^latest$/i.test(stage) || /^v\d+$/i.test(stage))
        return `MLflow keeps the alias '${stage}' for itself: call the stage otherwise.`;
      return /^[\w-]+$/.test(stage)
        ? undefined
        : `MLflow's aliases have letters, digits, - and _ only: '${stage}' cannot be one.`;
    },
    holders: async (model, stages) => {
      const { aliases = [] } = await api.getModel(model);
      return new Map(
        stages.flatMap((stage) => {
          const held = aliases.filter(({ alias }) => alias === stage).map(({ version }) => version);
          if (held.length === 0) refuseOtherCase(model, stage, aliases);
          return held.length === 0 ? [] : [[stage, held] as const];
        }),
      );
    },
    move: async ({ model, version, stage, replaces }) => {
      if (replaces !== undefined) await api.setAlias(model, `previous-${stage}`, replaces.version);
      await api.setAlias(model, stage, version.version);
    },
  };
}

/**
 * Aliases differ by case on some of MLflow's databases and not on others. A policy that says `production` beside
 * an alias `Production` would see no champion on the one, and judge a candidate as if it were the first.
 */
function refuseOtherCase(model: string, stage: string, aliases: readonly { readonly alias: string }[]): void {
  const other = aliases.find(({ alias }) => alias.toLowerCase() === stage.toLowerCase());
  if (other === undefined) return;
  throw new PromotionError(
    'REGISTRY_CONFLICT',
    `Model '${model}' has the alias '${other.alias}', and the policy's stage is '${stage}'.`,
    {
      cure: `Call the stage '${other.alias}' in the policy, or delete that alias.`,
    },
  );
}

/** MLflow's own stages, deprecated since 2.9 and still served. A version holds one of them at a time. */
export function stageHolding(api: MlflowApi): Holding {
  const names: Readonly<Record<string, string>> = { staging: 'Staging', production: 'Production' };
  return {
    plural: "MLflow's own stages",
    refusesStage: (stage) =>
      stage.toLowerCase() in names
        ? undefined
        : `MLflow's own stages are Staging and Production: '${stage}' needs 'stage_as: alias'.`,
    holders: async (model, stages) => {
      await api.getModel(model); // A search finds nothing for an unknown model, and does not say so.
      const found = new Map<string, string[]>();
      for await (const { current_stage: current, version } of api.searchVersions(model)) {
        const stage = stages.find((name) => name.toLowerCase() === current?.toLowerCase());
        if (stage !== undefined) found.set(stage, [...(found.get(stage) ?? []), version]);
      }
      return found;
    },
    move: async ({ model, version, stage, replaces, archive }) => {
      const name = names[stage.toLowerCase()] ?? stage;
      await api.transitionStage(model, version.version, name, archive);
      if (replaces !== undefined && !archive) await api.transitionStage(model, replaces.version, 'None', false);
    },
  };
}
