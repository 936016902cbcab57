import { isDeepStrictEqual } from 'node:util';
import { PromotionError } from '../../domain/errors.js';
import type { Identity } from '../../git/tag.js';
import type { NewTag } from '../../git/repository.js';
import { identified, type LoggedEvent } from '../../log/event.js';
import type { PromotionEvent } from '../../domain/event.js';
import { eventsAbout, LoggedVersion } from '../../log/logged-version.js';
import type { OperationEntry } from '../../log/operation.js';
import type { Transition, Vacancy } from '../registry.js';
import type { ModelVersion } from '../../domain/version.js';
import type { Artifact } from './artifact.js';
import { commitOf, findVersion } from './find-version.js';
import { assignmentTag, unassignmentTag } from './gto-tag.js';
import { expectHolder, readHolders } from './holders.js';
import { eventsOf } from '../../domain/record.js';
import type { Snapshot } from './snapshot.js';

/** What one write adds, all or nothing. */
export interface Addition {
  readonly tags: readonly NewTag[];
  readonly events: readonly (PromotionEvent | OperationEntry)[];
}

/** By whom and when. */
export interface TagAuthor {
  readonly identity: Identity;
  readonly now: Date;
}

/**
 * What gives the stage to the version. Throws `REGISTRY_CONFLICT` where another holds it than was judged, or the
 * version is another commit by now.
 */
export function promoting(snapshot: Snapshot, transition: Transition, hand: TagAuthor): Addition {
  const { artifact } = snapshot;
  const { model, version, stage, replaces } = transition;
  refuseChanged(artifact, version);
  if (readHolders(artifact, [stage], hand.now).get(stage)?.[0] === version.version) {
    // Whoever held it before is history by now; what can still be missing is our record of it.
    const missing = promoted(transition, hand).filter((event) => !isRecorded(event, snapshot));
    return { tags: [], events: [...missing, ...closing(transition)] };
  }
  expectHolder(artifact, stage, replaces?.version, hand.now);
  const name = assignmentTag(model, stage, artifact.highestCounter + 1);
  const message = `Promoted ${model} ${version.version} to ${stage}${replaces === undefined ? '' : `, in place of ${replaces.version}`}`;
  const tag = {
    name,
    target: commitOf(version),
    message,
    tagger: hand.identity,
    when: tagTime(artifact, stage, hand.now),
  };
  return { tags: [tag], events: [...promoted(transition, hand, name), ...closing(transition)] };
}

/**
 * What leaves the stage without a holder. One unassignment would bring back whoever was assigned before, as GTO
 * reads tags; so every standing assignment of the stage is undone, each by a tag on its own commit.
 */
export function vacating(snapshot: Snapshot, vacancy: Vacancy, hand: TagAuthor): Addition {
  const { artifact } = snapshot;
  const { model, version, stage, tags } = vacancy;
  const at = hand.now.toISOString();
  const told = identified(eventsOf(version.version, tags, [stage], at), version);
  if (readHolders(artifact, [stage], hand.now).get(stage) === undefined) {
    return { tags: [], events: [...told.filter((event) => !isRepeated(event, snapshot)), ...closing(vacancy)] };
  }
  expectHolder(artifact, stage, version.version, hand.now);
  const when = tagTime(artifact, stage, hand.now);
  const undone = artifact.assignments.filter((assignment) => assignment.stage === stage);
  const unassignments = undone.map((assignment, index) => ({
    name: unassignmentTag(model, stage, artifact.highestCounter + 1 + index),
    target: assignment.tag.commit ?? commitOf(version),
    message: `${model} ${assignment.version} leaves ${stage}, and nobody takes it`,
    tagger: hand.identity,
    when,
  }));
  const plainly = { type: 'archived' as const, version: version.version, stage, at, actor: hand.identity.name };
  const own = told.some((event) => event.stage === stage) ? told : [...told, ...identified([plainly], version)];
  const name = unassignments[undone.findIndex((assignment) => assignment.version === version.version)]?.name;
  return { tags: unassignments, events: [...marked(own, stage, name), ...closing(vacancy)] };
}

/** What the log has to say of a transition; each as the caller's tags put it, or plainly where they say nothing. */
function promoted(
  { version, stage, replaces, archive, tags, replacedTags }: Transition,
  { identity, now }: TagAuthor,
  tag?: string,
): PromotionEvent[] {
  const at = now.toISOString();
  const actor = identity.name;
  const previous = replaces === undefined ? {} : { previous: replaces.version };
  const told = eventsOf(version.version, tags, [stage], at);
  const own = told.some((event) => event.stage === stage)
    ? told
    : [...told, { type: 'deployed' as const, version: version.version, stage, at, actor, ...previous }];
  const events = identified(marked(own, stage, tag), version);
  if (replaces === undefined || replaces.version === version.version) return events;
  const left = eventsOf(replaces.version, replacedTags, [stage], at);
  const plainly = archive ? [{ type: 'archived' as const, version: replaces.version, stage, at, actor }] : [];
  return [...events, ...identified(left.length > 0 ? left : plainly, replaces)];
}

/** The operation ends in the same push. */
function closing({ under }: Transition | Vacancy): readonly OperationEntry[] {
  return under?.closing === undefined ? [] : [under.closing];
}

function marked(events: readonly PromotionEvent[], stage: string, tag: string | undefined): PromotionEvent[] {
  return events.map((event) => (event.stage === stage && tag !== undefined ? { ...event, tag } : event));
}

/** Whether the log's last word on the version and stage is this event already. */
function isRecorded(event: PromotionEvent, snapshot: Snapshot): boolean {
  return lastWord(event, snapshot)?.type === event.type;
}

/** Whether it is the very same event: a call made again, not another one of its kind. */
function isRepeated(event: PromotionEvent, snapshot: Snapshot): boolean {
  const { id: _id, tag: _tag, ...last } = lastWord(event, snapshot) ?? {};
  return isDeepStrictEqual(last, event);
}

function lastWord({ version, identity, stage }: PromotionEvent, { log }: Snapshot): Partial<LoggedEvent> | undefined {
  return eventsAbout(new LoggedVersion(version, identity), log.events).findLast((event) => event.stage === stage);
}

/** Later than every tag of the stage: within one second GTO's order is accidental. */
function tagTime(artifact: Artifact, stage: string, now: Date): Date {
  const newest = artifact.stageTags.get(stage)?.at(-1)?.tag.time ?? 0;
  return new Date(Math.max(Math.floor(now.getTime() / 1000), newest + 1) * 1000);
}

function refuseChanged(artifact: Artifact, version: ModelVersion): void {
  const now = findVersion(artifact, version.version);
  if (now.commit === version.commit) return;
  throw new PromotionError(
    'REGISTRY_CONFLICT',
    `Version ${version.uri} was judged at commit ${version.commit} and is now commit ${now.commit}.`,
    {
      cure: 'Someone has made its tag again; run the gate again.',
    },
  );
}
