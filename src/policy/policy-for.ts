import type { Policy } from './policy.js';

/** The policy of one of its models, with what its profile and the model itself override. */
export function policyFor(policy: Policy, model: string): Policy {
  return policy.variants.get(model)?.policy ?? policy;
}
