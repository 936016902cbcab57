import { asPromotionError, PromotionError } from '../domain/errors.js';
import { GitFailure } from '../git/failure.js';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PromotionEvent } from '../domain/event.js';
import { eventsAbout } from '../log/logged-version.js';
import { isEntry, type Operation, type OperationEntry } from '../log/operation.js';
import type { LogState, PromotionLog } from '../log/promotion-log.js';
import { identified } from '../log/event.js';
import { type StageMove, stateWithoutLog } from './without-log.js';
import { Replayed } from './replayed-tags.js';
import { eventsOf, stateTag } from '../domain/record.js';
import type { Registration, Registry, LogRecord, Transition, OperationGuard, Vacancy } from './registry.js';
import type { Holders, MetricReading, ModelVersion, Unregistered } from '../domain/version.js';

/** What it means that there is no log. */
const alone =
  'the record is in the registry alone, where whoever can write to it can change it, and nothing keeps two promotions apart.';

/** Enough for some ten writers at once; each lost round means that another one got through. */
const attempts = 12;

type Tags = ReadonlyMap<string, string>;

export interface LoggedOptions {
  readonly registry: Registry;
  /** Undefined where there is no repository to keep one in. */
  readonly log: (model: string) => Pick<PromotionLog, 'read' | 'append' | 'mayBegin'> | undefined;
  /** The policy's stages, the furthest last. A tag's key may stand for several names. */
  readonly stages: readonly string[];
  readonly now: () => Date;
}

/**
 * A registry whose records are kept in the promotion log. What the log says of a version goes before what the
 * registry's own tags say: whoever can write to the registry can write those. The registry is moved first and
 * the log told then, except for approvals and rejections, which are in the log alone decisive.
 *
 * Where there is none yet and none can be written, the registry's tags stand alone, and `remarks` says so; where there is one, a write that it does not get is an error, because it would be a gap in it.
 */
export class LoggedRegistry implements Registry {
  readonly atNames: Registry['atNames'];
  readonly description: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly credentialNames: readonly string[];
  readonly oneStageAtATime: boolean;
  readonly #inner: Registry;
  readonly #options: LoggedOptions;
  /** What was made of the log, as it was read. */
  readonly #views = new WeakMap<readonly PromotionEvent[], Replayed>();
  readonly #states = new Map<string, Promise<LogState>>();
  readonly #mayBegin = new Map<string, Promise<boolean>>();
  readonly #remarks = new Set<string>();

  constructor(options: LoggedOptions) {
    this.#options = options;
    this.#inner = options.registry;
    const { atNames, description, environment, credentialNames, oneStageAtATime } = options.registry;
    this.oneStageAtATime = oneStageAtATime;
    this.atNames = atNames;
    this.description = description;
    this.environment = environment;
    this.credentialNames = credentialNames;
  }

  remarks(): readonly string[] {
    return [...this.#inner.remarks(), ...this.#remarks];
  }

  refresh(): void {
    this.#states.clear();
    this.#inner.refresh();
  }

  refusesStage(stage: string): string | undefined {
    return this.#inner.refusesStage(stage);
  }

  async history(model: string): Promise<readonly PromotionEvent[] | undefined> {
    const { events } = await this.#state(model);
    return events.length === 0 ? undefined : events;
  }

  async hasOrCanStartLog(model: string): Promise<boolean> {
    if ((await this.history(model)) !== undefined) return true;
    // One answer for the whole run: what the token may do does not change, and the remote is asked for it.
    const known = this.#mayBegin.get(model) ?? this.#options.log(model)?.mayBegin() ?? Promise.resolve(false);
    this.#mayBegin.set(model, known);
    // A failure is no answer to keep.
    known.catch(() => this.#mayBegin.delete(model));
    return known;
  }

  async *versions(model: string): AsyncIterable<ModelVersion> {
    const { events } = await this.#state(model);
    for await (const version of this.#inner.versions(model)) yield this.#recorded(version, events);
  }

  async version(model: string, version: string): Promise<ModelVersion> {
    const found = await this.#inner.version(model, version);
    return this.#recorded(found, (await this.#state(model)).events);
  }

  async byAlias(model: string, alias: string): Promise<ModelVersion> {
    const found = await this.#inner.byAlias(model, alias);
    return this.#recorded(found, (await this.#state(model)).events);
  }

  unregistered(model: string, given: Unregistered): Promise<ModelVersion> {
    return this.#inner.unregistered(model, given);
  }

  holders(model: string, stages: readonly string[]): Promise<Holders> {
    return this.#inner.holders(model, stages);
  }

  loggedModelMetric(version: ModelVersion, key: string, dataset?: string): Promise<MetricReading> {
    return this.#inner.loggedModelMetric(version, key, dataset);
  }

  metricKeys(version: ModelVersion): Promise<readonly string[]> {
    return this.#inner.metricKeys(version);
  }

  metrics(version: ModelVersion, keys: readonly string[]): Promise<ReadonlyMap<string, MetricReading>> {
    return this.#inner.metrics(version, keys);
  }

  async operation(model: string): Promise<Operation | undefined> {
    return (await this.#state(model)).operation;
  }

  async appendToLog(
    model: string,
    decide: (operation: Operation | undefined) => readonly LogRecord[] | Promise<readonly LogRecord[]>,
  ): Promise<boolean> {
    let told: readonly LogRecord[] = [];
    let before: readonly PromotionEvent[] = [];
    let events: readonly PromotionEvent[] = [];
    const isLogged = await this.#append(model, async (state) => {
      told = await decide(state.operation);
      before = state.events;
      const all = told.flatMap((each): readonly (PromotionEvent | OperationEntry)[] =>
        'tags' in each ? this.#events(each.version, each.tags) : [each],
      );
      events = all.flatMap((each) => (isEntry(each) ? [] : [each]));
      return all;
    });
    const after = this.#replayed([...before, ...events]);
    const marked: ModelVersion[] = [];
    for (const each of told) {
      if (!('tags' in each) || each.inLogAlone === true || each.version.isGone === true) continue;
      const { version } = each;
      marked.push(version);
      const state = isLogged ? after.state(version) : await this.#stateWithoutLog(version, each.tags);
      const tagging = this.#inner.tag(version, each.tags.has(stateTag) ? withState(each.tags, state) : each.tags);
      // The log has it, which counts; the registry's tags are for people who look there.
      await (isLogged ? tagging.catch((thrown: unknown) => this.#untagged(version.version, thrown)) : tagging);
    }
    if (isLogged) await this.#markDisplaced(model, { before, events, after }, marked);
    return isLogged;
  }

  syncTags(version: ModelVersion, tags: ReadonlyMap<string, string>): Promise<void> {
    return this.#inner.tag(version, tags);
  }

  async transition(transition: Transition): Promise<void> {
    const { model, version, replaces, stage, tags, replacedTags, under } = transition;
    await this.#guard(model, under);
    const events = [
      ...this.#events(version, tags),
      ...(replaces === undefined ? [] : this.#events(replaces, replacedTags)),
    ];
    const { head, events: before } = await this.#state(model);
    const after = this.#replayed([...before, ...events]);
    const settled = async (each: ModelVersion, own: Tags, takes: boolean): Promise<Tags> =>
      withState(own, head === undefined ? await this.#stateWithoutLog(each, own, { stage, takes }) : after.state(each));
    await this.#inner.transition({
      ...transition,
      tags: tags.has(stateTag) ? await settled(version, tags, true) : tags,
      replacedTags: replaces === undefined ? replacedTags : await settled(replaces, replacedTags, false),
    });
    await this.#append(model, ({ operation }) => {
      under?.guard(operation);
      return [...events, ...(under?.closing === undefined ? [] : [under.closing])];
    });
    const marked = [version, ...(replaces === undefined ? [] : [replaces])];
    if (head !== undefined) await this.#markDisplaced(model, { before, events, after }, marked);
  }

  async vacate(vacancy: Vacancy): Promise<void> {
    const { model, version, stage, tags, under } = vacancy;
    await this.#guard(model, under);
    const events = this.#events(version, tags);
    const { head, events: before } = await this.#state(model);
    const state =
      head === undefined
        ? await this.#stateWithoutLog(version, tags, { stage, takes: false })
        : this.#replayed([...before, ...events]).state(version);
    await this.#inner.vacate({ ...vacancy, tags: withState(tags, state) });
    await this.#append(model, ({ operation }) => {
      under?.guard(operation);
      return [...events, ...(under?.closing === undefined ? [] : [under.closing])];
    });
  }

  async register(registration: Registration): Promise<ModelVersion> {
    const made = await this.#inner.register(registration);
    const { events } = await this.#state(made.model);
    if (eventsAbout(made, events).length > 0) return this.#recorded(made, events);
    await this.#append(made.model, () => this.#events(made, registration.tags));
    return this.version(made.model, made.version);
  }

  async tag(version: ModelVersion, tags: ReadonlyMap<string, string>): Promise<void> {
    await this.appendToLog(version.model, () => [{ version, tags }]);
  }

  materialise(version: ModelVersion, folder: string): Promise<string | undefined> {
    return this.#inner.materialise(version, folder);
  }

  #untagged(version: string, thrown: unknown): void {
    this.#remarks.add(`${version} has no tags of it in the registry: ${asPromotionError(thrown).sentence}`);
  }

  /** Who lost a stage by what was told, and is not named there, has another state since. */
  async #markDisplaced(
    model: string,
    {
      before,
      events,
      after,
    }: { before: readonly PromotionEvent[]; events: readonly PromotionEvent[]; after: Replayed },
    marked: readonly ModelVersion[],
  ): Promise<void> {
    for (const was of after.displaced(this.#replayed(before), events)) {
      if (marked.some((version) => was.is(version))) continue;
      try {
        const version = await this.#inner.version(model, was.name);
        if (was.is(version)) await this.#inner.tag(version, withState(new Map(), after.state(version)));
      } catch (thrown) {
        // It was deleted, and has no tags to be wrong.
        if (!(thrown instanceof PromotionError) || thrown.code !== 'VERSION_UNKNOWN') this.#untagged(was.name, thrown);
      }
    }
  }

  #stateWithoutLog(version: ModelVersion, tags: Tags, move?: StageMove): Promise<string | undefined> {
    return stateWithoutLog(this.#inner, version, tags, this.#options.stages, move);
  }

  #replayed(events: readonly PromotionEvent[]): Replayed {
    return new Replayed(events, this.#options.stages, this);
  }

  #recorded(version: ModelVersion, events: readonly PromotionEvent[]): ModelVersion {
    if (events.length === 0) return version;
    const known = this.#views.get(events) ?? this.#replayed(events);
    this.#views.set(events, known);
    const own = [...version.tags].filter(([key]) => !key.startsWith('promotion_'));
    return { ...version, tags: new Map([...own, ...known.tags(version)]) };
  }

  #events(version: ModelVersion, tags: ReadonlyMap<string, string>): readonly PromotionEvent[] {
    const at = this.#options.now().toISOString();
    return identified(eventsOf(version.version, tags, this.#options.stages, at), version);
  }

  #state(model: string): Promise<LogState> {
    const known = this.#states.get(model) ?? this.#options.log(model)?.read() ?? Promise.resolve({ events: [] });
    this.#states.set(model, known);
    // A failure is not an answer to keep.
    known.catch(() => {
      if (this.#states.get(model) === known) this.#states.delete(model);
    });
    return known;
  }

  /** The registry knows no lock: just before it is moved, the log is asked whether the operation is still ours. */
  async #guard(model: string, under: OperationGuard | undefined): Promise<void> {
    if (under === undefined) return;
    this.#states.delete(model);
    under.guard((await this.#state(model)).operation);
  }

  /** Tells the log what `decide` says to its state; once more where another writer came first. */
  async #append(
    model: string,
    decide: (
      state: LogState,
    ) => readonly (PromotionEvent | OperationEntry)[] | Promise<readonly (PromotionEvent | OperationEntry)[]>,
  ): Promise<boolean> {
    const log = this.#options.log(model);
    if (log === undefined) {
      this.#remarks.add(
        `There is no promotion log, because this runs neither on GitHub nor in a git repository: ${alone}`,
      );
      await decide({ events: [] });
      return false;
    }
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      const state = await this.#state(model);
      const told = await decide(state);
      if (told.length === 0) return true;
      this.#states.delete(model);
      try {
        if ((await log.append(told, { expectedHead: state.head })) === 'appended') return true;
      } catch (error) {
        if (state.head !== undefined || !mayNotWrite(error)) throw error;
        this.#remarks.add(
          `There is no promotion log, because this token may not write one: ${alone} Give the job 'permissions: contents: write'.`,
        );
        return false;
      }
      await sleep(Math.min(2_000, 50 * attempt) * (0.5 + Math.random()));
    }
    throw new PromotionError(
      'REGISTRY_CONFLICT',
      `The promotion log of '${model}' moved ${attempts} times while this run wrote to it.`,
      {
        cure: 'Other promotions of the model are running; run again when they have ended.',
      },
    );
  }
}

function withState(tags: Tags, state: string | undefined): Tags {
  return state === undefined ? tags : new Map([...tags, [stateTag, state]]);
}

function mayNotWrite(error: unknown): boolean {
  return (
    error instanceof PromotionError &&
    error.cause instanceof GitFailure &&
    ['denied', 'protected', 'credentials'].includes(error.cause.kind)
  );
}
