import type { RegistrySettings } from '../../domain/registry-descriptor.js';

/** How MLflow holds a stage: an alias, its own (deprecated) stages, or one registered model per environment. */
export type StageAs = 'alias' | 'stage' | 'model';

export interface MlflowSettings extends RegistrySettings {
  readonly type: 'mlflow';
  readonly stageAs: StageAs;
}
