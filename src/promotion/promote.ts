import { randomUUID } from 'node:crypto';
import { asPromotionError } from '../errors.js';
import type { Bench } from '../evidence/command.js';
import { gather, type Contest, type GroupedLog } from '../evidence/gather.js';
import type { Policy, PolicySource, Role, Stage } from '../policy/policy.js';
import type { MetricReading, ModelVersion, Registry } from '../registry/registry.js';
import { decide } from '../verdict/decide.js';
import type { CheckResult, PreconditionResult, Report } from '../verdict/verdict.js';
import { identityOf } from './identity.js';
import { resolveVersion, soleHolder } from './resolve.js';
import { hasPassed, readRecord, recordTag, stateOf, stateTag, writeRecord, type StageRecord } from './states.js';

/** Everything one judgement needs, resolved; what touches the world is passed in. */
export interface Undertaking {
  readonly command: 'promote' | 'gate';
  readonly dryRun: boolean;
  readonly model: string;
  readonly stage: Stage;
  /** As the user named it; `latest` where nothing was named. */
  readonly version: string;
  readonly policy: Policy;
  readonly source: PolicySource;
  readonly registry: Registry;
  readonly bench: Omit<Bench, 'log'>;
  readonly log: GroupedLog;
  readonly now: () => Date;
  /** Who runs this, where, on which commit: for the record. */
  readonly author: { readonly actor?: string; readonly run?: string; readonly commit?: string };
  /** Seals the evidence before anything is moved; returns its digest. */
  readonly seal: (report: Report) => Promise<string>;
  /** Told what is known so far, so that a report can be made whatever is thrown later. */
  readonly progress: (known: Partial<Report>) => void;
}

/** Who stands where before the judgement. */
interface Standing {
  readonly candidate: ModelVersion;
  readonly champion: ModelVersion | undefined;
  readonly previous: ModelVersion | undefined;
}

type Draft = Omit<Report, 'endedAt'>;

/**
 * Judges a version for a stage and, when the command is `promote` and nothing stands against it, moves it there.
 * Throws what cannot be told as a verdict: unknown names, an unreachable registry.
 */
export async function promote(undertaking: Undertaking): Promise<Report> {
  const { registry, policy, stage, model, source, author, now } = undertaking;
  const startedAt = now().toISOString();
  const standing = await stand(undertaking);
  const draft: Draft = {
    command: undertaking.command,
    dryRun: undertaking.dryRun,
    decision: 'error',
    reason: '',
    promoted: false,
    alreadyThere: false,
    model,
    stage: stage.name,
    stages: [...policy.stages.keys()],
    candidate: standing.candidate,
    ...(standing.champion === undefined ? {} : { champion: standing.champion }),
    ...(standing.previous === undefined ? {} : { previous: standing.previous }),
    archived: false,
    checks: [],
    notes: [],
    registry: registry.description,
    policy: source,
    problems: [],
    ...(author.actor === undefined ? {} : { actor: author.actor }),
    ...(author.run === undefined ? {} : { runPage: author.run }),
    ...(author.commit === undefined ? {} : { commit: author.commit }),
    startedAt,
  };
  undertaking.progress(draft);
  const end = (more: Partial<Draft>): Report => ({ ...draft, ...more, endedAt: now().toISOString() });
  if (standing.previous?.version === standing.candidate.version) {
    return end({
      decision: 'promote',
      alreadyThere: true,
      reason: `${model} ${standing.candidate.version} holds ${stage.name} already; nothing was to be done.`,
    });
  }

  const checks = await examine(undertaking, standing);
  const verdict = decide(checks);
  const judged = end({ ...verdict, checks });
  undertaking.progress(judged);
  const evidence = await undertaking.seal(judged);
  if (undertaking.command === 'gate' || undertaking.dryRun) return judged;
  if (verdict.decision === 'promote') return move(undertaking, standing, judged, evidence);
  if (verdict.decision === 'reject') return markRejected(undertaking, standing, judged, evidence);
  return judged;
}

/** Pins the candidate and reads the holders, before anything is judged. */
async function stand({ registry, policy, stage, model, version }: Undertaking): Promise<Standing> {
  const candidate = await resolveVersion(registry, policy, model, version);
  const byName = async (holder: string | undefined): Promise<ModelVersion | undefined> =>
    holder === undefined ? undefined : holder === candidate.version ? candidate : registry.version(model, holder);
  const champion = await byName(await soleHolder(registry, model, policy.champion));
  const previous =
    stage.name === policy.champion ? champion : await byName(await soleHolder(registry, model, stage.name));
  return { candidate, champion, previous };
}

async function examine(undertaking: Undertaking, standing: Standing): Promise<readonly CheckResult[]> {
  const { registry, policy, stage, model, bench } = undertaking;
  const precondition =
    stage.after === undefined ? undefined : await passedBefore(undertaking, standing.candidate, stage.after);
  const operation = randomUUID();
  const contest: Contest = {
    policy,
    stage,
    candidate: standing.candidate,
    champion: standing.champion,
    noChampion:
      standing.champion === undefined ? await noChampion(undertaking) : { kind: 'first', policy: 'hold', where: '' },
    recorded:
      standing.champion === undefined ? new Map() : recordedMetrics(standing.champion, stage.name, policy.champion),
    preconditions: precondition === undefined ? [] : [precondition],
    vars: policy.models.get(model) ?? new Map(),
    environment: await commandEnvironment(undertaking, standing, operation),
  };
  return gather(contest, registry, bench, undertaking.log);
}

/** The stage before must have been passed: by a record, or, where the model has no records yet, by holding it. */
async function passedBefore(
  { registry, model }: Undertaking,
  candidate: ModelVersion,
  before: string,
): Promise<PreconditionResult> {
  const result = (outcome: 'passed' | 'inconclusive', reason: string, cure?: string): PreconditionResult => ({
    kind: 'precondition',
    name: `after ${before}`,
    outcome,
    reason,
    ...(cure === undefined ? {} : { cure }),
  });
  const record = readRecord(candidate, before);
  if (record !== undefined && hasPassed(candidate, before)) {
    return result('passed', `${model} ${candidate.version} passed ${before} on ${record.at}.`);
  }
  if ((await soleHolder(registry, model, before)) === candidate.version && !(await hasHistory(registry, model))) {
    return result(
      'passed',
      `${model} ${candidate.version} holds ${before}; the model has no records yet, so its holders are taken as they are.`,
    );
  }
  const state = candidate.tags.get(stateTag) ?? 'registered';
  return result(
    'inconclusive',
    `${model} ${candidate.version} has not passed ${before} (its state is '${state}').`,
    `Promote it to ${before} first.`,
  );
}

/** Whether any version of the model carries a record of any stage, or of the one given. */
async function hasHistory(registry: Registry, model: string, stage?: string): Promise<boolean> {
  for await (const version of registry.versions(model)) {
    if (stage === undefined ? version.tags.has(stateTag) : hasPassed(version, stage)) return true;
  }
  return false;
}

async function noChampion({ registry, policy, model }: Undertaking): Promise<Contest['noChampion']> {
  const where = registry.description;
  return (await hasHistory(registry, model, policy.champion))
    ? { kind: 'vanished', where }
    : { kind: 'first', policy: policy.firstPromotion, where };
}

function recordedMetrics(champion: ModelVersion, ...stages: readonly string[]): ReadonlyMap<string, MetricReading> {
  const found = stages
    .map((stage) => ({ stage, record: readRecord(champion, stage) }))
    .find(({ record }) => record?.metrics !== undefined && typeof record.metrics === 'object');
  const { record, stage } = found ?? {};
  if (record === undefined || stage === undefined) return new Map();
  return new Map(
    Object.entries(record.metrics ?? {}).map(([id, text]) => {
      const value = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
      return [id, { value, origin: `recorded when ${champion.version} was promoted to ${stage}`, at: record.at }];
    }),
  );
}

/** What a command is given, by role: see the README's table. */
async function commandEnvironment(
  undertaking: Undertaking,
  standing: Standing,
  operation: string,
): Promise<Contest['environment']> {
  const { registry, stage, model, bench } = undertaking;
  const paths = new Map<Role, string>();
  const usesFiles = stage.evaluate !== undefined || stage.checks.some((check) => check.kind === 'command');
  for (const [role, version] of [
    ['candidate', standing.candidate],
    ['champion', standing.champion],
  ] as const) {
    if (!usesFiles || version === undefined) continue;
    const path = await registry.materialise(version, `${bench.temporary}/${role}`);
    if (path !== undefined) paths.set(role, path);
  }
  return (role) => {
    const version = role === 'champion' && standing.champion !== undefined ? standing.champion : standing.candidate;
    return {
      ...registry.environment,
      MODEL_NAME: model,
      MODEL_VERSION: version.version,
      MODEL_URI: version.uri,
      MODEL_SOURCE: version.source ?? '',
      MODEL_PATH: paths.get(role) ?? '',
      MODEL_ROLE: role,
      MODEL_STAGE: stage.name,
      CHAMPION_VERSION: standing.champion?.version ?? '',
      CHAMPION_URI: standing.champion?.uri ?? '',
      PREVIOUS_VERSION: standing.previous?.version ?? '',
      PREVIOUS_URI: standing.previous?.uri ?? '',
      OPERATION_ID: operation,
    };
  };
}

/** Reads everything again, and moves the stage when it is as it was judged. */
async function move(undertaking: Undertaking, standing: Standing, judged: Report, evidence: string): Promise<Report> {
  const { registry, stage, model, policy, now } = undertaking;
  const { candidate, previous } = standing;
  const end = (more: Partial<Report>): Report => ({ ...judged, ...more, endedAt: now().toISOString() });
  const changed = await changedSince(undertaking, standing);
  if (changed !== undefined) {
    return end({
      decision: 'hold',
      reason: changed,
      cure: 'Nothing was moved. Run again to judge by how things stand now.',
    });
  }
  const archive = previous !== undefined && stage.archive === 'previous';
  try {
    await registry.transition({
      model,
      version: candidate,
      stage: stage.name,
      ...(previous === undefined ? {} : { replaces: previous }),
      archive,
      tags: tagsOf(undertaking, {
        ...recordBase(undertaking, judged, evidence),
        state: stateOf(stage.name, 'deployed'),
        ...(previous === undefined ? {} : { previous: previous.version }),
        metrics: measuredMetrics(policy, stage, judged.checks),
      }),
      replacedTags: archive
        ? tagsOf(undertaking, {
            ...recordBase(undertaking, judged, evidence),
            state: 'archived',
            reason: `replaced by ${candidate.version}`,
            metrics: readRecord(previous, stage.name)?.metrics ?? {},
          })
        : new Map(),
    });
  } catch (thrown) {
    const error = asPromotionError(thrown);
    return end({
      decision: 'error',
      reason: error.message,
      cure: error.cure ?? 'Look at `status` before running again.',
    });
  }
  const replaced =
    previous === undefined
      ? ''
      : archive
        ? `; ${previous.version}, which it replaces, is archived`
        : `; it replaces ${previous.version}`;
  return end({
    promoted: true,
    archived: archive,
    reason: `${model} ${candidate.version} now holds ${stage.name}${replaced}. ${judged.reason}`,
  });
}

/** What is no longer as it was when it was judged, as a sentence; undefined when all is. */
async function changedSince(
  { registry, model, stage, policy }: Undertaking,
  standing: Standing,
): Promise<string | undefined> {
  registry.refresh();
  const fresh = await registry.version(model, standing.candidate.version);
  if (identityOf(fresh) !== identityOf(standing.candidate)) {
    return `${model} ${fresh.version} is no longer what was judged: it was made anew on ${fresh.createdAt}.`;
  }
  const expected = [
    [stage.name, standing.previous?.version],
    [policy.champion, standing.champion?.version],
  ] as const;
  for (const [name, was] of expected) {
    const is = await soleHolder(registry, model, name);
    if (is !== was) return `While this ran, ${name} moved from ${was ?? 'no version'} to ${is ?? 'no version'}.`;
  }
  return undefined;
}

async function markRejected(
  undertaking: Undertaking,
  standing: Standing,
  judged: Report,
  evidence: string,
): Promise<Report> {
  const { registry, stage } = undertaking;
  const record: StageRecord = {
    ...recordBase(undertaking, judged, evidence),
    state: stateOf(stage.name, 'rejected'),
    reason: judged.reason,
  };
  try {
    await registry.tag(standing.candidate, tagsOf(undertaking, record));
    return judged;
  } catch (thrown) {
    // The verdict stands; only its record is missing, and the reader is told so.
    return {
      ...judged,
      notes: [
        ...judged.notes,
        `The rejection could not be recorded in the registry: ${asPromotionError(thrown).sentence}`,
      ],
    };
  }
}

function tagsOf({ stage }: Undertaking, record: StageRecord): ReadonlyMap<string, string> {
  return new Map([
    [recordTag(stage.name), writeRecord(record)],
    [stateTag, record.state],
  ]);
}

function recordBase(
  { author, source, stage, now }: Undertaking,
  judged: Report,
  evidence: string,
): Omit<StageRecord, 'state'> {
  return {
    stage: stage.name,
    at: now().toISOString(),
    ...author,
    ...(judged.policy === undefined ? {} : { policy: source.digest }),
    evidence,
  };
}

/** What only this job could measure: a later candidate is compared with what is recorded here. */
function measuredMetrics(
  policy: Policy,
  stage: Stage,
  checks: readonly CheckResult[],
): Readonly<Record<string, string>> {
  const names = new Map(
    stage.checks.flatMap((check) => (check.kind === 'condition' ? [[check.name, check.condition.metric]] : [])),
  );
  return Object.fromEntries(
    checks.flatMap((check) => {
      const id = names.get(check.name);
      const from = id === undefined ? undefined : policy.metrics.get(id)?.source.from;
      if (id === undefined || check.kind !== 'condition' || check.candidate === undefined) return [];
      return from === 'file' || from === 'command' ? [[id, check.candidate.value] as const] : [];
    }),
  );
}
