import { PromotionError } from '../../domain/errors.js';
import { metricsThatExist } from '../../domain/suggest.js';
import type { Metric } from '../../policy/policy.js';
import type { Role } from '../../domain/check.js';
import type { Registry } from '../../registry/registry.js';
import type { MetricReading, ModelVersion } from '../../domain/version.js';
import { assertNever } from '../../domain/assert-never.js';
import { evaluationName } from '../../verdict/complete.js';
import type { Lookup } from '../../verdict/condition.js';
import { readMetricInFile } from './file.js';
import type { MetricsFile } from './metrics-file.js';

/** METRICS_FILE of a command that ran: which command, and what it wrote. */
interface Written {
  readonly by: string;
  readonly file: MetricsFile | undefined;
}

/** Where the metrics of the two models are looked up: for each metric the one source that its declaration names. */
export class MetricSources {
  private readonly commands: Written[] = [];
  private readonly evaluations = new Map<Role, Written>();
  private readonly runs = new Map<string, Promise<ReadonlyMap<string, MetricReading>>>();

  /**
   * @param runKeys every key that any condition takes from a run: asked of the registry at once
   * @param recorded what the champion's own promotion recorded
   */
  constructor(
    private readonly registry: Registry,
    private readonly workspace: string,
    private readonly runKeys: readonly string[],
    readonly recorded: ReadonlyMap<string, MetricReading>,
  ) {}

  addCommand(by: string, file: MetricsFile | undefined): void {
    this.commands.push({ by, file });
  }

  addEvaluation(role: Role, file: MetricsFile | undefined): void {
    this.evaluations.set(role, { by: evaluationName(role), file });
  }

  /** Looks one metric up. Throws what the registry throws; everything else is an absence with its reason. */
  async lookup(metric: Metric, role: Role, version: ModelVersion): Promise<Lookup> {
    const { source } = metric;
    switch (source.from) {
      case 'run':
        return this.fromRun(metric, version);
      case 'logged_model':
        return this.fromLoggedModel(metric, version, source.dataset);
      case 'evaluate':
        return written(
          metric,
          [this.evaluations.get(role)].filter((each) => each !== undefined),
          `evaluate did not run for the ${role}`,
        );
      case 'command':
        if (role === 'champion') return this.fromRecord(metric);
        return written(metric, this.commands, 'no command of this stage ran');
      case 'file':
        if (role === 'champion') return this.fromRecord(metric);
        return readable(readMetricInFile(this.workspace, { ...source, key: metric.key }));
      default:
        return assertNever(source, 'source of a metric');
    }
  }

  private async fromRun(metric: Metric, version: ModelVersion): Promise<Lookup> {
    const known = this.runs.get(version.version) ?? this.registry.metrics(version, this.runKeys);
    this.runs.set(version.version, known);
    const reading = (await known).get(metric.key);
    if (reading !== undefined) return { reading };
    const where =
      version.run === undefined ? `version ${version.version}` : `run ${version.run} of version ${version.version}`;
    const exist = metricsThatExist(metric.id, metric.key, await this.registry.metricKeys(version));
    return {
      absent: `${where} has no metric '${metric.key}'`,
      cure: `${exist} Else log '${metric.key}' where the model is trained.`,
    };
  }

  private async fromLoggedModel(metric: Metric, version: ModelVersion, dataset?: string): Promise<Lookup> {
    return readable(this.registry.loggedModelMetric(version, metric.key, dataset));
  }

  private fromRecord(metric: Metric): Lookup {
    const reading = this.recorded.get(metric.id);
    if (reading !== undefined) return { reading };
    return {
      absent: `it is measured by the candidate's own job, and the champion's promotion recorded no value`,
      cure: `Measure both in one job: 'from: evaluate', with 'evaluate: { for: [candidate, champion] }'.`,
    };
  }
}

/** A source that cannot be read leaves one metric without a value, and the rest of the evidence as it is. */
async function readable(reading: Promise<MetricReading>): Promise<Lookup> {
  try {
    return { reading: await reading };
  } catch (error) {
    if (!(error instanceof PromotionError) || !['METRIC_UNREADABLE', 'FILE_UNSAFE'].includes(error.code)) throw error;
    const said = error.message.replace(/\.$/, '');
    return {
      absent: `${said.startsWith('The ') ? 't' : said.charAt(0)}${said.slice(1)}`,
      ...(error.cure === undefined ? {} : { cure: error.cure }),
    };
  }
}

function written(metric: Metric, all: readonly Written[], none: string): Lookup {
  if (all.length === 0) return { absent: none };
  const unreadable = all.find((each) => each.file !== undefined && 'unreadable' in each.file);
  if (unreadable?.file !== undefined && 'unreadable' in unreadable.file) {
    return { absent: `'${unreadable.by}' wrote it unreadably: ${unreadable.file.unreadable}` };
  }
  const found = all.flatMap((each) => {
    const value = each.file !== undefined && 'values' in each.file ? each.file.values.get(metric.key) : undefined;
    return value === undefined ? [] : [{ by: each.by, value }];
  });
  const [first, ...others] = found;
  if (first === undefined) {
    const known = all.flatMap(({ file }) => (file !== undefined && 'values' in file ? [...file.values.keys()] : []));
    const exist =
      known.length === 0 ? '' : `${metricsThatExist(metric.id, metric.key, [...new Set(known)])} Else write`;
    return {
      absent: `${all.map((each) => `'${each.by}'`).join(', ')} wrote no '${metric.key}' to METRICS_FILE`,
      cure: `${exist === '' ? 'Write' : exist} {"${metric.key}": NUMBER} to the file that $METRICS_FILE names.`,
    };
  }
  const other = others.find((each) => each.value !== first.value);
  if (other !== undefined) {
    return {
      absent: `'${first.by}' wrote ${first.value} and '${other.by}' wrote ${other.value}: which one counts is not said`,
    };
  }
  return { reading: { value: first.value, origin: `METRICS_FILE of '${first.by}'` } };
}
