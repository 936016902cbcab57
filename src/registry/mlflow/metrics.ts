import type { MetricReading } from '../registry.js';
import type { MlflowApi, RawMetric } from './api.js';
import type { Lineage } from './lineage.js';
import { isoTime } from './time.js';

/** What MLflow stores for an infinity. */
const storedInfinity = 1.797e308;

type Value = number | string;

/**
 * The latest values of a version's metrics. Values are read from the run's history, because
 * - `runs/get` alone would hide a tie: for several points at the last step it shows the largest;
 * - a run's latest value mixes all models logged in it: it may be another model's;
 * - a logged model tells NaN as 0.0, so its own values only say which of the run's points are meant.
 * What stays unclear reads as text that says why, which no condition passes.
 */
export async function readMetrics(
  api: MlflowApi,
  { run, loggedModel }: Lineage,
  keys: readonly string[],
  page: (experiment: string) => string,
): Promise<ReadonlyMap<string, MetricReading>> {
  const { data, info } = await api.getRun(run);
  const logged = loggedModel === undefined ? [] : ((await api.getLoggedModel(loggedModel)).data?.metrics ?? []);
  const own = logged.filter((point) => point.run_id === undefined || point.run_id === run);
  const latest = new Map((data?.metrics ?? []).map((metric) => [metric.key, metric]));
  const readings = new Map<string, MetricReading>();
  for (const key of keys) {
    const last = latest.get(key);
    if (last === undefined) continue;
    const { value, point } = judged(
      last,
      await api.metricHistory(run, key),
      own.filter((each) => each.key === key),
    );
    const origin = `run ${run.slice(0, 8)}, step ${stepOf(point)}`;
    const at = point.timestamp === undefined ? {} : { at: isoTime(point.timestamp) };
    readings.set(key, { value, origin, page: page(info?.experiment_id ?? '0'), ...at });
  }
  return readings;
}

/** The one value, or why there is none, and a point that it was read from. */
function judged(
  last: RawMetric,
  points: readonly RawMetric[] | undefined,
  own: readonly RawMetric[],
): { value: Value; point: RawMetric } {
  if (points === undefined) return { value: 'unknown: its history is too long to be read', point: last };
  if (own.length > 0) return ofLoggedModel(points, own);
  const [point = last, ...tied] = atLastStep(points);
  return { value: agreed([point, ...tied].map(valueOf), stepOf(point)), point };
}

/** The run's points that the logged model claims; they must agree with it, except that it tells NaN as 0. */
function ofLoggedModel(points: readonly RawMetric[], own: readonly RawMetric[]): { value: Value; point: RawMetric } {
  const claimed = atLastStep(own);
  const [first = { key: '' }] = claimed;
  const step = stepOf(first);
  const times = new Set(claimed.map(({ timestamp }) => Number(timestamp ?? 0)));
  const inRun = points
    .filter((point) => stepOf(point) === step && times.has(Number(point.timestamp ?? 0)))
    .map(valueOf);
  const said = claimed.map(valueOf);
  const isNan = inRun.length > 0 && inRun.every((value) => value === 'NaN') && said.every((value) => value === 0);
  if (isNan) return { value: 'NaN', point: first };
  if (inRun.length === 0) return { value: `unknown: its run has no such point at step ${step}`, point: first };
  return { value: agreed([...inRun, ...said], step), point: first };
}

function agreed(values: readonly Value[], step: number): Value {
  const [only, ...others] = new Set(values);
  return only === undefined || others.length > 0
    ? `ambiguous: ${[...new Set(values)].join(', ')} at step ${step}`
    : only;
}

function atLastStep(points: readonly RawMetric[]): readonly RawMetric[] {
  // Not Math.max(...): a history may have more points than a call has room for arguments.
  const last = points.reduce((highest, point) => Math.max(highest, stepOf(point)), -Infinity);
  return points.filter((point) => stepOf(point) === last);
}

function stepOf({ step }: RawMetric): number {
  return Number(step ?? 0);
}

function valueOf({ value }: RawMetric): Value {
  if (typeof value !== 'number') return value ?? 'nothing';
  if (Math.abs(value) >= storedInfinity) return value > 0 ? 'Infinity' : '-Infinity';
  return value;
}
