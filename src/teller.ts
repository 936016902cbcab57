import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { error, notice, setFailed, setOutput, summary, warning } from '@actions/core';
import { consoleLog } from './console.js';
import { asPromotionError } from './errors.js';
import type { GithubContext } from './github/context.js';
import type { Inputs } from './inputs.js';
import { annotations, type Annotation } from './report/annotations.js';
import { digest, evidence } from './report/evidence.js';
import { fitted, markdown } from './report/markdown.js';
import { outputs } from './report/outputs.js';
import { terminal } from './report/terminal.js';
import type { Report } from './verdict/verdict.js';

/** Whom a report is told to; while a run has not come so far, less is known. */
export interface Audience {
  readonly context?: GithubContext;
  readonly inputs?: Inputs;
  /** Where report and evidence are written. */
  readonly folder?: string;
  /** The stage's GitHub environment. */
  readonly githubEnvironment?: string | undefined;
  /** The step's outputs beyond those that come of a report. */
  readonly outputs?: Readonly<Record<string, string>>;
}

/** GitHub shows one MiB of summary for a step. */
const summaryLimit = 1024 * 1024 - 1024;

/** Writes the evidence and returns its digest; everything the commands started has ended by now. */
export async function sealEvidence(report: Report, folder: string): Promise<string> {
  const text = evidence(report);
  await writeFile(join(folder, 'evidence.json'), text, { flag: 'w' });
  return digest(text);
}

/**
 * Tells a report everywhere: log, pull request, environment, summary, outputs, annotations. What cannot be told
 * becomes a note in what still can. Fails the step where the decision is one of `fail-on`; an error that is no
 * verdict always does.
 * @param isVerdict whether the report comes of a judgement, not of a thrown error
 */
export async function tellReport(report: Report, audience: Audience, isVerdict: boolean): Promise<void> {
  const { inputs, context, folder } = audience;
  const untold =
    inputs === undefined || context === undefined
      ? []
      : await tellPeople(report, inputs, context, audience.githubEnvironment);
  const told: Report = { ...report, notes: [...report.notes, ...untold] };
  terminal(told).forEach(consoleLog.line);
  for (const [name, value] of Object.entries({ ...outputs(told), ...audience.outputs })) setOutput(name, value);
  const where = context?.runPage;
  await writeSummary(
    fitted(
      told,
      summaryLimit,
      where === undefined ? 'Shortened: the report file has it all.' : `Shortened: see the [run](${where}).`,
    ),
  );
  if (folder !== undefined) {
    // A judgement has sealed its own, before anything was moved.
    if (!isVerdict || !existsSync(join(folder, 'evidence.json'))) await sealEvidence(told, folder);
    await writeFile(join(folder, 'report.md'), markdown(told));
    setOutput('report', join(folder, 'report.md'));
    setOutput('evidence', join(folder, 'evidence.json'));
  }
  const fails = !isVerdict || (!isWell(told) && (inputs?.failOn.includes(told.decision) ?? true));
  annotate(annotations(told, fails), fails);
}

/** A hold that the stage's approval is going to answer is none for the gate. */
function isWell({ decision, approvalRequired }: Report): boolean {
  return decision === 'promote' || (decision === 'hold' && approvalRequired);
}

/** What is told and not decided: a page for the summary, and the same for the log. */
export interface Page {
  readonly model: string;
  readonly lines: readonly string[];
  readonly markdown: string;
}

export async function tellPage({ model, lines, markdown: text }: Page, folder: string): Promise<void> {
  lines.forEach(consoleLog.line);
  await writeSummary(text);
  await writeFile(join(folder, 'report.md'), text);
  setOutput('report', join(folder, 'report.md'));
  setOutput('model', model);
}

async function tellPeople(
  report: Report,
  inputs: Inputs,
  context: GithubContext,
  environment: string | undefined,
): Promise<readonly string[]> {
  try {
    const { tellGithub } = await import('./github/messenger.js');
    return await tellGithub(report, inputs, context, environment);
  } catch (thrown) {
    return [asPromotionError(thrown).sentence]; // The verdict stands, whoever could not be told of it.
  }
}

async function writeSummary(text: string): Promise<void> {
  if (process.env['GITHUB_STEP_SUMMARY'] === undefined || process.env['GITHUB_STEP_SUMMARY'] === '') return;
  try {
    await summary.addRaw(text).write();
  } catch (thrown) {
    consoleLog.line(`The job summary could not be written: ${asPromotionError(thrown).message}`);
  }
}

/** One error fails the step: `setFailed` writes it when it has no place, else it stands at its place. */
function annotate(list: readonly Annotation[], fails: boolean): void {
  const show = { error, warning, notice };
  let failed = false;
  for (const { level, message, at } of list) {
    const properties = at === undefined ? {} : { file: at.file, startLine: at.line, startColumn: at.column };
    if (level === 'error' && at === undefined && !failed) {
      setFailed(message);
      failed = true;
    } else {
      show[level](message, properties);
    }
  }
  if (fails) process.exitCode = 1;
}
