import { PromotionError } from '../../domain/errors.js';
import { anchorsUsed } from '../../evidence/baseline.js';
import { asInput } from '../../domain/cure.js';
import { compares } from '../../policy/champion.js';
import type { Freeze } from '../../policy/policy.js';
import type { Registry } from '../../registry/registry.js';
import type { ModelVersion } from '../../domain/version.js';
import type { PreconditionResult } from '../../domain/check.js';
import { holdersKnown } from './disagreement.js';
import { frozen, soaking } from './schedule.js';
import { soleHolder } from './holders.js';
import { isSame } from './current-state.js';
import { hasPassed, readRecord, stateIn, type StageRecord } from '../../domain/record.js';
import type { CurrentState, PromotionContext } from '../context.js';
import type { ApprovalVerdict } from '../../domain/approval.js';

/**
 * What must be so before a version may take a stage, whatever its checks say: the log knows the holders, the
 * version comes by way of the stage before and not back from where it was, it has soaked, nothing is frozen.
 * Each that is not so holds; in the order in which a reader would mend them.
 */
export async function preconditions(
  work: PromotionContext,
  currentState: CurrentState,
): Promise<readonly PreconditionResult[]> {
  const { stage } = work;
  const before = stage.after === undefined ? undefined : await passedBefore(work, currentState, stage.after);
  const results = [
    sameVersion(work, currentState),
    aloneOnItsCommit(currentState),
    ...(await holdersKnown(work, currentState)),
    ...(await anchorsKnown(work, currentState)),
    championThere(work, currentState),
    notComingBack(work, currentState),
    before?.result,
    stage.soakMs === undefined || before?.since === undefined ? undefined : soaked(work, stage.soakMs, before.since),
    stage.freeze === undefined ? undefined : notFrozen(work, stage.freeze),
  ];
  return results.filter((result) => result !== undefined);
}

/** An approval that the stage asks for, as a precondition. */
export function approvalGiven(approval: ApprovalVerdict): PreconditionResult {
  return approval.approved ? met('approval', `${approval.how}.`) : unmet('approval', approval.reason, approval.cure);
}

function met(name: string, reason: string): PreconditionResult {
  return { kind: 'precondition', name, outcome: 'passed', reason };
}

function unmet(name: string, reason: string, cure: string): PreconditionResult {
  return { kind: 'precondition', name, outcome: 'inconclusive', reason, cure };
}

/** What the log says of a version is not said of another one that was given its name. */
function sameVersion(
  { model }: PromotionContext,
  { candidate, history }: CurrentState,
): PreconditionResult | undefined {
  if (isSame(history, candidate)) return undefined;
  return unmet(
    'same version',
    `${model} ${candidate.version} is not the version that the promotion log knows by this name: it was deleted and made anew on ${candidate.createdAt}.`,
    `If that is right, say why with ${asInput('register', { version: candidate.version })}; it then starts from the beginning.`,
  );
}

/**
 * Where the log says that nobody is champion any more, and how that came, comparisons hold until a person lifts that;
 * then they are with what the log recorded of the last one.
 */
function championThere(
  { policy: { champion: name }, stage, override, reason, command }: PromotionContext,
  { champion, history }: CurrentState,
): PreconditionResult | undefined {
  if (champion !== undefined) {
    if (!override.includes('champion')) return undefined;
    return met('champion', `'override: champion' lifts nothing: ${champion.version} holds ${name}.`);
  }
  const last = history?.lastBefore(name);
  if (last === undefined || !compares(stage.checks)) return undefined;
  const { until = '', left } = last;
  const version = last.version.name;
  const how = left === 'archived' ? 'was archived' : left === 'vacated' ? 'was recorded as gone' : 'left it';
  const since = `nobody holds ${name} since ${version} ${how} on ${until}`;
  if (override.includes('champion')) {
    const what = `${since}; what the log recorded of ${version} takes its place.`;
    return met('champion', `There is no champion: ${what} Lifted by an override: ${reason ?? ''}`);
  }
  return unmet(
    'champion',
    `There is no champion to compare with: ${since}.`,
    `${asInput(['gate', 'apply'].includes(command) ? command : 'promote', { stage: stage.name, override: 'champion' })} compares with what the log recorded of ${version}; or put a version back with ${asInput('rollback', { stage: name, version })}.`,
  );
}

/** git: a stage's tag is on a commit, so it could be for either of two versions there. */
function aloneOnItsCommit({ candidate, history }: CurrentState): PreconditionResult | undefined {
  const shared = sharedCommit(candidate, history);
  return shared === undefined ? undefined : unmet('one version on its commit', shared.reason, shared.cure);
}

/** What there is to say of versions on one commit, and which tag to delete; undefined where a version is alone there. */
export function sharedCommit(
  { uri, version, commit = '', sameCommit = [] }: ModelVersion,
  history: CurrentState['history'],
): { readonly reason: string; readonly cure: string } | undefined {
  if (sameCommit.length === 0) return undefined;
  const others = sameCommit.map((tag) => tag.slice(tag.lastIndexOf('@') + 1));
  const isKnown = (name: string): boolean =>
    history?.events.some((event) => event.version === name && event.stage !== undefined) === true;
  // What has a history keeps its name.
  const spare = !isKnown(version) && others.some(isKnown) ? [uri] : sameCommit;
  return {
    reason: `The tags ${[uri, ...sameCommit].join(' and ')} are on one commit, ${commit.slice(0, 8)}: a stage's tag there could be for either.`,
    cure: `Keep one of them: delete the other with ${spare.map((tag) => `'git push origin :refs/tags/${tag}'`).join(' and ')}, in a repository without a remote ${spare.map((tag) => `'git tag -d ${tag}'`).join(' and ')}; a new version needs a commit of its own.`,
  };
}

/**
 * An anchor is the version that the policy's author meant. Where the log has known two by its name, nobody can tell
 * which that was, and the weaker one would lower the bar.
 */
export async function anchorsKnown(
  { registry, policy, stage, model }: Pick<PromotionContext, 'registry' | 'policy' | 'stage' | 'model'>,
  { history }: Pick<CurrentState, 'history'>,
): Promise<readonly PreconditionResult[]> {
  if (history === undefined) return [];
  const unknown: PreconditionResult[] = [];
  for (const [name, given] of anchorsUsed(policy, stage)) {
    const version = await registry.version(model, given);
    if (history.onlyEverMeant(version)) continue;
    unknown.push(
      unmet(
        `anchor ${name}`,
        `The policy's anchor '${name}' is ${version.version}, and the promotion log knows another version by this name: it was made anew on ${version.createdAt}.`,
        "Name another version in the policy's 'anchors', or write the value as a number in the condition.",
      ),
    );
  }
  return unknown;
}

/** A version that held the stage and left it was replaced or found bad: a promotion is not the way back. */
function notComingBack(
  { stage, model }: PromotionContext,
  { candidate, history }: CurrentState,
): PreconditionResult | undefined {
  const left = history === undefined ? leftByTags(candidate, stage.name) : history.left(candidate, stage.name);
  if (left === undefined) return undefined;
  const bad = left.left === 'rolled_back';
  return unmet(
    `new to ${stage.name}`,
    `${model} ${candidate.version} held ${stage.name} before and was ${(left.left ?? 'replaced').replace('_', ' ')} on ${left.until ?? ''}.`,
    bad || history === undefined
      ? `If it is good after all, say why with ${asInput('register', { version: candidate.version })}.`
      : `To put it back, use ${asInput('rollback', { stage: stage.name, version: candidate.version })}: that asks for no new proof.`,
  );
}

function leftByTags(version: ModelVersion, stage: string): { left: string; until: string } | undefined {
  const record = readRecord(version, stage);
  if (record?.state !== 'archived' && record?.state !== 'rolled_back') return undefined;
  const anew = readRecord(version, 'registered');
  return anew?.stage === undefined && anew !== undefined && anew.at > record.at
    ? undefined
    : { left: record.state, until: record.at };
}

async function passedBefore(
  { registry, model, policy }: PromotionContext,
  currentState: CurrentState,
  before: string,
): Promise<{ readonly result: PreconditionResult; readonly since?: string }> {
  const { candidate, history, reading } = currentState;
  const name = `after ${before}`;
  const what = `${model} ${candidate.version}`;
  // Tags count where they are all there is; where a log can be kept, it begins with who holds what.
  const byTags = history === undefined && !(await registry.hasOrCanStartLog(model));
  const record = byTags ? passedByTags(candidate, before) : history?.passed(candidate, before);
  if (record?.origin === 'local' && policy.local !== 'allow') {
    return { result: passedLocally(name, `${what} passed ${before} on ${record.at}`, before, currentState) };
  }
  if (record !== undefined) {
    return { result: met(name, `${what} passed ${before} on ${record.at}.`), since: record.at };
  }
  // Before anything was ever deployed by us, a registry's holders are taken as they are.
  const firstUse =
    history === undefined &&
    reading?.operation === undefined && // Else it may be half moved there.
    (!byTags ||
      (readRecord(candidate, before) === undefined && !(await hasHistory(registry, model, [...policy.stages.keys()]))));
  if (firstUse && (await soleHolder(registry, model, before)) === candidate.version) {
    const reason = `${what} holds ${before}; the model has no records yet, so its holders are taken as they are.`;
    return { result: met(name, reason) };
  }
  const state = stateIn(candidate);
  const reason = `${what} has not passed ${before} (its state is '${state}').`;
  return { result: unmet(name, reason, `Promote it to ${before} first.`) };
}

/** What was done at a terminal is no workflow's, which everybody can look up; a person may take it over in one. */
function passedLocally(
  name: string,
  what: string,
  before: string,
  { candidate, history }: CurrentState,
): PreconditionResult {
  const actor = history?.passed(candidate, before)?.actor;
  const holds = history?.isHeldBy(before, candidate) ?? false;
  const cure = holds
    ? `In a workflow, ${asInput('adopt', { stage: before })} takes it into the record`
    : `In a workflow, ${asInput('register', { version: candidate.version })} lets it begin again, and then ${asInput('promote', { stage: before, version: candidate.version })}`;
  return unmet(
    name,
    `${what} at a terminal${actor === undefined ? '' : ` (${actor})`}, which does not count by this policy.`,
    `${cure}; or the policy says 'local: allow'.`,
  );
}

function passedByTags(version: ModelVersion, stage: string): Pick<StageRecord, 'at' | 'origin'> | undefined {
  return hasPassed(version, stage) ? readRecord(version, stage) : undefined;
}

function soaked({ now, override, reason }: PromotionContext, soakMs: number, since: string): PreconditionResult {
  const early = soaking(since, soakMs, now());
  if (early === undefined) return met('soak', 'It has been in the stage before for long enough.');
  if (override.includes('soak')) return met('soak', `${early} Lifted by an override: ${reason ?? ''}`);
  return unmet('soak', early, "Wait, or lift it with 'override: soak' and a reason.");
}

function notFrozen({ now, override, reason }: PromotionContext, freeze: Freeze): PreconditionResult {
  const why = frozen(freeze, now());
  if (why === undefined) return met('freeze', 'Nothing is frozen now.');
  if (override.includes('freeze')) return met('freeze', `${why} Lifted by an override: ${reason ?? ''}`);
  return unmet('freeze', why, "Wait, or lift it with 'override: freeze' and a reason.");
}

/** Whether any version's own tags say that it was deployed to one of the stages. */
export async function hasHistory(registry: Registry, model: string, stages: readonly string[]): Promise<boolean> {
  try {
    for await (const version of registry.versions(model)) {
      if (stages.some((stage) => hasPassed(version, stage))) return true;
    }
  } catch (thrown) {
    if (!isUnknownModel(thrown)) throw thrown; // What does not exist yet has no history.
  }
  return false;
}

export function isUnknownModel(thrown: unknown): boolean {
  return thrown instanceof PromotionError && thrown.code === 'MODEL_UNKNOWN';
}
