import type { ErrorCode } from '../domain/errors.js';
import type { Decision } from '../domain/report.js';

/** What scripts may rely on; docs/command-line.md lists the same. */
export const exitCodes = [
  { code: 0, meaning: 'It was done, or would be; verify: the version holds the stage.' },
  { code: 1, meaning: 'Rejected; verify: the version does not hold the stage.' },
  { code: 2, meaning: 'The command line was not understood, or lacks something.' },
  { code: 3, meaning: 'On hold: a person must decide, or another run is at work.' },
  { code: 4, meaning: 'An error: it could not be checked or done.' },
  { code: 130, meaning: 'Interrupted.' },
] as const;

export type ExitCode = (typeof exitCodes)[number]['code'];

/**
 * @param decision undefined where nothing was to be decided
 * @param fails whether the decision is one of `fail-on`
 * @param code of the error that ended the run, where one did
 */
export function exitCodeOf(decision: Decision | undefined, fails: boolean, code: ErrorCode | undefined): ExitCode {
  if (code === 'CANCELLED') return 130;
  if (code === 'INPUT_INVALID' || code === 'STAGE_UNKNOWN') return 2;
  if (!fails) return 0;
  return ends[decision ?? 'error'];
}

const ends: Readonly<Record<Decision, ExitCode>> = { promote: 4, none: 4, reject: 1, hold: 3, error: 4 };
