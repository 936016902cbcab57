import { PromotionError } from '../../domain/errors.js';
import { oneLine } from '../../git/tag.js';
import type { Artifact, Lightweight } from './artifact.js';

/** How a lightweight tag becomes an annotated one, here and on the remote. */
export function annotating(tag: string): string {
  return `Make it annotated: git tag -f -a -m 'Register' '${tag}' '${tag}^{}' && git push -f origin 'refs/tags/${tag}'`;
}

/** The lightweight tag that would be the version if it were annotated, as an error; undefined where there is none. */
export function lightweightVersion({ model, lightweight }: Artifact, version: string): PromotionError | undefined {
  const found = lightweight.find((tag) => tag.version === version || tag.version === `v${version}`);
  if (found === undefined) return undefined;
  return new PromotionError(
    'VERSION_UNKNOWN',
    `Model '${model}' has no version '${oneLine(version, 80)}': the tag '${found.name}' is lightweight, and GTO reads none but annotated ones.`,
    { cure: annotating(found.name) },
  );
}

/** For the report: tags that look as if they counted. Where another tag says the same, nothing is amiss. */
export function lightweightRemarks({ lightweight, registrations }: Artifact): readonly string[] {
  const unsaid = lightweight.filter((tag) => !isSaid(tag, registrations)).toReversed();
  const [newest] = unsaid;
  if (newest === undefined) return [];
  const rest = unsaid.length === 1 ? '' : ` So ${unsaid.length === 2 ? 'is' : 'are'} ${unsaid.length - 1} more.`;
  const what = newest.version === undefined ? 'moves no stage' : 'registers no version';
  return [
    `The tag '${newest.name}' is lightweight, so it ${what}: GTO reads none but annotated ones.${rest} ${annotating(newest.name)}`,
  ];
}

function isSaid({ version }: Lightweight, registrations: Artifact['registrations']): boolean {
  return version !== undefined && registrations.some((each) => each.version === version);
}
