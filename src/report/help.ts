import type { Report } from '../domain/report.js';

export interface Help {
  /** `POLICY_INVALID`, or what the section is about. */
  readonly title: string;
  /** A web address where the action's repository is known, else the file's name in it. */
  readonly address: string;
}

const page = 'docs/troubleshooting.md';

/** Where the documentation has more on an error or a hold: the section of its code, or the one on results. */
export function helpOf({ decision, code, docs }: Report): Help | undefined {
  if (decision !== 'error' && decision !== 'hold') return undefined;
  const anchor = code === undefined ? 'results-that-are-no-error' : code.toLowerCase();
  const address = `${docs === undefined ? '' : `${docs}/`}${page}#${anchor}`;
  return { title: code ?? 'Troubleshooting', address };
}
