import { assertNever } from '../domain/assert-never.js';
import { evaluateChecks } from '../evidence/evaluate.js';
import type { Monitor } from '../policy/policy.js';
import type { ModelVersion } from '../domain/version.js';
import { decide } from '../verdict/decide.js';
import type { Report } from '../domain/report.js';
import { asPromotionError, PromotionError } from '../domain/errors.js';
import { readTogether, soleOf } from './judge/agreement.js';
import type { Reading, CurrentState, PromotionContext } from './context.js';
import { asInput } from '../domain/cure.js';
import { commandEnvironment } from './judge/command-environment.js';
import { holderKnown } from './judge/disagreement.js';
import { ReportBuilder } from './report-builder.js';
import { anchorsOf, recordedOf, subjectOf } from './judge/evaluate.js';
import { versionOrName } from './judge/holders.js';
import { anchorsKnown } from './judge/preconditions.js';
import { recoverIfAbandoned } from './recovery/recover.js';
import { resolveVersion } from './judge/resolve.js';
import { rollback } from './rollback.js';
import { currentStateAsRead } from './judge/current-state.js';
import { readRecord, stateOf } from '../domain/record.js';

/** A job on GitHub's own runners ends after six hours: by then a promotion is over, however it ended. */
const longestJobMs = 6 * 3_600_000;

/** Tells people of a live version that was found bad, and that it is well again. */
export interface Alarm {
  readonly raise: (report: Report) => Promise<readonly string[]>;
  readonly clear: (report: Report) => Promise<readonly string[]>;
}

/**
 * Runs the stage's monitor checks on its holder. Judged bad, the last good holder is put back or an issue is
 * opened, as the policy says; what could not be judged never rolls back. Never while a promotion is under way,
 * and never twice in a row down the history: a version that was itself put back is only told about.
 */
export async function monitor(work: PromotionContext, version: string | undefined, alarm: Alarm): Promise<Report> {
  const { registry, model, stage, policy, execution, log, report } = work;
  const plan = stage.monitor;
  if (plan === undefined) {
    throw new PromotionError('INPUT_INVALID', `Stage '${stage.name}' has no 'monitor' in the policy.`, {
      cure: "Add 'monitor: { checks: [ … ], then: rollback }' to it, or name another stage.",
    });
  }
  const settled = work.dryRun ? [] : await recoverIfAbandoned(work, { stage: stage.name });
  const reading = await readTogether(work, [stage.name]);
  const holder = soleOf(reading, stage.name);
  const named = version === undefined ? undefined : await resolveVersion(registry, policy, model, version);
  const wanted = named === undefined ? holder : named.version.version;
  if (wanted === undefined) throw await nothingToWatch(work, reading);
  if (wanted !== holder) throw notTheHolder(work, wanted, holder);
  const candidate = await versionOrName(registry, model, wanted);
  if (candidate.isGone === true) throw await nothingToWatch(work, reading, candidate);
  const currentState = await currentStateAsRead(work, candidate);
  report.begin(work, currentState).note(...settled);
  const underWay = await promotionUnderWay(work);
  if (underWay !== undefined) {
    return report.end({
      decision: 'hold',
      reason: `${underWay} is on its way to ${stage.name}: what is live is changing.`,
      cure: 'Watch again when that promotion has ended.',
    });
  }
  const checks = await evaluateChecks(
    {
      policy,
      stage: { ...stage, checks: plan.checks, ...(stage.evaluate === undefined ? {} : { evaluate: stage.evaluate }) },
      candidate,
      champion: currentState.champion,
      noChampion: { kind: 'vanished', where: registry.description },
      recorded: await recordedOf(work, currentState),
      watched: true,
      anchors: await anchorsOf({ ...work, stage: { ...stage, checks: plan.checks } }),
      preconditions: await anchorsKnown({ ...work, stage: { ...stage, checks: plan.checks } }, currentState),
      vars: policy.models.get(model) ?? new Map(),
      subject: subjectOf(work, candidate),
      environment: await commandEnvironment(work, currentState, true),
    },
    registry,
    execution,
    log,
  );
  const verdict = decide(checks);
  const judged = report.end({ ...verdict, checks });
  await work.seal(judged);
  if (work.dryRun) return judged;
  switch (verdict.decision) {
    case 'error':
    case 'hold':
      return judged;
    case 'promote': {
      const reason = `${model} ${candidate.version} is well in ${stage.name}. ${verdict.reason}`;
      const well = report.add({ reason }).current;
      return report.note(...(await alarm.clear(well))).current;
    }
    case 'reject':
      return foundBad(work, plan.then, currentState, judged, alarm);
    default:
      return assertNever(verdict.decision, 'decision');
  }
}

/** @param gone what the registry calls the holder, and is there by its name alone */
async function nothingToWatch(
  work: PromotionContext,
  { history, operation }: Reading,
  gone?: ModelVersion,
): Promise<PromotionError> {
  const { model, stage } = work;
  const odd = history === undefined ? undefined : await holderKnown(work, stage.name, gone, history, operation);
  const what =
    gone === undefined
      ? `No version of '${model}' holds '${stage.name}'`
      : `'${stage.name}' of '${model}' is held by ${gone.version}, which no longer exists`;
  return new PromotionError('VERSION_UNKNOWN', `${what}: there is nothing to watch.`, {
    cure: odd?.cure ?? `Promote a version there first, with ${asInput('promote', { stage: stage.name })}.`,
  });
}

function notTheHolder({ model, stage }: PromotionContext, wanted: string, holder: string | undefined): PromotionError {
  return new PromotionError(
    'VERSION_UNKNOWN',
    `${model} ${wanted} does not hold ${stage.name}; ${holder ?? 'nobody'} does.`,
    {
      cure:
        holder === undefined
          ? `Promote it there first, with ${asInput('promote', { stage: stage.name, version: wanted })}.`
          : `Watch the holder, with ${asInput('monitor', { stage: stage.name })}.`,
    },
  );
}

async function foundBad(
  work: PromotionContext,
  then: Monitor['then'],
  { candidate, history }: CurrentState,
  judged: Report,
  alarm: Alarm,
): Promise<Report> {
  switch (then) {
    case 'alert':
      return work.report.note(...(await alarm.raise(judged))).current;
    case 'rollback': {
      if (history?.wasPutBack(work.stage.name, candidate) !== true) {
        return rollBack(work, judged, alarm);
      }
      work.report.note(
        `${candidate.version} was itself put back by a rollback: the history is not walked down twice in a row. A person must decide.`,
      );
      return work.report.note(...(await alarm.raise(work.report.current))).current;
    }
    default:
      return assertNever(then, 'way to act on a bad version');
  }
}

async function rollBack(work: PromotionContext, judged: Report, alarm: Alarm): Promise<Report> {
  const bad = judged.candidate?.version ?? '';
  work.registry.refresh();
  try {
    const restored = await rollback(
      // Its own report: what the monitor judged stands, whatever becomes of the rollback.
      { ...work, report: new ReportBuilder(work.now), reason: `monitor found ${bad} bad: ${judged.reason}` },
      undefined,
      judged.candidate,
    );
    const checks = [...judged.checks, ...restored.checks];
    // The step fails: what was live was bad, and somebody should know.
    if (restored.promoted) {
      return {
        ...restored,
        decision: 'reject',
        checks,
        reason: `${bad} was found bad and rolled back. ${judged.reason}`,
      };
    }
    work.report.add({ ...deployedBy(restored), checks });
    return await alarmed(work, `${restored.reason} ${restored.cure ?? ''}`.trim(), alarm);
  } catch (thrown) {
    return alarmed(work, asPromotionError(thrown).sentence, alarm);
  }
}

function deployedBy({ deployed }: Report): Pick<Report, 'deployed'> {
  return deployed === undefined ? {} : { deployed };
}

/** What is bad stays live: whatever kept it there, people must know. */
async function alarmed({ report }: PromotionContext, why: string, alarm: Alarm): Promise<Report> {
  report.note(`It was not rolled back: ${why}`);
  return report.note(...(await alarm.raise(report.current))).current;
}

/** The log tells it; where there is none, a version that was approved for the stage not long ago and is not there. */
async function promotionUnderWay({ registry, model, stage, now }: PromotionContext): Promise<string | undefined> {
  const operation = await registry.operation(model);
  if (operation !== undefined) return operation.stage === stage.name ? operation.version : undefined;
  if ((await registry.history(model)) !== undefined) return undefined;
  for await (const version of registry.versions(model)) {
    const record = readRecord(version, stage.name);
    if (record?.state !== stateOf(stage.name, 'approved')) continue;
    if (now().getTime() - Date.parse(record.at) < longestJobMs) return version.version;
  }
  return undefined;
}
