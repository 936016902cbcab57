import type { StageAs } from '../../policy/policy.js';
import type { Holders, ModelVersion, Transition, Vacancy } from '../registry.js';
import { aliasHolding } from './alias-holding.js';
import type { MlflowApi, RawVersion } from './api.js';
import type { Pause } from './creation.js';
import { modelHolding } from './model-holding.js';
import { stageHolding } from './stage-holding.js';

/** How MLflow holds a stage. One object for each value of `stage_as`. */
export interface Holding {
  /** For reports: `aliases`. */
  readonly plural: string;
  /** Whether a version that takes a stage leaves the one it held. */
  readonly oneStageAtATime: boolean;
  refusesStage(stage: string): string | undefined;
  holders(model: string, stages: readonly string[]): Promise<Holders>;
  /** Moves the stage and nothing else; the caller reads back. */
  move(transition: Transition): Promise<void>;
  /** Takes the stage from its holder and nothing else; the caller reads back. */
  leave(vacancy: Vacancy): Promise<void>;
  /** The version's copies in other registered models: what is recorded on it is recorded on them, too. */
  copies(version: ModelVersion): Promise<readonly RawVersion[]>;
}

export function holdingOf(stageAs: StageAs, api: MlflowApi, pause: Pause): Holding {
  const holdings = { alias: aliasHolding, stage: stageHolding, model: modelHolding };
  return holdings[stageAs](api, pause);
}
