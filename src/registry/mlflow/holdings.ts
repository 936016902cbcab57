import type { StageAs } from '../../policy/policy.js';
import { aliasHolding } from './alias-holding.js';
import type { MlflowApi } from './api.js';
import type { Pause } from './creation.js';
import type { Holding } from './holding.js';
import { modelHolding } from './model-holding.js';
import { stageHolding } from './stage-holding.js';

/** How the policy's `stage_as` holds a stage. */
export function holdingOf(stageAs: StageAs, api: MlflowApi, pause: Pause): Holding {
  const holdings = { alias: aliasHolding, stage: stageHolding, model: modelHolding };
  return holdings[stageAs](api, pause);
}
