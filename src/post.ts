import { notice, setFailed, setSecret } from '@actions/core';
import { cancellation } from './cancellation.js';
import { asPromotionError } from './errors.js';
import { readContext } from './github/context.js';
import { readInputs } from './inputs.js';
import { settle } from './promotion/recover.js';
import { plain } from './report/escape.js';
import { openSession } from './session.js';
import { undertake } from './undertake.js';
import { remembered } from './worker.js';

/** The end of the job: finishes or undoes what the step had open when it was cancelled, killed or cut off. */
export async function post(): Promise<void> {
  try {
    const open = remembered(process.env);
    if (open === undefined) return;
    const inputs = readInputs(process.env);
    if (inputs.githubToken !== undefined) setSecret(inputs.githubToken);
    const session = await openSession(inputs, await readContext(process.env), process.env, cancellation());
    const subject = { model: open.model, stage: undefined, stageless: true };
    await undertake(
      session,
      () => undefined,
      subject,
      async (undertaking) => {
        for (const sentence of await settle(undertaking)) notice(plain(sentence));
      },
    );
  } catch (thrown) {
    setFailed(plain(asPromotionError(thrown).sentence));
  }
}
