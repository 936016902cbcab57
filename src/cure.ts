/** What a cure tells to type, beside the command itself. */
export interface Given {
  readonly stage?: string;
  readonly version?: string;
  readonly override?: string;
}

const needReason = ['rollback', 'adopt', 'archive', 'register'];

/**
 * A command of this action as every cure names it: with all of its inputs, so that a reader can copy them and a
 * test can follow them. `'command: adopt' with 'stage: production' and a reason`.
 */
export function asInput(command: string, given: Given): string {
  const inputs = Object.entries(given).map(([name, value]) => `'${name}: ${String(value)}'`);
  const reason = needReason.includes(command) || given.override !== undefined ? ['a reason'] : [];
  const all = [...inputs, ...reason];
  const last = all.at(-1);
  if (last === undefined) return `'command: ${command}'`;
  const rest = all.slice(0, -1).join(', ');
  return `'command: ${command}' with ${rest === '' ? '' : `${rest} and `}${last}`;
}
