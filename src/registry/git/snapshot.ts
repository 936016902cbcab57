import { PromotionError } from '../../domain/errors.js';
import type { GitRepository } from '../../git/repository.js';
import { oneLine } from '../../git/tag.js';
import { MIRROR, type LogState, type PromotionLog } from '../../log/promotion-log.js';
import { listKnownNames } from '../../domain/suggest.js';
import { annotating } from './lightweight.js';
import { indexTags, readArtifact, type Artifact, type TagIndex } from './artifact.js';

/** One model as the tags and the log had it at one moment. */
export interface Snapshot {
  readonly artifact: Artifact;
  readonly log: LogState;
  /** Why the model counts as unknown, where it does, and whether a registration would make it known. */
  readonly absent?: { readonly error: PromotionError; readonly mayBegin: boolean };
}

const TAGS = 'refs/tags/';
const MIRRORED_TAGS = `${MIRROR}tags/`;

/** The fetch takes all tags, for the message about an unknown model; pruned is the mirror alone. */
export const TAG_REFSPEC = `+${TAGS}*:${MIRRORED_TAGS}*`;

/** Where a ref of the remote's tags is kept here; the tag itself where there is no remote. */
export function tagRefs(name: string): { readonly tag: string; readonly mirror: string } {
  return { tag: `${TAGS}${name}`, mirror: `${MIRRORED_TAGS}${name}` };
}

/**
 * Reads one model afresh: from the remote where there is one (one fetch for tags and log together), else from
 * the repository itself.
 *
 * Throws `GIT_SHALLOW`, `GIT_FAILED`.
 */
export async function takeSnapshot(repository: GitRepository, log: PromotionLog, model: string): Promise<Snapshot> {
  if (!(await repository.isRepository())) {
    throw new PromotionError('GIT_FAILED', `'${repository.folder}' is not a git repository.`, {
      cure: "Run actions/checkout with 'fetch-depth: 0' before this step.",
    });
  }
  // Before the fetch, which would bring the history of all tags.
  if (await repository.isShallow()) {
    throw new PromotionError(
      'GIT_SHALLOW',
      'The repository is a shallow clone: commits and tags of model versions may be missing from it.',
      {
        cure: "Give actions/checkout 'fetch-depth: 0'.",
      },
    );
  }
  const remote = await repository.remote();
  if (remote !== undefined) await repository.fetch([TAG_REFSPEC, log.refspec], { prune: true });
  const index = indexTags(await repository.listTags(remote === undefined ? TAGS : MIRRORED_TAGS));
  const absent = whyAbsent(model, index, remote?.url ?? 'this repository');
  const told = await log.readFetched();
  const artifact = readArtifact(model, index.models.get(model) ?? [], told.events, index.lightweight.get(model));
  return { artifact, log: told, ...(absent === undefined ? {} : { absent }) };
}

/** Throws `MODEL_UNKNOWN` naming what exists, where the model does not. */
export function mustExist(snapshot: Snapshot): Snapshot {
  if (snapshot.absent !== undefined) throw snapshot.absent.error;
  return snapshot;
}

function whyAbsent(model: string, { models, lightweightOnly }: TagIndex, where: string): Snapshot['absent'] {
  const tags = models.get(model);
  if (tags === undefined) {
    const [light] = lightweightOnly.get(model) ?? [];
    const shown = oneLine(model, 80);
    if (light !== undefined) {
      const error = new PromotionError(
        'MODEL_UNKNOWN',
        `Model '${shown}' has lightweight tags only (e.g. '${light.name}'), and GTO reads none but annotated ones.`,
        {
          cure: annotating(light.name),
        },
      );
      return { error, mayBegin: false };
    }
    const error = new PromotionError(
      'MODEL_UNKNOWN',
      `Model '${shown}' has no tags in ${where}. ${listKnownNames('models', shown, [...models.keys()].sort())}`,
      {
        cure: "Register a version first: command 'register', or 'gto register'.",
      },
    );
    return { error, mayBegin: true };
  }
  const { deprecatedBy } = readArtifact(model, tags);
  if (deprecatedBy !== undefined) {
    const error = new PromotionError(
      'MODEL_UNKNOWN',
      `Model '${model}' is deprecated, by tag '${deprecatedBy.name}'.`,
      {
        cure: "Register a new version of it ('register') to bring it back, or delete that tag.",
      },
    );
    return { error, mayBegin: true };
  }
  return undefined;
}
