import { oneLine } from '../../git/tag.js';

/** What a tag name says, after GTO's own grammar. */
export interface GtoTagName {
  /** As a user writes it: `:` where the tag has `=`. */
  readonly model: string;
  readonly action: 'register' | 'deregister' | 'assign' | 'unassign' | 'deprecate';
  readonly version?: string;
  readonly stage?: string;
  /** 0 where the tag has none. */
  readonly counter: number;
}

const NAME = '[a-zA-Z0-9](?:[a-zA-Z0-9-/_]*[a-zA-Z0-9])?';
const IDENTIFIER = '(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)';
const VERSION = `v(?:0|[1-9]\\d*)\\.(?:0|[1-9]\\d*)\\.(?:0|[1-9]\\d*)(?:-${IDENTIFIER}(?:\\.${IDENTIFIER})*)?(?:\\+[0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*)?`;
const FULL_NAME = `(?:[a-zA-Z0-9-_./]+=)?${NAME}`;

/** @see https://github.com/iterative/gto/blob/1.10.1/gto/constants.py (`tag_re`) */
const TAG = new RegExp(
  `^(?<model>${FULL_NAME})(?:(?:#(?<stage>${NAME})|@(?<version>${VERSION}))(?<cancel>!?)|@(?<deprecated>deprecated))(?:#(?<counter>\\d+))?$`,
);
const STAGE = new RegExp(`^${NAME}$`);
const MODEL = new RegExp(`^${FULL_NAME}$`);
/** What git allows in no ref, and GTO's grammar in a folder. @see https://git-scm.com/docs/git-check-ref-format */
const NOT_A_REF = /^[-/]|\.\.|\/\/|(?:^|\/)\.|\.lock(?:\/|$)/;

/** A tag name as GTO reads it; undefined for tags that are none of its business. */
export function parseTagName(name: string): GtoTagName | undefined {
  const groups = TAG.exec(name)?.groups;
  if (groups === undefined) return undefined;
  const { model = '', stage, version, cancel, deprecated, counter } = groups;
  const cancelled = cancel === '!';
  return {
    model: model.replaceAll('=', ':'),
    action:
      deprecated !== undefined
        ? 'deprecate'
        : stage !== undefined
          ? cancelled
            ? 'unassign'
            : 'assign'
          : cancelled
            ? 'deregister'
            : 'register',
    ...(version === undefined ? {} : { version }),
    ...(stage === undefined ? {} : { stage }),
    counter: Number(counter ?? 0),
  };
}

/** Why GTO could hold no stage of that name; undefined if it can. */
export function refusesStageName(stage: string): string | undefined {
  if (STAGE.test(stage)) return undefined;
  return `GTO allows letters, digits, '-', '_' and '/' in a stage's name, and it must begin and end with a letter or digit; '${oneLine(stage, 80)}' is not such a name.`;
}

/** Why GTO, or git, could have no model of that name, and what they allow; undefined if they can. */
export function refusesModelName(model: string): { readonly message: string; readonly cure: string } | undefined {
  if (isModelName(model)) return undefined;
  return {
    message: `'${oneLine(model, 80)}' cannot be a model's name in a git registry.`,
    cure: "GTO allows letters, digits, '-', '_' and '/', with a letter or digit at either end, and a folder before it: 'models:churn'.",
  };
}

/** Whether GTO takes the name, and git the refs made of it. */
export function isModelName(model: string): boolean {
  return MODEL.test(model.replaceAll(':', '=')) && !model.includes('=') && !NOT_A_REF.test(model.replaceAll(':', '='));
}

export function registrationTag(model: string, version: string): string {
  return `${model.replaceAll(':', '=')}@${version}`;
}

export function assignmentTag(model: string, stage: string, counter: number): string {
  return `${model.replaceAll(':', '=')}#${stage}#${counter}`;
}

export function unassignmentTag(model: string, stage: string, counter: number): string {
  return `${model.replaceAll(':', '=')}#${stage}!#${counter}`;
}
