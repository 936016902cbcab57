import type { History } from '../../log/history.js';
import { LoggedVersion, type WhichVersion } from '../../log/logged-version.js';
import type { Registry } from '../../registry/registry.js';
import type { ModelVersion } from '../../domain/version.js';
import { present } from './present.js';

/** Who may be put back into a stage. */
export interface FormerHolders {
  /** Every former good holder that is there still, the last one first. */
  readonly all: readonly ModelVersion[];
  /** Without those that the command `archive` retired: they come back only where they are named. */
  readonly unasked: readonly ModelVersion[];
  /** Those that are there no more: deleted, or another version has the name. */
  readonly gone: readonly LoggedVersion[];
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
  current: WhichVersion | undefined,
): Promise<FormerHolders> {
  const isCurrent = (each: LoggedVersion): boolean => current !== undefined && each.is(current);
  // Whoever the log calls the holder is good to go back to, where somebody has put another one there.
  const known = history.holder(stage)?.version;
  const wanted = [...(known === undefined ? [] : [known]), ...history.goodHolders(stage)].filter(
    (each) => !isCurrent(each),
  );
  const found = await Promise.all(wanted.map((each) => present(registry, model, each)));
  const all = found.filter((each) => each !== undefined);
  return {
    all,
    unasked: all.filter((each) => history.retired(each) === undefined),
    gone: wanted.filter((_, index) => found[index] === undefined),
  };
}

/** The good version that the stage goes back to after this one, as a transition gives it back. */
export async function goodBefore(
  registry: Registry,
  model: string,
  stage: string,
  history: History,
  version: WhichVersion,
): Promise<{ readonly before?: string }> {
  const { unasked } = await formerHolders(registry, model, stage, history, history.holder(stage)?.version);
  // One that is not among them holds it by the log, or was retired: then it is the last of them.
  const at = unasked.findIndex((each) => LoggedVersion.of(version).is(each));
  const before = unasked[at + 1]?.version;
  return before === undefined ? {} : { before };
}
