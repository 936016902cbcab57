import { notice, warning } from '@actions/core';
import { changesHolders } from './command-names.js';
import { PromotionError } from './errors.js';
import type { Inputs } from './inputs.js';
import { listMatrix } from './matrix.js';
import { openAlarm } from './people.js';
import { policyFor } from './policy/policy-for.js';
import { lintRemarks } from './policy/lint.js';
import { readPlanFile, sealPlan } from './plan-file.js';
import { adopt } from './promotion/adopt.js';
import { apply } from './promotion/apply.js';
import { backtest } from './promotion/backtest.js';
import { archive } from './promotion/archive.js';
import { monitor } from './promotion/monitor.js';
import { gate, promote } from './promotion/promote.js';
import { register } from './promotion/register.js';
import { resolveModel, unregisteredOf } from './promotion/resolve.js';
import { rollback } from './promotion/rollback.js';
import { readStatus } from './promotion/status.js';
import type { Undertaking } from './promotion/undertaking.js';
import { plain } from './report/escape.js';
import { backtestLines, backtestMarkdown } from './report/backtest.js';
import { statusLines, statusMarkdown } from './report/status.js';
import { openLedger, openRepository, type Session } from './session.js';
import { openRulebook } from './rulebook.js';
import { tellPage, tellReport } from './teller.js';
import { uncommittedTrusted } from './trusted-paths.js';
import { undertake, type Progress } from './undertake.js';
import type { Report } from './verdict/verdict.js';

type Command = (session: Session, progress: Progress) => Promise<void>;

/** To add a command: its name in `command-names.ts`, one line here. */
export const commands: Readonly<Record<Inputs['command'], Command>> = {
  promote: (session, progress) =>
    onStage(session, progress, (work) => promote(work, session.inputs.version ?? 'latest')),
  gate: judgeOnly,
  apply: carryOut,
  register: (session, progress) =>
    onModel(session, progress, (work) => {
      const { version, source, runId: run } = session.inputs;
      return register(work, { ...given({ version, source, run }) });
    }),
  monitor: (session, progress) =>
    onStage(session, progress, async (work) => monitor(work, session.inputs.version, await openAlarm(session))),
  rollback: (session, progress) => onStage(session, progress, (work) => rollback(work, session.inputs.version)),
  archive: (session, progress) => onModel(session, progress, (work) => archive(work, session.inputs.version ?? '')),
  adopt: (session, progress) => onStage(session, progress, adopt),
  status,
  backtest: replay,
  lint,
  matrix: listMatrix,
};

async function onStage(
  session: Session,
  progress: Progress,
  act: (undertaking: Undertaking) => Promise<Report>,
): Promise<void> {
  refusePullRequest(session);
  const { inputs } = session;
  await undertake(session, progress, { model: inputs.model, stage: inputs.stage }, async (undertaking) => {
    const report = await act(undertaking);
    await tellReport(report, { ...session, githubEnvironment: undertaking.stage.environment }, true);
  });
}

/** For what concerns a version as a whole: any stage will do. */
async function onModel(
  session: Session,
  progress: Progress,
  act: (undertaking: Omit<Undertaking, 'stage'>) => Promise<Report>,
): Promise<void> {
  refusePullRequest(session);
  await undertake(
    session,
    progress,
    { model: session.inputs.model, stage: undefined, stageless: true },
    async (undertaking) => {
      const { stage: _, ...work } = undertaking;
      await tellReport(await act(work), session, true);
    },
  );
}

async function judgeOnly(session: Session, progress: Progress): Promise<void> {
  const { inputs } = session;
  await undertake(session, progress, { model: inputs.model, stage: inputs.stage }, async (undertaking) => {
    const version = inputs.version ?? 'latest';
    const { report, evidence } = await gate(undertaking, version);
    // What is not registered yet cannot be moved, so there is nothing to plan.
    const isPlanned = unregisteredOf(version) === undefined && report.candidate !== undefined;
    const plan = isPlanned ? await sealPlan(session, undertaking, report, evidence) : undefined;
    const outputs = plan === undefined ? {} : { plan: plan.path, 'plan-digest': plan.digest };
    await tellReport(report, { ...session, outputs }, true);
  });
}

async function carryOut(session: Session, progress: Progress): Promise<void> {
  refusePullRequest(session);
  const { inputs } = session;
  const { plan, context } = await readPlanFile(session);
  const subject = {
    model: inputs.model ?? plan.model,
    stage: inputs.stage ?? plan.stage,
    before: plan.approvals,
    planned: plan.authors ?? [],
  };
  await undertake(session, progress, subject, async (undertaking) => {
    const report = await apply(undertaking, plan, context);
    await tellReport(report, { ...session, githubEnvironment: undertaking.stage.environment }, true);
  });
}

async function status(session: Session, progress: Progress): Promise<void> {
  const repository = await openRepository(session);
  const { policy, source } = await openRulebook(session, repository);
  const model = resolveModel(policy, session.inputs.model);
  const rulebook = { policy: policyFor(policy, model), source };
  progress({ policy: rulebook.source, model, stages: [...rulebook.policy.stages.keys()] });
  const registry = await openLedger(session, rulebook, repository);
  const told = session.veil.overData(await readStatus(registry, rulebook.policy, model, session.inputs.on));
  await tellPage({ model, lines: statusLines(told), markdown: statusMarkdown(told) }, session);
}

async function replay(session: Session, progress: Progress): Promise<void> {
  const { inputs, veil } = session;
  await undertake(session, progress, { model: inputs.model, stage: inputs.stage }, async (undertaking) => {
    const tell = (done: number, of: number): void => undertaking.log.line(`backtest: ${done} of ${of}`);
    const told = veil.overData(await backtest(undertaking, {}, tell));
    const page = { model: told.model, lines: backtestLines(told), markdown: backtestMarkdown(told) };
    await tellPage(page, session);
  });
}

async function lint(session: Session, progress: Progress): Promise<void> {
  const { policy, source } = await openRulebook(session, undefined);
  progress({ policy: source });
  const opened = (): ReturnType<typeof openRepository> => openRepository(session);
  const remarks = [
    ...lintRemarks(policy),
    ...(await uncommittedTrusted({ workspace: session.workspace, opened, policy, source })),
  ];
  for (const { message, at } of remarks) {
    warning(
      plain(session.veil.over(message)),
      at === undefined ? {} : { file: at.file, startLine: at.line, startColumn: at.column },
    );
  }
  const checks = [...policy.stages.values()].reduce((sum, stage) => sum + stage.checks.length, 0);
  const what = `${policy.stages.size} stages, ${checks} checks, ${policy.models.size} models`;
  notice(
    `${source.path} is a valid policy: ${what}${remarks.length === 0 ? '' : `; ${remarks.length} to think about`}.`,
  );
}

function refusePullRequest({ inputs: { command, dryRun }, context: { isPullRequest, event } }: Session): void {
  if (!isPullRequest || dryRun || !changesHolders(command)) return;
  throw new PromotionError(
    'INPUT_INVALID',
    `A '${event}' event never moves a version: what it runs has not been merged.`,
    { cure: `Use 'command: gate' here, and '${command}' in a workflow on the default branch.` },
  );
}

/** Without what was not given. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
