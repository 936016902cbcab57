import { assertNever } from '../assert-never.js';
import type { PromotionEvent } from './event.js';

/**
 * How a version came to leave a stage. `moved_on`: to another stage, in a registry where it holds one at a time;
 * `failed`: its deployment was undone, so it was never truly there; `vacated`: it was found gone, and recorded so.
 */
export type Leaving = 'replaced' | 'moved_on' | 'archived' | 'rolled_back' | 'failed' | 'vacated';

/** One version's time in a stage. */
export interface Tenure {
  readonly version: string;
  /** The event that put it there, `deployed` or `adopted`. */
  readonly event: PromotionEvent;
  /** ISO 8601, UTC. */
  readonly since: string;
  /** Absent for who holds it now. */
  readonly until?: string;
  readonly left?: Leaving;
}

interface Life {
  /** Stages whose last word on the version is that it was deployed there. */
  readonly passed: Map<string, PromotionEvent>;
  /** Stages that it held and left. */
  readonly left: Map<string, Tenure>;
  /** How the command `archive` retired it, until it is registered anew or put into a stage by its name. */
  retired?: PromotionEvent | undefined;
  /** Fingerprint of the very version that was last spoken of. */
  identity?: string;
  last: PromotionEvent;
}

/**
 * What the promotion log says, replayed: who held which stage when, and what each version has been through. That
 * a version left a stage, or was found bad there, no longer counts once it is registered anew.
 */
export class History {
  readonly #tenures = new Map<string, Tenure[]>();
  readonly #lives = new Map<string, Life>();
  #before: PromotionEvent | undefined;

  /**
   * @param events oldest first, as the log tells them
   * @param registry whether there a version holds one stage at a time
   */
  constructor(
    readonly events: readonly PromotionEvent[],
    private readonly registry: { readonly oneStageAtATime: boolean } = { oneStageAtATime: false },
  ) {
    for (const event of events) {
      this.#replay(event);
      this.#before = event;
    }
  }

  /** Who holds the stage, as far as the log knows. */
  holder(stage: string): Tenure | undefined {
    const last = this.tenures(stage).at(-1);
    return last?.left === undefined ? last : undefined;
  }

  /** Who held the stage at that moment. */
  holderOn(stage: string, moment: Date): Tenure | undefined {
    const time = moment.getTime();
    return this.tenures(stage).findLast(
      ({ since, until }) => Date.parse(since) <= time && (until === undefined || time < Date.parse(until)),
    );
  }

  /** Everybody's time in the stage, oldest first. */
  tenures(stage: string): readonly Tenure[] {
    return this.#tenures.get(stage) ?? [];
  }

  /** The event by which the version passed the stage, unless it was found wanting there later. */
  passed(version: string, stage: string): PromotionEvent | undefined {
    return this.#lives.get(version)?.passed.get(stage);
  }

  /** The version's time in the stage, where it held it and left it. */
  left(version: string, stage: string): Tenure | undefined {
    return this.holder(stage)?.version === version ? undefined : this.#lives.get(version)?.left.get(stage);
  }

  /** Versions that held the stage and were good, the last one first, without the one that holds it now. */
  goodHolders(stage: string): readonly string[] {
    const current = this.holder(stage)?.version;
    const good: string[] = [];
    for (const { version } of this.tenures(stage).toReversed()) {
      if (version === current || good.includes(version)) continue;
      const way = this.tenures(stage).findLast((each) => each.version === version && each.left !== 'failed')?.left;
      if (way !== undefined && way !== 'rolled_back' && way !== 'failed') good.push(version);
    }
    return good;
  }

  /**
   * How the command `archive` retired the version; undefined where it did not. What was archived because another
   * took its place is not retired: the log tells that together with who took it.
   */
  retired(version: string): PromotionEvent | undefined {
    return this.#lives.get(version)?.retired;
  }

  /** Whether any version ever held the stage. One whose deployment was undone was never truly there. */
  wasEverHeld(stage: string): boolean {
    return this.tenures(stage).some(({ left }) => left !== 'failed');
  }

  /** The last time in the stage, where the log says that nobody holds it and somebody did. */
  lastBefore(stage: string): Tenure | undefined {
    return this.holder(stage) === undefined ? this.tenures(stage).findLast(({ left }) => left !== 'failed') : undefined;
  }

  /** Fingerprint of the version that the log means by this name; undefined where it never said. */
  identity(version: string): string | undefined {
    return this.#lives.get(version)?.identity;
  }

  /** The last thing that happened to the version. */
  last(version: string): PromotionEvent | undefined {
    return this.#lives.get(version)?.last;
  }

  #replay(event: PromotionEvent): void {
    const { type, version, stage } = event;
    const life = this.#life(event);
    if (type === 'registered') life.left.clear();
    if (['registered', 'deployed', 'adopted'].includes(type)) life.retired = undefined;
    if (type === 'archived' && event.vacated !== true && !this.#isReplacement(event)) life.retired = event;
    if (stage === undefined) return;
    if (type === 'deployed' || type === 'adopted') {
      life.passed.set(stage, event);
      if (this.holder(stage)?.version === version) return;
      this.#leave(stage, 'replaced', event.at);
      if (this.registry.oneStageAtATime) this.#leaveOthers(version, event.at);
      const tenures = this.#tenures.get(stage) ?? [];
      tenures.push({ version, event, since: event.at });
      this.#tenures.set(stage, tenures);
    } else if (type === 'archived' || type === 'rolled_back' || type === 'failed') {
      if (type !== 'archived') life.passed.delete(stage);
      if (this.holder(stage)?.version === version)
        this.#leave(stage, event.vacated === true ? 'vacated' : type, event.at);
      else if (this.#belongsToMove(event)) this.#amend(stage, version, type);
    } else if (type === 'rejected') {
      life.passed.delete(stage);
    } else {
      switch (type) {
        case 'registered':
        case 'approved':
          return;
        default:
          assertNever(type, 'event of the promotion log');
      }
    }
  }

  /** Whether the version was archived for the one that took its place, which the log tells just before. */
  #isReplacement({ stage, version }: PromotionEvent): boolean {
    const { type, stage: where, version: successor, previous = version } = this.#before ?? {};
    return (
      type === 'deployed' && stage !== undefined && where === stage && successor !== version && previous === version
    );
  }

  /**
   * Whether the event was written with the one that put another version there: it says why this one left. A
   * failure may also be that of an attempt to put it back, which is a matter of its own and has its own time.
   */
  #belongsToMove({ type, stage, at }: PromotionEvent): boolean {
    const before = this.#before;
    return before === this.holder(stage ?? '')?.event && (type !== 'failed' || before?.at === at);
  }

  #life(event: PromotionEvent): Life {
    const life: Life = this.#lives.get(event.version) ?? { passed: new Map(), left: new Map(), last: event };
    life.last = event;
    this.#lives.set(event.version, life);
    if (event.identity !== undefined) {
      if (life.identity !== undefined && life.identity !== event.identity) {
        // Deleted and made anew: what the one before has passed says nothing of this one.
        life.passed.clear();
        life.left.clear();
        life.retired = undefined;
      }
      life.identity = event.identity;
    }
    return life;
  }

  #leave(stage: string, left: Leaving, until: string): void {
    const tenure = this.holder(stage);
    if (tenure === undefined) return;
    this.#put(stage, this.tenures(stage).length - 1, { ...tenure, until, left });
  }

  #leaveOthers(version: string, until: string): void {
    for (const stage of this.#tenures.keys()) {
      if (this.holder(stage)?.version === version) this.#leave(stage, 'moved_on', until);
    }
  }

  #amend(stage: string, version: string, left: Leaving): void {
    const index = this.tenures(stage).findLastIndex((tenure) => tenure.version === version);
    const tenure = this.tenures(stage)[index];
    if (tenure?.left === 'replaced') this.#put(stage, index, { ...tenure, left });
  }

  #put(stage: string, index: number, tenure: Tenure): void {
    this.#tenures.get(stage)?.splice(index, 1, tenure);
    const life = this.#lives.get(tenure.version);
    if (tenure.left === 'failed') life?.left.delete(stage);
    else life?.left.set(stage, tenure);
  }
}
