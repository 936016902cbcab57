import type { CommandName } from '../domain/command-name.js';
import type { Report } from '../domain/report.js';
import { escaped, plain } from '../domain/markdown.js';
import { happened, iconOf } from './happened.js';

/** What became of which version, in words that need no manual: plain text, one line. */
export function headlineText(report: Report): string {
  return plain(said(report, (name) => name));
}

/** The same as Markdown, with its icon. */
export function headline(report: Report): string {
  return `${iconOf(report)} ${said(report, (name) => escaped(name, 100))}`;
}

/** How a name from outside is written. */
type Write = (name: string) => string;

function said(report: Report, write: Write): string {
  return `${happened(report)}: ${about(report, write)}${report.dryRun ? ' (dry run)' : ''}`;
}

function about(report: Report, write: Write): string {
  const { candidate, command, decision, problems } = report;
  const model = write(report.model);
  const where = report.stage === undefined ? 'the stage' : write(report.stage);
  if (decision === 'none') return `${model} has nothing newer for ${where}`;
  if (candidate === undefined && decision === 'promote') return withoutVersion(report, model, where);
  if (candidate === undefined) return failedEarly(report, write);
  const what = `${model} ${write(candidate.version)}`;
  if (decision === 'promote' && report.alreadyThere && report.byThisRun !== true)
    return command === 'archive' ? `${what} is archived already` : `${what} holds ${where} already`;
  if (decision === 'error' && problems.length > 1) return mistakes(report);
  return (deeds[command] ?? promotion)(report, what, where);
}

type Deed = (report: Report, what: string, where: string) => string;

/** What is no promotion has words of its own. */
const deeds: Readonly<Partial<Record<CommandName, Deed>>> = {
  register: ({ decision }, what) => (decision === 'promote' ? what : `${what} was not registered`),
  archive: ({ decision }, what) => (decision === 'promote' ? what : `${what} was not archived`),
  adopt: ({ decision }, what, where) =>
    decision === 'promote' ? `${what} in ${where}` : `${what} was not adopted in ${where}`,
  rollback: ({ decision }, what, where) =>
    decision === 'promote' ? `${what} is back in ${where}` : `${what} was not put back into ${where}`,
  verify: ({ decision }, what, where) => {
    if (decision === 'promote') return `${what} holds ${where}`;
    return decision === 'reject' ? `${what} does not hold ${where}` : `${what} in ${where} could not be verified`;
  },
  monitor: ({ decision, promoted }, what, where) => {
    if (promoted) return `${what} is back in ${where}`;
    return decision === 'error' ? `${what} in ${where} could not be checked` : `${what} in ${where}`;
  },
};

function promotion(report: Report, what: string, where: string): string {
  const { decision, promoted, byThisRun } = report;
  if (decision === 'error')
    return movedBadly(report) ? `${what} was not moved to ${where}` : `${what} could not be checked for ${where}`;
  return promoted || (decision === 'promote' && byThisRun === true) ? `${what} to ${where}` : `${what} for ${where}`;
}

/** Everything was judged and nothing of it an error: then it was the move that failed. */
function movedBadly({ checks, problems }: Report): boolean {
  return checks.length > 0 && problems.length === 0 && checks.every(({ outcome }) => outcome !== 'error');
}

/** A stage that nobody holds, or a version that is not made yet. */
function withoutVersion({ command, alreadyThere }: Report, model: string, where: string): string {
  if (command === 'adopt') return `nobody holds ${where} of ${model}${alreadyThere ? ', as recorded' : ''}`;
  return command === 'register' ? `a version of ${model}` : `${model} for ${where}`;
}

function failedEarly(report: Report, write: Write): string {
  const { command, problems } = report;
  const model = report.model === '' ? 'the model' : write(report.model);
  if (problems.length > 1) return mistakes(report);
  const ends: Readonly<Partial<Record<CommandName, string>>> = {
    lint: 'the policy is not valid',
    status: `the status of ${model} could not be read`,
    backtest: `the backtest of ${model} did not end`,
    matrix: 'the models could not be listed',
  };
  const where = report.stage === undefined ? '' : ` for ${write(report.stage)}`;
  return ends[command] ?? (report.decision === 'hold' ? `${model}${where}` : `${model} could not be checked${where}`);
}

function mistakes({ problems }: Report): string {
  return `${problems.length} mistakes to correct first`;
}
