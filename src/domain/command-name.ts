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
  'verify',
  'status',
  'backtest',
  'lint',
  'matrix',
] as const;

export type CommandName = (typeof commandNames)[number];

interface Traits {
  readonly runsCommands: boolean;
  readonly changesHolders: boolean;
  readonly isReadOnly: boolean;
}

const runs = { runsCommands: true, changesHolders: true, isReadOnly: false };
const moves = { runsCommands: false, changesHolders: true, isReadOnly: false };
const reads = { runsCommands: false, changesHolders: false, isReadOnly: true };
const traits: Readonly<Record<CommandName, Traits>> = {
  promote: runs,
  gate: { ...runs, changesHolders: false },
  apply: runs,
  register: { ...moves, changesHolders: false },
  monitor: runs,
  rollback: runs,
  archive: moves,
  adopt: moves,
  verify: reads,
  status: reads,
  backtest: reads,
  lint: reads,
  matrix: reads,
};

/** Whether it may run the policy's commands. */
export function runsCommands(command: CommandName): boolean {
  return traits[command].runsCommands;
}

/** Whether it may change who holds a stage: what a pull request runs never may. */
export function changesHolders(command: CommandName): boolean {
  return traits[command].changesHolders;
}

/** Whether it only reads, so that it may read the workspace's policy. */
export function isReadOnly(command: CommandName): boolean {
  return traits[command].isReadOnly;
}
