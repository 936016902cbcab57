/** What a cure tells to type, beside the command itself. */
export interface Given {
  readonly stage?: string;
  readonly version?: string;
  readonly override?: string;
  readonly run?: string;
}

const needReason = ['rollback', 'adopt', 'archive'];

/**
 * A command of this action as every cure names it: with all of its inputs, so that a reader can copy them and a
 * test can follow them. `'command: adopt' with 'stage: production' and a reason`.
 */
export function asInput(command: string, given: Given): string {
  const inputs = Object.entries(given).map(([name, value]) => `'${name}: ${asYaml(String(value))}'`);
  // What is registered once more needs a reason; what a run made does not.
  const isAnew = command === 'register' && given.version !== undefined;
  const reason = needReason.includes(command) || isAnew || given.override !== undefined ? ['a reason'] : [];
  const all = [...inputs, ...reason];
  const last = all.at(-1);
  if (last === undefined) return `'command: ${command}'`;
  const rest = all.slice(0, -1).join(', ');
  return `'command: ${command}' with ${rest === '' ? '' : `${rest} and `}${last}`;
}

/** A name that YAML would read as more than a name is quoted: it may come from a registry, or from a plan. */
function asYaml(value: string): string {
  return /^[\w<./](?:[\w<>@./+: -]*[\w<>@./+-])?$/.test(value) && !value.includes(': ') ? value : JSON.stringify(value);
}
