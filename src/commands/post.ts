import { notice, setFailed } from '@actions/core';
import { cancellation } from '../run/cancellation.js';
import { asPromotionError } from '../domain/errors.js';
import { readContext } from '../github/context.js';
import { readInputs } from '../run/inputs.js';
import { settle } from '../promotion/recovery/recover.js';
import { plain } from '../domain/markdown.js';
import { ownSecrets } from '../run/secrets.js';
import { openSession } from '../run/context.js';
import { undertake } from '../run/operation.js';
import { Veil } from '../domain/redactor.js';
import { remembered } from '../run/owner.js';

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
