/** What the action can be asked to do; the default is the first. */
export const commandNames = [
  'promote',
  'gate',
  'apply',
  'register',
  'monitor',
  'rollback',
  'archive',
  'adopt',
  'status',
  'backtest',
  'lint',
  'matrix',
] as const;

export type CommandName = (typeof commandNames)[number];

/** Whether it may run the policy's commands. */
export function runsCommands(command: CommandName): boolean {
  return ['promote', 'gate', 'apply', 'monitor', 'rollback'].includes(command);
}

/** Whether it may change who holds a stage: what a pull request runs never may. */
export function changesHolders(command: CommandName): boolean {
  return ['promote', 'apply', 'monitor', 'rollback', 'archive', 'adopt'].includes(command);
}
