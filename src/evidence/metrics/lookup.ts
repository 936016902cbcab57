import type { Role } from '../../domain/check.js';
import type { Lookup } from '../../domain/lookup.js';
import type { Measurements, WrittenMetrics } from '../../domain/metric-source.js';
import type { MetricsFile } from '../../domain/metrics-file.js';
import type { MetricReading, ModelVersion } from '../../domain/version.js';
import type { Metric } from '../../policy/policy.js';
import type { Registry } from '../../registry/registry.js';
import { evaluationName } from '../../verdict/complete.js';

/** Where the metrics of the two models are looked up: for each metric the one source that its declaration names. */
export class MetricSources {
  private readonly commands: WrittenMetrics[] = [];
  private readonly evaluations = new Map<Role, WrittenMetrics>();
  private readonly runs = new Map<string, Promise<ReadonlyMap<string, MetricReading>>>();
  private readonly measurements: Measurements;

  /**
   * @param runKeys every key that any condition takes from a run: asked of the registry at once
   * @param recorded what the champion's own promotion recorded
   */
  constructor(
    private readonly registry: Registry,
    workspace: string,
    private readonly runKeys: readonly string[],
    readonly recorded: ReadonlyMap<string, MetricReading>,
  ) {
    const { commands, evaluations } = this;
    this.measurements = {
      registry,
      ofRun: (version) => this.ofRun(version),
      workspace,
      commands,
      evaluations,
      recorded,
    };
  }

  addCommand(by: string, file: MetricsFile | undefined): void {
    this.commands.push({ by, file });
  }

  addEvaluation(role: Role, file: MetricsFile | undefined): void {
    this.evaluations.set(role, { by: evaluationName(role), file });
  }

  /** Looks one metric up. Throws what the registry throws; everything else is an absence with its reason. */
  async lookup({ id, key, source }: Metric, role: Role, version: ModelVersion): Promise<Lookup> {
    return source.lookup({ id, key, role, version }, this.measurements);
  }

  private async ofRun(version: ModelVersion): Promise<ReadonlyMap<string, MetricReading>> {
    const known = this.runs.get(version.version) ?? this.registry.metrics(version, this.runKeys);
    this.runs.set(version.version, known);
    return known;
  }
}
