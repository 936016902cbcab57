import { PromotionError } from '../../errors.js';
import { HttpError } from '../http.js';

/** Whether a write that ended so may have been carried out all the same. */
export function mayBeDone(error: unknown): error is PromotionError {
  if (error instanceof HttpError) return error.status >= 500;
  return error instanceof PromotionError && error.code === 'REGISTRY_UNREACHABLE';
}
