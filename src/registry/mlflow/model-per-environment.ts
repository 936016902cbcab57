import { PromotionError } from '../../domain/errors.js';
import { asInput } from '../../domain/cure.js';
import { identityOf, type ModelVersion } from '../../domain/version.js';
import { aliased, setPrevious } from './aliases.js';
import { type MlflowApi, type RawModel, type RawVersion, undefinedIfMissing } from './api.js';
import { findOrCreateVersion, type Pause } from './create-version.js';
import type { StageMapping } from './stage-mapping.js';
import { copyMismatch } from './copy-check.js';
import { refusesAlias } from './stage-names.js';
import { isoTime } from './time.js';

/** On a copy: the version it is of, as `churn/12`. */
const copyOf = 'promotion_copy_of';

/**
 * Stage `production` of `churn` is the registered model `churn-production`: a promotion copies the version there,
 * and the alias `production` says which copy holds the stage. The newest copy need not be the holder: an earlier
 * version may have taken the stage back.
 */
export function modelHolding(api: MlflowApi, pause: Pause): StageMapping {
  const stageModel = (model: string, stage: string): Promise<RawModel | undefined> =>
    undefinedIfMissing(api.getModel(nameOf(model, stage)));
  return {
    plural: 'registered models of their own',
    oneStageAtATime: false,
    refusesStage: refusesAlias,
    holders: async (model, stages) => {
      await api.getModel(model); // Without a stage's model, an unknown one would only seem to hold nothing.
      const holders = new Map<string, readonly string[]>();
      for (const stage of stages) {
        const found = await stageModel(model, stage);
        const copy = found === undefined ? undefined : aliased(found, stage);
        if (found === undefined || copy === undefined) continue;
        const raw = await undefinedIfMissing(api.getVersion(found.name, copy));
        // An alias that outlived its copy names no version; whoever asks for one of that name learns so.
        holders.set(stage, [raw === undefined ? `${found.name}/${copy}` : await originalOf(api, raw, model)]);
      }
      return holders;
    },
    move: async ({ model, version, stage, givesBack }) => {
      const { version: copy } = await copied(api, version, nameOf(model, stage), pause);
      const found = await stageModel(model, stage);
      const replaced = found === undefined ? undefined : aliased(found, stage);
      const to = nameOf(model, stage);
      const before = givesBack === undefined ? replaced : await copyIn(api, to, model, givesBack.before);
      const isKept = givesBack === undefined && (before === undefined || before === copy);
      const remarks = isKept ? [] : await setPrevious(api, to, stage, before);
      await api.setAlias(to, stage, copy);
      return remarks;
    },
    leave: async ({ model, stage }) => {
      await api.deleteAlias(nameOf(model, stage), stage);
    },
    copies: async ({ model, version }) => {
      const tagged = await api.taggedVersions(copyOf, `${model}/${version}`);
      // Anybody can write the tag: it shall not make us write to models that are none of ours.
      return tagged.filter(({ name }) => name.startsWith(nameOf(model, '')));
    },
  };
}

/** The copy of a version that the stage's model has already; undefined where there is none. */
async function copyIn(
  api: MlflowApi,
  to: string,
  model: string,
  version: string | undefined,
): Promise<string | undefined> {
  if (version === undefined) return undefined;
  const tagged = await api.taggedVersions(copyOf, `${model}/${version}`);
  return tagged.find(({ name }) => name === to)?.version;
}

/**
 * The version's one copy in the stage's model, with the version's tags: made unless it is there.
 * @throws PromotionError `REGISTRY_CONFLICT` where the version, or what was made of it, is not the one that was judged
 */
async function copied(api: MlflowApi, judged: ModelVersion, to: string, pause: Pause): Promise<RawVersion> {
  const { model, version } = judged;
  const of = `${model}/${version}`;
  const files = await api.downloadUri(model, version);
  // After its files: a model that took the name in between is found out by either.
  const original = await api.getVersion(model, version);
  if (!isSame(original, judged)) throw renamed(`${of} has another source, run or time of creation than when judged`);
  const { tags = [], run_link, description } = original;
  const told = new Map(tags.map(({ key, value }) => [key, value ?? '']));
  told.set(copyOf, of);
  const wanted = {
    name: to,
    // The server carries over the run and the logged model by itself.
    source: `models:/${of}`,
    ...(run_link === undefined || run_link === '' ? {} : { run_link }),
    ...(description === undefined || description === '' ? {} : { description }),
    tags: [...told].map(([key, value]) => ({ key, value })),
  };
  const isIt = async (raw: RawVersion): Promise<boolean> =>
    raw.source === wanted.source && (await copyMismatch(api, raw, original, files)) === undefined;
  const copy = await findOrCreateVersion(api, wanted, isIt, pause);
  // One that was just made is of whatever had the name at that moment.
  const other = await copyMismatch(api, copy, original, files);
  if (other !== undefined) throw renamed(`Version ${copy.version} of '${to}', which was to be the copy, ${other}`);
  for (const [key, value] of told) {
    if (copy.tags?.some((tag) => tag.key === key && (tag.value ?? '') === value) === true) continue;
    await api.setTag(to, copy.version, key, value);
  }
  return copy;
}

function isSame({ name, version, creation_timestamp, run_id, source }: RawVersion, judged: ModelVersion): boolean {
  const now = { model: name, version, createdAt: isoTime(creation_timestamp), run: run_id ?? '', source: source ?? '' };
  return identityOf(now) === identityOf(judged);
}

function renamed(what: string): PromotionError {
  return new PromotionError('REGISTRY_CONFLICT', `${what}: the stage was not moved.`, {
    cure: `Stop what renames or deletes models in the registry, see who holds the stage with ${asInput('status', {})}, and run again: such a copy is passed over.`,
  });
}

/**
 * The version of `model` that this is a copy of. A tag can be written by whoever may tag; where it and the source
 * disagree, it is the source that would be served, so neither is believed. Where they agree, the files decide.
 */
async function originalOf(api: MlflowApi, copy: RawVersion, model: string): Promise<string> {
  const [tag, source] = [tagOf(copy), sourceOf(copy)];
  const told = tag ?? source;
  const [, of, version] = /^(.*)\/([1-9]\d*)$/s.exec(told ?? '') ?? [];
  if (version === undefined || of !== model) {
    throw unlike(copy, model, `is no copy of a version of '${model}'${told === undefined ? '' : `, but of ${told}`}`);
  }
  if (source !== undefined && source !== told) {
    throw unlike(copy, model, `is a copy of ${told} by its tag ${copyOf}, and of ${source} by its source`);
  }
  const original = await undefinedIfMissing(api.getVersion(model, version));
  if (original === undefined) return version;
  const other = await copyMismatch(api, copy, original, await api.downloadUri(model, version));
  if (other !== undefined) throw unlike(copy, model, other);
  return version;
}

function unlike(copy: RawVersion, model: string, what: string): PromotionError {
  return new PromotionError(
    'REGISTRY_CONFLICT',
    `Version ${copy.version} of '${copy.name}', which has the stage's alias, ${what}.`,
    {
      cure: `Put the right version back with ${asInput('rollback', { stage: copy.name.slice(model.length + 1) })}; or delete the alias from it and promote again.`,
    },
  );
}

function tagOf({ tags = [] }: RawVersion): string | undefined {
  return tags.find(({ key }) => key === copyOf)?.value;
}

function sourceOf({ source = '' }: RawVersion): string | undefined {
  return /^models:\/([^/]+\/[1-9]\d*)$/.exec(source)?.[1];
}

function nameOf(model: string, stage: string): string {
  return `${model}-${stage}`;
}
