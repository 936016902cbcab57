import type { MetricReading } from '../registry.js';
import type { MlflowApi, RawMetric } from './api.js';

/** What MLflow stores for an infinity. */
const storedInfinity = 1.797e308;

/**
 * The latest values of a run's metrics. `runs/get` alone would hide a tie: for several points at the last step
 * it shows the largest. Such a metric reads as text that names them all, which no condition passes.
 */
export async function readRunMetrics(
  api: MlflowApi,
  run: string,
  keys: readonly string[],
  page: (experiment: string) => string,
): Promise<ReadonlyMap<string, MetricReading>> {
  const { data, info } = await api.getRun(run);
  const latest = new Map((data?.metrics ?? []).map((metric) => [metric.key, metric]));
  const wanted = keys.filter((key) => latest.has(key));
  const readings = await Promise.all(
    wanted.map(async (key) => {
      const points = await api.metricHistory(run, key);
      return [key, reading(latest.get(key) ?? { key }, points, run, page(info?.experiment_id ?? '0'))] as const;
    }),
  );
  return new Map(readings);
}

function reading(latest: RawMetric, points: readonly RawMetric[], run: string, page: string): MetricReading {
  const step = Number(latest.step ?? 0);
  const last = Math.max(step, ...points.map((point) => Number(point.step ?? 0)));
  const values = new Set([...points.filter((point) => Number(point.step ?? 0) === last).map(valueOf), ...(points.length === 0 ? [valueOf(latest)] : [])]);
  const origin = `run ${run.slice(0, 8)}, step ${last}`;
  const at = latest.timestamp === undefined ? {} : { at: new Date(Number(latest.timestamp)).toISOString() };
  const [only, ...others] = values;
  const value = only === undefined || others.length > 0 ? `ambiguous: ${[...values].join(', ')} at step ${last}` : only;
  return { value, origin, page, ...at };
}

function valueOf({ value }: RawMetric): number | string {
  if (typeof value !== 'number') return value ?? 'nothing';
  if (Math.abs(value) >= storedInfinity) return value > 0 ? 'Infinity' : '-Infinity';
  return value;
}
