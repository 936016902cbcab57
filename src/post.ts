import { notice, setFailed } from '@actions/core';
import { cancellation } from './cancellation.js';
import { asPromotionError } from './errors.js';
import { readContext } from './github/context.js';
import { readInputs } from './inputs.js';
import { settle } from './promotion/recover.js';
import { plain } from './report/escape.js';
import { ownSecrets } from './secrets.js';
import { openSession } from './session.js';
import { undertake } from './undertake.js';
import { Veil } from './veil.js';
import { remembered } from './worker.js';

/** The end of the job: finishes or undoes what the step had open when it was cancelled, killed or cut off. */
export async function post(): Promise<void> {
  const veil = new Veil(ownSecrets(process.env));
  try {
    const open = remembered(process.env);
    if (open === undefined) return;
    const inputs = readInputs(process.env);
    const session = await openSession(inputs, await readContext(process.env), process.env, veil, cancellation());
    const subject = { model: open.model, stage: undefined, stageless: true };
    await undertake(
      session,
      () => undefined,
      subject,
      async (undertaking) => {
        const operation = await undertaking.registry.operation(open.model);
        const part = { isSameJob: operation?.id === open.operation };
        for (const sentence of await settle(undertaking, part)) notice(plain(veil.over(sentence)));
      },
    );
  } catch (thrown) {
    setFailed(plain(veil.over(asPromotionError(thrown).sentence)));
  }
}
