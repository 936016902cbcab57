import { PromotionError } from '../../domain/errors.js';
import { oneLine } from '../../git/tag.js';
import type { PromotionEvent } from '../../domain/event.js';
import { History } from '../../log/history.js';
import { LoggedVersion } from '../../log/logged-version.js';
import { identified } from '../../log/event.js';
import { fingerprintOf } from '../../domain/version.js';
import { eventsOf } from '../../domain/record.js';
import { eventsOn } from './version-tags.js';
import type { Registration } from '../registry.js';
import type { Artifact } from './artifact.js';
import { asInput } from '../../domain/cure.js';
import { deletion } from './deletion.js';
import { isAhead } from './holders.js';
import { refusesModelName, registrationTag } from './gto-tag.js';
import type { Addition, TagAuthor } from './stage-tags.js';
import { compareVersions, isVersion, patchAfter } from './semver.js';
import type { Snapshot } from './snapshot.js';

/** GTO's first. */
const FIRST_VERSION = 'v0.0.1';

/** What git does not register by is refused before anything is read. Throws `INPUT_INVALID`. */
export function refuseRegistration({ model, version, source, run }: Registration): void {
  const refusal = refusesModelName(model);
  if (refusal !== undefined) throw new PromotionError('INPUT_INVALID', refusal.message, { cure: refusal.cure });
  const given = run !== undefined ? 'run' : source !== undefined ? 'source' : undefined;
  if (given !== undefined) {
    throw new PromotionError('INPUT_INVALID', `A git registry registers a commit, and '${given}' was given.`, {
      cure: `Leave '${given}' out, and give 'commit' where it is not the one checked out.`,
    });
  }
  if (version !== undefined && !isVersion(prefixed(version))) {
    throw new PromotionError('INPUT_INVALID', `'${oneLine(version, 80)}' is no semantic version.`, {
      cure: "Write it as 'v1.2.0', or leave it out for the patch after the highest.",
    });
  }
}

/**
 * What registers the commit, and the name it is registered by. A commit that is registered already keeps its
 * name and its records. Throws `REGISTRY_CONFLICT` for a name that another commit has, and for another name of
 * a commit that has one: GTO knows one version of a model in a commit.
 */
export function registering(
  { artifact, log }: Snapshot,
  registration: Registration,
  commit: string,
  hand: TagAuthor,
): Addition & { readonly version: string } {
  const { model, tags } = registration;
  const asked = registration.version === undefined ? undefined : prefixed(registration.version);
  const at = hand.now.toISOString();
  const record = (version: string, tag?: string): PromotionEvent[] => {
    const told = eventsOf(version, tags, [], at);
    const own = told.some(({ type }) => type === 'registered')
      ? told
      : [...told, { type: 'registered' as const, version, at, actor: hand.identity.name }];
    return own.map((event) => (event.type === 'registered' && tag !== undefined ? { ...event, tag } : event));
  };
  const present =
    artifact.registrations.find((each) => each.version === asked && each.commit === commit) ??
    artifact.registrations.find((each) => each.commit === commit);
  if (present !== undefined) {
    if (asked !== undefined && present.version !== asked) {
      throw taken(
        `Commit ${commit} is version '${present.version}' of '${model}' already, and cannot be '${asked}' too.`,
        `A new version needs a commit of its own: check out another, or name it as 'commit'. As '${present.version}' it is taken with ${asInput('register', {})}.`,
      );
    }
    const { version } = present;
    const found = { model, version, createdAt: new Date(present.time * 1000).toISOString(), source: commit };
    const which = new LoggedVersion(version, fingerprintOf(found));
    if (!new History(log.events).means(which)) throw otherThanKnown(which, model);
    const isTold = eventsOn(which, log.events, artifact.assignments).length > 0;
    return { version, tags: [], events: isTold ? [] : identified(record(version), found) };
  }
  const other = artifact.registrations.find((each) => each.version === asked);
  if (other !== undefined) {
    throw taken(
      `Version '${other.version}' of '${model}' is commit ${other.commit}, and not ${commit}.`,
      `Give another 'version', or none: ${asInput('register', {})} takes the patch after the highest.`,
    );
  }
  const former = artifact.everRegistered.find((each) => each.commit === commit);
  if (former !== undefined) {
    const tag = registrationTag(model, former.version);
    throw new PromotionError(
      'REGISTRY_CONFLICT',
      `Commit ${commit} was version '${former.version}' of '${model}' until it was deregistered, and GTO reads no model with two versions in one commit.`,
      {
        cure: `Register another commit, or delete the tags '${tag}' and '${tag}!': ${deletion(tag, `${tag}!`)}`,
      },
    );
  }
  const version = asked ?? nextVersion(artifact);
  const name = registrationTag(model, version);
  const message = `Registered ${model} ${version}`;
  const when = tagTime(artifact, hand.now);
  return {
    version,
    tags: [{ name, target: commit, message, tagger: hand.identity, when }],
    events: identified(record(version, name), { model, version, createdAt: when.toISOString(), source: commit }),
  };
}

/** By what the log says, which a person must set aside with a reason. */
function otherThanKnown({ name }: LoggedVersion, model: string): PromotionError {
  return new PromotionError(
    'REGISTRY_CONFLICT',
    `'${name}' of '${model}' is another commit than the promotion log knows by this name: its tag was moved or made again.`,
    { cure: `If that is right, say why with ${asInput('register', { version: name })}.` },
  );
}

/** The patch after the highest, as `gto register` has it; the tag of a deregistered one is there still. */
function nextVersion({ everRegistered }: Artifact): string {
  const highest = everRegistered
    .map(({ version }) => version)
    .toSorted(compareVersions)
    .at(-1);
  return highest === undefined ? FIRST_VERSION : patchAfter(highest);
}

/**
 * Later than the tag that deprecated the model: the newest tag decides whether it is.
 * @throws PromotionError `REGISTRY_ANSWER` for one dated in the future, which no registration could come after
 */
function tagTime({ deprecatedBy }: Artifact, now: Date): Date {
  if (deprecatedBy !== undefined && isAhead(deprecatedBy, now)) {
    throw new PromotionError(
      'REGISTRY_ANSWER',
      `Tag '${deprecatedBy.name}', which deprecates the model, is dated ${new Date(deprecatedBy.time * 1000).toISOString()}, in the future: until then it would be the newest.`,
      { cure: `Delete it: ${deletion(deprecatedBy.name)} Then register again, with ${asInput('register', {})}.` },
    );
  }
  return new Date(Math.max(Math.floor(now.getTime() / 1000), (deprecatedBy?.time ?? 0) + 1) * 1000);
}

function prefixed(version: string): string {
  return version.startsWith('v') ? version : `v${version}`;
}

function taken(message: string, cure: string): PromotionError {
  return new PromotionError('REGISTRY_CONFLICT', message, { cure });
}
