import { assertNever } from '../domain/assert-never.js';
import type { PromotionEvent } from '../domain/event.js';
import { LoggedVersion, subjectsOf, type WhichVersion } from './logged-version.js';

/**
 * How a version came to leave a stage. `moved_on`: to another stage, in a registry where it holds one at a time;
 * `failed`: its deployment was undone, so it was never truly there; `vacated`: it was found gone, and recorded so.
 */
export type Leaving = 'replaced' | 'moved_on' | 'archived' | 'rolled_back' | 'failed' | 'vacated';

/** One version's time in a stage. */
export interface Tenure {
  readonly version: LoggedVersion;
  /** The event that put it there, `deployed` or `adopted`. */
  readonly event: PromotionEvent;
  /** ISO 8601, UTC. */
  readonly since: string;
  /** Absent for who holds it now. */
  readonly until?: string;
  readonly left?: Leaving;
}

interface Life {
  readonly version: LoggedVersion;
  /** Stages whose last word on the version is that it was deployed there. */
  readonly passed: Map<string, PromotionEvent>;
  /** Stages that it held and left. */
  readonly left: Map<string, Tenure>;
  /** How the command `archive` retired it, until it is registered anew or put into a stage by its name. */
  retired?: PromotionEvent | undefined;
  last: PromotionEvent;
}

/**
 * What the promotion log says, replayed: who held which stage when, and what each version has been through. All of it
 * is said of one version and no other, whatever name that has. That a version left a stage, or was found bad there, no
 * longer counts once it is registered anew.
 */
export class History {
  readonly #tenures = new Map<string, Tenure[]>();
  /** By name: each version that ever had it, who was spoken of last at the end. */
  readonly #lives = new Map<string, Life[]>();
  #before: PromotionEvent | undefined;

  /**
   * @param events oldest first, as the log tells them
   * @param registry whether there a version holds one stage at a time
   */
  constructor(
    readonly events: readonly PromotionEvent[],
    private readonly registry: { readonly oneStageAtATime: boolean } = { oneStageAtATime: false },
  ) {
    const subjects = subjectsOf(events);
    for (const [index, event] of events.entries()) {
      this.#replay(event, subjects[index] ?? new LoggedVersion(event.version, event.identity));
      this.#before = event;
    }
  }

  /** Who holds the stage, as far as the log knows. */
  holder(stage: string): Tenure | undefined {
    const last = this.tenures(stage).at(-1);
    return last?.left === undefined ? last : undefined;
  }

  /** Whether the log says that this very version holds the stage. */
  isHeldBy(stage: string, version: WhichVersion): boolean {
    return this.holder(stage)?.version.is(version) === true;
  }

  /** The stages that the log says this very version holds. */
  heldBy(version: WhichVersion): readonly string[] {
    return [...this.#tenures.keys()].filter((stage) => this.isHeldBy(stage, version));
  }

  /** The stage that the version left last, and does not hold. */
  leftLast(version: WhichVersion): string | undefined {
    const left = [...(this.#life(version)?.left.keys() ?? [])];
    return left.findLast((stage) => !this.isHeldBy(stage, version));
  }

  /** Whether this very version holds the stage since the one before it was rolled back. */
  wasPutBack(stage: string, version: WhichVersion): boolean {
    return this.isHeldBy(stage, version) && this.tenures(stage).at(-2)?.left === 'rolled_back';
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
  passed(version: WhichVersion, stage: string): PromotionEvent | undefined {
    return this.#life(version)?.passed.get(stage);
  }

  /** The version's time in the stage, where it held it and left it. */
  left(version: WhichVersion, stage: string): Tenure | undefined {
    return this.isHeldBy(stage, version) ? undefined : this.#life(version)?.left.get(stage);
  }

  /** Versions that held the stage and were good, the last one first, without the one that holds it now. */
  goodHolders(stage: string): readonly LoggedVersion[] {
    const current = this.holder(stage)?.version;
    const good: LoggedVersion[] = [];
    for (const { version } of this.tenures(stage).toReversed()) {
      if (current?.is(version) === true || good.some((each) => each.is(version))) continue;
      const way = this.tenures(stage).findLast((each) => each.version.is(version) && each.left !== 'failed')?.left;
      if (way !== undefined && way !== 'rolled_back' && way !== 'failed') good.push(version);
    }
    return good;
  }

  /**
   * How the command `archive` retired the version; undefined where it did not. What was archived because another
   * took its place is not retired: the log tells that together with who took it.
   */
  retired(version: WhichVersion): PromotionEvent | undefined {
    return this.#life(version)?.retired;
  }

  /** Whether any version ever held the stage. One whose deployment was undone was never truly there. */
  wasEverHeld(stage: string): boolean {
    return this.tenures(stage).some(({ left }) => left !== 'failed');
  }

  /** The last time in the stage, where the log says that no version holds it and one did. */
  lastBefore(stage: string): Tenure | undefined {
    return this.holder(stage) === undefined ? this.tenures(stage).findLast(({ left }) => left !== 'failed') : undefined;
  }

  /** The version that the log means by the name now; without identity where it does not say. */
  meantBy(name: string): LoggedVersion {
    return this.#lives.get(name)?.at(-1)?.version ?? new LoggedVersion(name, undefined);
  }

  /** Whether this is the version that the log means by its name, as far as it says. */
  means(version: WhichVersion): boolean {
    return this.meantBy(LoggedVersion.of(version).name).is(version);
  }

  /** Whether the log has meant no other version by this name, ever. */
  onlyEverMeant(version: WhichVersion): boolean {
    return (this.#lives.get(LoggedVersion.of(version).name) ?? []).every((life) => life.version.is(version));
  }

  /** The last thing that happened to the version. */
  last(version: WhichVersion): PromotionEvent | undefined {
    return this.#life(version)?.last;
  }

  #life(version: WhichVersion): Life | undefined {
    return this.#lives.get(LoggedVersion.of(version).name)?.findLast((life) => life.version.is(version));
  }

  #replay(event: PromotionEvent, version: LoggedVersion): void {
    const { type, stage } = event;
    const life = this.#lived(version, event);
    if (type === 'registered') life.left.clear();
    if (['registered', 'deployed', 'adopted'].includes(type)) life.retired = undefined;
    if (type === 'archived' && event.vacated !== true && !this.#isReplacement(event)) life.retired = event;
    if (stage === undefined) return;
    if (type === 'deployed' || type === 'adopted') {
      life.passed.set(stage, event);
      if (this.isHeldBy(stage, version)) return;
      this.#leave(stage, 'replaced', event.at);
      if (this.registry.oneStageAtATime) this.#leaveOthers(version, event.at);
      const tenures = this.#tenures.get(stage) ?? [];
      tenures.push({ version, event, since: event.at });
      this.#tenures.set(stage, tenures);
    } else if (type === 'archived' || type === 'rolled_back' || type === 'failed') {
      if (type !== 'archived') life.passed.delete(stage);
      if (this.isHeldBy(stage, version)) this.#leave(stage, event.vacated === true ? 'vacated' : type, event.at);
      // The one that has the name now was there, past the log, and the stage is empty since.
      else if (type === 'archived' && this.holder(stage)?.version.isNamesakeOf(version) === true)
        this.#leave(stage, 'replaced', event.at);
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

  #lived(version: LoggedVersion, event: PromotionEvent): Life {
    const life: Life = this.#life(version) ?? { version, passed: new Map(), left: new Map(), last: event };
    life.last = event;
    const others = (this.#lives.get(version.name) ?? []).filter((each) => each !== life);
    this.#lives.set(version.name, [...others, life]);
    return life;
  }

  #leave(stage: string, left: Leaving, until: string): void {
    const tenure = this.holder(stage);
    if (tenure === undefined) return;
    this.#put(stage, this.tenures(stage).length - 1, { ...tenure, until, left });
  }

  #leaveOthers(version: LoggedVersion, until: string): void {
    for (const stage of this.#tenures.keys()) {
      if (this.isHeldBy(stage, version)) this.#leave(stage, 'moved_on', until);
    }
  }

  #amend(stage: string, version: LoggedVersion, left: Leaving): void {
    const index = this.tenures(stage).findLastIndex((tenure) => tenure.version.is(version));
    const tenure = this.tenures(stage)[index];
    if (tenure?.left === 'replaced') this.#put(stage, index, { ...tenure, left });
  }

  #put(stage: string, index: number, tenure: Tenure): void {
    this.#tenures.get(stage)?.splice(index, 1, tenure);
    const life = this.#life(tenure.version);
    life?.left.delete(stage); // What it left last comes last.
    if (tenure.left !== 'failed') life?.left.set(stage, tenure);
  }
}
