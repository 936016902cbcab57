import type { StageAs } from './settings.js';
import { aliasHolding } from './aliases.js';
import type { MlflowApi } from './api.js';
import type { Pause } from './create-version.js';
import type { StageMapping } from './stage-mapping.js';
import { modelHolding } from './model-per-environment.js';
import { stageHolding } from './legacy-stages.js';

/** How the policy's `stage_as` holds a stage. */
export function holdingOf(stageAs: StageAs, api: MlflowApi, pause: Pause): StageMapping {
  const holdings = { alias: aliasHolding, stage: stageHolding, model: modelHolding };
  return holdings[stageAs](api, pause);
}
