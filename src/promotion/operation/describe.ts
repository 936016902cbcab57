import type { Operation } from '../../log/operation.js';
import { asInput } from '../../domain/cure.js';

/** The cure where neither going on nor going back is ours to choose. */
export function decideByHandHint(stage: string): string {
  return `Decide which version is right: take the holder as it is with ${asInput('adopt', { stage })}, or put one back with ${asInput('rollback', { stage })}.`;
}

/** For notes and errors: `The promote of 3 to production that began on …`. */
export function describeOperation({ version, stage, intent, openedAt }: Operation): string {
  const goal = stage === undefined ? '' : ` to ${stage}`;
  return `The ${intent.command} of ${version}${goal} that began on ${openedAt}${intent.run === undefined ? '' : ` (${intent.run})`}`;
}

/** What to run so that an interrupted operation is finished or undone, as a cure. */
export function howToFinish({ version, stage, stuck, intent: { command } }: Operation): string {
  if (stuck !== undefined && stage !== undefined) return `Run ${asInput('rollback', { stage })}.`;
  const input =
    stage === undefined
      ? asInput('archive', { version })
      : ['rollback', 'monitor'].includes(command)
        ? asInput('rollback', { stage })
        : asInput('promote', { stage, version });
  return `Run ${input}, which finishes or undoes it; then run this again.`;
}
