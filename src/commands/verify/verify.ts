import { resolve } from 'node:path';
import { PromotionError } from '../../domain/errors.js';
import { given } from '../../domain/defined.js';
import type { PreconditionResult } from '../../domain/check.js';
import type { Report } from '../../domain/report.js';
import type { ModelVersion } from '../../domain/version.js';
import { isRemoteOf } from '../../git/remote-url.js';
import type { GitRepository } from '../../git/repository.js';
import { policyFor } from '../../policy/policy-for.js';
import type { Policy } from '../../policy/policy.js';
import { explains, readTogether } from '../../promotion/judge/agreement.js';
import type { Reading } from '../../promotion/context.js';
import { holderKnown } from '../../promotion/judge/disagreement.js';
import { versionOrName } from '../../promotion/judge/holders.js';
import { resolveModel, resolveStage, resolveVersion } from '../../promotion/judge/resolve.js';
import type { Registry } from '../../registry/registry.js';
import { digest } from '../../report/evidence.js';
import { authorOf, type RunContext } from '../../run/context.js';
import { loadRunPolicy } from '../../run/policy.js';
import { publishReport } from '../../run/publish.js';
import { openRunRegistry } from '../../run/registry.js';
import { openRepository } from '../../run/repository.js';
import { decide } from '../../verdict/decide.js';
import { textOf } from '../plan-file.js';
import { attestationCheck, ghCommand } from './attestation.js';
import { type Claim, judgeClaim, tenureOf } from './judge.js';
import { verificationOf, verifiedInWords } from './verification.js';

/**
 * Whether a version holds a stage by the promotion log, with the evidence that the log names. It changes nothing and
 * tells nobody but the run itself; anything but a yes is a refusal.
 */
export async function verify(started: RunContext): Promise<void> {
  const repository = await openRepository(started);
  const run = await forCheckout(started, repository);
  const { inputs, redactor, report } = run;
  const { policy: whole, source } = await loadRunPolicy(run, repository);
  const stages = [...whole.stages.keys()];
  report.add({ policy: source, models: whole.models.size, stages });
  const { name: stage } = resolveStage(whole, inputs.stage);
  const model = resolveModel(whole, inputs.model);
  report.add({ model, stage });
  const policy = policyFor(whole, model);
  const registry = await openRunRegistry(run, { policy, source }, repository);
  report.add({ registry: registry.description });
  const brought = await evidenceOf(run);
  const claim: Claim = {
    ...(await readClaim({ registry, policy, model, stage, version: inputs.version })),
    ...(brought === undefined ? {} : { evidence: { path: brought.path, digest: digest(brought.text) } }),
  };
  const judged = judgeClaim(claim);
  const checks = [...judged, ...(await attested(run, brought, judged))];
  report.begin(
    {
      command: 'verify',
      dryRun: inputs.dryRun,
      model,
      stage: resolveStage(policy, stage),
      policy,
      registry,
      source,
      author: authorOf(run.context),
    },
    given({ candidate: claim.version }),
  );
  const verified = report.note(...notesOf(claim)).end({ ...decided(claim, checks), checks });
  const verification = JSON.stringify(redactor.redactDeep(verificationOf(claim, verified)));
  const silent = { ...inputs, comment: 'never', deployment: 'never' } as const;
  await publishReport(verified, { ...run, inputs: silent, outputs: { verification } }, true);
}

function decided(
  claim: Claim,
  checks: readonly PreconditionResult[],
): Pick<Report, 'decision' | 'reason'> & { readonly cure?: string } {
  if (checks.every(({ outcome }) => outcome === 'passed'))
    return { decision: 'promote', reason: verifiedInWords(claim) };
  return decide(checks);
}

function notesOf(claim: Claim): readonly string[] {
  const { event } = tenureOf(claim) ?? {};
  return event?.origin === undefined
    ? []
    : [`It was moved there from a terminal (${event.actor ?? ''}), not by a workflow.`];
}

/**
 * A checkout in a folder that the workflow names with `path` is the model's own repository, which may be another one
 * than the run's: a deploy job of the service that uses the model reads that repository's policy and log.
 */
async function forCheckout(run: RunContext, repository: GitRepository | undefined): Promise<RunContext> {
  const { inputs, context } = run;
  if (inputs.path === undefined || context.repository === undefined) return run;
  const remote = await repository?.remote();
  const home = { ...context.repository, serverUrl: context.serverUrl };
  if (remote === undefined || isRemoteOf(remote.url, home)) return run;
  return { ...run, context: { ...context, repository: undefined, defaultBranch: undefined, branch: undefined } };
}

async function readClaim(asked: {
  readonly registry: Registry;
  readonly policy: Policy;
  readonly model: string;
  readonly stage: string;
  readonly version: string | undefined;
}): Promise<Claim> {
  const { registry, model, stage } = asked;
  const reading = await readTogether({ registry, model }, [stage]);
  const [only] = reading.faults.has(stage) ? [] : (reading.holders.get(stage) ?? []);
  const holder = only === undefined ? undefined : await versionOrName(registry, model, only);
  return {
    model,
    stage,
    version: await claimed(asked, reading, only),
    reading,
    disagreement: await disagreementOf({ registry, model }, stage, holder, reading),
  };
}

/** The version that is named; else whom the log calls the holder, or the registry where there is no log. */
async function claimed(
  { registry, policy, model, stage, version }: Parameters<typeof readClaim>[0],
  { history }: Reading,
  holder: string | undefined,
): Promise<ModelVersion | undefined> {
  if (version !== undefined) return (await resolveVersion(registry, policy, model, version)).version;
  const name = history === undefined ? holder : history.holder(stage)?.version.name;
  return name === undefined ? undefined : versionOrName(registry, model, name);
}

async function disagreementOf(
  place: { readonly registry: Registry; readonly model: string },
  stage: string,
  holder: ModelVersion | undefined,
  { history, operation, faults }: Reading,
): Promise<PreconditionResult | undefined> {
  if (history === undefined || faults.has(stage)) return undefined;
  const known = history.holder(stage)?.version;
  // The open operation is the reason, and it is refused for that.
  if (operation !== undefined && explains(operation, stage, holder, known)) return undefined;
  return holderKnown(place, stage, holder, history);
}

/** The file that was brought, below the runner's workspace, where artifacts are downloaded to. */
async function evidenceOf({ inputs: { evidence: path }, runnerWorkspace }: RunContext): Promise<Evidence | undefined> {
  if (path === undefined) return undefined;
  const text = await textOf(resolve(runnerWorkspace, path));
  if (text !== undefined) return { path, text };
  throw new PromotionError('INPUT_INVALID', `There is no evidence at '${path}'.`, {
    cure: "Download the artifact with the evidence first, and give the file's path as input 'evidence'.",
  });
}

interface Evidence {
  readonly path: string;
  readonly text: string;
}

/** What is not the log's evidence is not asked about. */
async function attested(
  run: RunContext,
  brought: Evidence | undefined,
  judged: readonly PreconditionResult[],
): Promise<readonly PreconditionResult[]> {
  const { attestation, githubToken } = run.inputs;
  const isOurs = judged.some(({ name, outcome }) => name === 'evidence' && outcome === 'passed');
  if (attestation === undefined || brought === undefined || !isOurs) return [];
  const ask = ghCommand(run.environment, githubToken);
  return [await attestationCheck({ ...brought, repository: attestation }, ask, run.temporary)];
}
