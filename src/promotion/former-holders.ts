import type { History } from '../log/history.js';
import type { Registry } from '../registry/registry.js';
import { existing } from './holder.js';
import { isSame } from './standing.js';

/** Who may be put back into a stage. */
export interface FormerHolders {
  /** Every former good holder that is there still, the last one first. */
  readonly all: readonly string[];
  /** Without those that the command `archive` retired: they come back only where they are named. */
  readonly unasked: readonly string[];
}

/**
 * Former good holders of the stage: not found bad there, not deleted since, and not another one by their name.
 * @param current who holds it by the registry
 */
export async function formerHolders(
  registry: Registry,
  model: string,
  stage: string,
  history: History,
  current: string | undefined,
): Promise<FormerHolders> {
  // Whoever the log calls the holder is good to go back to, where somebody has put another one there.
  const known = history.holder(stage)?.version;
  const good = history.goodHolders(stage);
  const named = known === undefined || known === current ? good : [known, ...good.filter((each) => each !== current)];
  const there = await Promise.all(
    named.map(async (each) => {
      const found = await existing(registry, model, each);
      return found !== undefined && isSame(history, found);
    }),
  );
  const all = named.filter((_, index) => there[index]);
  return { all, unasked: all.filter((each) => history.retired(each) === undefined) };
}

/** The good version that the stage goes back to after this one, as a transition gives it back. */
export async function goodBefore(
  registry: Registry,
  model: string,
  stage: string,
  history: History,
  version: string,
): Promise<{ readonly before?: string }> {
  const { unasked } = await formerHolders(registry, model, stage, history, history.holder(stage)?.version);
  // One that is not among them holds it by the log, or was retired: then it is the last of them.
  const before = unasked[unasked.indexOf(version) + 1];
  return before === undefined ? {} : { before };
}
