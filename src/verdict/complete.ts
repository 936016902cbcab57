import { assertNever } from '../domain/assert-never.js';
import type { Check, Command } from '../policy/policy.js';
import type { CheckResult, CommandResult, Role } from '../domain/check.js';

const lost = {
  outcome: 'error',
  reason: 'It has no result: nothing has judged it, so nothing is proved.',
  cure: 'This is a fault of the action, not of the version. Report it with the policy.',
} as const;

/**
 * A result for every check of the policy, in the policy's order. Pure.
 * @param resultOf the check's result; a check without one is an `error`
 */
export function completeResults(
  checks: readonly Check[],
  resultOf: (check: Check) => CheckResult | undefined,
): readonly CheckResult[] {
  return checks.map((check) => resultOf(check) ?? withoutResult(check));
}

/** The name under which reports show what `evaluate` measured of a model. */
export function evaluationName(role: Role): string {
  return `evaluate (${role})`;
}

/** An evaluation that has no result. */
export function lostEvaluation(role: Role, command: Command): CommandResult {
  return { ...withoutRun(evaluationName(role), command), measures: role };
}

function withoutResult(check: Check): CheckResult {
  switch (check.kind) {
    case 'condition': {
      const { kind, name, severity, condition, at } = check;
      return { ...lost, kind, name, severity, required: condition.text, at };
    }
    case 'command':
      return withoutRun(check.name, check.command);
    default:
      return assertNever(check, 'kind of check');
  }
}

function withoutRun(name: string, { run, at }: Command): CommandResult {
  return { ...lost, kind: 'command', name, command: run, at, durationMs: 0, attempts: 0, tail: '' };
}
