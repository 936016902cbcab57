import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type IncomingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { PromotionError } from '../../../src/domain/errors.js';
import type { StageAs } from '../../../src/registry/mlflow/settings.js';
import { createMlflowRegistry } from '../../../src/registry/mlflow/mlflow.js';
import type { Registration, Registry } from '../../../src/registry/registry.js';
import type { ModelVersion } from '../../../src/domain/version.js';
import { type MlflowServer, startMlflow } from '../../support/mlflow.js';
import { type Fault, type Proxied, startProxy } from '../../support/proxy.js';
import { type Lacking, mlflowLacks, mlflowVersions } from '../../support/tools.js';
import { registryConformance, type RegistryFixture } from '../../support/registry-conformance.js';

let server: MlflowServer;
let models = 0;

function open(stageAs: StageAs = 'alias'): Registry {
  return createMlflowRegistry({
    settings: { type: 'mlflow', stageAs },
    environment: { MLFLOW_TRACKING_URI: server.url },
  });
}

function openAt(environment: Record<string, string>, uri?: string): Registry {
  return createMlflowRegistry({
    settings: { type: 'mlflow', stageAs: 'alias', ...(uri === undefined ? {} : { uri }) },
    environment,
  });
}

/** Uses a registry that is reached through a proxy with `fault`, without waiting between attempts. */
async function through(
  fault: Fault,
  use: (registry: Registry, url: string) => Promise<unknown>,
  stageAs: StageAs = 'alias',
): Promise<readonly Proxied[]> {
  const proxy = await startProxy(server.url, '/under/a/path', fault);
  try {
    const settings = { type: 'mlflow', stageAs } as const;
    const environment = { MLFLOW_TRACKING_URI: `${proxy.url}/` };
    await use(createMlflowRegistry({ settings, environment, pause: () => Promise.resolve() }), proxy.url);
    return proxy.calls;
  } finally {
    await proxy.stop();
  }
}

/** The headers of a call to a server whose address `write` may change. */
async function headersSent(
  environment: Record<string, string>,
  write: (url: string) => string,
): Promise<IncomingHttpHeaders> {
  const proxy = await startProxy(server.url, '', (_, response) => {
    response.end('{"registered_model": {}}');
    return true;
  });
  try {
    await openAt({ ...environment, MLFLOW_TRACKING_URI: write(proxy.url) }).holders('any', []);
    return proxy.calls[0]!.headers;
  } finally {
    await proxy.stop();
  }
}

async function newModel(): Promise<string> {
  models += 1;
  await server.createModel(`model-${models}`);
  return `model-${models}`;
}

async function promote(
  registry: Registry,
  model: string,
  version: string,
  replaces?: string,
  archive = false,
): Promise<void> {
  await registry.transition({
    model,
    version: await registry.version(model, version),
    stage: 'production',
    ...(replaces === undefined ? {} : { replaces: await registry.version(model, replaces) }),
    archive,
    tags: new Map([['promotion_state', 'production_deployed']]),
    replacedTags: new Map(),
  });
}

async function toStage(name: string, version: string, stage: string): Promise<void> {
  await server.call('POST', 'model-versions/transition-stage', {
    name,
    version,
    stage,
    archive_existing_versions: false,
  });
}

async function stageOf(name: string, version: string): Promise<string> {
  const found = (await server.call('GET', `model-versions/get?name=${name}&version=${version}`)) as {
    model_version: { current_stage: string };
  };
  return found.model_version.current_stage;
}

function fixture(stageAs: StageAs): Promise<RegistryFixture> {
  models += 1;
  const model = `conform-${models}`;
  let isThere = false;
  return Promise.resolve({
    registry: open(stageAs),
    model,
    make: async (metrics) => {
      const run = await server.createRun(metrics);
      return { run, source: `mlflow-artifacts:/0/${run}/artifacts/model` };
    },
    addVersion: async (metrics) => {
      if (!isThere) await server.createModel(model);
      isThere = true;
      return server.createVersion(model, metrics);
    },
    breakIn: async (stage, version) => {
      if (stageAs === 'alias') await server.setAlias(model, stage, version);
      else if (stageAs === 'stage')
        await server.call('POST', 'model-versions/transition-stage', {
          name: model,
          version,
          stage,
          archive_existing_versions: true,
        });
      else
        await server.setAlias(
          `${model}-${stage}`,
          stage,
          await copy(`${model}-${stage}`, `models:/${model}/${version}`),
        );
    },
    dispose: () => Promise.resolve(),
    oneStageAtATime: stageAs === 'stage',
  });
}

/** A version of another's files, as anybody's copy is. */
async function copy(name: string, source: string, tags: Record<string, string> = {}): Promise<string> {
  await server.call('POST', 'registered-models/create', { name }).catch(() => undefined);
  const { model_version: made } = (await server.call('POST', 'model-versions/create', {
    name,
    source,
    tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
  })) as { model_version: { version: string } };
  return made.version;
}

describe.each(mlflowVersions)('MLflow %s', (mlflow) => {
  const lacks = (what: Lacking): boolean => mlflowLacks[mlflow].includes(what);
  beforeAll(async () => {
    server = await startMlflow(mlflow);
  });
  afterAll(async () => {
    await server.stop();
  });

  registryConformance('MLflow with aliases', () => fixture('alias'));
  registryConformance('MLflow with its own stages', () => fixture('stage'));
  registryConformance('MLflow with a model for each stage', () => fixture('model'));

  describe('what only MLflow has', () => {
    test('names of models that the filter language cannot quote find nothing and break nothing', async () => {
      for (const name of [`it's`, `"quoted"`, `both ' and "`, `a' OR name LIKE '%`, '../../x?y=z#', 'ü 中']) {
        await expect(open().versions(name)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
          code: 'MODEL_UNKNOWN',
        });
      }
    });

    test('pages of versions are followed, newest first', async () => {
      const model = 'paged';
      await server.createModel(model);
      const run = await server.createRun({ auc: 0.9 });
      for (let made = 0; made < 205; made += 1)
        await server.call('POST', 'model-versions/create', {
          name: model,
          source: `mlflow-artifacts:/0/${run}/artifacts/model`,
          run_id: run,
        });
      const found: string[] = [];
      for await (const { version } of open().versions(model)) found.push(version);
      expect(found).toEqual(Array.from({ length: 205 }, (_, index) => String(205 - index)));
    });

    test('a copy is followed back to the run that made it', async () => {
      await server.createModel('source');
      await server.createModel('copy');
      await server.createVersion('source', { auc: 0.91 });
      await server.call('POST', 'model-versions/create', { name: 'copy', source: 'models:/source/1' });
      const copy = await open().version('copy', '1');
      expect((await open().metrics(copy, ['auc'])).get('auc')?.value).toBe(0.91);
    });

    test('two versions in one stage are both told', async () => {
      const model = 'two-in-one';
      await server.createModel(model);
      for (const version of [await server.createVersion(model, {}), await server.createVersion(model, {})]) {
        await server.call('POST', 'model-versions/transition-stage', {
          name: model,
          version,
          stage: 'Production',
          archive_existing_versions: false,
        });
      }
      expect([...((await open('stage').holders(model, ['production'])).get('production') ?? [])].sort()).toEqual([
        '1',
        '2',
      ]);
    });

    test.each([
      ['alias', 'latest', false],
      ['alias', 'Latest', false],
      ['alias', 'v3', false],
      ['alias', 'eu-prod', true],
      ['stage', 'production', true],
      ['stage', 'Staging', true],
      ['stage', 'canary', false],
      ['stage', 'archived', false],
    ] as const)('stage_as: %s, stage %s: %s', (stageAs, stage, allowed) => {
      expect(open(stageAs).refusesStage(stage) === undefined).toBe(allowed);
    });
  });

  describe("metrics are the version's own", () => {
    type Points = readonly { value: number; step: number }[];

    async function reading(points: number | Points): Promise<number | bigint | string | undefined> {
      const model = await newModel();
      const version = await server.createVersion(model, { auc: points });
      return (await open().metrics(await open().version(model, version), ['auc'])).get('auc')?.value;
    }

    test.each<[string, number | Points, number | string]>([
      [
        'the last step counts, not the best',
        [
          { value: 0.9, step: 1 },
          { value: 0.7, step: 2 },
        ],
        0.7,
      ],
      [
        'the last step counts, not the last logged',
        [
          { value: 0.9, step: 2 },
          { value: 0.7, step: 1 },
        ],
        0.9,
      ],
      [
        'two values at the last step are ambiguous',
        [
          { value: 0.7, step: 3 },
          { value: 0.9, step: 3 },
        ],
        'ambiguous: 0.7, 0.9 at step 3',
      ],
      [
        'the same value twice is not',
        [
          { value: 0.7, step: 3 },
          { value: 0.7, step: 3 },
        ],
        0.7,
      ],
      ['NaN', Number.NaN, 'NaN'],
      ['infinity', Number.POSITIVE_INFINITY, 'Infinity'],
      ['minus infinity', Number.NEGATIVE_INFINITY, '-Infinity'],
      ['a large number is no infinity', 1e300, 1e300],
    ])('%s', async (_, points, expected) => {
      expect(await reading(points)).toBe(expected);
    });

    test('a reading says where it comes from and when', async () => {
      const model = await newModel();
      const version = await open().version(
        model,
        await server.createVersion(model, { auc: [{ value: 0.7, step: 4 }] }),
      );
      const found = (await open().metrics(version, ['auc'])).get('auc');
      expect(found).toMatchObject({
        origin: `run ${version.run!.slice(0, 8)}, step 4`,
        at: expect.stringMatching(/^20.*Z$/),
        page: `${server.url}/#/experiments/0/runs/${version.run!}`,
      });
    });

    test('a run longer than is read to its end is not judged', async () => {
      const model = await newModel();
      const version = await open().version(model, await server.createVersion(model, { auc: 0.9 }));
      let pages = 0;
      await through(
        (call, response) => {
          if (!call.path.includes('get-history')) return false;
          pages += 1;
          response.end(
            JSON.stringify({
              metrics: [{ key: 'auc', value: 0.9, step: 0, timestamp: pages }],
              next_page_token: `${pages}`,
            }),
          );
          return true;
        },
        async (registry) => {
          expect((await registry.metrics(version, ['auc'])).get('auc')?.value).toMatch(/^unknown:/);
        },
      );
      expect(pages).toBe(8);
    });

    /** Two models of one run: `a` with 0.7 at step 1, `b` with 0.3 at step 2, which the run shows. */
    async function twoModels(): Promise<{ model: string; run: string; a: string; b: string }> {
      const [model, run] = [await newModel(), await server.createRun({})];
      const [a, b] = [await loggedModel(run), await loggedModel(run)];
      await log(run, a, 'auc', 0.7, 1);
      await log(run, b, 'auc', 0.3, 2);
      return { model, run, a, b };
    }

    async function loggedModel(run: string): Promise<string> {
      const made = (await server.call('POST', 'logged-models', {
        experiment_id: '0',
        name: 'm',
        source_run_id: run,
      })) as { model: { info: { model_id: string } } };
      return made.model.info.model_id;
    }

    async function log(run: string, model: string, key: string, value: number | string, step: number): Promise<void> {
      await server.call('POST', 'runs/log-metric', {
        run_id: run,
        model_id: model,
        key,
        value,
        step,
        timestamp: 1_000 + step,
      });
    }

    async function versionOf(model: string, id: string): Promise<ModelVersion> {
      const { model_version: made } = (await server.call('POST', 'model-versions/create', {
        name: model,
        source: `models:/${id}`,
        model_id: id,
      })) as { model_version: { version: string } };
      return open().version(model, made.version);
    }

    function testsOfLoggedModels(): void {
      test("a logged model has its own values, not those of the run's other model", async () => {
        const { model, a, b } = await twoModels();
        expect((await open().metrics(await versionOf(model, a), ['auc'])).get('auc')?.value).toBe(0.7);
        expect((await open().metrics(await versionOf(model, b), ['auc'])).get('auc')?.value).toBe(0.3);
      });

      test('a copy of it, too, also when it does not say its run', async () => {
        const { model, a } = await twoModels();
        const { version } = await versionOf(model, a);
        const { run: _, ...copy } = await open().version(model, version);
        expect(
          (await open().metrics({ ...copy, source: `models:/${model}/${version}` }, ['auc'])).get('auc')?.value,
        ).toBe(0.7);
        expect((await open().metrics(copy, ['auc'])).get('auc')?.value).toBe(0.7);
      });

      test('a NaN that MLflow tells as 0.0 of a logged model stays NaN', async () => {
        const { model, run, a } = await twoModels();
        await log(run, a, 'loss', 'NaN', 1);
        expect((await open().metrics(await versionOf(model, a), ['loss'])).get('loss')?.value).toBe('NaN');
      });

      test('a NaN beside a zero is ambiguous', async () => {
        const { model, run, a } = await twoModels();
        await log(run, a, 'loss', 'NaN', 1);
        await log(run, a, 'loss', 0, 1);
        expect((await open().metrics(await versionOf(model, a), ['loss'])).get('loss')?.value).toMatch(/^ambiguous/);
      });
    }

    /** A version of a plain run. */
    async function plain(): Promise<ModelVersion> {
      const model = await newModel();
      return open().version(model, await server.createVersion(model, { auc: 0.9 }));
    }
    const ofModel = `models:/m-${'1'.repeat(32)}`;

    function testsOfNone(): void {
      test('the server has no logged models', async () => {
        await expect(loggedModel(await server.createRun({}))).rejects.toThrow('404');
      });

      test("'from: logged_model' says that the server has none, and what to do", async () => {
        await expect(open().loggedModelMetric(await plain(), 'auc')).rejects.toMatchObject({
          code: 'METRIC_UNREADABLE',
          message: expect.stringMatching(
            /was made from no logged model: its source is mlflow-artifacts:.*\. The tracking server has no logged models, which came with MLflow 3\.$/,
          ),
          cure: expect.stringMatching(/^Read the metric with 'from: run', or upgrade the server to MLflow 3/),
        });
      });

      test.each<[string, (version: ModelVersion) => Promise<unknown>]>([
        ["'from: logged_model'", (version) => open().loggedModelMetric(version, 'auc')],
        ["'from: run'", (version) => open().metrics(version, ['auc'])],
        ["'from: run' without a run", ({ run: _, ...version }) => open().metrics(version, ['auc'])],
      ])('%s, where the version is a logged model of another tracking server', async (_, read) => {
        await expect(read({ ...(await plain()), source: ofModel })).rejects.toMatchObject({
          code: 'METRIC_UNREADABLE',
          message: expect.stringContaining(
            'the tracking server has no logged models, which came with MLflow 3. The reg',
          ),
          cure: expect.stringContaining('Set MLFLOW_TRACKING_URI to the server that has it, of MLflow 3 or later'),
        });
      });

      test('registering a logged model says so; the run alone can be registered by its files', async () => {
        const model = await newModel();
        const register = (given: Partial<Registration>): Promise<ModelVersion> =>
          open().register({ model, tags: new Map(), ...given });
        await expect(register({ source: ofModel })).rejects.toMatchObject({
          code: 'VERSION_UNKNOWN',
          message: expect.stringContaining('the tracking server has no logged models, which came with MLflow 3'),
          cure: expect.stringContaining("give 'source' as 'runs:/RUN/FOLDER', or 'run' alone"),
        });
        const run = await server.createRun({});
        const url = `${server.url}/api/2.0/mlflow-artifacts/artifacts/0/${run}/artifacts/model/MLmodel`;
        expect((await fetch(url, { method: 'PUT', body: 'flavors: {}\n' })).ok).toBe(true);
        expect(await register({ run })).toMatchObject({ run, source: `runs:/${run}/model` });
      });
    }

    if (lacks('logged models')) testsOfNone();
    else testsOfLoggedModels();

    test('a run that is gone is an error', async () => {
      const model = await newModel();
      const version = await open().version(model, await server.createVersion(model, { auc: 0.9 }));
      await expect(open().metrics({ ...version, run: 'f'.repeat(32) }, ['auc'])).rejects.toMatchObject({
        code: 'METRIC_UNREADABLE',
      });
    });
  });

  describe('a move', () => {
    test('the replaced version keeps an alias of its own', async () => {
      const model = await newModel();
      await promote(open(), model, await server.createVersion(model, {}));
      await promote(open(), model, await server.createVersion(model, {}), '1');
      expect(await server.aliases(model)).toEqual({ production: '2', 'previous-production': '1' });
    });

    test.each([
      [true, ['Archived', 'Production', 'Staging']],
      [false, ['None', 'Production', 'Staging']],
    ])("MLflow's stages, archive %s: the others are left alone", async (archive, expected) => {
      const model = await newModel();
      for (let made = 0; made < 3; made += 1) await server.createVersion(model, {});
      await toStage(model, '3', 'Staging');
      await promote(open('stage'), model, '1');
      await promote(open('stage'), model, '2', '1', archive);
      expect(await Promise.all(['1', '2', '3'].map((version) => stageOf(model, version)))).toEqual(expected);
    });

    test('one that was cut off between its two writes is completed', async () => {
      const model = await newModel();
      for (let made = 0; made < 2; made += 1) await server.createVersion(model, {});
      for (const version of ['1', '2']) await toStage(model, version, 'Production');
      await promote(open('stage'), model, '2', '1');
      expect(await Promise.all([stageOf(model, '1'), stageOf(model, '2')])).toEqual(['None', 'Production']);
    });

    test.each(['alias', 'stage'] as const)('%s: one whose every answer was lost is read back', async (stageAs) => {
      const model = await newModel();
      const version = await server.createVersion(model, {});
      await through(
        (call, response) => {
          if (!/registered-models\/alias|transition-stage/.test(call.path)) return false;
          // The write is done, and nobody hears of it.
          void (
            stageAs === 'alias' ? server.setAlias(model, 'production', version) : toStage(model, version, 'Production')
          ).then(() => response.destroy());
          return true;
        },
        (registry) => promote(registry, model, version),
        stageAs,
      );
      expect((await server.tags(model, version))['promotion_state']).toBe('production_deployed');
    });

    test.each(['alias', 'stage'] as const)('%s: one that was lost on the way is sent again', async (stageAs) => {
      const model = await newModel();
      const version = await server.createVersion(model, {});
      let lost = 0;
      const calls = await through(
        (call, response) => {
          if (!/registered-models\/alias|transition-stage/.test(call.path) || (lost += 1) > 1) return false;
          response.destroy();
          return true;
        },
        (registry) => promote(registry, model, version),
        stageAs,
      );
      const sent = calls.map(({ path }) => path).filter((path) => /alias|transition-stage/.test(path));
      expect(sent).toHaveLength(2);
      const between = calls.map(({ path }) => path).slice(calls.findIndex(({ path }) => path === sent[0]) + 1);
      expect(between[0]).toMatch(/registered-models\/get|model-versions\/search/);
      expect((await open(stageAs).holders(model, ['production'])).get('production')).toEqual([version]);
    });

    test.each(['alias', 'stage'] as const)(
      '%s: one whose answer was lost does not undo what somebody did since',
      async (stageAs) => {
        const model = await newModel();
        const [version, faster] = [await server.createVersion(model, {}), await server.createVersion(model, {})];
        const calls = await through(
          (call, response) => {
            if (!/registered-models\/alias|transition-stage/.test(call.path)) return false;
            const other =
              stageAs === 'alias' ? server.setAlias(model, 'production', faster) : toStage(model, faster, 'Production');
            void other.then(() => response.destroy());
            return true;
          },
          (registry) =>
            expect(promote(registry, model, version)).rejects.toMatchObject({
              code: 'REGISTRY_CONFLICT',
              message: expect.stringContaining(`held by ${faster}`),
            }),
          stageAs,
        );
        expect(calls.filter(({ path }) => /alias|transition-stage/.test(path))).toHaveLength(1);
        expect((await open(stageAs).holders(model, ['production'])).get('production')).toEqual([faster]);
      },
    );

    test('one that cannot be read back says that nobody knows, and to run again', async () => {
      const model = await newModel();
      const version = await server.createVersion(model, {});
      let sent = false;
      await through(
        (call, response) => {
          sent ||= call.path.endsWith('registered-models/alias');
          if (sent) response.destroy();
          return sent;
        },
        async (registry) =>
          expect(promote(registry, model, version)).rejects.toMatchObject({
            code: 'REGISTRY_UNREACHABLE',
            message: expect.stringContaining(`Whether 'production' of '${model}' was moved is not known`),
            cure: expect.stringContaining('Run again'),
          }),
      );
    });

    test.each(['alias', 'stage'] as const)('%s: one that was not done leaves no record', async (stageAs) => {
      const model = await newModel();
      const version = await server.createVersion(model, {});
      await through(
        (call, response) => {
          if (!/registered-models\/alias|transition-stage/.test(call.path)) return false;
          response.writeHead(500).end('{"error_code": "INTERNAL_ERROR"}');
          return true;
        },
        (registry) =>
          expect(promote(registry, model, version)).rejects.toMatchObject({ code: 'REGISTRY_ANSWER', status: 500 }),
        stageAs,
      );
      expect(await server.tags(model, version)).toEqual({});
    });

    test('one that somebody else undid at once is a conflict, and leaves no record', async () => {
      const model = await newModel();
      for (let made = 0; made < 2; made += 1) await server.createVersion(model, {});
      await through(
        (call, response) => {
          if (call.method !== 'POST' || !call.path.endsWith('registered-models/alias')) return false;
          void server.setAlias(model, 'production', '1').then(() => response.end('{}'));
          return true;
        },
        (registry) =>
          expect(promote(registry, model, '2')).rejects.toMatchObject({
            code: 'REGISTRY_CONFLICT',
            message: expect.stringContaining('held by 1, not by 2 alone'),
          }),
      );
      expect(await server.tags(model, '2')).toEqual({});
    });

    test('an alias in another case is pointed out, not passed over', async () => {
      const model = await newModel();
      await server.setAlias(model, 'Production', await server.createVersion(model, {}));
      await expect(open().holders(model, ['production'])).rejects.toMatchObject({
        code: 'REGISTRY_CONFLICT',
        cure: expect.stringContaining("'Production'"),
      });
      expect([...(await open().holders(model, ['Production']))]).toEqual([['Production', ['1']]]);
    });
  });

  describe('what is asked for wrongly', () => {
    test.each(['0', '01', '2147483648', '99999999999999999999', '1e3', '-1', '٣'])(
      'version %s is unknown',
      async (version) => {
        const model = await newModel();
        await server.createVersion(model, {});
        await expect(open().version(model, version)).rejects.toMatchObject({
          code: 'VERSION_UNKNOWN',
          cure: 'The newest versions: 1.',
        });
      },
    );

    test('a missing alias names those there are', async () => {
      const model = await newModel();
      await server.setAlias(model, 'champion', await server.createVersion(model, {}));
      await expect(open().byAlias(model, 'champoin')).rejects.toMatchObject({
        code: 'VERSION_UNKNOWN',
        cure: expect.stringContaining("Did you mean 'champion'?"),
      });
    });

    test('a model without versions has none, and a model that is not there is an error', async () => {
      const model = await newModel();
      expect((await open().versions(model)[Symbol.asyncIterator]().next()).done).toBe(true);
      await expect(open('stage').holders(`${model}x`, ['production'])).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' });
    });

    test('pages that repeat themselves are an error, not an end', async () => {
      const model = await newModel();
      await server.createVersion(model, {});
      const page = { model_versions: [{ name: model, version: '1', creation_timestamp: 1 }], next_page_token: 'again' };
      await through(
        (call, response) => {
          if (!call.path.includes('model-versions/search')) return false;
          response.end(JSON.stringify(page));
          return true;
        },
        async (registry) => {
          const all = async (): Promise<void> => {
            for await (const { version } of registry.versions(model)) expect(version).toBe('1');
          };
          await expect(all()).rejects.toMatchObject({ code: 'REGISTRY_ANSWER' });
        },
      );
    });
  });

  describe('credentials and headers', () => {
    test.each([
      [
        'Basic wins over Bearer',
        { MLFLOW_TRACKING_USERNAME: 'me', MLFLOW_TRACKING_PASSWORD: 'pä:ss', MLFLOW_TRACKING_TOKEN: 't' },
        `Basic ${Buffer.from('me:pä:ss').toString('base64')}`,
      ],
      ['Bearer', { MLFLOW_TRACKING_TOKEN: ' t0ken\n' }, 'Bearer t0ken'],
      ['half a Basic is none', { MLFLOW_TRACKING_USERNAME: 'me' }, undefined],
    ])('%s', async (_, environment, expected) => {
      expect((await headersSent(environment, (url) => url)).authorization).toBe(expected);
    });

    test('user and password in the address are sent, and nowhere shown', async () => {
      const sent = await headersSent({}, (url) => url.replace('//', '//me:p%40ss%zz@'));
      expect(sent.authorization).toBe(`Basic ${Buffer.from('me:p%40ss%zz').toString('base64')}`);
      const registry = openAt({ MLFLOW_TRACKING_URI: 'https://me:s3cret@mlflow.example.com/path/?x=s3cret' });
      expect(JSON.stringify([registry.description, registry.environment])).not.toMatch(/s3cret|me:/);
      expect(registry.environment['MLFLOW_TRACKING_URI']).toBe('https://mlflow.example.com/path');
    });

    test('the workspace goes along, and to commands', async () => {
      expect((await headersSent({ MLFLOW_WORKSPACE: 'team' }, (url) => url))['x-mlflow-workspace']).toBe('team');
      expect(
        openAt({ MLFLOW_TRACKING_URI: 'https://x', MLFLOW_WORKSPACE: 'team' }).environment['MLFLOW_WORKSPACE'],
      ).toBe('team');
    });

    test("a page of a version is encoded, under the server's own path", async () => {
      const model = 'a&b %2f#ü';
      await server.createModel(model);
      await server.createVersion(model, {});
      await through(
        () => false,
        async (registry, url) => {
          expect(await registry.version(model, '1')).toMatchObject({
            uri: `models:/${model}/1`,
            page: `${url}/#/models/${encodeURIComponent(model)}/versions/1`,
          });
        },
      );
    });

    test("a name that is not among the server's allowed hosts is called that", async () => {
      // `fetch` sends no Host but the address's.
      const renamed = (url: string | URL | Request, init: RequestInit = {}): Promise<Response> =>
        new Promise((resolve, reject) => {
          const headers = { ...(init.headers as Record<string, string>), host: 'mlflow.internal' };
          const sent = request(new Request(url).url, { method: init.method ?? 'GET', headers }, (answer) => {
            void text(answer).then((body) => {
              resolve(new Response(body, { status: answer.statusCode ?? 0 }));
            });
          });
          sent.once('error', reject).end(init.body);
        });
      const registry = createMlflowRegistry({
        settings: { type: 'mlflow', stageAs: 'alias' },
        environment: { MLFLOW_TRACKING_URI: server.url },
        fetch: renamed,
      });
      const asked = registry.holders(await newModel(), ['staging']);
      if (lacks('host check')) return expect(asked).resolves.toEqual(new Map());
      await expect(asked).rejects.toMatchObject({
        code: 'REGISTRY_DENIED',
        cure: expect.stringContaining(`Start it with --allowed-hosts '${new URL(server.url).host}'`),
      });
    });
  });
});

describe('addresses', () => {
  test("the policy's address wins over the environment's, runs stay with the tracking server", () => {
    const environment = { MLFLOW_TRACKING_URI: 'https://runs', MLFLOW_REGISTRY_URI: 'https://models' };
    expect(openAt(environment).environment).toEqual(environment);
    expect(openAt(environment, 'https://policy').environment).toEqual({
      ...environment,
      MLFLOW_REGISTRY_URI: 'https://policy',
    });
  });

  test.each([
    [{}, /No MLflow server is named/],
    [{ MLFLOW_TRACKING_URI: 'sqlite:///x.db' }, /MLFLOW_TRACKING_URI is no http/],
    [{ MLFLOW_TRACKING_URI: 'databricks' }, /no http.*'databricks' is a profile/],
    [{ MLFLOW_REGISTRY_URI: 'databricks-uc' }, /'databricks-uc' is a profile/],
    ...['p#ss', 'p?ss', 'p/ss', '12#s', 'p ss', '#', 'a#@b'].map(
      (password) =>
        [
          { MLFLOW_TRACKING_URI: `http://bob:${password}@h:5000` },
          /its user or password is not percent-encoded/,
        ] as const,
    ),
    [{ MLFLOW_TRACKING_URI: 'https://x', MLFLOW_TRACKING_INSECURE_TLS: 'true' }, /always checks certificates/],
    [{ MLFLOW_TRACKING_URI: 'https://x', MLFLOW_TRACKING_SERVER_CERT_PATH: 'ca.pem' }, /only Python reads it/],
    [{ MLFLOW_TRACKING_URI: 'https://x', MLFLOW_TRACKING_CLIENT_CERT_PATH: 'me.pem' }, /client certificate/],
    [
      { MLFLOW_TRACKING_URI: 'https://x', MLFLOW_TRACKING_TOKEN: 'two\nlines' },
      /^MLFLOW_TRACKING_TOKEN holds a line break/,
    ],
  ])('%j is refused', (environment, message) => {
    expect(() =>
      createMlflowRegistry({
        settings: { type: 'mlflow', stageAs: 'alias' },
        environment,
      }),
    ).toThrow(message);
  });

  test.each([
    'http://h:5000/p@th',
    'http://h/a@b',
    'http://[::1]:5000/a@b',
    'http://bob:p%23ss@h:5000',
    'http://bob:p@ss@h:5000',
    'http://h:5000',
  ])('%s is an address', (address) => {
    const environment = { MLFLOW_TRACKING_URI: address };
    const opened = createMlflowRegistry({ settings: { type: 'mlflow', stageAs: 'alias' }, environment });
    expect(opened.description).toContain('MLflow');
  });

  test.each([
    ['http://bob:p#ss@h:5000', "Percent-encode the password ('#' is %23"],
    ['databricks', "Set MLFLOW_TRACKING_URI to the workspace's own address (DATABRICKS_HOST"],
    ['databricks://prod', 'MLFLOW_TRACKING_TOKEN to its token (DATABRICKS_TOKEN)'],
    ['databricks-uc', 'Unity Catalog is not supported'],
  ])('for %s the cure says what to set, and no password', (address, cure) => {
    try {
      createMlflowRegistry({
        settings: { type: 'mlflow', stageAs: 'alias' },
        environment: { MLFLOW_TRACKING_URI: address },
      });
      throw new Error('expected a failure');
    } catch (error) {
      expect((error as PromotionError).cure).toContain(cure);
      expect((error as PromotionError).sentence).not.toMatch(/p#ss|bob/);
    }
  });
});
