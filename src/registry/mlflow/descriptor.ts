import { given } from '../../domain/defined.js';
import type { RegistryAdapter } from '../adapter.js';
import { withLog } from '../with-log.js';
import { mlflowCredentials } from './credentials.js';
import { copiesApart, previousApart } from './derived-names.js';
import type { MlflowSettings, StageAs } from './settings.js';
import { refusesAlias, refusesOwnStage } from './stage-names.js';

/** MLflow's model registry: see `mlflow.ts`. */
export const mlflow: RegistryAdapter<MlflowSettings> = {
  type: 'mlflow',
  keys: {
    stage_as: {
      description: 'mlflow: how a stage is held.',
      enum: ['alias', 'stage', 'model'] satisfies readonly StageAs[],
      default: 'alias',
    },
    uri: {
      description: 'mlflow: the server. Default: MLFLOW_REGISTRY_URI, then MLFLOW_TRACKING_URI.',
      type: 'string',
      pattern: '^https?://',
    },
  },
  paths: [],
  credentials: mlflowCredentials,
  words: {
    when: '',
    insteadOfExpression: {
      uri: "Leave 'uri' out, and in the workflow give it to the step as 'env: { MLFLOW_TRACKING_URI: … }'.",
    },
  },
  isInCheckout: false,
  versionsAreCommits: false,
  metricSources: ['run', 'logged_model'],

  settings(raw) {
    const { stage_as: stageAs = 'alias', uri } = raw as { readonly stage_as?: StageAs; readonly uri?: string };
    return { type: 'mlflow', stageAs, ...given({ uri }) };
  },
  oneStageAtATime: ({ stageAs }) =>
    stageAs === 'stage' ? { because: 'stage_as: stage', instead: 'stage_as: alias' } : undefined,
  refusesStage: (stage, { stageAs }) => (stageAs === 'stage' ? refusesOwnStage(stage) : refusesAlias(stage)),
  refusesModel: () => undefined,
  collisions: (names, { stageAs }) => [
    ...(stageAs === 'stage' ? [] : previousApart(names)),
    ...(stageAs === 'model' ? copiesApart(names) : []),
  ],

  async open(materials) {
    const { createMlflowRegistry } = await import('./mlflow.js');
    return withLog(createMlflowRegistry(materials), materials);
  },
};
