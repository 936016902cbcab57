import { PromotionError } from '../../src/domain/errors.js';
import { listKnownNames } from '../../src/domain/suggest.js';
import type { Registration, Registry, LogRecord, Transition, Vacancy } from '../../src/registry/registry.js';
import type { Holders, MetricReading, ModelVersion, Unregistered } from '../../src/domain/version.js';

interface Held {
  version: ModelVersion;
  readonly metrics: Readonly<Record<string, number | string>>;
}

/** A registry in memory: what it is asked to write is kept in `writes`, and `meanwhile` happens when it is asked afresh. */
export class FakeRegistry implements Registry {
  readonly atNames = 'alias';
  readonly description = 'Fake registry';
  readonly environment = { FAKE_URI: 'fake://registry' };
  readonly credentialNames = ['FAKE_TOKEN'];
  readonly oneStageAtATime = false;
  readonly writes: string[] = [];
  readonly transitions: Transition[] = [];
  readonly metricCalls: string[] = [];
  /** Runs once, at the next `refresh`. */
  meanwhile: (() => void) | undefined;
  /** Thrown by the next write. */
  refusal: PromotionError | undefined;
  private readonly held = new Map<string, Held>();
  private readonly stages = new Map<string, string[]>();

  constructor(readonly model = 'churn') {}

  add(
    version: string,
    metrics: Held['metrics'] = {},
    tags: Readonly<Record<string, string>> = {},
    more: Partial<ModelVersion> = {},
  ): this {
    this.held.set(version, {
      version: {
        model: this.model,
        version,
        createdAt: `2026-01-01T00:00:0${version.length}.000Z`,
        run: `run-${version}`,
        uri: `models:/${this.model}/${version}`,
        tags: new Map(Object.entries(tags)),
        ...more,
      },
      metrics,
    });
    return this;
  }

  hold(stage: string, ...versions: string[]): this {
    this.stages.set(stage, versions);
    return this;
  }

  remove(version: string): void {
    this.held.delete(version);
  }

  tagsOf(version: string): Readonly<Record<string, string>> {
    return Object.fromEntries(this.held.get(version)?.version.tags ?? []);
  }

  holdersOf(stage: string): readonly string[] {
    return this.stages.get(stage) ?? [];
  }

  hasOrCanStartLog(): Promise<boolean> {
    return Promise.resolve(false);
  }

  refresh(): void {
    const { meanwhile } = this;
    this.meanwhile = undefined;
    meanwhile?.();
  }

  refusesStage(): undefined {
    return undefined;
  }

  history(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  remarks(): readonly string[] {
    return [];
  }

  async *versions(model: string): AsyncIterable<ModelVersion> {
    this.knows(model);
    const newest = [...this.held.values()].sort((a, b) => Number(b.version.version) - Number(a.version.version));
    for (const { version } of newest) yield await Promise.resolve(version);
  }

  version(model: string, version: string): Promise<ModelVersion> {
    return this.answer(() => {
      this.knows(model);
      const found = this.held.get(version);
      if (found === undefined) {
        throw new PromotionError('VERSION_UNKNOWN', `'${model}' has no version '${version}'.`, {
          cure: listKnownNames('versions', version, [...this.held.keys()]),
        });
      }
      return found.version;
    });
  }

  byAlias(model: string, alias: string): Promise<ModelVersion> {
    const [holder] = this.stages.get(alias) ?? [];
    return this.version(model, holder ?? `@${alias}`);
  }

  unregistered(model: string, given: Unregistered): Promise<ModelVersion> {
    return this.version(model, given === 'head' ? 'head' : `run:${given.run}`);
  }

  holders(model: string, stages: readonly string[]): Promise<Holders> {
    return this.answer(() => {
      this.knows(model);
      return new Map(
        stages.flatMap((stage) =>
          this.holdersOf(stage).length === 0 ? [] : [[stage, this.holdersOf(stage)] as const],
        ),
      );
    });
  }

  loggedModelMetric(): Promise<never> {
    const error = new PromotionError('METRIC_UNREADABLE', 'The fake registry has no logged models.', {
      cure: "Read it with 'from: run'.",
    });
    return Promise.reject(error);
  }

  metricKeys({ version }: ModelVersion): Promise<readonly string[]> {
    return Promise.resolve(Object.keys(this.held.get(version)?.metrics ?? {}));
  }

  metrics({ version }: ModelVersion, keys: readonly string[]): Promise<ReadonlyMap<string, MetricReading>> {
    this.metricCalls.push(`${version}: ${keys.join(',')}`);
    const known = this.held.get(version)?.metrics ?? {};
    return Promise.resolve(
      new Map(
        keys.flatMap((key) =>
          known[key] === undefined ? [] : [[key, { value: known[key], origin: `run-${version}` }] as const],
        ),
      ),
    );
  }

  transition(transition: Transition): Promise<void> {
    return this.answer(() => {
      const { stage, version, replaces } = transition;
      this.writes.push(`transition ${version.version} -> ${stage}`);
      if (this.refusal !== undefined) throw this.refusal;
      this.transitions.push(transition);
      this.stages.set(stage, [version.version]);
      this.put(version.version, transition.tags);
      if (replaces !== undefined) this.put(replaces.version, transition.replacedTags);
    });
  }

  tag({ version }: ModelVersion, tags: ReadonlyMap<string, string>): Promise<void> {
    return this.answer(() => {
      this.writes.push(`tag ${version}`);
      if (this.refusal !== undefined) throw this.refusal;
      this.put(version, tags);
    });
  }

  operation(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async appendToLog(
    _model: string,
    decide: (operation: undefined) => readonly LogRecord[] | Promise<readonly LogRecord[]>,
  ): Promise<boolean> {
    for (const told of await decide(undefined)) if ('tags' in told) await this.tag(told.version, told.tags);
    return false;
  }

  syncTags(version: ModelVersion, tags: ReadonlyMap<string, string>): Promise<void> {
    return this.tag(version, tags);
  }

  vacate({ version, stage, tags }: Vacancy): Promise<void> {
    return this.answer(() => {
      this.writes.push(`vacate ${stage} by ${version.version}`);
      if (this.refusal !== undefined) throw this.refusal;
      this.stages.delete(stage);
      this.put(version.version, tags);
    });
  }

  register({ model, version, tags }: Registration): Promise<ModelVersion> {
    const number = version ?? String(this.held.size + 1);
    this.writes.push(`register ${number}`);
    this.add(number, {}, Object.fromEntries(tags));
    return this.version(model, number);
  }

  materialise(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  private put(version: string, tags: ReadonlyMap<string, string>): void {
    const held = this.held.get(version);
    if (held !== undefined) held.version = { ...held.version, tags: new Map([...held.version.tags, ...tags]) };
  }

  private knows(model: string): void {
    if (model !== this.model)
      throw new PromotionError('MODEL_UNKNOWN', `There is no model '${model}'.`, {
        cure: listKnownNames('models', model, [this.model]),
      });
  }

  /** A throw of `make` as the rejection that a real registry's would be. */
  private answer<T>(make: () => T): Promise<T> {
    return new Promise((resolve) => {
      resolve(make());
    });
  }
}
