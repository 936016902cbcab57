import type { Problem } from '../domain/errors.js';
import type { PolicyText } from './document.js';
import type { Policy } from './policy.js';

/** A file that is the promotion request of several stages or models: what is approved for one is approved for no other. */
export function sharedRequests(
  policies: readonly { readonly model: string; readonly policy: Policy; readonly text: PolicyText }[],
): readonly Problem[] {
  const known = new Map<string, string>();
  return policies.flatMap(({ model, policy, text }) =>
    [...policy.stages.values()].flatMap(({ name, approval }) => {
      const request = approval?.kind === 'reviews' ? approval.request : undefined;
      if (request === undefined) return [];
      const other = known.get(request);
      known.set(request, other ?? `${model} and ${name}`);
      if (other === undefined) return [];
      const message = `'${request}' is the promotion request of ${other} already, and one file asks for one version and stage. Write 'promotions/{model}-{stage}.yml'.`;
      return [{ message, at: text.locate(['stages', name, 'approval', 'reviews', 'request']) }];
    }),
  );
}
