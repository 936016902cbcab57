import type { MetricSource } from './policy.js';

/** When a metric's value is there: before any command, once the commands have ended, or once `evaluate` has. */
export type Phase = 'logged' | 'commands' | 'evaluate';

const phases: Readonly<Record<MetricSource['from'], Phase>> = {
  run: 'logged',
  logged_model: 'logged',
  command: 'commands',
  file: 'commands',
  evaluate: 'evaluate',
};

/** When the source's value is there. */
export function phaseOf({ from }: MetricSource): Phase {
  return phases[from];
}

/** Whether the registry keeps the value with the version, so that it can be read again later. */
export function isLogged(source: MetricSource): boolean {
  return phaseOf(source) === 'logged';
}
