import { run } from '../../src/evidence/metrics/run.js';

/** The source of a metric that is logged with the run. */
export const fromRun = run.compile({}, { id: 'm', key: 'm', add: () => undefined });
