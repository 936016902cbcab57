import type { Problem } from '../domain/errors.js';
import { recordTag, stateTag } from '../domain/record.js';
import type { Named, PolicyNames, RegistryDescriptor, RegistrySettings } from '../domain/registry-descriptor.js';

interface Names extends PolicyNames {
  readonly registry: RegistryDescriptor;
  readonly settings: RegistrySettings;
}

/** MLflow's limit for an alias and a tag's key is 250 and more; what is made of a stage's name is a little longer. */
const longest = 200;
/** What is recorded without a stage has the tags that stages of these names would have: see `promotion/record.ts`. */
const states = ['registered', 'archived', 'adopted', 'rolled_back'].map(recordTag);
/** The version's state, and on a copy what it is of: see `registry/mlflow/model-per-environment.ts`. */
const ownTags = [stateTag, 'promotion_copy_of'];

/**
 * Names that cannot be beside others, or beside what the action makes of them: tags, aliases, refs, copies of models.
 * All are compared without regard to case: some of MLflow's databases and some file systems do so, too, and the input
 * `stage` may be in any case. Pure.
 */
export function collisions(names: Names): readonly Problem[] {
  const { registry, settings, models } = names;
  const ofStages = stagesApart(names);
  const isTold = ({ at }: Problem): boolean => ofStages.some((other) => other.at === at);
  return [
    ...models.flatMap((model) => ofModel(names, model)),
    ...ofStages,
    ...modelsApart(names),
    ...registry.collisions(names, settings).filter((problem) => !isTold(problem)),
  ];
}

function ofModel({ registry, settings }: Names, { name, at }: Named): readonly Problem[] {
  const message = registry.refusesModel(name, settings);
  return message === undefined ? [] : [{ message, at }];
}

function stagesApart({ registry, settings, stages }: Names): readonly Problem[] {
  return stages.flatMap(({ name, at }, index) => {
    const message = registry.refusesStage(name, settings) ?? reserved(name) ?? asAnother(name, stages.slice(0, index));
    return message === undefined ? [] : [{ message, at }];
  });
}

function reserved(name: string): string | undefined {
  const tag = lower(recordTag(name));
  if (states.includes(tag)) return `'${name}' is a state of its own: call the stage otherwise.`;
  if (ownTags.includes(tag)) {
    return `The records of a stage '${name}' would be written over the tag '${tag}', which the action keeps for itself: call the stage otherwise.`;
  }
  if (name.length <= longest) return undefined;
  return `The stage's name has ${name.length} characters, and what is made of it would be too long. Use ${longest} at most.`;
}

/** Of two stages the later one is refused. */
function asAnother(name: string, before: readonly Named[]): string | undefined {
  const same = before.find((other) => lower(other.name) === lower(name));
  if (same !== undefined) {
    return `The stages '${same.name}' and '${name}' differ in case alone, and the input 'stage', MLflow's databases and file systems need not tell them apart. Call one of them otherwise.`;
  }
  const shared = before.find((other) => lower(recordTag(other.name)) === lower(recordTag(name)));
  if (shared === undefined) return undefined;
  return `The stages '${shared.name}' and '${name}' would share the tag '${recordTag(name)}' for their records. Call one of them otherwise.`;
}

function modelsApart({ models }: Names): readonly Problem[] {
  const known = new Map<string, string>();
  const problems: Problem[] = [];
  for (const { name, at } of models) {
    const same = known.get(lower(name));
    if (same === undefined) known.set(lower(name), name);
    else {
      const message = `The models '${same}' and '${name}' differ in case alone, and MLflow's databases and file systems need not tell them apart. Rename one of them, or give each a policy of its own.`;
      problems.push({ message, at });
    }
  }
  return problems;
}

function lower(text: string): string {
  return text.toLowerCase();
}
