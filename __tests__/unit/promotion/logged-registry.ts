import type { LoggedEvent, PromotionEvent } from '../../../src/log/event.js';
import type { AppendOptions, LogState } from '../../../src/log/promotion-log.js';
import { LoggedRegistry } from '../../../src/registry/logged.js';
import type { FakeRegistry } from './fake-registry.js';

/** A promotion log in memory, with the real one's compare-and-swap. */
export class MemoryLog {
  readonly events: LoggedEvent[] = [];
  /** Thrown by the next appends. */
  refusal: Error | undefined;

  read(): Promise<LogState> {
    const last = this.events.at(-1);
    return Promise.resolve({ events: [...this.events], ...(last === undefined ? {} : { head: last.id }) });
  }

  append(events: readonly PromotionEvent[], { expectedHead }: AppendOptions): Promise<'appended' | 'moved'> {
    if (this.refusal !== undefined) return Promise.reject(this.refusal);
    if (this.events.at(-1)?.id !== expectedHead) return Promise.resolve('moved');
    for (const event of events) this.events.push({ ...event, id: String(this.events.length + 1) });
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
  readonly log: MemoryLog;

  constructor(
    readonly fake: FakeRegistry,
    stages: readonly string[] = ['staging', 'production'],
  ) {
    const log = new MemoryLog();
    super({ registry: fake, log: () => log, stages, now: () => new Date('2026-03-01T12:00:00Z') });
    this.model = fake.model;
    this.log = log;
  }
}
