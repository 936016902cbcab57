import type { GitTag } from '../../git/tag.js';
import type { PromotionEvent } from '../../domain/event.js';
import { type GtoTagName, parseTagName } from './gto-tag.js';
import { compareVersions } from './semver.js';

/** A tag of GTO's with what its name says. */
export interface GtoTag extends GtoTagName {
  readonly tag: GitTag;
  readonly commit: string;
}

export interface Registration {
  readonly version: string;
  readonly commit: string;
  /** Seconds since 1970. */
  readonly time: number;
  readonly tag: string;
}

export interface Assignment {
  /**
   * The version registered at the tag's commit, of several the one that the log says; where there is none, the name
   * that a version had there and nothing else has now, else the commit, as GTO shows it.
   */
  readonly version: string;
  readonly stage: string;
  readonly time: number;
  readonly counter: number;
  readonly tag: GitTag;
}

/** A tag of GTO's form that is lightweight. */
export interface Lightweight {
  readonly name: string;
  /** Where it would register or assign one. */
  readonly version?: string;
}

/** All that the tags say of one model. */
export interface Artifact {
  readonly model: string;
  /** Newest first, by semantic version; deregistered ones left out. */
  readonly registrations: readonly Registration[];
  /** All versions, deregistered ones too: their tags are there still, and bind their names and commits. */
  readonly everRegistered: readonly { readonly version: string; readonly commit: string }[];
  /** What GTO does not see. */
  readonly lightweight: readonly Lightweight[];
  /** Each version's standing assignment per stage: those undone by an unassignment left out. */
  readonly assignments: readonly Assignment[];
  /** The stage's tags, undone ones too, by stage: what a new tag must be newer than. */
  readonly stageTags: ReadonlyMap<string, readonly GtoTag[]>;
  readonly highestCounter: number;
  /** The tag that retired the whole model, unless something newer speaks for it. */
  readonly deprecatedBy: GitTag | undefined;
}

/** The tags by model; and the models that have lightweight tags alone, which GTO does not see. */
export interface TagIndex {
  readonly models: ReadonlyMap<string, readonly GtoTag[]>;
  readonly lightweightOnly: ReadonlyMap<string, readonly Lightweight[]>;
  /** Of all models. */
  readonly lightweight: ReadonlyMap<string, readonly Lightweight[]>;
}

export function indexTags(tags: readonly GitTag[]): TagIndex {
  const models = new Map<string, GtoTag[]>();
  const lightweight = new Map<string, Lightweight[]>();
  for (const tag of tags) {
    const name = parseTagName(tag.name);
    if (name === undefined) continue;
    if (!tag.annotated) {
      const { version } = name;
      put(lightweight, name.model, { name: tag.name, ...(version === undefined ? {} : { version }) });
    } else if (tag.commit !== undefined) put(models, name.model, { ...name, tag, commit: tag.commit });
  }
  const lightweightOnly = new Map([...lightweight].filter(([model]) => !models.has(model)));
  return { models, lightweight, lightweightOnly };
}

/**
 * A model's state from its tags, decided as GTO does: by tagger time, which has whole seconds; within one second
 * by counter, where GTO's own order is accidental; and an undoing after what it undoes.
 * @param logged what the promotion log says: which of two versions of one commit a stage's tag is for
 */
export function readArtifact(
  model: string,
  tags: readonly GtoTag[],
  logged: readonly PromotionEvent[] = [],
  lightweight: readonly Lightweight[] = [],
): Artifact {
  const ordered = [...tags].sort(
    (a, b) => a.tag.time - b.tag.time || a.counter - b.counter || Number(undoes(a)) - Number(undoes(b)),
  );
  const registered = new Map<string, Registration>();
  const stageTags = new Map<string, GtoTag[]>();
  for (const tag of ordered) {
    if (tag.stage !== undefined) put(stageTags, tag.stage, tag);
    if (tag.version === undefined) continue;
    if (tag.action === 'register') {
      registered.set(tag.version, { version: tag.version, commit: tag.commit, time: tag.tag.time, tag: tag.tag.name });
    } else if (tag.action === 'deregister') registered.delete(tag.version);
  }
  const registrations = [...registered.values()].sort((a, b) => compareVersions(b.version, a.version));
  const last = ordered.at(-1);
  const everRegistered = ordered.flatMap(({ action, version, commit }) =>
    action === 'register' && version !== undefined ? [{ version, commit }] : [],
  );
  return {
    model,
    lightweight,
    registrations,
    everRegistered,
    assignments: standing(ordered, (tag) => assigned(tag, registrations, everRegistered, logged)),
    stageTags,
    highestCounter: ordered.reduce((highest, { counter }) => Math.max(highest, counter), 0),
    deprecatedBy: last?.action === 'deprecate' ? last.tag : undefined,
  };
}

/**
 * The version that holds the stage: of all standing assignments the newest. Undoing one brings back the one
 * before it, as `gto show` has it.
 */
export function holderOf(artifact: Artifact, stage: string): Assignment | undefined {
  return artifact.assignments
    .filter((assignment) => assignment.stage === stage)
    .reduce<Assignment | undefined>(
      (newest, next) => (newest === undefined || isNewer(next, newest) ? next : newest),
      undefined,
    );
}

/** The stages that the version holds. */
export function heldBy(artifact: Artifact, version: string): readonly string[] {
  return [...artifact.stageTags.keys()].filter((stage) => holderOf(artifact, stage)?.version === version);
}

function isNewer(a: Assignment, b: Assignment): boolean {
  return a.time !== b.time ? a.time > b.time : a.counter > b.counter;
}

function standing(ordered: readonly GtoTag[], versionOf: (tag: GtoTag) => string): Assignment[] {
  const active = new Map<string, Assignment>();
  for (const each of ordered) {
    const { action, stage, commit, tag, counter } = each;
    if (stage === undefined) continue;
    const key = `${commit}\0${stage}`;
    if (action === 'assign') active.set(key, { version: versionOf(each), stage, time: tag.time, counter, tag });
    else active.delete(key);
  }
  return [...active.values()];
}

/** Which version an assignment is for: GTO's tag names the commit alone. */
function assigned(
  { commit, stage, tag }: GtoTag,
  registrations: readonly Registration[],
  everRegistered: Artifact['everRegistered'],
  logged: readonly PromotionEvent[],
): string {
  const told = logged.findLast(({ tag: name }) => name === tag.name)?.version;
  const here = registrations.filter((each) => each.commit === commit).map(({ version }) => version);
  if (here.length > 0) {
    const holds = logged.findLast((event) => event.stage === stage && ['deployed', 'adopted'].includes(event.type));
    // Newest first: where nothing else is known, the highest, as GTO has it.
    return [told, holds?.version].find((each) => each !== undefined && here.includes(each)) ?? here[0] ?? commit;
  }
  const was = told ?? everRegistered.findLast((each) => each.commit === commit)?.version;
  return was === undefined || registrations.some(({ version }) => version === was) ? commit : was;
}

function undoes(tag: GtoTag): boolean {
  return tag.action === 'unassign' || tag.action === 'deregister';
}

function put<T>(map: Map<string, T[]>, key: string, value: T): void {
  const present = map.get(key);
  if (present === undefined) map.set(key, [value]);
  else present.push(value);
}
