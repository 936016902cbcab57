import { asInput } from '../../domain/cure.js';
import type { Operation } from '../../log/operation.js';

const phases: Readonly<Record<Operation['phase'], string>> = {
  opened: 'Nothing is deployed yet',
  deploying: 'It is being deployed',
  verified: 'It is deployed and tested, and the stage moves next',
};

/** The operation that the log has open: what it is, how far it came, who is to go on with it. Plain text. */
export function underWay(operation: Operation): string {
  const { version, stage, intent, openedAt, lease, phase, interrupted, stuck } = operation;
  const goal = stage === undefined ? '' : ` to ${stage}`;
  const by = intent.actor === undefined ? '' : ` by ${intent.actor}`;
  const what = `${intent.command} of ${version}${goal}, begun on ${minute(openedAt)}${by}`;
  if (stuck !== undefined)
    return `Stuck: ${what}. It is left as it is, because ${stuck}: only ${asInput('rollback', stage === undefined ? {} : { stage })} leads on.`;
  return interrupted
    ? `Interrupted: ${what}. ${phases[phase]}. The next run that writes finishes or undoes it.`
    : `Under way: ${what}. ${phases[phase]}. Where it does not go on, the next run takes it over after ${minute(lease)}.`;
}

function minute(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}
