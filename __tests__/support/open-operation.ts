import type { OperationEntry } from '../../src/log/operation.js';

/** An operation of another run, as it begins: a promotion of `version` to production. */
export function underWay(version: string, lease: Date, more: Partial<OperationEntry> = {}): OperationEntry {
  return {
    type: 'opened',
    operation: 'other',
    version,
    stage: 'production',
    at: '2026-03-01T11:59:00.000Z',
    owner: { token: 'of another', run: '7', attempt: 1 },
    lease: lease.toISOString(),
    intent: {
      command: 'promote',
      deploys: 'no',
      holders: {},
      approvers: [],
      metrics: {},
      policyDigest: 'sha256:policy',
    },
    ...more,
  };
}
