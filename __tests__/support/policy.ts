import type { PolicySource } from '../../src/domain/report.js';
import { loadPolicy as load } from '../../src/policy/load.js';
import type { Policy } from '../../src/policy/policy.js';
import type { PolicyTables } from '../../src/policy/tables.js';
import { tables } from '../../src/run/tables.js';

export { sourceOf } from '../../src/policy/load.js';

/** As the action itself loads a policy. */
export function loadPolicy(source: PolicySource, given: PolicyTables = tables): Policy {
  return load(source, given);
}
