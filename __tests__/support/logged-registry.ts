import type { LoggedEvent } from '../../src/log/event.js';
import type { PromotionEvent } from '../../src/domain/event.js';
import { isEntry, type OperationEntry } from '../../src/log/operation.js';
import { type AppendOptions, type LogState, sorted } from '../../src/log/promotion-log.js';
import { LoggedRegistry } from '../../src/registry/logged-registry.js';
import type { FakeRegistry } from './fake-registry.js';

/** A promotion log in memory, with the real one's compare-and-swap. */
export class MemoryLog {
  readonly told: (LoggedEvent | OperationEntry)[] = [];
  /** Thrown by the next appends. */
  refusal: Error | undefined;

  get events(): readonly LoggedEvent[] {
    return sorted(this.told).events;
  }

  /** Types of the entries that operations left. */
  get entries(): readonly string[] {
    return this.told.filter(isEntry).map(({ type }) => type);
  }

  read(): Promise<LogState> {
    const { length } = this.told;
    return Promise.resolve({ ...sorted(this.told), ...(length === 0 ? {} : { head: String(length) }) });
  }

  mayBegin(): Promise<boolean> {
    return Promise.resolve(this.refusal === undefined);
  }

  append(
    told: readonly (PromotionEvent | OperationEntry)[],
    { expectedHead }: AppendOptions,
  ): Promise<'appended' | 'moved'> {
    if (this.refusal !== undefined) return Promise.reject(this.refusal);
    if ((this.told.length === 0 ? undefined : String(this.told.length)) !== expectedHead)
      return Promise.resolve('moved');
    for (const each of told) this.told.push(isEntry(each) ? each : { ...each, id: String(this.told.length + 1) });
    return Promise.resolve('appended');
  }

  /** Each event as `production: deployed 2`. */
  get lines(): string[] {
    return this.events.map(
      ({ type, version, stage }) => `${stage === undefined ? '' : `${stage}: `}${type} ${version}`,
    );
  }
}

/** The fake registry with a log around it. Its clock goes a minute on with each look. */
export class LoggedFake extends LoggedRegistry {
  readonly model: string;

  constructor(
    readonly fake: FakeRegistry,
    stages: readonly string[] = ['staging', 'production'],
    readonly log = new MemoryLog(),
  ) {
    super({ registry: fake, log: () => log, stages, now: () => new Date('2026-03-01T12:00:00Z') });
    this.model = fake.model;
  }
}
