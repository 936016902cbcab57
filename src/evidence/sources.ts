import { realpath, readFile, stat } from 'node:fs/promises';
import { relative, resolve, isAbsolute } from 'node:path';
import { parseNumbers, scalar } from '../json.js';
import type { Metric, Role } from '../policy/policy.js';
import type { MetricReading, ModelVersion, Registry } from '../registry/registry.js';
import type { Lookup } from '../verdict/judge.js';
import type { MetricsFile } from './metrics-file.js';

/** METRICS_FILE of a command that ran: which command, and what it wrote. */
interface Written {
  readonly by: string;
  readonly file: MetricsFile | undefined;
}

const largest = 20 * 1024 * 1024;

/** Where the metrics of the two models are looked up: for each metric the one source that its declaration names. */
export class MetricSources {
  private readonly commands: Written[] = [];
  private readonly evaluations = new Map<Role, Written>();
  private readonly runs = new Map<string, Promise<ReadonlyMap<string, MetricReading>>>();

  /**
   * @param runKeys every key that any condition takes from a run: asked of the registry at once
   * @param recorded what the champion's own promotion recorded, for metrics that only a candidate's job can measure
   */
  constructor(
    private readonly registry: Registry,
    private readonly workspace: string,
    private readonly runKeys: readonly string[],
    private readonly recorded: ReadonlyMap<string, MetricReading>,
  ) {}

  addCommand(by: string, file: MetricsFile | undefined): void {
    this.commands.push({ by, file });
  }

  addEvaluation(role: Role, file: MetricsFile | undefined): void {
    this.evaluations.set(role, { by: `evaluate (${role})`, file });
  }

  /** Looks one metric up. Throws what the registry throws; everything else is an absence with its reason. */
  async lookup(metric: Metric, role: Role, version: ModelVersion): Promise<Lookup> {
    switch (metric.source.from) {
      case 'run':
        return this.fromRun(metric, version);
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
        return this.fromFile(metric, metric.source.path, metric.source.pointer);
    }
  }

  private async fromRun(metric: Metric, version: ModelVersion): Promise<Lookup> {
    const known = this.runs.get(version.version) ?? this.registry.metrics(version, this.runKeys);
    this.runs.set(version.version, known);
    const reading = (await known).get(metric.key);
    if (reading !== undefined) return { reading };
    const where =
      version.run === undefined ? `version ${version.version}` : `run ${version.run} of version ${version.version}`;
    return {
      absent: `${where} has no metric '${metric.key}'`,
      cure: `Log '${metric.key}' where the model is trained, or give the name it is logged under as 'key'.`,
    };
  }

  private fromRecord(metric: Metric): Lookup {
    const reading = this.recorded.get(metric.id);
    if (reading !== undefined) return { reading };
    return {
      absent: `it is measured by the candidate's own job, and the champion's promotion recorded no value`,
      cure: `Measure both in one job: 'from: evaluate', with 'evaluate: { for: [candidate, champion] }'.`,
    };
  }

  private async fromFile(metric: Metric, path: string, pointer: string): Promise<Lookup> {
    const cure = `Write it before this step, or correct 'path' of metric '${metric.id}'.`;
    const full = resolve(this.workspace, path);
    const real = await realpath(full).catch(() => undefined);
    if (real === undefined) return { absent: `the file ${path} does not exist in the workspace`, cure };
    const inside = relative(await realpath(this.workspace), real);
    if (inside.startsWith('..') || isAbsolute(inside)) return { absent: `${path} leads out of the workspace`, cure };
    const { size } = await stat(real);
    if (size > largest) return { absent: `${path} is larger than 20 MiB`, cure };
    let data: unknown;
    try {
      data = parseNumbers(await readFile(real, 'utf8'));
    } catch (error) {
      return { absent: `${path} is not JSON (${error instanceof Error ? error.message : String(error)})`, cure };
    }
    const value = resolvePointer(data, pointer);
    if (value === undefined) return { absent: `${path} has nothing at ${pointer === '' ? 'its root' : pointer}`, cure };
    return { reading: { value: scalar(value), origin: `${path} at ${pointer}` } };
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
    return {
      absent: `${all.map((each) => `'${each.by}'`).join(', ')} wrote no '${metric.key}' to METRICS_FILE`,
      cure: `Write {"${metric.key}": NUMBER} to the file that $METRICS_FILE names.`,
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

/** RFC 6901. */
function resolvePointer(data: unknown, pointer: string): unknown {
  let here = data;
  for (const part of pointer === '' ? [] : pointer.slice(1).split('/')) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (here === null || typeof here !== 'object' || !Object.hasOwn(here, key)) return undefined;
    here = (here as Record<string, unknown>)[key];
  }
  return here;
}
