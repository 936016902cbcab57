import { parse } from 'yaml';
import { type CommandName, commandNames } from '../domain/command-name.js';

/** What can be typed: the action's commands, and `init`, which writes what the action then reads. */
export type TerminalCommand = CommandName | 'init';
export const terminalCommands: readonly TerminalCommand[] = ['init', ...commandNames];

/** One option, as help shows it. */
export interface Option {
  readonly name: string;
  readonly description: string;
  readonly default: string;
  /** Whether it stands alone, without a value. */
  readonly isFlag: boolean;
}

/** What action.yml says: each of its inputs is an option of the same name. */
export interface Manual {
  readonly options: readonly Option[];
  /** What each command does, in a few words. */
  readonly commands: ReadonlyMap<TerminalCommand, string>;
}

/** Options that only a terminal has. */
const terminalOnly: readonly Option[] = [
  flag('yes', 'Writes to the registry, the promotion log, tags and GitHub. Without it nothing is written there.'),
  flag('json', 'Prints the outputs as one JSON object on standard output, and everything else on standard error.'),
  flag('help', 'Shows this.'),
];

/** Inputs that each command uses, beside those that all use. */
const uses: Readonly<Record<TerminalCommand, readonly string[]>> = {
  init: ['model', 'policy', 'path'],
  promote: ['model', 'stage', 'version', 'dry-run', 'override', 'reason'],
  gate: ['model', 'stage', 'version', 'override', 'reason'],
  apply: ['plan', 'plan-digest', 'model', 'stage', 'dry-run', 'override', 'reason'],
  register: ['model', 'version', 'source', 'run-id', 'reason', 'dry-run'],
  monitor: ['model', 'stage', 'version', 'dry-run'],
  rollback: ['model', 'stage', 'version', 'reason', 'dry-run'],
  archive: ['model', 'version', 'reason', 'dry-run'],
  adopt: ['model', 'stage', 'reason', 'dry-run'],
  verify: ['model', 'stage', 'version', 'evidence', 'attestation'],
  status: ['model', 'on'],
  backtest: ['model', 'stage'],
  lint: [],
  matrix: ['model', 'stage'],
};
const always: readonly string[] = ['policy', 'policy-ref', 'path', 'fail-on', 'github-token'];

/** The options that help shows for the command; the others are taken, and change nothing. */
export function optionsOf({ options }: Manual, command: TerminalCommand): readonly Option[] {
  const own = uses[command].flatMap((name) => options.filter((option) => option.name === name));
  const shared = options.filter(({ name }) => always.includes(name) && command !== 'init');
  const extra = terminalOnly.filter(({ name }) => name !== 'yes' || command !== 'init');
  return [...new Set([...own, ...shared, ...extra])];
}

/** @param text action.yml's */
export function readManual(text: string): Manual {
  const { inputs } = parse(text) as { readonly inputs: Readonly<Record<string, ActionInput>> };
  const options = Object.entries(inputs)
    .filter(([name]) => name !== 'command')
    .map(([name, { description, default: value = '' }]) => ({
      name,
      description,
      // Only a workflow has a token to begin with.
      default: value.startsWith('${{') ? '' : value,
      isFlag: name === 'dry-run',
    }));
  const does = [...(inputs['command']?.description ?? '').matchAll(/`(\w+)` ([^;]+?)(?=;|\.$)/g)];
  return {
    options: [...options, ...terminalOnly],
    commands: new Map<TerminalCommand, string>([
      ['init', 'writes a starting policy and workflows from what the registry holds'],
      ...does.map(([, name = '', what = '']) => [name as CommandName, what] as const),
    ]),
  };
}

interface ActionInput {
  readonly description: string;
  readonly default?: string;
}

function flag(name: string, description: string): Option {
  return { name, description, default: '', isFlag: true };
}
