import { assertNever } from '../domain/assert-never.js';

/** What the log records of an operation while it goes on; with the events it makes the log a journal. */
export const ENTRY_TYPES = [
  'opened',
  'taken_over',
  'renewed',
  'deploying',
  'verified',
  'interrupted',
  'stuck',
  'closed',
] as const;
export type EntryType = (typeof ENTRY_TYPES)[number];

/** Who works on an operation. The token tells two of one run apart; the rest proves that an owner has ended. */
export interface Owner {
  readonly token: string;
  /** Id of the workflow run, and which attempt of it. */
  readonly run?: string;
  readonly attempt?: number;
  /** See `promotion/owner.ts`; absent where a process cannot be told exactly. */
  readonly process?: string;
}

/** All that is needed to finish or undo an operation whose run is gone. */
export interface Intent {
  readonly command: string;
  /** Whether there is a deployment, and whether the stage moves before it. */
  readonly deploys: 'no' | 'before-transition' | 'after-transition';
  /** Who held which stage when it began. */
  readonly holders: Readonly<Record<string, string>>;
  /** Fingerprint of the version in question: one deleted and recreated has its number and another fingerprint. */
  readonly identity?: string;
  /** Who held the stage in question, and that one's fingerprint. */
  readonly previous?: string;
  readonly previousIdentity?: string;
  /** What becomes of that one. */
  readonly replaced?: 'archived' | 'rolled_back';
  readonly approvers: readonly string[];
  readonly metrics: Readonly<Record<string, string>>;
  readonly reason?: string;
  readonly actor?: string;
  /** URL of the workflow run. */
  readonly run?: string;
  /** `local`: begun at a terminal, not by a workflow. */
  readonly origin?: 'local';
  readonly commit?: string;
  readonly policyDigest: string;
  readonly evidenceDigest?: string;
}

/**
 * `done`: the stage moved. `undone`: all is as it was. `given_up`: a person has decided otherwise. `abandoned`: its
 * run has ended, what would have finished it was refused, and a rollback has closed it.
 */
export type Outcome = 'done' | 'undone' | 'given_up' | 'abandoned';

/** One entry. Field names are those of the stored JSON. */
export interface OperationEntry {
  readonly type: EntryType;
  /** Id of the operation, a UUID. */
  readonly operation: string;
  readonly version: string;
  /** Absent for what concerns the version as a whole. */
  readonly stage?: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
  /** `opened`, `taken_over`: whose it is from here on. */
  readonly owner?: Owner;
  /** `opened`, `taken_over`, `renewed`: until when it is surely worked on, ISO 8601 in UTC. */
  readonly lease?: string;
  /** `opened` */
  readonly intent?: Intent;
  /** `closed` */
  readonly outcome?: Outcome;
  readonly reason?: string;
  /** `local`: written at a terminal, not by a workflow. */
  readonly origin?: string;
}

/** An operation that is not closed. As long as there is one, the model's stages are its owner's to move. */
export interface Operation {
  readonly id: string;
  readonly version: string;
  readonly stage?: string;
  readonly intent: Intent;
  readonly openedAt: string;
  readonly owner: Owner;
  readonly lease: string;
  /** How far its deployment came. */
  readonly phase: 'opened' | 'deploying' | 'verified';
  /** Its owner said that it leaves it as it is. */
  readonly interrupted: boolean;
  /** Why its deployment could not be undone: from there only `rollback` leads on. */
  readonly stuck?: string;
}

export function isEntry(told: { readonly type: string }): told is OperationEntry {
  return ENTRY_TYPES.some((type) => type === told.type);
}

/** What is wrong with an entry's fields, as words for an error; undefined when nothing is. */
export function faultOfEntry(entry: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof entry['operation'] !== 'string' || entry['operation'] === '') return 'it names no operation';
  const { owner, lease, intent, type } = entry;
  const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (type === 'opened' || type === 'taken_over') {
    if (!isObject(owner) || typeof owner['token'] !== 'string') return "'owner' names nobody";
    if (typeof lease !== 'string' || Number.isNaN(Date.parse(lease))) return "'lease' is not a time";
  }
  if (type !== 'opened') return undefined;
  if (!isObject(intent) || !isObject(intent['holders']) || !Array.isArray(intent['approvers']))
    return "'intent' does not say what was to be done";
  return undefined;
}

/** The operation that is open after these entries, oldest first. */
export function openOperation(entries: readonly OperationEntry[]): Operation | undefined {
  return entries.reduce<Operation | undefined>(next, undefined);
}

function next(open: Operation | undefined, entry: OperationEntry): Operation | undefined {
  const { type, owner, lease, intent, reason } = entry;
  if (type === 'opened') {
    if (owner === undefined || lease === undefined || intent === undefined) return open;
    return {
      id: entry.operation,
      version: entry.version,
      ...(entry.stage === undefined ? {} : { stage: entry.stage }),
      intent,
      openedAt: entry.at,
      owner,
      lease,
      phase: 'opened',
      interrupted: false,
    };
  }
  if (entry.operation !== open?.id) return open;
  switch (type) {
    case 'taken_over':
      return {
        ...open,
        owner: owner ?? open.owner,
        lease: lease ?? open.lease,
        // Who goes on with it by a judgement of its own has its own intent, and what was verified was another's.
        ...(intent === undefined
          ? {}
          : { intent, ...(open.phase === 'verified' ? { phase: 'deploying' as const } : {}) }),
        interrupted: false,
      };
    case 'renewed':
      return { ...open, lease: lease ?? open.lease };
    case 'deploying':
    case 'verified':
      return { ...open, phase: type };
    case 'interrupted':
      return { ...open, interrupted: true };
    case 'stuck':
      return { ...open, interrupted: true, stuck: reason ?? 'its deployment could not be undone' };
    case 'closed':
      return undefined;
    default:
      return assertNever(type, 'entry of an operation');
  }
}
