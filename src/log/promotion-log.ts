import { randomUUID } from 'node:crypto';
import { given } from '../domain/defined.js';
import { PromotionError } from '../domain/errors.js';
import type { RefChange } from '../git/push.js';
import { refComponent } from '../git/ref-component.js';
import type { GitRepository } from '../git/repository.js';
import { type Identity, oneLine } from '../git/tag.js';
import type { Redactor } from '../domain/redactor.js';
import { type LoggedEvent, parseEntry } from './event.js';
import type { PromotionEvent } from '../domain/event.js';
import { isEntry, openOperation, type Operation, type OperationEntry } from './operation.js';

/**
 * Where the remote's refs are mirrored. A clone does not bring `refs/promotion`, and its tags may be older than
 * the remote's: what counts is the remote's state, and the user's own refs are left alone.
 */
export const MIRROR = 'refs/gated/origin/';

/** The remote's ref `ref` as mirrored here. */
export function mirrored(ref: string): string {
  return `${MIRROR}${ref.slice('refs/'.length)}`;
}

/** The log of a model: `refs/promotion/<model>`, or under another prefix, e.g. `refs/heads/promotion/`. */
export function logRef(model: string, prefix = 'refs/promotion/'): string {
  return `${prefix}${refComponent(model)}`;
}

export interface PromotionLogOptions {
  readonly repository: GitRepository;
  /** Full name, see `logRef`. */
  readonly ref: string;
  readonly identity: Identity;
  /** Over reasons: what is in a commit stays. All else is names and numbers, and means nothing if it is changed. */
  readonly redactor: Redactor;
  /** Where entries are written, where that is no workflow: each of them says so. */
  readonly origin?: 'local' | undefined;
  readonly now: () => Date;
}

export interface LogState {
  /** The newest commit; absent while there is no log. Goes into `append` as it is. */
  readonly head?: string;
  /** Oldest first. */
  readonly events: readonly LoggedEvent[];
  /** The operation that a run has opened and not closed. */
  readonly operation?: Operation;
}

export interface AppendOptions {
  /** What `read` said; undefined: no log yet. */
  readonly expectedHead: string | undefined;
  /** Refs moved together with the log, all or none: a stage's tag. */
  readonly along?: readonly RefChange[];
}

/**
 * The promotion log: a chain of commits on one ref, one per event or entry of an operation, only ever extended. A commit names its parent
 * by hash, so a changed past shows; and moving the ref is a compare-and-swap, so it is the lock as well.
 */
export class PromotionLog {
  readonly ref: string;
  readonly #repository: GitRepository;
  readonly #identity: Identity;
  readonly #redactor: Redactor;
  readonly #origin: Pick<PromotionEvent, 'origin'>;
  readonly #now: () => Date;

  constructor(options: PromotionLogOptions) {
    this.ref = options.ref;
    this.#repository = options.repository;
    this.#identity = options.identity;
    this.#redactor = options.redactor;
    this.#origin = given({ origin: options.origin });
    this.#now = options.now;
  }

  /**
   * What a fetch must bring before `readFetched`. A pattern, because git calls a missing ref by its full name
   * an error, and a first use has none.
   */
  get refspec(): string {
    return `+${this.ref}*:${mirrored(this.ref)}*`;
  }

  /** The log as the remote has it; in a repository without remote, as it is here. Throws `REGISTRY_ANSWER` for a malformed one. */
  async read(): Promise<LogState> {
    if ((await this.#repository.remote()) !== undefined) await this.#repository.fetch([this.refspec], { prune: true });
    return this.readFetched();
  }

  /** As `read`, after the caller has fetched `refspec` together with its own. */
  async readFetched(): Promise<LogState> {
    const alone = (await this.#repository.remote()) === undefined;
    const head = await this.#repository.refObject(alone ? this.ref : mirrored(this.ref));
    if (head === undefined) return { events: [] };
    const chain = await this.#repository.chain(head);
    const blobs = await this.#repository.readBlobs(chain.map(({ commit }) => `${commit}:event.json`));
    const told = chain.map(({ commit, parents }, index) => {
      const blob = blobs[index];
      if (parents.length !== (index === 0 ? 0 : 1)) {
        throw new PromotionError(
          'REGISTRY_ANSWER',
          `The promotion log ${this.ref} is not one chain: commit ${commit} has ${parents.length} parents.`,
          {
            cure: 'The log is written by this action alone; point the ref back at the last commit of the chain.',
          },
        );
      }
      if (blob === undefined) {
        throw new PromotionError(
          'REGISTRY_ANSWER',
          `The promotion log's commit ${commit} is malformed: it has no event.json.`,
          {
            cure: `Check that ${this.ref} is used for nothing else.`,
          },
        );
      }
      return parseEntry(blob.toString('utf8'), commit);
    });
    return { head, ...sorted(told) };
  }

  /**
   * Adds events, and moves the refs in `along` with them, all or none. `moved`: the log, or a ref in `along`, is
   * no longer what was expected; nothing was changed, and the caller reads again and decides anew.
   */
  async append(
    events: readonly (PromotionEvent | OperationEntry)[],
    options: AppendOptions,
  ): Promise<'appended' | 'moved'> {
    let head = options.expectedHead;
    for (const event of events)
      head = await this.#commit(redacted({ ...event, ...this.#origin }, this.#redactor), head);
    const along = options.along ?? [];
    const changes =
      head === options.expectedHead
        ? along
        : [...along, { ref: this.ref, to: head, from: options.expectedHead ?? null }];
    if (changes.length === 0) return 'appended';
    const alone = (await this.#repository.remote()) === undefined;
    const result = alone ? await this.#repository.updateRefs(changes) : await this.#repository.push(changes);
    return result === 'changed' ? 'appended' : 'moved';
  }

  /** Whether this run could write the log, as far as the remote tells before anything is written. */
  async mayBegin(): Promise<boolean> {
    return (await this.#repository.remote()) === undefined || this.#repository.mayPush(this.ref);
  }

  async #commit(event: PromotionEvent | OperationEntry, parent: string | undefined): Promise<string> {
    const blob = await this.#repository.writeBlob(`${JSON.stringify(event, null, 2)}\n`);
    return this.#repository.commitTree({
      tree: await this.#repository.writeTree(new Map([['event.json', blob]])),
      ...(parent === undefined ? {} : { parent }),
      // Two runs that write the same words in the same second would make the same commit, and git takes the push of
      // what is there already for a success: both would believe they had won.
      message: `${subject(event)}\n\nEntry: ${randomUUID()}`,
      author: this.#identity,
      when: this.#now(),
    });
  }
}

function redacted(event: PromotionEvent | OperationEntry, redactor: Redactor): PromotionEvent | OperationEntry {
  const covered = <T extends { readonly reason?: string }>(told: T): T =>
    told.reason === undefined ? told : { ...told, reason: redactor.redact(told.reason) };
  return isEntry(event) && event.intent !== undefined
    ? covered({ ...event, intent: covered(event.intent) })
    : covered(event);
}

/** What happened to versions, and which operation is still open. */
export function sorted(told: readonly (LoggedEvent | OperationEntry)[]): Omit<LogState, 'head'> {
  const operation = openOperation(told.filter(isEntry));
  return {
    events: told.filter((each): each is LoggedEvent => !isEntry(each)),
    ...(operation === undefined ? {} : { operation }),
  };
}

/** For `git log`: `production: deployed v1.2.0`. Versions and stages come from outside, so: one line, bounded. */
function subject(event: PromotionEvent | OperationEntry): string {
  const type = !isEntry(event) && event.vacated === true ? 'left without' : event.type.replace('_', ' ');
  const what = `${type} ${oneLine(event.version, 80)}`;
  return event.stage === undefined ? what : `${oneLine(event.stage, 80)}: ${what}`;
}
