import { PromotionError } from '../../domain/errors.js';
import { metricsThatExist, listKnownNames } from '../../domain/suggest.js';
import type { MetricReading, ModelVersion } from '../../domain/version.js';
import { isMissing, type MlflowApi, type RawLoggedModel, type RawMetric, type RawModelMetric } from './api.js';
import { type Lineage, lineageOf, loggedModelOf, otherMaker } from './lineage.js';

/** What MLflow stores for an infinity. */
const storedInfinity = 1.797e308;

type Value = number | string;
/** A value, or why there is none that counts, and what to do. */
type Agreed = Pick<MetricReading, 'fault' | 'cure'> & { readonly value: Value };

/**
 * The latest values of a version's metrics. Values are read from the run's history, because
 * - `runs/get` alone would hide a tie: for several points at the last step it shows the largest;
 * - a run's latest value mixes all models logged in it: it may be another model's;
 * - a logged model tells NaN as 0.0, so its own values only say which of the run's points are meant;
 * - MLflow takes any run for any files: where another run made them, the version's run has not measured them.
 * What stays unclear reads as text that says why, which no condition passes.
 */
export async function readMetrics(
  api: MlflowApi,
  lineage: Lineage,
  keys: readonly string[],
  page: (experiment: string) => string,
): Promise<ReadonlyMap<string, MetricReading>> {
  const { run, loggedModel } = lineage;
  const { data, info } = await api.getRun(run);
  const model = loggedModel === undefined ? undefined : await api.getLoggedModel(loggedModel);
  const other = otherMaker(lineage, model?.info?.source_run_id);
  const logged = model?.data?.metrics ?? [];
  const latest = new Map((data?.metrics ?? []).map((metric) => [metric.key, metric]));
  const readings = new Map<string, MetricReading>();
  const commit = data?.tags?.find((tag) => tag.key === 'mlflow.source.git.commit')?.value;
  for (const key of keys) {
    const last = latest.get(key);
    if (last === undefined) continue;
    const ofKey = logged.filter((point) => point.key === key);
    const own = ofKey.filter((point) => point.run_id === undefined || point.run_id === run);
    const points = await api.metricHistory(run, key);
    const { point, ...agreement } = other === undefined ? judged(last, points, own) : ofOtherFiles(last, run, other);
    const { value } = agreement;
    const elsewhere = ofKey.filter((each) => !own.includes(each));
    const remark =
      loggedModel === undefined || other !== undefined
        ? undefined
        : (remarkOnRun(value, points, `is what its logged model ${loggedModel} has`) ??
          remarkOnModel(value, elsewhere, loggedModel));
    readings.set(key, {
      ...agreement,
      origin: `run ${run.slice(0, 8)}, step ${stepOf(point)}`,
      page: page(info?.experiment_id ?? '0'),
      ...timeOf(point),
      ...(commit === undefined ? {} : { commit }),
      ...(remark === undefined ? {} : { remark }),
    });
  }
  return readings;
}

/**
 * The latest value that a version's logged model has for a metric, of whichever run logged it: evaluations are runs
 * of their own. https://mlflow.org/docs/latest/ml/mlflow-3/
 * @param dataset name or digest of the data set that it must have been measured on
 * @param page the logged model's page
 * @throws PromotionError `METRIC_UNREADABLE` where there is no logged model, no such metric, or where several data
 *   sets have one and none is named
 */
export async function readLoggedModelMetric(
  api: MlflowApi,
  version: ModelVersion,
  key: string,
  dataset: string | undefined,
  page: (experiment: string, loggedModel: string) => string,
): Promise<MetricReading> {
  const { id, model } = await loggedModelFor(api, version);
  const metrics = model.data?.metrics ?? [];
  const measured = ofDataset(
    metrics.filter((point) => point.key === key),
    dataset,
  );
  if (measured.length === 0) throw noSuchMetric(id, metrics, key, dataset);
  refuseSeveralDatasets(id, key, measured);
  const claims = newest(measured);
  const each = await Promise.all(
    claims.map(async ({ run, points: [last = { key }, ...tied] }) =>
      judged(last, await historyOf(api, run, key), [last, ...tied]),
    ),
  );
  const [point = { key }] = claims.flatMap(({ points }) => points);
  const [only, ...others] = each;
  const agreement =
    only !== undefined && others.length === 0
      ? agreedOf(only)
      : agreed(
          each.map(({ value }) => value),
          stepOf(point),
        );
  const remark = await remarkOnRunOf(api, version, key, agreement.value);
  return {
    ...agreement,
    origin: originOf(id, point),
    page: page(model.info?.experiment_id ?? '0', id),
    ...timeOf(point),
    ...datasetOf(point),
    ...(remark === undefined ? {} : { remark }),
  };
}

async function loggedModelFor(
  api: MlflowApi,
  version: ModelVersion,
): Promise<{ readonly id: string; readonly model: RawLoggedModel }> {
  const id = await loggedModelOf(api, version);
  if (id === undefined) {
    const source = version.source === undefined ? '' : `: its source is ${version.source}`;
    const message = `Version ${version.version} of '${version.model}' was made from no logged model${source}.`;
    if (await api.hasLoggedModels()) {
      throw new PromotionError('METRIC_UNREADABLE', message, {
        cure: "Register it by its logged model, models:/m-… (MLflow 3), or read the metric with 'from: run'.",
      });
    }
    throw new PromotionError(
      'METRIC_UNREADABLE',
      `${message} The tracking server has no logged models, which came with MLflow 3.`,
      {
        cure: "Read the metric with 'from: run', or upgrade the server to MLflow 3 or later and register the version by its logged model, models:/m-….",
      },
    );
  }
  try {
    return { id, model: await api.getLoggedModel(id) };
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new PromotionError(
      'METRIC_UNREADABLE',
      `The logged model ${id}, which version ${version.version} of '${version.model}' was made from, is not in the tracking server.`,
      { cure: 'Set MLFLOW_TRACKING_URI to the server that has it.', cause: error },
    );
  }
}

function ofDataset(points: readonly RawModelMetric[], dataset: string | undefined): readonly RawModelMetric[] {
  if (dataset === undefined) return points;
  return points.filter((point) => point.dataset_name === dataset || point.dataset_digest === dataset);
}

function noSuchMetric(
  id: string,
  metrics: readonly RawModelMetric[],
  key: string,
  dataset: string | undefined,
): PromotionError {
  const ofKey = metrics.filter((point) => point.key === key);
  if (ofKey.length === 0 || dataset === undefined) {
    return new PromotionError('METRIC_UNREADABLE', `The logged model ${id} has no metric '${key}'.`, {
      cure: metricsThatExist(undefined, key, [...new Set(metrics.map((point) => point.key))]),
    });
  }
  const known = ofKey.flatMap(({ dataset_name: name = '', dataset_digest: digest = '' }) => [name, digest]);
  return new PromotionError('METRIC_UNREADABLE', `The logged model ${id} has no '${key}' of a data set '${dataset}'.`, {
    cure: listKnownNames('data sets', dataset, [...new Set(known.filter((name) => name !== ''))]),
  });
}

function refuseSeveralDatasets(id: string, key: string, points: readonly RawModelMetric[]): void {
  const sets = [...new Set(points.map((point) => datasetName(point) ?? 'none'))];
  if (sets.length < 2) return;
  throw new PromotionError(
    'METRIC_UNREADABLE',
    `The logged model ${id} has '${key}' of ${sets.length} data sets: ${sets.slice(0, 10).join(', ')}${sets.length > 10 ? ' …' : ''}.`,
    { cure: "Say which one counts with 'dataset': its name, or its digest where names are the same." },
  );
}

/** The last step's points of the run that measured last; of several runs where their last points are of one time. */
function newest(
  measured: readonly RawModelMetric[],
): readonly { readonly run: string; readonly points: readonly RawModelMetric[] }[] {
  const runs = grouped(measured, ({ run_id: run = '' }) => run);
  const last = [...runs].map(([run, points]) => {
    const claimed = atLastStep(points);
    return { run, points: claimed, time: claimed.reduce((latest, point) => Math.max(latest, timestampOf(point)), 0) };
  });
  const time = last.reduce((latest, each) => Math.max(latest, each.time), 0);
  return last.filter((each) => each.time === time);
}

async function historyOf(api: MlflowApi, run: string, key: string): Promise<readonly RawMetric[] | undefined> {
  try {
    return await api.metricHistory(run, key);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function ofOtherFiles(point: RawMetric, run: string, maker: string): Agreed & { readonly point: RawMetric } {
  return {
    value: `unknown: measured by run ${run}, and run ${maker} made the version's files`,
    fault: `was measured by run ${run}, and run ${maker} made the version's files: it is not of this model`,
    cure: `Register these files with their own run: 'command: register' with 'run-id: ${maker}'; or measure the model itself, with 'from: evaluate'.`,
    point,
  };
}

/** The one value, or why there is none, and a point that it was read from. */
function judged(
  last: RawMetric,
  points: readonly RawMetric[] | undefined,
  own: readonly RawMetric[],
): Agreed & { readonly point: RawMetric } {
  if (points === undefined) {
    const value = 'unknown: its history is too long to be read';
    return { value, fault: `is ${value}`, cure: 'Log the final value under a name of its own.', point: last };
  }
  if (own.length > 0) return ofLoggedModel(points, own);
  const [point = last, ...tied] = atLastStep(points);
  return { ...agreed([point, ...tied].map(valueOf), stepOf(point)), point };
}

/** The run's points that the logged model claims; they must agree with it, except that it tells NaN as 0. */
function ofLoggedModel(
  points: readonly RawMetric[],
  own: readonly RawMetric[],
): Agreed & { readonly point: RawMetric } {
  const claimed = atLastStep(own);
  const [first = { key: '' }] = claimed;
  const step = stepOf(first);
  const atStep = points.filter((point) => stepOf(point) === step);
  const values = claimed.flatMap((point) => confirmed(point, atStep));
  return { ...agreed(values, step), point: first };
}

/** What a claimed point is in its run, where points of other models may be of the same time. */
function confirmed(claimed: RawMetric, points: readonly RawMetric[]): readonly Value[] {
  const said = valueOf(claimed);
  const inRun = points.filter((point) => timestampOf(point) === timestampOf(claimed)).map(valueOf);
  if (inRun.length === 0) return [`unknown: its run has no such point at step ${stepOf(claimed)}`];
  const meant = inRun.filter((value) => value === said || (said === 0 && value === 'NaN'));
  return meant.length === 0 ? [said, ...inRun] : meant;
}

function grouped<T>(all: readonly T[], by: (each: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const each of all) {
    const group = groups.get(by(each));
    if (group === undefined) groups.set(by(each), [each]);
    else group.push(each);
  }
  return groups;
}

/** Values that a sentence names. */
const named = 5;

function agreed(values: readonly Value[], step: number): Agreed {
  const different = [...new Set(values)];
  const [only, ...others] = different;
  if (only !== undefined && others.length === 0) return { value: only };
  const more = different.length > named ? ` and ${different.length - named} more` : '';
  const shown = `${different.slice(0, named).join(', ')}${more}`;
  return {
    value: `ambiguous: ${shown} at step ${step}`,
    fault: `is ambiguous: it was logged ${values.length} times at step ${step} (${shown}), and which one counts is not said`,
    cure: "Log steps, as in 'mlflow.log_metric(name, value, step=epoch)', or the final value under a name of its own.",
  };
}

function agreedOf({ value, fault, cure }: Agreed): Agreed {
  return { value, ...(fault === undefined ? {} : { fault }), ...(cure === undefined ? {} : { cure }) };
}

/** The value that a run shows may be another model's. */
function remarkOnRun(value: Value, points: readonly RawMetric[] | undefined, counts: string): string | undefined {
  const shown = atLastStep(points ?? []);
  const [point] = shown;
  if (point === undefined) return undefined;
  const { value: other } = agreed(shown.map(valueOf), stepOf(point));
  return other === value ? undefined : `The run itself shows ${other} at step ${stepOf(point)}; ${value} ${counts}.`;
}

async function remarkOnRunOf(
  api: MlflowApi,
  version: ModelVersion,
  key: string,
  value: Value,
): Promise<string | undefined> {
  const lineage = await lineageOf(api, version);
  if (lineage === undefined) return undefined;
  return remarkOnRun(value, await historyOf(api, lineage.run, key), 'is what the logged model has, which counts');
}

/** What other runs measured for the logged model does not count as the run's. */
function remarkOnModel(value: Value, elsewhere: readonly RawModelMetric[], loggedModel: string): string | undefined {
  const sets = grouped(elsewhere, (point) => datasetName(point) ?? '');
  const others = [...sets.values()]
    .flatMap((points) => newest(points).flatMap((claim) => claim.points))
    .filter((point) => valueOf(point) !== value);
  if (others.length === 0) return undefined;
  // MLflow tells a logged model's NaN as 0.
  const shown = others
    .slice(0, 5)
    .map((point) => `${valueOf(point) === 0 ? '0 or NaN' : valueOf(point)} (${originOf(loggedModel, point)})`);
  return `Other runs logged other values for the same model: ${shown.join(', ')}${others.length > 5 ? ' …' : ''}; the version's own run counts.`;
}

function originOf(loggedModel: string, point: RawModelMetric): string {
  const dataset = datasetName(point);
  const parts = [
    `logged model ${loggedModel.slice(0, 10)}`,
    ...(point.run_id === undefined ? [] : [`run ${point.run_id.slice(0, 8)}`]),
    `step ${stepOf(point)}`,
    ...(dataset === undefined ? [] : [`data set ${dataset}`]),
  ];
  return parts.join(', ');
}

function datasetName({ dataset_name: name = '', dataset_digest: digest = '' }: RawModelMetric): string | undefined {
  if (name === '' && digest === '') return undefined;
  return digest === '' ? `'${name}'` : `'${name}' (${digest})`;
}

/** Its digest, which is another when the data is: two data sets may have one name. */
function datasetOf({ dataset_name: name = '', dataset_digest: digest = '' }: RawModelMetric): { dataset?: string } {
  const dataset = digest === '' ? name : digest;
  return dataset === '' ? {} : { dataset };
}

/** What is no time in milliseconds is told as it is, for a judge to refuse. */
function timeOf({ timestamp }: RawMetric): { at?: string } {
  if (timestamp === undefined) return {};
  const date = new Date(Number(timestamp));
  return { at: Number.isNaN(date.getTime()) ? String(timestamp) : date.toISOString() };
}

function timestampOf({ timestamp }: RawMetric): number {
  return Number(timestamp ?? 0);
}

function atLastStep<T extends RawMetric>(points: readonly T[]): readonly T[] {
  // Not Math.max(...), here as above: a history may have more points than a call has room for arguments.
  const last = points.reduce((highest, point) => Math.max(highest, stepOf(point)), -Infinity);
  return points.filter((point) => stepOf(point) === last);
}

function stepOf({ step }: RawMetric): number {
  return Number(step ?? 0);
}

function valueOf({ value = 'nothing' }: RawMetric): Value {
  if (typeof value === 'string') return value;
  // MLflow keeps doubles, whatever its answer looks like.
  const double = Number(value);
  if (Math.abs(double) >= storedInfinity) return double > 0 ? 'Infinity' : '-Infinity';
  return double;
}
