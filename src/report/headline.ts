import { assertNever } from '../domain/assert-never.js';
import type { CommandName } from '../domain/command-name.js';
import type { Decision, Report } from '../domain/report.js';
import { escaped } from '../domain/markdown.js';

const icons: Readonly<Record<Decision, string>> = { promote: '✅', reject: '❌', hold: '⏸️', error: '⚠️', none: '⏭️' };

/** `v12` for 12; `v1.2.0` as it is. Markdown. */
export function versionName(version: string): string {
  return escaped(/^\d/.test(version) ? `v${version}` : version, 100);
}

/** One line that says what became of which version, in words that need no manual. Markdown. */
export function headline(report: Report): string {
  return `${icons[report.decision]} ${happened(report)}${report.dryRun ? ' (dry run)' : ''}`;
}

function happened(report: Report): string {
  const { candidate, decision, model, stage, problems } = report;
  if (decision === 'none')
    return `Nothing to do: ${escaped(model, 100)} has nothing newer for ${escaped(stage ?? 'the stage', 100)}`;
  if (report.command === 'adopt' && decision === 'promote' && candidate === undefined)
    return `Nobody is on record as the holder of ${escaped(stage ?? 'the stage', 100)}`;
  if (candidate === undefined) return failedEarly(report);
  const what = `${escaped(model, 100)} ${versionName(candidate.version)}`;
  const where = stage === undefined ? 'the stage' : escaped(stage, 100);
  const deed = deeds[report.command];
  if (deed !== undefined) return deed(report, what, where);
  if (report.alreadyThere) return `${what} is in ${where} already`;
  switch (decision) {
    case 'promote':
      if (report.promoted) return `${what} promoted to ${where}`;
      return report.approvalRequired
        ? `${what} may be promoted to ${where} once it is approved`
        : `${what} may be promoted to ${where}`;
    case 'reject':
      return `${what} stays out of ${where}`;
    case 'hold':
      return report.approvalRequired
        ? `${what} waits for a person to decide on ${where}`
        : `${what} is held before ${where}`;
    case 'error': {
      // Everything was judged and nothing of it an error: then it was the move that failed.
      const judged =
        report.checks.length > 0 && problems.length === 0 && report.checks.every(({ outcome }) => outcome !== 'error');
      return judged ? `${what} was not moved to ${where}` : `${what} could not be judged for ${where}`;
    }
    default:
      return assertNever(decision, 'decision');
  }
}

type Deed = (report: Report, what: string, where: string) => string;

/** What is no promotion has words of its own. */
const deeds: Readonly<Record<CommandName, Deed | undefined>> = {
  promote: undefined,
  gate: undefined,
  apply: undefined,
  status: undefined,
  backtest: undefined,
  lint: undefined,
  matrix: undefined,
  register: ({ decision }, what) => (decision === 'promote' ? `${what} is registered` : `${what} was not registered`),
  archive: ({ decision }, what) => (decision === 'promote' ? `${what} is archived` : `${what} was not archived`),
  adopt: ({ decision }, what, where) =>
    decision === 'promote' ? `${what} is on record as the holder of ${where}` : `${what} was not adopted`,
  rollback: ({ promoted, alreadyThere }, what, where) =>
    promoted ? `${what} is back in ${where}` : `${what} ${alreadyThere ? 'is in' : 'was not put back into'} ${where}`,
  monitor: ({ decision, promoted }, what, where) => {
    if (promoted) return `${where} was rolled back to ${what}`;
    if (decision === 'promote') return `${what} is well in ${where}`;
    return decision === 'reject' ? `${what} is bad in ${where}` : `${what} in ${where} could not be judged`;
  },
};

function failedEarly({ command, model, stage, problems }: Report): string {
  if (problems.length > 1) return `${problems.length} mistakes to mend first`;
  if (command === 'lint') return 'The policy is not valid';
  if (command === 'status')
    return `The status of ${model === '' ? 'the model' : escaped(model, 100)} could not be read`;
  if (command === 'backtest') return `The backtest of ${model === '' ? 'the model' : escaped(model, 100)} did not end`;
  const what = model === '' ? 'The promotion' : escaped(model, 100);
  return `${what} could not be judged${stage === undefined ? '' : ` for ${escaped(stage, 100)}`}`;
}
