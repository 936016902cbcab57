import { notice, setFailed } from '../run/host.js';
import { cancellation } from '../run/cancellation.js';
import { asPromotionError } from '../domain/errors.js';
import type { Environment } from '../domain/environment.js';
import { type GithubContext, readContext } from '../github/context.js';
import { readInputs } from '../run/inputs.js';
import { recoverIfAbandoned } from '../promotion/recovery/recover.js';
import { plain } from '../domain/markdown.js';
import { runSecrets } from '../run/secrets.js';
import { openRun } from '../run/context.js';
import { openPromotion } from '../run/operation.js';
import { ReportBuilder } from '../promotion/report-builder.js';
import { Redactor } from '../domain/redactor.js';
import { postState } from '../run/owner.js';

/**
 * The end of the job: finishes or undoes what the step had open when it was cancelled, killed or cut off. A run at a
 * terminal ends with it, too.
 */
export async function post(environment: Environment = process.env, known?: GithubContext): Promise<void> {
  const redactor = new Redactor(runSecrets(environment));
  try {
    const open = postState(environment);
    if (open === undefined) return;
    const inputs = readInputs(environment);
    const context = known ?? (await readContext(environment));
    const report = new ReportBuilder(() => new Date());
    const run = await openRun(inputs, context, environment, redactor, cancellation(), report);
    const subject = { model: open.model, stage: undefined, stageless: true };
    await openPromotion(run, subject, async (work) => {
      const operation = await work.registry.operation(open.model);
      const part = { isSameJob: operation?.id === open.operation };
      for (const sentence of await recoverIfAbandoned(work, part)) notice(plain(redactor.redact(sentence)));
    });
  } catch (thrown) {
    setFailed(plain(redactor.redact(asPromotionError(thrown).sentence)));
  }
}
