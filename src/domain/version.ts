import { createHash } from 'node:crypto';

/** One version of a model, as the registry tells it. Everything the rest of the action knows of a version. */
export interface ModelVersion {
  readonly model: string;
  /** As a user writes it: `12` (MLflow), `v1.2.0` (git). */
  readonly version: string;
  /** When the registry says it was made, ISO 8601 in UTC. Part of the version's pinned identity. */
  readonly createdAt: string;
  /** The run that made it (MLflow run id), when known. Part of the identity. */
  readonly run?: string;
  /** Where its files are (MLflow `source`; git: the commit). Part of the identity. */
  readonly source?: string;
  /** The git commit it was made from, when known: a full SHA. */
  readonly commit?: string;
  /** What a command loads it by: `models:/churn/12`; git: `churn@v1.2.0`. */
  readonly uri: string;
  /** A page about it for people, without credentials. */
  readonly page?: string;
  /** Its tags in the registry, records of promotions among them. */
  readonly tags: ReadonlyMap<string, string>;
  /** It holds a stage by its name alone: it was deleted or deregistered, and nothing can be set on it. */
  readonly isGone?: boolean;
  /** With `isGone`: its fingerprint, where the promotion log has it. */
  readonly fingerprint?: string;
  /** git: the tags of the other versions on its commit, between which a stage's tag cannot tell. */
  readonly sameCommit?: readonly string[];
}

/** A metric as the registry holds it, unjudged: the text or number it gave, and where it came from. */
export interface MetricReading {
  /** An integer above what a double holds for certain is a bigint, where the source is text. */
  readonly value: number | bigint | string;
  /** Why the value is none, where the source knows more than its text: the end of a sentence that begins with the metric's name. */
  readonly fault?: string;
  /** What to do about the fault. */
  readonly cure?: string;
  /** For a report: `run 3f2a…, step 10`. */
  readonly origin: string;
  /** When it was measured, ISO 8601, when the registry knows. */
  readonly at?: string;
  readonly page?: string;
  /** What it was measured on, where the source says: the version's name, the commit, the data set's digest or name. */
  readonly version?: string;
  readonly commit?: string;
  readonly dataset?: string;
  /** What a reader should know of it: that another source tells another value. */
  readonly remark?: string;
}

/** Who holds which stage. A stage with more than one holder is a registry in disorder, and shown as such. */
export type Holders = ReadonlyMap<string, readonly string[]>;

/** What a run made, or what the commit checked out holds. */
export type Unregistered = { readonly run: string } | 'head';

export type Identified = Pick<ModelVersion, 'model' | 'version' | 'createdAt' | 'run' | 'source' | 'fingerprint'>;

/** What makes a version itself: a version deleted and recreated has the same number and another identity. */
export function identityOf(version: Identified): string {
  return JSON.stringify([version.model, version.version, version.createdAt, version.run ?? '', version.source ?? '']);
}

/** The identity as the promotion log keeps it: `sha256:` and 64 hex digits. */
export function fingerprintOf(version: Identified): string {
  return version.fingerprint ?? `sha256:${createHash('sha256').update(identityOf(version)).digest('hex')}`;
}
