import { randomUUID } from 'node:crypto';
import { asPromotionError, PromotionError } from '../../domain/errors.js';
import type { PromotionEvent } from '../../domain/event.js';
import { LoggedVersion } from '../../log/logged-version.js';
import type { EntryType, Intent, Operation, OperationEntry, Outcome } from '../../log/operation.js';
import type { LogRecord, VersionRecord as Told, OperationGuard } from '../../registry/registry.js';
import { ownerHasEnded } from './owner.js';
import { isRefused } from './refusal.js';
import type { PromotionContext } from '../context.js';

/** An owner that says nothing for so long has ended; it renews its lease well before. */
const leaseMs = 15 * 60_000;
const renewalMs = 5 * 60_000;
/** A move without deployment takes seconds: so long one waits for another's to end. */
const patienceMs = 60_000;

/** What an operation is about. */
export interface NewOperation {
  readonly version: string;
  readonly stage?: string;
  readonly intent: Intent;
  /** Told together with it. */
  readonly records: readonly (Told | PromotionEvent)[];
}

/** What an ended run left open, and why what would have finished it was refused, where it was. */
export type Unfinished = Operation & { readonly refused?: string };

/** What an operation without proof is about, unless told otherwise. */
export function intentOf({ command, author, source }: Omit<PromotionContext, 'stage'>, more: Partial<Intent>): Intent {
  const usual = { deploys: 'no', holders: {}, approvers: [], metrics: {} } as const;
  return { command, ...usual, ...author, policyDigest: source.digest, ...more };
}

type JournalContext = Pick<PromotionContext, 'registry' | 'model' | 'now' | 'runOwner' | 'log'>;

/**
 * One operation as the promotion log tells it while it goes on. It is the lock as well: while it is open, the
 * model's stages are its owner's to move. Without a log there is no lock, and only the records are written.
 */
export class Journal {
  #renewal: NodeJS.Timeout | undefined;
  #expiry: NodeJS.Timeout | undefined;
  readonly #lost = new AbortController();
  #hasDeployed = false;
  /** Whether this run, or one before that it goes on for, may have deployed. */
  #mayBeLive: boolean;

  private constructor(
    private readonly work: JournalContext,
    readonly id: string,
    private readonly about: Pick<OperationEntry, 'version' | 'stage'>,
    private readonly isLogged: boolean,
    mayBeLive: boolean,
  ) {
    this.#mayBeLive = mayBeLive;
    if (!isLogged) return;
    this.#expire();
    this.#renewal = setInterval(() => {
      this.#tell('renewed', { lease: leaseFrom(work.now()) }).then(
        () => this.#expire(),
        (thrown: unknown) => work.log.line(`The lease of operation ${id} was not renewed: ${String(thrown)}`),
      );
    }, renewalMs).unref();
  }

  /** Aborted once the operation is, or may be, another run's: what this one still runs must end. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Whether something was deployed, or may have been, after the operation was another's. */
  get deployedInVain(): boolean {
    return this.#hasDeployed && this.#lost.signal.aborted;
  }

  /**
   * Closes the operation where its first write was refused and nothing had been deployed.
   * @param isAsBefore whether the registry holds what it held when it began
   * @returns whether it is closed
   */
  async closeRefused(thrown: unknown, isAsBefore: () => Promise<boolean>): Promise<boolean> {
    if (this.#mayBeLive || this.#lost.signal.aborted || !isRefused(thrown)) return false;
    try {
      this.work.registry.refresh();
      if (!(await isAsBefore())) return false;
      await this.close('undone', [], thrown.message);
      await this.leave();
      return true;
    } catch (other) {
      // It stays open, and the next run finds out how things stand.
      this.work.log.line(`Operation ${this.id} could not be closed: ${String(other)}`);
      return false;
    }
  }

  /** From here on the lease has its whole time; what is not renewed by its end is not ours to work on. */
  #expire(): void {
    clearTimeout(this.#expiry);
    this.#expiry = setTimeout(() => this.#lost.abort(this.#takenOver()), leaseMs).unref();
  }

  /**
   * Opens an operation, or goes on with one, once nobody else works on the model; all that `prepare` reads is read
   * while the log stands still, or it is asked again.
   * @param before an operation whose owner has ended: gone on with where it is for the same version and stage,
   *   given up where not, and abandoned where what would have finished it was refused
   * @returns why there is nothing to open, where `prepare` says so
   * @throws PromotionError `OPERATION_OPEN` where another operation stays open
   */
  static async open(
    work: JournalContext,
    prepare: () => Promise<NewOperation | string>,
    before?: Unfinished,
  ): Promise<Journal | string> {
    const { registry, model, runOwner, now } = work;
    const fresh: string = randomUUID();
    let opened: NewOperation | string = '';
    let id = fresh;
    const isLogged = await inTurn(work, () =>
      registry.appendToLog(model, async (operation) => {
        if (operation !== undefined && operation.owner.token !== before?.owner.token) throw underWay(model, operation);
        registry.refresh();
        opened = await prepare();
        if (typeof opened === 'string') return [];
        const { records, intent, ...about } = opened;
        const entry = { ...about, at: now().toISOString() };
        const ours = { intent, owner: runOwner.owner, lease: leaseFrom(now()) };
        const refused = before?.refused;
        const which = new LoggedVersion(about.version, intent.identity);
        const goesOn =
          refused === undefined &&
          operation !== undefined &&
          LoggedVersion.movedBy(operation).is(which) &&
          operation.stage === about.stage;
        id = goesOn ? operation.id : fresh;
        runOwner.remember({ model, operation: id, owner: runOwner.owner.token });
        runOwner.cancelled.throwIfAborted();
        if (operation === undefined) return [{ ...entry, type: 'opened', operation: id, ...ours }, ...records];
        if (goesOn) return [{ ...entry, type: 'taken_over', operation: id, ...ours }, ...records];
        const old = { version: operation.version, at: entry.at, operation: operation.id };
        const given: OperationEntry = {
          ...old,
          type: 'closed',
          ...(refused === undefined ? { outcome: 'given_up' } : { outcome: 'abandoned', reason: refused }),
          ...(operation.stage === undefined ? {} : { stage: operation.stage }),
        };
        const opening: readonly OperationEntry[] = [
          { ...entry, type: 'opened', operation: id, ...ours },
          // Whatever the one before has deployed is this one's to put right.
          ...(operation.phase === 'opened' ? [] : [{ ...entry, type: 'deploying' as const, operation: id }]),
        ];
        return [given, ...opening, ...records];
      }),
    );
    const result: NewOperation | string = opened;
    if (typeof result === 'string') {
      runOwner.remember(undefined);
      return result;
    }
    // Only now is it ours: what another run left running must not work against it.
    if (before !== undefined) runOwner.killProcesses(before.id);
    return new Journal(work, id, result, isLogged, before !== undefined && before.phase !== 'opened');
  }

  /** Takes over what a run that has ended left open. Throws `OPERATION_OPEN` where somebody else was faster. */
  static async takeOver(work: JournalContext, operation: Operation): Promise<Journal> {
    const { registry, model, runOwner, now } = work;
    const { id, version, stage } = operation;
    const about = { version, ...(stage === undefined ? {} : { stage }) };
    runOwner.remember({ model, operation: id, owner: runOwner.owner.token });
    await registry.appendToLog(model, (open) => {
      if (open?.owner.token !== operation.owner.token) throw underWay(model, open ?? operation);
      const at = now().toISOString();
      return [
        { ...about, type: 'taken_over', operation: id, at, owner: runOwner.owner, lease: leaseFrom(now()) } as const,
      ];
    });
    runOwner.killProcesses(id);
    return new Journal(work, id, about, true, operation.phase !== 'opened');
  }

  /** For a move that belongs to the operation, and ends it where there is an outcome. */
  under(outcome?: Outcome): OperationGuard {
    if (!this.isLogged) return { guard: () => undefined };
    return {
      guard: (operation) => {
        this.#mustBeOurs(operation);
      },
      ...(outcome === undefined ? {} : { closing: this.#entry('closed', { outcome }) }),
    };
  }

  async deploying(): Promise<void> {
    this.work.runOwner.cancelled.throwIfAborted();
    await this.#tell('deploying');
    this.#mayBeLive = true;
    this.#hasDeployed = true;
  }

  verified(): Promise<void> {
    return this.#tell('verified');
  }

  /** It cannot be undone, and stays open: only `rollback` leads on. */
  stuck(reason: string, records: readonly Told[]): Promise<void> {
    return this.#tell('stuck', { reason }, records);
  }

  close(outcome: Outcome, records: readonly (Told | PromotionEvent)[] = [], reason?: string): Promise<void> {
    return this.#tell('closed', { outcome, ...(reason === undefined ? {} : { reason }) }, records);
  }

  /** Does what ends the operation; where it throws instead, the operation is left to the next run. */
  async conduct<T>(act: () => Promise<T>): Promise<T> {
    try {
      const result = await act();
      await this.leave();
      return result;
    } catch (thrown) {
      await this.leave(asPromotionError(thrown).message);
      throw thrown;
    }
  }

  /** Nothing more is done here. What is not closed is left to the next run, at once where the log can be told. */
  async leave(reason?: string): Promise<void> {
    clearInterval(this.#renewal);
    clearTimeout(this.#expiry);
    const { registry, model, runOwner, log } = this.work;
    if (reason === undefined || !this.isLogged) {
      runOwner.remember(undefined);
      return;
    }
    try {
      await registry.appendToLog(model, (operation) =>
        operation?.owner.token === runOwner.owner.token ? [this.#entry('interrupted', { reason })] : [],
      );
    } catch (thrown) {
      log.line(`The log was not told that operation ${this.id} is left open: ${String(thrown)}`);
    }
  }

  async #tell(
    type: EntryType,
    more: Partial<OperationEntry> = {},
    records: readonly (Told | PromotionEvent)[] = [],
  ): Promise<void> {
    const { registry, model } = this.work;
    await registry.appendToLog(model, (operation): readonly LogRecord[] => {
      if (!this.isLogged) return records;
      this.#mustBeOurs(operation);
      return [...records, this.#entry(type, more)];
    });
  }

  #entry(type: EntryType, more: Partial<OperationEntry>): OperationEntry {
    const { version, stage } = this.about;
    const at = this.work.now().toISOString();
    return { type, operation: this.id, version, ...(stage === undefined ? {} : { stage }), at, ...more };
  }

  #mustBeOurs(operation: Operation | undefined): void {
    if (operation?.owner.token === this.work.runOwner.owner.token) return;
    const error = this.#takenOver();
    this.#lost.abort(error);
    throw error;
  }

  #takenOver(): PromotionError {
    return new PromotionError(
      'OPERATION_OPEN',
      `Operation ${this.id} on '${this.work.model}' was taken over by another run, because this one was silent for too long.`,
      { cure: "See with 'command: status' what the other run did: it has finished this operation or undone it." },
    );
  }
}

/**
 * The operation that an ended run left open; undefined where there is none. Waits a while for one that goes on.
 * @throws PromotionError `OPERATION_OPEN` where it goes on for longer
 */
export async function findAbandoned(work: JournalContext): Promise<Operation | undefined> {
  const { registry, model } = work;
  return inTurn(work, async () => {
    const operation = await registry.operation(model);
    if (operation === undefined || (await isOver(work, operation))) return operation;
    throw underWay(model, operation);
  });
}

/** Whether nobody works on the operation any more. */
export async function isOver(
  { runOwner, now }: Pick<PromotionContext, 'runOwner' | 'now'>,
  operation: Operation,
): Promise<boolean> {
  return ownerHasEnded(operation, runOwner.owner, now()) || runOwner.ownerHasEnded(operation.owner);
}

/**
 * Does it once no other run is moving the model's stages: waits a while and tries again where `act` throws
 * `OPERATION_OPEN`, and throws that where it goes on for longer.
 */
export async function inTurn<T>({ registry, runOwner, log }: JournalContext, act: () => Promise<T>): Promise<T> {
  for (let waited = 0; ;) {
    try {
      return await act();
    } catch (thrown) {
      if (!(thrown instanceof PromotionError) || thrown.code !== 'OPERATION_OPEN' || waited >= patienceMs) throw thrown;
      if (waited === 0) log.line(`Waiting: ${thrown.message}`);
      const pause = 1_000 + Math.random() * 2_000;
      waited += pause;
      await runOwner.pause(pause);
      runOwner.cancelled.throwIfAborted();
      registry.refresh();
    }
  }
}

/** That another run is at work, and which. */
export function underWay(model: string, { version, stage, intent, owner, openedAt, lease }: Operation): PromotionError {
  const run = intent.run ?? (owner.run === undefined ? undefined : `run ${owner.run}`);
  const where = run === undefined ? '' : `, in ${run}`;
  const goal = stage === undefined ? '' : ` to ${stage}`;
  return new PromotionError(
    'OPERATION_OPEN',
    `Another run is moving a version of '${model}': ${intent.command} of ${version}${goal}, since ${openedAt}${where}.`,
    {
      cure: `Run again when it has ended, at the latest on ${lease} unless it goes on; a 'concurrency' group on the job keeps promotions out of each other's way.`,
    },
  );
}

function leaseFrom(now: Date): string {
  return new Date(now.getTime() + leaseMs).toISOString();
}
