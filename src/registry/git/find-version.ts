import { asInput } from '../../domain/cure.js';
import { PromotionError } from '../../domain/errors.js';
import { oneLine } from '../../git/tag.js';
import { listKnownNames } from '../../domain/suggest.js';
import type { ModelVersion } from '../../domain/version.js';
import type { Artifact, Registration } from './artifact.js';
import { lightweightVersion } from './lightweight.js';

/** A registered version by its name, with or without the `v`. Throws `VERSION_UNKNOWN` naming what exists. */
export function findVersion(artifact: Artifact, version: string): Registration {
  const found = artifact.registrations.find(
    (registration) => registration.version === version || registration.version === `v${version}`,
  );
  if (found !== undefined) return found;
  const lightweight = lightweightVersion(artifact, version);
  if (lightweight !== undefined) throw lightweight;
  const shown = oneLine(version, 80);
  throw new PromotionError(
    'VERSION_UNKNOWN',
    `Model '${artifact.model}' has no version '${shown}'. ${listKnownNames(
      'versions',
      shown,
      artifact.registrations.map((registration) => registration.version),
    )}`,
    /^[0-9a-f]{40,64}$/.test(version)
      ? {
          cure: `A stage's tag is on this commit, but no version is registered there: check it out and run ${asInput('register', {})}.`,
        }
      : artifact.registrations.length === 0
        ? { cure: `Register one, with ${asInput('register', {})} on its commit.` }
        : {},
  );
}

/** The commit that a version of a git registry is. */
export function commitOf(version: ModelVersion): string {
  if (version.commit !== undefined) return version.commit;
  throw new PromotionError('INTERNAL', `Version ${version.uri} has no commit, though its registry is git.`);
}
