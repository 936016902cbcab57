import { PromotionError } from '../../src/domain/errors.js';

/** What a process that is dead does: nothing any more, whatever it was about to do. */
export class Killed extends Error {}

/** `cancelled`: it begins nothing more, and may say so. */
export type End = 'killed' | 'cancelled';

/** A run that ends at a moment: before or after the n-th thing it writes anywhere. */
export class KillableRun {
  readonly #cancellation = new AbortController();
  #writes = 0;
  #isDead = false;

  /** @param moment odd: before a write; even: after it; undefined: it lives */
  constructor(
    private readonly moment?: number,
    private readonly end: End = 'killed',
  ) {}

  get cancelled(): AbortSignal {
    return this.#cancellation.signal;
  }

  /** How many moments there were to end at. */
  get moments(): number {
    return this.#writes;
  }

  /** `target` as the run sees it, with these of its methods as writes. */
  watch<T extends object>(target: T, writes: readonly (keyof T)[]): T {
    return new Proxy(target, {
      get: (of, key) => {
        const value: unknown = Reflect.get(of, key);
        if (typeof value !== 'function') return value;
        const method = value as (this: T, ...given: unknown[]) => unknown;
        if (!writes.includes(key as keyof T)) {
          return (...given: unknown[]) => {
            this.#mustLive();
            return method.apply(of, given);
          };
        }
        return async (...given: unknown[]) => {
          this.#tick();
          const result = await method.apply(of, given);
          this.#tick();
          return result;
        };
      },
    });
  }

  #tick(): void {
    this.#mustLive();
    this.#writes += 1;
    if (this.#writes !== this.moment) return;
    if (this.end === 'cancelled') {
      this.#cancellation.abort(new PromotionError('CANCELLED', 'The run was cancelled (SIGINT).'));
      return;
    }
    this.#isDead = true;
    this.#mustLive();
  }

  #mustLive(): void {
    if (this.#isDead) throw new Killed('Killed.');
  }
}
