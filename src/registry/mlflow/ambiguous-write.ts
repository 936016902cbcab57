import { PromotionError } from '../../domain/errors.js';
import { HttpError } from '../http.js';

/** Whether a write that ended so may have been carried out all the same. */
export function mayHaveSucceeded(error: unknown): error is PromotionError {
  // Below 300: done, by what its status says, in an answer that cannot be read.
  if (error instanceof HttpError) return error.status >= 500 || error.status < 300;
  return error instanceof PromotionError && error.code === 'REGISTRY_UNREACHABLE';
}
