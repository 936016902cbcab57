import type { PromotionEvent } from '../../domain/event.js';
import { type Holdings, tagsNow } from '../../domain/promotion-state.js';
import { eventsAbout, LoggedVersion, type WhichVersion } from '../../log/logged-version.js';
import type { Assignment } from './artifact.js';

/**
 * git has no tags on a version, so they are a view of the promotion log: what the log says of this very one, and, for assignments that the log does not know (made
 * with `gto assign`), that it was deployed there.
 * @param holdings what it holds: by the log, in git by the registry's tags
 */
export function tagsOf(
  which: WhichVersion,
  logged: readonly PromotionEvent[],
  assignments: readonly Assignment[],
  holdings: Holdings,
): ReadonlyMap<string, string> {
  return tagsNow(eventsOn(which, logged, assignments), holdings);
}

/** What the log says of this very version, and the assignments that it does not know, in their order. */
export function eventsOn(
  which: WhichVersion,
  logged: readonly PromotionEvent[],
  assignments: readonly Assignment[],
): readonly PromotionEvent[] {
  const { name: version } = LoggedVersion.of(which);
  const known = new Set(logged.map(({ tag }) => tag));
  const foreign = assignments
    .filter((assignment) => assignment.version === version && !known.has(assignment.tag.name))
    .map((assignment): PromotionEvent => ({
      type: 'deployed',
      version,
      stage: assignment.stage,
      at: new Date(assignment.time * 1000).toISOString(),
      actor: assignment.tag.tagger,
      tag: assignment.tag.name,
    }));
  const own = eventsAbout(which, logged);
  // Foreign ones find their place by time; the log's own order stays as it is (sorting is stable).
  return foreign.length === 0 ? own : [...own, ...foreign].sort((a, b) => seconds(a) - seconds(b));
}

function seconds(event: PromotionEvent): number {
  return Math.floor(Date.parse(event.at) / 1000);
}
