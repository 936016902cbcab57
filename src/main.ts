import { rm, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { notice, setSecret } from '@actions/core';
import { consoleLog } from './console.js';
import { asPromotionError, PromotionError } from './errors.js';
import { readContext, type GithubContext } from './github/context.js';
import { readInputs, type Inputs } from './inputs.js';
import { promote } from './promotion/promote.js';
import { resolveModel, resolveStage } from './promotion/resolve.js';
import { readStatus } from './promotion/status.js';
import { benchOf, openLedger, openRepository, openRulebook, openSession, type Session } from './session.js';
import { sealEvidence, tellReport, tellStatus, type Audience } from './teller.js';
import { failureReport } from './verdict/failure.js';
import type { Report } from './verdict/verdict.js';

/** Read → resolve → judge → act → tell. The only place where the step is failed; whatever is thrown fails it. */
export async function main(): Promise<void> {
  const known: { report: Partial<Report>; audience: Audience } = {
    report: { startedAt: new Date().toISOString() },
    audience: {},
  };
  try {
    const context = await readContext(process.env);
    known.audience = { context };
    const inputs = readInputs(process.env);
    if (inputs.githubToken !== undefined) setSecret(inputs.githubToken);
    known.report = { ...known.report, ...fromInputs(inputs, context) };
    known.audience = { context, inputs };
    const session = await openSession(inputs, context, process.env);
    known.audience = { context, inputs, folder: session.folder };
    await commands[inputs.command](session, (more) => {
      known.report = { ...known.report, ...more };
    });
  } catch (thrown) {
    await tellReport(failureReport(asPromotionError(thrown), known.report), known.audience, false);
  }
}

type Progress = (known: Partial<Report>) => void;

/** To add a command: its name in `command-names.ts`, one line here. */
const commands: Readonly<Record<Inputs['command'], (session: Session, progress: Progress) => Promise<void>>> = {
  promote: (session, progress) => judge(session, progress, 'promote'),
  gate: (session, progress) => judge(session, progress, 'gate'),
  status,
  lint,
};

async function judge(session: Session, progress: Progress, command: 'promote' | 'gate'): Promise<void> {
  const { inputs, context, folder } = session;
  if (command === 'promote' && !inputs.dryRun && context.isPullRequest) refusePullRequest(context);
  const repository = await openRepository(session);
  const rulebook = await openRulebook(session, repository);
  progress({ policy: rulebook.source, stages: [...rulebook.policy.stages.keys()] });
  const stage = resolveStage(rulebook.policy, inputs.stage);
  const model = resolveModel(rulebook.policy, inputs.model);
  progress({ stage: stage.name, model });
  const registry = await openLedger(session, rulebook, repository);
  progress({ registry: registry.description });
  const temporary = await mkdtemp(join(folder, 'commands-'));
  let report: Report;
  try {
    report = await promote({
      command,
      dryRun: inputs.dryRun,
      model,
      stage,
      version: inputs.version ?? 'latest',
      policy: rulebook.policy,
      source: rulebook.source,
      registry,
      bench: benchOf(session, registry, temporary),
      log: consoleLog,
      now: () => new Date(),
      author: authorOf(context),
      seal: (judged) => sealEvidence(judged, folder),
      progress,
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  await tellReport(report, { context, inputs, folder, environment: stage.environment }, true);
}

async function status(session: Session, progress: Progress): Promise<void> {
  const repository = await openRepository(session);
  const rulebook = await openRulebook(session, repository);
  const model = resolveModel(rulebook.policy, session.inputs.model);
  progress({ policy: rulebook.source, model, stages: [...rulebook.policy.stages.keys()] });
  const registry = await openLedger(session, rulebook, repository);
  await tellStatus(await readStatus(registry, rulebook.policy, model), session.folder);
}

async function lint(session: Session, progress: Progress): Promise<void> {
  const { policy, source } = await openRulebook(session, undefined);
  progress({ policy: source });
  const checks = [...policy.stages.values()].reduce((sum, stage) => sum + stage.checks.length, 0);
  notice(
    `${source.path} is a valid policy: ${policy.stages.size} stages, ${checks} checks, ${policy.models.size} models.`,
  );
}

function fromInputs(inputs: Inputs, context: GithubContext): Partial<Report> {
  const { actor, run, commit } = authorOf(context);
  return {
    command: inputs.command,
    dryRun: inputs.dryRun,
    model: inputs.model ?? '',
    ...(inputs.stage === undefined ? {} : { stage: inputs.stage }),
    ...(actor === undefined ? {} : { actor }),
    ...(run === undefined ? {} : { runPage: run }),
    ...(commit === undefined ? {} : { commit }),
  };
}

function authorOf(context: GithubContext): { actor?: string; run?: string; commit?: string } {
  return {
    ...(context.actor === undefined ? {} : { actor: context.actor }),
    ...(context.runPage === undefined ? {} : { run: context.runPage }),
    ...(context.commit === undefined ? {} : { commit: context.commit }),
  };
}

function refusePullRequest({ event }: GithubContext): void {
  throw new PromotionError(
    'INPUT_INVALID',
    `A '${event}' event never moves a version: what it runs has not been merged.`,
    {
      cure: "Use 'command: gate' here, and 'promote' in a workflow on the default branch.",
    },
  );
}
