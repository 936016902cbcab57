import type { Problem } from '../../domain/errors.js';
import type { PolicyNames } from '../../domain/registry-descriptor.js';

/** MLflow's databases need not tell names apart that differ in case alone. */
const lower = (text: string): string => text.toLowerCase();

/** Stages whose alias would be the one for the version that held another stage before. */
export function previousApart({ stages }: PolicyNames): readonly Problem[] {
  return stages.flatMap(({ name, at }) => {
    const of = stages.find((other) => lower(name) === lower(`previous-${other.name}`));
    if (of === undefined) return [];
    const message = `The alias '${name}' is kept for the version that held '${of.name}' before. Call the stage otherwise.`;
    return [{ message, at }];
  });
}

/** Models whose copy in a stage would be another model of the policy, or another one's copy. */
export function copiesApart({ stages, models }: PolicyNames): readonly Problem[] {
  const problems: Problem[] = [];
  const known = new Map<string, string>();
  for (const { name } of models) if (!known.has(lower(name))) known.set(lower(name), name);
  const copies = new Map<string, string>();
  for (const { name, at } of models) {
    for (const stage of stages) {
      const copy = `${name}-${stage.name}`;
      const model = known.get(lower(copy));
      const other = copies.get(lower(copy));
      copies.set(lower(copy), `'${name}' in '${stage.name}'`);
      const taken = model === undefined ? other : `the model '${model}' of this policy`;
      if (taken === undefined) continue;
      const message = `With 'stage_as: model', what '${name}' has in '${stage.name}' is copied to the model '${copy}', and that is ${model === undefined ? `what ${taken} is copied to` : taken}. Call the stage or the model otherwise, or use 'stage_as: alias'.`;
      problems.push({ message, at });
    }
  }
  return problems;
}
