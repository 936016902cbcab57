import { asPromotionError } from '../../domain/errors.js';
import type { Report } from '../../domain/report.js';
import type { PromotionContext } from '../context.js';

/** The report of a move that came to an error: what another run is doing, or has left to a person, is a hold. */
export function notMoved({ report, registry }: Pick<PromotionContext, 'report' | 'registry'>, thrown: unknown): Report {
  const { code, message, cure } = asPromotionError(thrown);
  return report.note(...registry.remarks()).end({
    decision: code === 'OPERATION_OPEN' ? 'hold' : 'error',
    reason: message,
    cure: cure ?? 'Run again: it goes on from where this run ended, or undoes what was begun.',
  });
}
