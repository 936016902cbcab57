import { notice, setFailed } from '@actions/core';
import { cancellation } from '../run/cancellation.js';
import { asPromotionError } from '../domain/errors.js';
import { readContext } from '../github/context.js';
import { readInputs } from '../run/inputs.js';
import { recoverIfAbandoned } from '../promotion/recovery/recover.js';
import { plain } from '../domain/markdown.js';
import { runSecrets } from '../run/secrets.js';
import { openRun } from '../run/context.js';
import { openPromotion } from '../run/operation.js';
import { ReportBuilder } from '../promotion/report-builder.js';
import { Redactor } from '../domain/redactor.js';
import { postState } from '../run/owner.js';

/** The end of the job: finishes or undoes what the step had open when it was cancelled, killed or cut off. */
export async function post(): Promise<void> {
  const redactor = new Redactor(runSecrets(process.env));
  try {
    const open = postState(process.env);
    if (open === undefined) return;
    const inputs = readInputs(process.env);
    const report = new ReportBuilder(() => new Date());
    const run = await openRun(inputs, await readContext(process.env), process.env, redactor, cancellation(), report);
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
