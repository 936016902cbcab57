import { PromotionError } from '../domain/errors.js';

/**
 * Aborted when the runner cancels the step: it sends `SIGINT`, after 7.5 s `SIGTERM`, and kills after 2.5 s more.
 * @see https://docs.github.com/actions/reference/workflows-and-actions/workflow-cancellation
 */
export function cancellation(): AbortSignal {
  const controller = new AbortController();
  const cancel = (signal: NodeJS.Signals): void => {
    // A person at a terminal who asks twice means at once.
    if (signal === 'SIGINT' && controller.signal.aborted) process.exit(130);
    controller.abort(
      new PromotionError('CANCELLED', `The run was cancelled (${signal}).`, {
        cure: 'Nothing more was begun. What is open is finished or undone by the end of this job, or by the next run.',
      }),
    );
  };
  process.on('SIGINT', cancel).on('SIGTERM', cancel);
  return controller.signal;
}
