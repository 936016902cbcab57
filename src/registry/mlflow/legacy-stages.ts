import type { MlflowApi } from './api.js';
import type { StageMapping } from './stage-mapping.js';
import { ownStage, refusesOwnStage } from './stage-names.js';

/** MLflow's own stages, deprecated since 2.9 and still served. A version holds one of them at a time. */
export function stageHolding(api: MlflowApi): StageMapping {
  return {
    plural: "MLflow's own stages",
    oneStageAtATime: true,
    refusesStage: refusesOwnStage,
    holders: async (model, stages) => {
      await api.getModel(model); // A search finds nothing for an unknown model, and does not say so.
      const found = new Map<string, string[]>();
      for await (const { current_stage: current, version } of api.searchVersions(model)) {
        const stage = stages.find((name) => name.toLowerCase() === current?.toLowerCase());
        if (stage !== undefined) found.set(stage, [...(found.get(stage) ?? []), version]);
      }
      return found;
    },
    move: async ({ model, version, stage, replaces, archive, whoever }) => {
      const name = ownStage(stage) ?? stage;
      // One call moves both, so that a run that is killed leaves no two: who is not to be archived is freed behind it.
      await api.transitionStage(model, version.version, name, replaces !== undefined || whoever === true);
      if (replaces !== undefined && !archive) await api.transitionStage(model, replaces.version, 'None', false);
      return [];
    },
    leave: async ({ model, version }) => {
      await api.transitionStage(model, version.version, 'Archived', false);
    },
    copies: () => Promise.resolve([]),
  };
}
