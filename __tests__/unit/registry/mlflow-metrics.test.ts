import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HttpClient } from '../../../src/registry/http.js';
import { MlflowApi } from '../../../src/registry/mlflow/api.js';
import { lineageOf } from '../../../src/registry/mlflow/lineage.js';
import { readLoggedModelMetric, readMetrics } from '../../../src/registry/mlflow/metrics.js';
import { createMlflowRegistry } from '../../../src/registry/mlflow/mlflow.js';
import { serverAt } from '../../../src/registry/mlflow/server.js';
import type { ModelVersion } from '../../../src/domain/version.js';
import { type MlflowServer, startMlflow } from '../../support/mlflow.js';

let server: MlflowServer;
let models = 0;

beforeAll(async () => {
  server = await startMlflow();
});
afterAll(async () => {
  await server.stop();
});

function api(): MlflowApi {
  const client = new HttpClient(serverAt(server.url, 'MLFLOW_TRACKING_URI', {}));
  return new MlflowApi(client, client);
}

interface Point {
  readonly run: string;
  readonly key?: string;
  readonly value: number | string;
  readonly step?: number;
  readonly time?: number;
  readonly data?: readonly [name: string, digest: string];
}

interface Made {
  readonly id: string;
  readonly run: string;
  readonly version: ModelVersion;
  log(...points: readonly Omit<Point, 'run'>[]): Promise<void>;
  /** In a run of its own, as `mlflow.evaluate` does. */
  evaluate(...points: readonly Omit<Point, 'run'>[]): Promise<string>;
}

async function made(run?: string): Promise<Made> {
  models += 1;
  const name = `metrics-${models}`;
  await server.createModel(name);
  const by = run ?? (await server.createRun({}));
  const { model } = (await server.call('POST', 'logged-models', {
    experiment_id: '0',
    name: 'm',
    source_run_id: by,
  })) as { model: { info: { model_id: string } } };
  const id = model.info.model_id;
  await server.call('POST', 'model-versions/create', { name, source: `models:/${id}`, model_id: id });
  const log = async (in_: string, points: readonly Omit<Point, 'run'>[]): Promise<void> => {
    for (const { key = 'auc', value, step = 0, time = 1_000 + step, data } of points)
      await server.call('POST', 'runs/log-metric', {
        run_id: in_,
        model_id: id,
        key,
        value,
        step,
        timestamp: time,
        ...(data === undefined ? {} : { dataset_name: data[0], dataset_digest: data[1] }),
      });
  };
  return {
    id,
    run: by,
    version: await version(name, '1'),
    log: (...points) => log(by, points),
    evaluate: async (...points) => {
      const other = await server.createRun({});
      await log(other, points);
      return other;
    },
  };
}

function version(name: string, number: string): Promise<ModelVersion> {
  return createMlflowRegistry({
    settings: { type: 'mlflow', stageAs: 'alias' },
    environment: { MLFLOW_TRACKING_URI: server.url },
  }).version(name, number);
}

function fromModel(of: ModelVersion, key = 'auc', dataset?: string): ReturnType<typeof readLoggedModelMetric> {
  return readLoggedModelMetric(api(), of, key, dataset, (experiment, id) => `page ${experiment} ${id}`);
}

async function fromRun(of: ModelVersion, key = 'auc'): Promise<Awaited<ReturnType<typeof fromModel>> | undefined> {
  const lineage = await lineageOf(api(), of);
  return (await readMetrics(api(), lineage!, [key], (experiment) => `page ${experiment}`)).get(key);
}

const x = ['eval', 'd1'] as const;
const y = ['test', 'd2'] as const;

describe('a logged model’s metric', () => {
  test('says the run, the step, the data set, the time and the page', async () => {
    const { id, run, version: of, log } = await made();
    await log({ value: 0.7, step: 3, data: x });
    expect(await fromModel(of)).toEqual({
      value: 0.7,
      origin: `logged model ${id.slice(0, 10)}, run ${run.slice(0, 8)}, step 3, data set 'eval' (d1)`,
      at: '1970-01-01T00:00:01.003Z',
      dataset: 'd1',
      page: `page 0 ${id}`,
    });
  });

  test('of many values at one step says so, and what to log', async () => {
    const { version: of, log } = await made();
    await log(...Array.from({ length: 60 }, (_, index) => ({ value: index / 100, step: 0, time: 1_000 + index })));
    expect(await fromRun(of)).toMatchObject({
      fault: expect.stringContaining('it was logged 60 times at step 0 (') as unknown,
      cure: "Log steps, as in 'mlflow.log_metric(name, value, step=epoch)', or the final value under a name of its own.",
    });
  });

  test('is the last step’s, not the best', async () => {
    const { version: of, log } = await made();
    await log({ value: 0.9, step: 1 }, { value: 0.7, step: 2 });
    expect((await fromModel(of)).value).toBe(0.7);
  });

  test('is the last evaluation’s, whatever its step', async () => {
    const { version: of, log, evaluate } = await made();
    await log({ value: 0.9, step: 10, time: 1_000 });
    await evaluate({ value: 0.6, step: 0, time: 2_000 });
    expect((await fromModel(of)).value).toBe(0.6);
  });

  test('is ambiguous where two runs measured at one time', async () => {
    const { version: of, evaluate } = await made();
    await evaluate({ value: 0.9 });
    await evaluate({ value: 0.6 });
    expect((await fromModel(of)).value).toMatch(/^ambiguous: 0\.\d, 0\.\d at step 0$/);
  });

  test.each([
    ['NaN', 'NaN'],
    ['Infinity', 'Infinity'],
    ['-Infinity', '-Infinity'],
    [1e300, 1e300],
    [0, 0],
  ])('%s is read as %s', async (value, expected) => {
    const { version: of, log } = await made();
    await log({ value });
    expect((await fromModel(of)).value).toBe(expected);
  });

  test('that is NaN in a run of its own is not the zero that MLflow tells', async () => {
    const { version: of, evaluate } = await made();
    await evaluate({ value: 'NaN', data: x });
    expect((await fromModel(of, 'auc', 'eval')).value).toBe('NaN');
  });

  test('is its own where another model measured in the same run at the same time', async () => {
    const a = await made();
    const b = await made(a.run);
    await a.log({ value: 0.7 });
    await b.log({ value: 0.3 });
    expect([(await fromModel(a.version)).value, (await fromModel(b.version)).value]).toEqual([0.7, 0.3]);
    expect([(await fromRun(a.version))?.value, (await fromRun(b.version))?.value]).toEqual([0.7, 0.3]);
  });

  test('has any name', async () => {
    const { version: of, log } = await made();
    await log({ key: 'val auc: 5-fold/x.y', value: 0.7 });
    expect((await fromModel(of, 'val auc: 5-fold/x.y')).value).toBe(0.7);
  });

  test('of a copy is that of the original', async () => {
    const { version: of, log } = await made();
    await log({ value: 0.7 });
    await server.createModel(`${of.model}-copy`);
    await server.call('POST', 'model-versions/create', {
      name: `${of.model}-copy`,
      source: `models:/${of.model}/${of.version}`,
    });
    expect((await fromModel(await version(`${of.model}-copy`, '1'))).value).toBe(0.7);
  });

  test('is found where no run is known, and by where its files are', async () => {
    const { id, version: of, evaluate } = await made();
    await evaluate({ value: 0.7 });
    const { run: _, ...orphan } = of;
    expect((await fromModel(orphan)).value).toBe(0.7);
    expect(
      (await fromModel({ ...orphan, source: `mlflow-artifacts:/0/models/m-${id.slice(2)}/artifacts` })).value,
    ).toBe(0.7);
  });
});

describe('a version that names a run which did not make its files', () => {
  /**
   * A good run, and a version of that run with a bad run's files. MLflow 3.17 takes such a pair for a bucket's address alone,
   * older ones for any: so the version is as those tell it.
   */
  async function borrowed(sourceOf: (bad: Made) => string): Promise<readonly [of: ModelVersion, bad: Made]> {
    const bad = await made();
    await bad.log({ value: 0.1 });
    const run = await server.createRun({ auc: 0.95 });
    return [{ ...bad.version, version: '2', run, source: sourceOf(bad) }, bad];
  }

  test('is one that MLflow makes', async () => {
    const [run, other] = [await server.createRun({ auc: 0.95 }), await server.createRun({})];
    await server.createModel('pair');
    const source = `s3://bucket/0/${other}/artifacts/model`;
    await server.call('POST', 'model-versions/create', { name: 'pair', source, run_id: run });
    expect((await fromRun(await version('pair', '1')))?.value).toMatch(/^unknown: measured by run/);
  });

  test.each<[string, (bad: Made) => string]>([
    ['a logged model', ({ id }) => `models:/${id}`],
    ['the folder of a logged model', ({ id }) => `mlflow-artifacts:/0/models/m-${id.slice(2)}/artifacts`],
    ['the artifacts of a run', ({ run }) => `mlflow-artifacts:/0/${run}/artifacts/model`],
    ['the artifacts of a run in a bucket', ({ run }) => `s3://bucket/0/${run}/artifacts`],
    ['a run by its id', ({ run }) => `runs:/${run}/model`],
    ['a copy', ({ version: { model, version: number } }) => `models:/${model}/${number}`],
  ])('has none of its metrics: %s', async (_, sourceOf) => {
    const [of, { run }] = await borrowed(sourceOf);
    expect(await fromRun(of)).toMatchObject({
      value: expect.stringContaining('unknown: measured by run'),
      fault: `was measured by run ${of.run ?? ''}, and run ${run} made the version's files: it is not of this model`,
      cure: expect.stringContaining(`'run-id: ${run}'`),
    });
  });

  test('has what was measured of its logged model', async () => {
    const [of] = await borrowed(({ id }) => `models:/${id}`);
    expect((await fromModel(of)).value).toBe(0.1);
  });

  test('has them where nothing tells whose its files are', async () => {
    const [of] = await borrowed(() => 's3://bucket/churn');
    expect((await fromRun(of))?.value).toBe(0.95);
  });
});

describe('data sets', () => {
  async function two(): Promise<Made> {
    const it = await made();
    await it.log({ value: 0.7, data: x, time: 1_000 });
    await it.evaluate({ value: 0.5, data: y, time: 2_000 });
    return it;
  }

  test.each([
    ['eval', 0.7],
    ['d1', 0.7],
    ['test', 0.5],
    ['d2', 0.5],
  ])('%s', async (dataset, value) => {
    expect((await fromModel((await two()).version, 'auc', dataset)).value).toBe(value);
  });

  test('several, and none named', async () => {
    const { id, version: of } = await two();
    await expect(fromModel(of)).rejects.toMatchObject({
      code: 'METRIC_UNREADABLE',
      message: expect.stringMatching(`^The logged model ${id} has 'auc' of 2 data sets: '(eval|test)'.*'(eval|test)'`),
      cure: expect.stringContaining("'dataset'"),
    });
  });

  test('one, and a value without', async () => {
    const { version: of, log } = await made();
    await log({ value: 0.7, data: x }, { value: 0.9, step: 1 });
    await expect(fromModel(of)).rejects.toMatchObject({ message: expect.stringContaining('none') });
    expect((await fromModel(of, 'auc', 'eval')).value).toBe(0.7);
  });

  test('two of one name', async () => {
    const { version: of, log } = await made();
    await log({ value: 0.7, data: x }, { value: 0.5, step: 1, data: ['eval', 'd9'] });
    await expect(fromModel(of, 'auc', 'eval')).rejects.toMatchObject({
      message: expect.stringMatching(/2 data sets: .*'eval' \(d\d\)/),
    });
    expect((await fromModel(of, 'auc', 'd9')).value).toBe(0.5);
  });

  test('one that is not there', async () => {
    await expect(fromModel((await two()).version, 'auc', 'tests')).rejects.toMatchObject({
      code: 'METRIC_UNREADABLE',
      cure: expect.stringContaining("Did you mean 'test'?"),
    });
  });
});

describe('what cannot be read', () => {
  test('a metric that the logged model does not have', async () => {
    const { version: of, log } = await made();
    await log({ key: 'val_auc', value: 0.7 });
    await expect(fromModel(of, 'val_auk')).rejects.toMatchObject({
      code: 'METRIC_UNREADABLE',
      cure: "Its metrics, nearest first: 'val_auc'. Where 'val_auc' is meant, add 'key: val_auc' to the metric.",
    });
  });

  test('a version that was made from no logged model', async () => {
    models += 1;
    await server.createModel(`metrics-${models}`);
    await server.createVersion(`metrics-${models}`, { auc: 0.9 });
    await expect(fromModel(await version(`metrics-${models}`, '1'))).rejects.toMatchObject({
      code: 'METRIC_UNREADABLE',
      message: expect.stringContaining('was made from no logged model: its source is mlflow-artifacts:'),
      cure: expect.stringContaining("'from: run'"),
    });
  });

  test('a logged model that is gone', async () => {
    const { version: of } = await made();
    const gone = { ...of, source: `models:/m-${'f'.repeat(32)}` };
    await expect(fromModel(gone)).rejects.toMatchObject({
      code: 'METRIC_UNREADABLE',
      message: expect.stringContaining(`m-${'f'.repeat(32)}`),
    });
  });
});

describe('that the run and the logged model disagree is said', () => {
  test('from: run, where the run shows another model’s value', async () => {
    const a = await made();
    const b = await made(a.run);
    await a.log({ value: 0.7, step: 1 });
    await b.log({ value: 0.3, step: 2 });
    expect(await fromRun(a.version)).toMatchObject({
      value: 0.7,
      remark: `The run itself shows 0.3 at step 2; 0.7 is what its logged model ${a.id} has.`,
    });
    expect(await fromRun(b.version)).not.toHaveProperty('remark');
  });

  test('from: run, where another run measured the logged model', async () => {
    const { version: of, log, evaluate } = await made();
    await log({ value: 0.7 });
    const other = await evaluate({ value: 0.5, data: x });
    expect(await fromRun(of)).toMatchObject({
      value: 0.7,
      remark: expect.stringMatching(`^Other runs .*0\\.5 \\(.*run ${other.slice(0, 8)}, step 0, data set 'eval'`),
    });
  });

  test('from: run, where it may be NaN', async () => {
    const { version: of, log, evaluate } = await made();
    await log({ value: 0.7 });
    await evaluate({ value: 'NaN' });
    expect((await fromRun(of))?.remark).toContain('0 or NaN');
  });

  test('from: logged_model, where its run shows another', async () => {
    const a = await made();
    const b = await made(a.run);
    await a.log({ value: 0.7, step: 1 });
    await b.log({ value: 0.3, step: 2 });
    expect(await fromModel(a.version)).toMatchObject({
      value: 0.7,
      remark: 'The run itself shows 0.3 at step 2; 0.7 is what the logged model has, which counts.',
    });
  });

  test('and nothing where they agree', async () => {
    const { version: of, log, evaluate } = await made();
    await log({ value: 0.7 });
    await evaluate({ value: 0.7, time: 2_000 });
    expect(await fromRun(of)).not.toHaveProperty('remark');
    expect(await fromModel(of)).not.toHaveProperty('remark');
  });
});
