import type { Problem } from '../../domain/errors.js';
import type { Policy, Stage } from '../policy.js';

interface Telling {
  readonly model: string;
  readonly stage: Stage;
  readonly environment: string;
}

/**
 * GitHub environments that several models, or several stages, tell of their deployments: GitHub takes each for the next
 * one of the same thing, so the second marks the first as inactive, while both are live.
 */
export function remarkOnEnvironments(policy: Policy): readonly Problem[] {
  const byEnvironment = new Map<string, Telling[]>();
  for (const telling of tellingsOf(policy)) {
    // GitHub takes names that differ in case for one environment.
    const name = telling.environment.toLowerCase();
    byEnvironment.set(name, [...(byEnvironment.get(name) ?? []), telling]);
  }
  return [...byEnvironment.values()].flatMap((all) => {
    const [first, ...others] = all;
    if (first === undefined) return [];
    const models = [...new Set(all.map(({ model }) => model))];
    const stages = [...new Set(all.map(({ stage }) => stage.name))];
    const at = (others.at(-1) ?? first).stage.at;
    if (stages.length > 1) {
      const who = stages.map((name) => `'${name}'`).join(' and ');
      const message = `The stages ${who} share the environment '${first.environment}': on GitHub, a deployment to one marks that of the other as inactive. Give each its own, such as 'environment: ${shown(first, models.length > 1, true)}'.`;
      return [{ message, at }];
    }
    if (models.length < 2) return [];
    const some = models
      .slice(0, 3)
      .map((name) => `'${name}'`)
      .join(', ');
    const more = models.length > 3 ? ` and ${models.length - 3} more` : '';
    const message = `The models ${some}${more} share the environment '${first.environment}' for '${first.stage.name}': on GitHub, a deployment of one marks that of the others as inactive. Write 'environment: ${shown(first, true, false)}'.`;
    return [{ message, at }];
  });
}

function tellingsOf(policy: Policy): readonly Telling[] {
  return [...policy.models.keys()].flatMap((model) => {
    const { stages } = policy.variants.get(model)?.policy ?? policy;
    return [...stages.values()].flatMap((stage) =>
      stage.environment === undefined ? [] : [{ model, stage, environment: stage.environment }],
    );
  });
}

function shown({ environment, stage }: Telling, byModel: boolean, byStage: boolean): string {
  const base =
    byStage && environment.toLowerCase() !== stage.name.toLowerCase() ? `${environment}-{stage}` : environment;
  return `${byStage && base === environment ? '{stage}' : base}${byModel ? '-{model}' : ''}`;
}
