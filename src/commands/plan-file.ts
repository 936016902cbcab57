import { lstat, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { PromotionError } from '../domain/errors.js';
import type { ApplyContext } from '../promotion/apply.js';
import { makePlan, type Plan, planDigest, readPlan, writePlan } from '../promotion/plan.js';
import type { PromotionContext } from '../promotion/context.js';
import { approvalsSoFar } from '../run/approvals.js';
import { digest } from '../report/evidence.js';
import { evidenceName } from '../run/evidence-file.js';
import type { RunContext } from '../run/context.js';
import type { Redactor } from '../domain/redactor.js';
import type { Report } from '../domain/report.js';

/** Far more than a gate ever writes. */
const largest = 32 * 1024 * 1024;

/** Writes the plan beside its evidence; what the commands started has ended by now. */
export async function writePlanFile(
  run: RunContext,
  { stage, now }: PromotionContext,
  report: Report,
  evidence: string,
): Promise<{ readonly path: string; readonly digest: string }> {
  const approvals = await approvalsSoFar(run, stage);
  const { authors } = run.context;
  const origin = { ...whereItRuns(run), commit: report.commit ?? '', approvals, authors };
  const plan = makePlan(report, evidence, origin, now());
  const text = writePlan(redacted(plan, run.redactor));
  return { path: await run.results.write('plan.json', text), digest: planDigest(text) };
}

/** Only what is for people: all else is compared when the plan is applied. */
function redacted(plan: Plan, redactor: Redactor): Plan {
  const covered = <T extends { readonly reason: string; readonly cure?: string }>(told: T): T => ({
    ...told,
    reason: redactor.redact(told.reason),
    ...(told.cure === undefined ? {} : { cure: redactor.redact(told.cure) }),
  });
  return { ...covered(plan), checks: plan.checks.map(covered) };
}

/**
 * Reads the plan that the inputs name, and the evidence beside it.
 * @throws PromotionError `PLAN_REFUSED` for a file that is not there or not the one that `gate` made,
 *   `FILE_UNSAFE` for a link, for what is no file, such as a pipe that would be waited for, and for one of more than 32 MiB
 */
export async function readPlanFile(run: RunContext): Promise<{ readonly plan: Plan; readonly context: ApplyContext }> {
  const { plan: name = '', planDigest: given = '' } = run.inputs;
  const path = resolve(run.runnerWorkspace, name);
  const text = await textOf(path);
  if (text === undefined) {
    throw new PromotionError('PLAN_REFUSED', `There is no plan at '${name}'.`, {
      cure: "Download the artifact with the gate job's plan and evidence first, and give the plan's path as input 'plan'.",
    });
  }
  const plan = readPlan(name, text, given);
  const evidence = await textOf(join(dirname(path), evidenceName));
  return {
    plan,
    context: { ...whereItRuns(run), evidence: evidence === undefined ? undefined : digest(evidence) },
  };
}

function whereItRuns({ context: { repository, runId } }: RunContext): { repository: string; run: string } {
  return { repository: repository === undefined ? '' : `${repository.owner}/${repository.repo}`, run: runId ?? '' };
}

/** @throws PromotionError `FILE_UNSAFE` for what is no regular file, or too large for one of ours; undefined: no file */
export async function textOf(path: string): Promise<string | undefined> {
  try {
    const status = await lstat(path);
    if (!status.isFile()) {
      const what = status.isSymbolicLink() ? 'a link, not a file' : 'not a regular file';
      throw new PromotionError('FILE_UNSAFE', `'${path}' is ${what}.`, {
        cure: 'Download the artifact into an empty folder of its own.',
      });
    }
    if (status.size > largest) {
      throw new PromotionError('FILE_UNSAFE', `'${path}' is larger than 32 MiB: the gate job did not write it.`, {
        cure: "Download the artifact with the gate job's plan and evidence into an empty folder of its own.",
      });
    }
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // Said by the caller, by its name.
    throw thrown;
  }
}
