export const EVENT_TYPES = [
  'registered',
  'approved',
  'deployed',
  'rejected',
  'failed',
  'archived',
  'rolled_back',
  'adopted',
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

/** One thing that happened to a version. Field names are those of the stored JSON. */
export interface PromotionEvent {
  readonly type: EventType;
  /** As the registry writes it: `12`, `v1.2.0`. */
  readonly version: string;
  readonly stage?: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly actor?: string;
  readonly approvers?: readonly string[];
  /** URL of the workflow run. */
  readonly run?: string;
  /** `local`: written from a terminal, not by a workflow. */
  readonly origin?: string;
  readonly commit?: string;
  readonly policyDigest?: string;
  readonly evidenceDigest?: string;
  /** The version that held the stage until then. */
  readonly previous?: string;
  readonly reason?: string;
  readonly metrics?: Readonly<Record<string, number | string>>;
  /** git: the assignment tag pushed together with this event. */
  readonly tag?: string;
  /**
   * `archived`: nobody retired the version, its stage was found empty and recorded so by `adopt`. It is an archival,
   * and not an adoption, so that older versions of this action read it as what it says: nobody holds the stage.
   */
  readonly vacated?: boolean;
  /** Fingerprint of the very version this is about: one deleted and recreated has its number and another fingerprint. */
  readonly identity?: string;
}
