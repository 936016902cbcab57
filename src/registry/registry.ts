import type { PromotionEvent } from '../domain/event.js';
import type { Operation, OperationEntry } from '../log/operation.js';
import type { Holders, MetricReading, ModelVersion, Unregistered } from '../domain/version.js';

/** What a promotion asks of the registry: `version` takes `stage`; `replaces` held it until now. */
export interface Transition {
  readonly model: string;
  readonly version: ModelVersion;
  readonly stage: string;
  readonly replaces?: ModelVersion;
  /** Whether a person has decided: whoever holds the stage by then is replaced, be it several, or no version at all. */
  readonly whoever?: boolean;
  /** Where the stage is given back to `version`: who held it before that, where anybody did. */
  readonly givesBack?: { readonly before?: string };
  /** Whether the replaced version is archived, or only loses the stage. */
  readonly archive: boolean;
  /** Tags that go on the promoted version together with the transition. */
  readonly tags: ReadonlyMap<string, string>;
  /** Tags that go on the replaced version. */
  readonly replacedTags: ReadonlyMap<string, string>;
  readonly under?: OperationGuard;
}

/** The operation that a move belongs to. */
export interface OperationGuard {
  /** Given the operation that is open now; throws `OPERATION_OPEN` unless it is this run's. */
  readonly guard: (operation: Operation | undefined) => void;
  /** Told together with the move, which ends the operation. */
  readonly closing?: OperationEntry;
}

/** A record: tags on a version, which the promotion log knows as events. */
export interface VersionRecord {
  /** Whether only the log is told: the version itself is left as it is. */
  readonly inLogAlone?: boolean;
  readonly version: ModelVersion;
  readonly tags: ReadonlyMap<string, string>;
}

/** What the log is told. A bare event is for what is said of a version that may be there no more. */
export type LogRecord = OperationEntry | PromotionEvent | VersionRecord;

/** A version to be made: MLflow makes it from a run or a source, git from a commit. */
export interface Registration {
  readonly model: string;
  /** git: its name, `v1.2.0`; without one, the patch after the highest. MLflow numbers versions itself. */
  readonly version?: string;
  /** MLflow: where the model's files are; without one, what the run logged. */
  readonly source?: string;
  /** MLflow: the id of the run that made the model. */
  readonly run?: string;
  /** git: the commit, HEAD if none is given. MLflow: only told, in the tag `mlflow.source.git.commit`. */
  readonly commit?: string;
  readonly tags: ReadonlyMap<string, string>;
}

/** A stage to be left without a holder: `version` holds it until now. */
export interface Vacancy {
  readonly model: string;
  readonly version: ModelVersion;
  readonly stage: string;
  /** Tags that go on the version together with it. */
  readonly tags: ReadonlyMap<string, string>;
  readonly under?: OperationGuard;
}

/**
 * A model registry. One implementation a registry; nothing outside its folder knows which one it talks to.
 *
 * Every method throws `PromotionError`: `MODEL_UNKNOWN` and `VERSION_UNKNOWN` name what exists;
 * `REGISTRY_UNREACHABLE`, `REGISTRY_DENIED` (401, 403) and `REGISTRY_ANSWER` (anything that is not the
 * protocol) name the URL without credentials and the call.
 */
export interface Registry {
  /** What follows the `@` of `churn@v1.2.0`: the version itself, or an alias of the registry's. */
  readonly atNames: 'version' | 'alias';
  /** For reports: what was asked, e.g. `MLflow at https://mlflow.example.com (stages as aliases)`. No credentials. */
  readonly description: string;
  /** Environment variables that give a command the registry's address (never its credentials). */
  readonly environment: Readonly<Record<string, string>>;
  /** Names of environment variables that hold the registry's credentials, for `pass_env: [registry]`. */
  readonly credentialNames: readonly string[];
  /** Whether a version holds one stage at a time: taking the next, it leaves the one before. */
  readonly oneStageAtATime: boolean;

  /** Forgets what was read: the next call asks the registry itself again. Before a write, nothing else will do. */
  refresh(): void;

  /** What the promotion log says of the model, oldest first; undefined while there is no log. */
  history(model: string): Promise<readonly PromotionEvent[] | undefined>;

  /** Whether the model has a log, or one could be begun here and now; asks the remote where that is not known. */
  hasOrCanStartLog(model: string): Promise<boolean>;

  /** The operation on the model that is open in its log. */
  operation(model: string): Promise<Operation | undefined>;

  /**
   * Tells the log all that `decide` says to the operation then open, or nothing: `decide` is asked again where
   * another writer came first, and what it throws is thrown. Then sets the records' tags on their versions.
   * @returns whether there is a log; without one, only the tags are set
   */
  appendToLog(
    model: string,
    decide: (operation: Operation | undefined) => readonly LogRecord[] | Promise<readonly LogRecord[]>,
  ): Promise<boolean>;

  /** Sets tags that the log knows already, and that a run which was killed may not have come to set. */
  syncTags(version: ModelVersion, tags: ReadonlyMap<string, string>): Promise<void>;

  /** What a reader of the report should know of the registry, e.g. that there is no log. */
  remarks(): readonly string[];

  /** Whether the registry can hold a stage of this name; if not, why, as a sentence. */
  refusesStage(stage: string): string | undefined;

  /** All versions, newest (highest) first, fetched page by page as they are consumed. */
  versions(model: string): AsyncIterable<ModelVersion>;

  /** One version by its own name (`12`, `v1.2.0`; git also `1.2.0`). */
  version(model: string, version: string): Promise<ModelVersion>;

  /** The version that an alias of the registry's own names, for `@alias`. */
  byAlias(model: string, alias: string): Promise<ModelVersion>;

  /**
   * What was just made and is not registered yet, as if it were a version: `run:<id>` (MLflow), `head` (git). It
   * can be judged, and nothing else. Throws `INPUT_INVALID` for what the registry has no such thing of,
   * `VERSION_UNKNOWN` for a run or commit that does not exist.
   */
  unregistered(model: string, given: Unregistered): Promise<ModelVersion>;

  /** Who holds each of `stages` now. Stages without a holder are absent from the map. */
  holders(model: string, stages: readonly string[]): Promise<Holders>;

  /** The names of all metrics that are logged with the version. */
  metricKeys(version: ModelVersion): Promise<readonly string[]>;

  /**
   * The latest value of `key` that the version's own logged model has (MLflow 3), on the data set of that name or
   * digest. Throws `METRIC_UNREADABLE`, also where the registry has no such models.
   */
  loggedModelMetric(version: ModelVersion, key: string, dataset?: string): Promise<MetricReading>;

  /** The latest value of each of `keys` for the version; keys it has no value for are absent. */
  metrics(version: ModelVersion, keys: readonly string[]): Promise<ReadonlyMap<string, MetricReading>>;

  /**
   * Moves the stage to the version, and the tags with it, and reads back that it is so.
   * Throws `REGISTRY_CONFLICT` when after the write the holder is not `version` alone.
   */
  transition(transition: Transition): Promise<void>;

  /**
   * Makes a version, and the model with its first one, and tells the version as it is then read. What is
   * registered already is told as it is, with those of `tags` that it does not have: a repeated call makes no
   * second version. Throws `INPUT_INVALID` for what the registry does not register by, `VERSION_UNKNOWN` for a
   * run or commit that does not exist, `REGISTRY_CONFLICT` for a name that something else has.
   */
  register(registration: Registration): Promise<ModelVersion>;

  /**
   * Takes the stage from its holder without a successor, sets the tags, and reads back that it is so; where
   * nobody holds the stage, sets the tags alone. Throws `REGISTRY_CONFLICT` naming the holder if it is another.
   */
  vacate(vacancy: Vacancy): Promise<void>;

  /** Sets tags on a version without moving anything (a rejection's record). */
  tag(version: ModelVersion, tags: ReadonlyMap<string, string>): Promise<void>;

  /** Puts the version's files under `folder` and returns their path, where the registry can (git); else undefined. */
  materialise(version: ModelVersion, folder: string): Promise<string | undefined>;
}
