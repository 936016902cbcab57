import { consoleLog } from './console.js';
import { error, notice, reported, setFailed, setOutput, warning, writeSummary as writePage } from './host.js';
import { asPromotionError } from '../domain/errors.js';
import type { GroupedLog } from '../evidence/command-check.js';
import type { GithubContext } from '../github/context.js';
import type { Inputs } from './inputs.js';
import { type Annotation, annotations } from '../report/annotations.js';
import { fitted, markdown } from '../report/markdown.js';
import { outputs } from '../report/outputs.js';
import { terminal } from '../report/console.js';
import type { ResultFiles } from './result-files.js';
import type { RunContext } from './context.js';
import type { Redactor } from '../domain/redactor.js';
import type { Report } from '../domain/report.js';
import { evidenceName, keepEvidence } from './evidence-file.js';

/** Whom a report is told to; while a run has not come so far, less is known. */
export interface PublishContext {
  readonly context?: GithubContext;
  readonly inputs?: Inputs;
  readonly redactor: Redactor;
  /** Where report and evidence are written. */
  readonly results?: ResultFiles;
  /** The stage's GitHub environment. */
  readonly githubEnvironment?: string | undefined;
  /** The step's outputs beyond those that come of a report. */
  readonly outputs?: Readonly<Record<string, string>>;
}

/**
 * GitHub shows one MiB of summary for a step, counted in bytes, and of a larger one nothing.
 * @see https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits
 */
const summaryLimit = 1024 * 1024 - 1024;
const reportName = 'report.md';

/**
 * Tells a report everywhere: log, pull request, environment, summary, outputs, annotations. What cannot be told
 * becomes a note in what still can. Fails the step where the decision is one of `fail-on`; an error that is no
 * verdict always does.
 * @param isVerdict whether the report comes of a judgement, not of a thrown error
 */
export async function publishReport(report: Report, audience: PublishContext, isVerdict: boolean): Promise<void> {
  const { inputs, context, results, redactor } = audience;
  const log = consoleLog(redactor);
  const kept = results === undefined ? [] : await keepEvidence(report, results, redactor, isVerdict);
  const docs = context?.actionPage;
  const shown: Report = redactor.redactDeep({
    ...report,
    notes: [...report.notes, ...kept],
    ...(docs === undefined ? {} : { docs }),
  });
  const untold =
    inputs === undefined || context === undefined
      ? []
      : await notifyPeople(shown, inputs, context, audience.githubEnvironment);
  const told: Report = { ...shown, notes: [...shown.notes, ...redactor.redactDeep(untold)] };
  terminal(told).forEach(log.line);
  output({ ...outputs(told), ...audience.outputs, evidence: results?.pathOf(evidenceName) ?? '' }, log);
  const where = context?.runPage;
  await writeSummary(
    fitted(
      told,
      summaryLimit,
      where === undefined ? 'Shortened: the report file has it all.' : `Shortened: see the [run](${where}).`,
      (text) => Buffer.byteLength(text),
    ),
    log,
  );
  if (results !== undefined) await writeReport(markdown(told), results, log);
  const fails = !isVerdict || (!isWell(told) && (inputs?.failOn.includes(told.decision) ?? true));
  reported(told, fails);
  annotate(annotations(told, fails), fails);
}

async function writeReport(text: string, results: ResultFiles, log: GroupedLog): Promise<void> {
  try {
    output({ report: await results.write(reportName, text) }, log);
  } catch (thrown) {
    log.line(`The report could not be written: ${asPromotionError(thrown).sentence}`);
  }
}

/** A hold that the stage's approval is going to answer is none for the gate. */
function isWell({ decision, approvalRequired }: Report): boolean {
  return decision === 'promote' || decision === 'none' || (decision === 'hold' && approvalRequired);
}

/** What is told and not decided: a page for the summary, and the same for the log. */
export interface Page {
  readonly model: string;
  readonly lines: readonly string[];
  readonly markdown: string;
}

/** @param page of texts that are redacted already: rendered, a secret may not be recognised */
export async function publishPage(
  { model, lines, markdown: text }: Page,
  { results, redactor }: Pick<RunContext, 'results' | 'redactor'>,
): Promise<void> {
  const log = consoleLog(redactor);
  lines.forEach(log.line);
  await writeSummary(text, log);
  await writeReport(text, results, log);
  output({ model: redactor.redact(model) }, log);
}

async function notifyPeople(
  report: Report,
  inputs: Inputs,
  context: GithubContext,
  environment: string | undefined,
): Promise<readonly string[]> {
  try {
    const { notifyGithub } = await import('../github/notify.js');
    return await notifyGithub(report, inputs, context, environment);
  } catch (thrown) {
    return [asPromotionError(thrown).sentence]; // The verdict stands, whoever could not be told of it.
  }
}

/** Where the runner's file for them is gone, a command has removed it: the verdict stands, and later steps get nothing. */
function output(values: Readonly<Record<string, string>>, log: GroupedLog): void {
  try {
    for (const [name, value] of Object.entries(values)) setOutput(name, value);
  } catch (thrown) {
    log.line(`The outputs could not be written: ${asPromotionError(thrown).message}`);
  }
}

async function writeSummary(text: string, log: GroupedLog): Promise<void> {
  try {
    await writePage(text);
  } catch (thrown) {
    log.line(`The job summary could not be written: ${asPromotionError(thrown).message}`);
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
