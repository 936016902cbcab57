import type { GitTag } from '../../git/tag.js';
import { parseTagName, type GtoTagName } from './gto-tag.js';
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
  /** The version registered at the tag's commit; where there is none, the commit, as GTO shows it. */
  readonly version: string;
  readonly stage: string;
  readonly time: number;
  readonly counter: number;
  readonly tag: GitTag;
}

/** All that the tags say of one model. */
export interface Artifact {
  readonly model: string;
  /** Newest first, by semantic version; deregistered ones left out. */
  readonly registrations: readonly Registration[];
  /** All versions, deregistered ones too: their tags are there still, and bind their names and commits. */
  readonly everRegistered: readonly { readonly version: string; readonly commit: string }[];
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
  readonly lightweightOnly: ReadonlyMap<string, readonly string[]>;
}

export function indexTags(tags: readonly GitTag[]): TagIndex {
  const models = new Map<string, GtoTag[]>();
  const lightweight = new Map<string, string[]>();
  for (const tag of tags) {
    const name = parseTagName(tag.name);
    if (name === undefined) continue;
    if (!tag.annotated) put(lightweight, name.model, tag.name);
    else if (tag.commit !== undefined) put(models, name.model, { ...name, tag, commit: tag.commit });
  }
  for (const model of models.keys()) lightweight.delete(model);
  return { models, lightweightOnly: lightweight };
}

/**
 * A model's state from its tags, decided as GTO does: by tagger time, which has whole seconds; within one second
 * by counter, where GTO's own order is accidental; and an undoing after what it undoes.
 */
export function readArtifact(model: string, tags: readonly GtoTag[]): Artifact {
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
  return {
    model,
    registrations,
    everRegistered: ordered.flatMap(({ action, version, commit }) =>
      action === 'register' && version !== undefined ? [{ version, commit }] : [],
    ),
    assignments: standing(ordered, registrations),
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

function isNewer(a: Assignment, b: Assignment): boolean {
  return a.time !== b.time ? a.time > b.time : a.counter > b.counter;
}

function standing(ordered: readonly GtoTag[], registrations: readonly Registration[]): Assignment[] {
  const byCommit = new Map<string, string>();
  // Newest first above: of two versions of one commit, which GTO does not make, the highest stays.
  for (const { commit, version } of registrations.toReversed()) byCommit.set(commit, version);
  const active = new Map<string, Assignment>();
  for (const { action, stage, commit, tag, counter } of ordered) {
    if (stage === undefined) continue;
    const version = byCommit.get(commit) ?? commit;
    const key = `${version}\0${stage}`;
    if (action === 'assign') active.set(key, { version, stage, time: tag.time, counter, tag });
    else active.delete(key);
  }
  return [...active.values()];
}

function undoes(tag: GtoTag): boolean {
  return tag.action === 'unassign' || tag.action === 'deregister';
}

function put<T>(map: Map<string, T[]>, key: string, value: T): void {
  const present = map.get(key);
  if (present === undefined) map.set(key, [value]);
  else present.push(value);
}
