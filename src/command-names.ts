/** What the action can be asked to do; the default is the first. */
export const commandNames = ['promote', 'gate', 'status', 'lint'] as const;

export type CommandName = (typeof commandNames)[number];
