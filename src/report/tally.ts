import type { CheckResult, Outcome } from '../domain/check.js';
import type { Report } from '../domain/report.js';

const words: readonly (readonly [Outcome, (count: number) => string])[] = [
  ['error', (count) => (count === 1 ? 'error' : 'errors')],
  ['failed', () => 'failed'],
  ['inconclusive', () => 'on hold'],
  ['warned', (count) => (count === 1 ? 'warning' : 'warnings')],
  ['passed', () => 'passed'],
  ['skipped', () => 'skipped'],
];

/** `1 error, 1 failed, 7 passed of 9`: how the checks ended, the worst first; empty where nothing was checked. */
export function tally({ checks }: Report): string {
  const counted = checks.filter(counts);
  if (counted.length === 0) return '';
  const parts = words.flatMap(([outcome, word]) => {
    const count = counted.filter((check) => check.outcome === outcome).length;
    return count === 0 ? [] : [`${count} ${word(count)}`];
  });
  return `${parts.join(', ')} of ${counted.length}`;
}

/** The policy's checks; what comes before them, and what only measures, counts where it did not go well. */
function counts(check: CheckResult): boolean {
  const isCheck = check.kind === 'condition' || (check.kind === 'command' && check.measures === undefined);
  return isCheck || (check.outcome !== 'passed' && check.outcome !== 'skipped');
}
