import type { RegistrySettings } from '../policy/policy.js';
import { refusesModelName, refusesStageName } from './git/gto-tag.js';
import { refusesAlias, refusesOwnStage } from './mlflow/stage-names.js';

/** What a registry says of names before it is asked: pure, so that `lint` says the same without a server. */
interface Refusals {
  /** Why it could hold no stage of that name, as a sentence with what to do. */
  readonly stage: (name: string, settings: RegistrySettings) => string | undefined;
  /** Why it could have no model of that name. */
  readonly model: (name: string) => string | undefined;
}

/** One for each registry: see `open.ts`. */
const refusals: Readonly<Record<RegistrySettings['type'], Refusals>> = {
  mlflow: {
    stage: (name, { stageAs }) => (stageAs === 'stage' ? refusesOwnStage(name) : refusesAlias(name)),
    model: () => undefined,
  },
  git: {
    stage: refusesStageName,
    model: (name) => {
      const refusal = refusesModelName(name);
      return refusal === undefined ? undefined : `${refusal.message} ${refusal.cure}`;
    },
  },
};

export function refusalOfStage(settings: RegistrySettings, name: string): string | undefined {
  return refusals[settings.type].stage(name, settings);
}

export function refusalOfModel(settings: RegistrySettings, name: string): string | undefined {
  return refusals[settings.type].model(name);
}
