import type { Problem } from '../../domain/errors.js';
import type { Policy } from '../policy.js';
import { commandsOf } from './commands.js';

/** `{model}` in a command: it is not replaced there, since a name must not become shell text. */
export function remarkOnPlaceholders(policy: Policy): readonly Problem[] {
  return [...policy.stages.values()].flatMap(commandsOf).flatMap(({ run, at }) =>
    [...new Set([...run.matchAll(/(?<!\$)\{(model|stage)\}/g)].map(([, name = '']) => name))].map((name) => ({
      message: `'{${name}}' is not replaced in a command. Write "$MODEL_${name === 'model' ? 'NAME' : 'STAGE'}" in its place.`,
      at,
    })),
  );
}
