import type { PromotionEvent } from '../domain/event.js';
import { History } from '../log/history.js';
import { eventsAbout, type LoggedVersion, type WhichVersion } from '../log/logged-version.js';
import { type Holdings, inOrder, tagsNow } from '../domain/promotion-state.js';
import { stateTag } from '../domain/record.js';

/** What a registry's records say, by the promotion log alone. */
export class Replayed {
  readonly #history: History;

  /**
   * @param events oldest first
   * @param stages the policy's, the furthest last
   */
  constructor(
    readonly events: readonly PromotionEvent[],
    private readonly stages: readonly string[],
    registry: { readonly oneStageAtATime: boolean },
  ) {
    this.#history = new History(events, registry);
  }

  /** The tags that the version has; none where the log does not know it. */
  tags(version: WhichVersion): ReadonlyMap<string, string> {
    return tagsNow(eventsAbout(version, this.events), this.#holdings(version));
  }

  state(version: WhichVersion): string | undefined {
    return this.tags(version).get(stateTag);
  }

  /** Versions that held a stage before `events` were told, and hold it no more. */
  displaced(before: Replayed, events: readonly PromotionEvent[]): readonly LoggedVersion[] {
    return events.flatMap(({ stage }) => {
      const was = stage === undefined ? undefined : before.#history.holder(stage)?.version;
      return stage === undefined || was === undefined || this.#history.isHeldBy(stage, was) ? [] : [was];
    });
  }

  #holdings(version: WhichVersion): Holdings {
    const left = this.#history.leftLast(version);
    return { held: inOrder(this.#history.heldBy(version), this.stages), left };
  }
}
