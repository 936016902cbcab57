import { PromotionError } from '../../domain/errors.js';
import { GitFailure } from '../../git/failure.js';
import { HttpError } from '../../registry/http.js';

/**
 * Whether the registry refused the call for good: this credential may not (403), or what it is about is not there
 * (404). A credential that is not taken at all (401) may be mended, and proves nothing of what it could do.
 */
export function isRefused(thrown: unknown): thrown is PromotionError {
  if (thrown instanceof HttpError) return thrown.status === 403 || thrown.status === 404;
  if (!(thrown instanceof PromotionError)) return false;
  if (thrown.code === 'VERSION_UNKNOWN') return true;
  return thrown.cause instanceof GitFailure && ['denied', 'protected'].includes(thrown.cause.kind);
}
