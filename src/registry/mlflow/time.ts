import { PromotionError } from '../../domain/errors.js';

/**
 * MLflow's milliseconds, a number or its digits, as ISO 8601.
 * @throws PromotionError `REGISTRY_ANSWER` for what is no time: a version's creation is part of its identity
 */
export function isoTime(milliseconds: number | string | undefined): string {
  const date = new Date(Number(milliseconds ?? Number.NaN));
  if (!Number.isNaN(date.getTime())) return date.toISOString();
  throw new PromotionError('REGISTRY_ANSWER', "The registry's answer holds a time that is none.", {
    cure: "Check the registry's address: what answers there is not MLflow's API.",
  });
}
