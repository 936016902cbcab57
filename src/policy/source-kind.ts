import type { MetricSource } from '../domain/metric-source.js';

/** Whether the registry keeps the value with the version, so that it can be read again later. */
export function isLogged(source: MetricSource): boolean {
  return source.phase === 'logged';
}
