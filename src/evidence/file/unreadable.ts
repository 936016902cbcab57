import { PromotionError, type ErrorDetails } from '../../errors.js';

/** A metric file that gives no value. `what` completes a sentence that begins with the file's name. */
export function unreadable(where: string, what: string, details: ErrorDetails = {}): PromotionError {
  return new PromotionError('METRIC_UNREADABLE', `${where} ${what}.`, details);
}

/** What a parser's error says, without the sentence's end and the drawing of the place that some add. */
export function saying(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [first = ''] = message.split('\n');
  return first.trim().replace(/[.:]$/, '').slice(0, 300);
}
