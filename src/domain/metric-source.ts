import type { Role } from './check.js';
import type { JsonSchema } from './json-schema.js';
import type { Lookup } from './lookup.js';
import type { MetricsFile } from './metrics-file.js';
import type { MetricReading, ModelVersion } from './version.js';

/** When a metric's value is there: before any command, once the commands have ended, or once `evaluate` has. */
export type Phase = 'logged' | 'commands' | 'evaluate';

/** What is known of a source, whatever metric it is for. */
export interface SourceTraits {
  /** As `from` in the policy: `run`. */
  readonly from: string;
  readonly phase: Phase;
  /** What writes the values, where a stage has to run something for them. */
  readonly writtenBy?: 'command' | 'evaluate';
  /** Whether all metrics of a version are asked for at once: these can have slices, and `best` compares them. */
  readonly isAskedAtOnce: boolean;
  /** Whether a backtest can read the values of a whole history. */
  readonly canReplay: boolean;
  /** Whose a value is by where it was found: the version's, this job's, or only what the value itself says. */
  readonly provenance: 'version' | 'job' | 'none';
}

/** METRICS_FILE of a command that ran: which command, and what it wrote. */
export interface WrittenMetrics {
  readonly by: string;
  readonly file: MetricsFile | undefined;
}

/** What sources read from. */
export interface Measurements {
  readonly registry: {
    metricKeys(version: ModelVersion): Promise<readonly string[]>;
    loggedModelMetric(version: ModelVersion, key: string, dataset?: string): Promise<MetricReading>;
  };
  /** All that the stage's conditions take from the version's run, asked for once. */
  readonly ofRun: (version: ModelVersion) => Promise<ReadonlyMap<string, MetricReading>>;
  readonly workspace: string;
  /** What the stage's commands wrote, in the order in which they ended. */
  readonly commands: readonly WrittenMetrics[];
  readonly evaluations: ReadonlyMap<Role, WrittenMetrics>;
  /** What the champion's own promotion recorded, by metric id. */
  readonly recorded: ReadonlyMap<string, MetricReading>;
}

/** Which value is asked for. */
export interface AskedMetric {
  readonly id: string;
  /** The name that the source uses. */
  readonly key: string;
  readonly role: Role;
  readonly version: ModelVersion;
}

/** Where one metric's value comes from, compiled. */
export interface MetricSource extends SourceTraits {
  /** Where it counts the tests of a JUnit report: which number of which file. */
  readonly counts?: { readonly path: string; readonly count: string };
  /** Throws what the registry throws; everything else is an absence with its reason. */
  readonly lookup: (asked: AskedMetric, measurements: Measurements) => Lookup | Promise<Lookup>;
}

/** What a declaration is compiled with. */
export interface SourceCompiler {
  readonly id: string;
  /** The name that the source uses. */
  readonly key: string;
  /** @param at the key of the declaration where it stands; without one, at the metric's name */
  readonly add: (message: string, at?: { readonly key?: string; readonly value?: string }) => void;
}

/** A source of metrics as the table has it. */
export interface SourceDescriptor extends SourceTraits {
  /** What it reads, for messages: `logged models`. */
  readonly plural: string;
  /** The keys of a metric's declaration that it has beside those of every metric, each with its schema. */
  readonly keys: Readonly<Record<string, JsonSchema>>;
  /** Those of `keys` that are paths in the workspace, in which `{model}` is replaced. */
  readonly paths: readonly string[];
  /** Whether `count` says which number is read; else it is for slices alone. */
  readonly hasCount: boolean;

  /** @param raw the metric's declaration, valid by the schema */
  compile(raw: Readonly<Record<string, unknown>>, compiler: SourceCompiler): MetricSource;
}

/**
 * The source of that name.
 * @throws TypeError where the table has none: the schema lets no other name through
 */
export function sourceOf(sources: readonly SourceDescriptor[], from: string): SourceDescriptor {
  const found = sources.find((each) => each.from === from);
  if (found === undefined) throw new TypeError(`'${from}' is an unknown source of a metric.`);
  return found;
}
