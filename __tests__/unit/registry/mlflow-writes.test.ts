import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { StageAs } from '../../../src/registry/mlflow/settings.js';
import { createMlflowRegistry } from '../../../src/registry/mlflow/mlflow.js';
import type { Registration, Registry } from '../../../src/registry/registry.js';
import type { ModelVersion } from '../../../src/domain/version.js';
import { type MlflowServer, startMlflow } from '../../support/mlflow.js';
import { type Fault, type Proxied, startProxy } from '../../support/proxy.js';

let server: MlflowServer;
let models = 0;

beforeAll(async () => {
  server = await startMlflow();
});
afterAll(async () => {
  await server.stop();
});

function open(stageAs: StageAs = 'alias', url = server.url): Registry {
  return createMlflowRegistry({
    settings: { type: 'mlflow', stageAs },
    environment: { MLFLOW_TRACKING_URI: url },
    pause: () => Promise.resolve(),
  });
}

/** Uses a registry that is reached through a proxy with `fault`; returns the calls. */
async function through(
  fault: Fault,
  use: (registry: Registry) => Promise<unknown>,
  stageAs: StageAs = 'alias',
): Promise<readonly Proxied[]> {
  const proxy = await startProxy(server.url, '', fault);
  try {
    await use(open(stageAs, proxy.url));
    return proxy.calls;
  } finally {
    await proxy.stop();
  }
}

function newName(): string {
  models += 1;
  return `model-${models}`;
}

async function numbers(model: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { version } of open().versions(model)) found.push(version);
  return found;
}

function register(model: string, given: Partial<Registration>, registry = open()): Promise<ModelVersion> {
  return registry.register({ model, tags: new Map([['promotion_state', 'registered']]), ...given });
}

async function create(name: string, source: string, tags: Record<string, string> = {}, run?: string): Promise<string> {
  await server.call('POST', 'registered-models/create', { name }).catch(() => undefined);
  const { model_version: made } = (await server.call('POST', 'model-versions/create', {
    name,
    source,
    ...(run === undefined ? {} : { run_id: run }),
    tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
  })) as { model_version: { version: string } };
  return made.version;
}

async function loggedModel(run: string): Promise<string> {
  const body = { experiment_id: '0', name: 'm', source_run_id: run };
  const made = (await server.call('POST', 'logged-models', body)) as { model: { info: { model_id: string } } };
  return made.model.info.model_id;
}

/** As `log_model` left a model before MLflow 3. */
async function logFile(run: string, path: string): Promise<void> {
  const url = `${server.url}/api/2.0/mlflow-artifacts/artifacts/0/${run}/artifacts/${path}`;
  expect((await fetch(url, { method: 'PUT', body: 'flavors: {}\n' })).ok).toBe(true);
}

describe('registering', () => {
  test("a run's logged model becomes a version that MLflow's own client knows", async () => {
    const model = newName();
    const run = await server.createRun({ auc: 0.9 });
    const id = await loggedModel(run);
    const made = await register(model, { run, commit: 'c'.repeat(40) });
    expect(made).toMatchObject({ version: '1', run, source: `models:/${id}`, commit: 'c'.repeat(40) });
    expect(
      await server.client(
        `(lambda v: [v.status, v.run_id, v.source, v.tags])(client.get_model_version("${model}", "1"))`,
      ),
    ).toEqual([
      'READY',
      run,
      `models:/${id}`,
      { promotion_state: 'registered', 'mlflow.source.git.commit': 'c'.repeat(40) },
    ]);
    expect((await register(model, { source: `models:/${id}` })).version).toBe('1');
    expect(await numbers(model)).toEqual(['1']);
  });

  test('a model logged before MLflow 3 is found by its file, and known by either of its addresses', async () => {
    const model = newName();
    const run = await server.createRun({});
    await logFile(run, 'notes/readme.txt');
    await logFile(run, 'model/MLmodel');
    expect(await register(model, { run })).toMatchObject({ run, source: `runs:/${run}/model` });
    const address = `mlflow-artifacts:/0/${run}/artifacts/model`;
    expect((await register(model, { run, source: address })).version).toBe('1');
    const other = newName();
    await create(other, address, {}, run);
    expect((await register(other, { run })).version).toBe('1');
    expect((await register(other, { source: `runs:/${run}/model` })).version).toBe('1');
  });

  test('a run with more folders than are looked into is refused: a second model may be in one of them', async () => {
    const run = await server.createRun({});
    await logFile(run, 'model/MLmodel');
    for (let number = 1; number <= 50; number += 1) await logFile(run, `plots-${number}/plot.txt`);
    await expect(register(newName(), { run })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: expect.stringContaining('has 51 folders of artifacts'),
      cure: expect.stringContaining(`'runs:/${run}/FOLDER'`),
    });
    expect(await register(newName(), { run, source: `runs:/${run}/model` })).toMatchObject({ run });
  });

  test('several models of one run are named, one of them is taken', async () => {
    const model = newName();
    const run = await server.createRun({});
    const [a, b] = [await loggedModel(run), await loggedModel(run)];
    await expect(register(model, { run })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: expect.stringMatching(`logged 2 models: (?=.*models:/${a})(?=.*models:/${b})`),
      cure: expect.stringContaining("'source'"),
    });
    expect(await register(model, { run, source: `models:/${b}` })).toMatchObject({ run, source: `models:/${b}` });
  });

  test('a version of another model is registered by its number', async () => {
    const [model, other] = [newName(), newName()];
    const run = await server.createRun({ auc: 0.7 });
    await create(other, `runs:/${run}/model`, {}, run);
    const made = await register(model, { source: `models:/${other}/1` });
    expect(made).toMatchObject({ run, source: `models:/${other}/1` });
    expect((await open().metrics(made, ['auc'])).get('auc')?.value).toBe(0.7);
  });

  test.each<[string, Partial<Registration>, string, RegExp]>([
    ['neither run nor source', {}, 'INPUT_INVALID', /Neither 'run' nor 'source'/],
    ['a version', { version: '7', source: 's3://b/x' }, 'INPUT_INVALID', /numbers versions itself/],
    ['a run that is not there', { run: 'f'.repeat(32) }, 'VERSION_UNKNOWN', /Run 'f{32}' does not exist/],
    ['a source in a run that is not there', { source: 'runs:/nope/model' }, 'VERSION_UNKNOWN', /Run 'nope'/],
    ['a run beside its source', { run: 'nope', source: 's3://b/x' }, 'VERSION_UNKNOWN', /Run 'nope'/],
    ['a logged model that is not there', { source: 'models:/m-0' }, 'VERSION_UNKNOWN', /logged model m-0/],
    ['a version that is not there', { source: 'models:/none/3' }, 'VERSION_UNKNOWN', /from 'models:\/none\/3'/],
    ['an alias as source', { source: 'models:/none@champion' }, 'INPUT_INVALID', /by its number/],
    ['a file of the server', { source: '/etc/passwd' }, 'INPUT_INVALID', /from '\/etc\/passwd'/],
    ['a name that MLflow refuses', { model: 'a/b', source: 's3://b/x' }, 'INPUT_INVALID', /Invalid model name/],
  ])('%s is refused', async (_, given, code, message) => {
    await expect(register(newName(), given)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      cure: expect.stringMatching(/\.$/),
    });
  });

  test('a run without a model, or of another model, is refused, and no registered model is made', async () => {
    const model = newName();
    const [run, other] = [await server.createRun({}), await server.createRun({})];
    const id = await loggedModel(other);
    await expect(register(model, { run })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    await expect(register(model, { run, source: `models:/${id}` })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: expect.stringContaining(other),
    });
    await expect(numbers(model)).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' });
  });

  test('what is there gets the tags it lacks, and keeps those it has', async () => {
    const model = newName();
    await create(model, 's3://bucket/model', { promotion_state: 'production_deployed' });
    const tags = new Map([
      ['promotion_state', 'registered'],
      ['promotion_registered', '{}'],
    ]);
    await register(model, { source: 's3://bucket/model', tags, commit: 'abc' });
    expect(await server.tags(model, '1')).toEqual({
      promotion_state: 'production_deployed',
      promotion_registered: '{}',
      'mlflow.source.git.commit': 'abc',
    });
    expect(await numbers(model)).toEqual(['1']);
  });

  test('a version whose answer was lost is found, not made again', async () => {
    const model = newName();
    const calls = await through(
      (call, response) => {
        if (!call.path.endsWith('model-versions/create')) return false;
        void create(model, 's3://bucket/lost').then(() => response.destroy());
        return true;
      },
      async (registry) => {
        expect((await register(model, { source: 's3://bucket/lost' }, registry)).version).toBe('1');
      },
    );
    expect(calls.filter(({ path }) => path.endsWith('model-versions/create'))).toHaveLength(1);
    expect(await numbers(model)).toEqual(['1']);
    expect((await server.tags(model, '1'))['promotion_state']).toBe('registered');
  });

  test('one that was lost on the way is sent once, and the error is what came of it', async () => {
    const model = newName();
    const calls = await through(
      (call, response) => {
        if (!call.path.endsWith('model-versions/create')) return false;
        response.writeHead(504).end('Gateway Timeout');
        return true;
      },
      (registry) =>
        expect(register(model, { source: 's3://bucket/x' }, registry)).rejects.toMatchObject({ status: 504 }),
    );
    expect(calls.filter(({ path }) => path.endsWith('model-versions/create'))).toHaveLength(1);
  });

  test('a server that is too busy to make it is asked again', async () => {
    const model = newName();
    let asked = 0;
    await through(
      (call, response) => {
        if (!call.path.endsWith('model-versions/create') || (asked += 1) > 2) return false;
        response.writeHead(asked === 1 ? 503 : 429).end();
        return true;
      },
      (registry) => register(model, { source: 's3://bucket/x' }, registry),
    );
    expect(await numbers(model)).toEqual(['1']);
  });

  test.each([
    ['READY', undefined],
    ['FAILED_REGISTRATION', /failed to register it: no such bucket/],
    ['PENDING_REGISTRATION', /still not ready after 5 minutes/],
  ])('a version that is pending, then %s', async (status, message) => {
    const model = newName();
    let looks = 0;
    await through(
      (call, response) => {
        if (!call.path.includes('model-versions/get?')) return false;
        const now = (looks += 1) < 3 ? 'PENDING_REGISTRATION' : status;
        const version = {
          name: model,
          version: '1',
          creation_timestamp: 1,
          status: now,
          status_message: 'no such bucket',
        };
        response.end(JSON.stringify({ model_version: version }));
        return true;
      },
      async (registry) => {
        const made = register(model, { source: 's3://bucket/x' }, registry);
        if (message === undefined) expect((await made).version).toBe('1');
        else
          await expect(made).rejects.toMatchObject({
            code: 'REGISTRY_ANSWER',
            message: expect.stringMatching(message),
          });
      },
    );
  });

  test('two runs that register the same at the same moment tell the same version', async () => {
    const model = newName();
    await server.createModel(model);
    const made = await Promise.all([1, 2].map(() => register(model, { source: 's3://bucket/same' })));
    expect(made.map(({ version }) => version)).toEqual(['1', '1']);
    expect((await register(model, { source: 's3://bucket/same' })).version).toBe('1');
  });
});

describe('leaving a stage', () => {
  test.each(['alias', 'stage', 'model'] as const)('%s: one whose answer was lost is read back', async (stageAs) => {
    const model = newName();
    const version = await register(model, { source: 's3://bucket/x' });
    const stage = 'production';
    await promote(open(stageAs), version);
    const calls = await through(
      (call, response) => {
        const isAlias = call.method === 'DELETE' && call.path.endsWith('registered-models/alias');
        if (!isAlias && !call.path.endsWith('transition-stage')) return false;
        const name = stageAs === 'model' ? `${model}-${stage}` : model;
        const done = isAlias
          ? server.call('DELETE', 'registered-models/alias', { name, alias: stage })
          : server.call('POST', 'model-versions/transition-stage', {
              name,
              version: '1',
              stage: 'Archived',
              archive_existing_versions: false,
            });
        void done.then(() => response.destroy());
        return true;
      },
      (registry) => registry.vacate({ model, version, stage, tags: new Map([['promotion_state', 'archived']]) }),
      stageAs,
    );
    expect(calls.length).toBeGreaterThan(2);
    expect((await open(stageAs).holders(model, [stage])).size).toBe(0);
    expect((await server.tags(model, '1'))['promotion_state']).toBe('archived');
  });

  test("MLflow's client sees neither the alias nor another holder", async () => {
    const model = newName();
    const version = await register(model, { source: 's3://bucket/x' });
    await promote(open(), version);
    await open().vacate({ model, version, stage: 'production', tags: new Map() });
    expect(await server.client(`client.get_model_version("${model}", "1").aliases`)).toEqual([]);
    expect(await server.aliases(model)).toEqual({});
  });

  test("MLflow's own stage becomes Archived", async () => {
    const model = newName();
    const version = await register(model, { source: 's3://bucket/x' });
    await promote(open('stage'), version);
    await open('stage').vacate({ model, version, stage: 'production', tags: new Map() });
    expect(await server.client(`client.get_model_version("${model}", "1").current_stage`)).toBe('Archived');
  });

  test('one that somebody took meanwhile is a conflict, and leaves no record', async () => {
    const model = newName();
    const version = await register(model, { source: 's3://bucket/x' });
    await register(model, { source: 's3://bucket/y' });
    await promote(open(), version);
    await through(
      (call, response) => {
        if (call.method !== 'DELETE') return false;
        void server.setAlias(model, 'production', '2').then(() => response.end('{}'));
        return true;
      },
      (registry) =>
        expect(
          registry.vacate({ model, version, stage: 'production', tags: new Map([['promotion_state', 'archived']]) }),
        ).rejects.toMatchObject({ code: 'REGISTRY_CONFLICT', message: expect.stringContaining('held by 2') }),
    );
    expect((await server.tags(model, '1'))['promotion_state']).toBe('production_deployed');
  });
});

async function promote(registry: Registry, version: ModelVersion, replaces?: ModelVersion): Promise<void> {
  await registry.transition({
    model: version.model,
    version,
    stage: 'production',
    ...(replaces === undefined ? {} : { replaces }),
    archive: false,
    tags: new Map([['promotion_state', 'production_deployed']]),
    replacedTags: new Map([['promotion_state', 'archived']]),
  });
}

describe('a registered model for each stage', () => {
  const registry = (): Registry => open('model');
  const holder = async (model: string): Promise<readonly string[] | undefined> =>
    (await registry().holders(model, ['production'])).get('production');

  async function twoVersions(): Promise<{ model: string; target: string; first: ModelVersion; second: ModelVersion }> {
    const model = newName();
    const [first, second] = [await fromRun(model, 0.8), await fromRun(model, 0.9)];
    return { model, target: `${model}-production`, first, second };
  }

  async function fromRun(model: string, auc: number): Promise<ModelVersion> {
    const run = await server.createRun({ auc });
    return register(model, { run, source: `models:/${await loggedModel(run)}`, commit: 'c0ffee' });
  }

  test("a promotion is a copy, as MLflow's client makes one, with the alias on it", async () => {
    const { model, target, first } = await twoVersions();
    await promote(registry(), first);
    const seen = `(lambda v: [v.version, v.source, v.run_id, v.status, v.tags])(client.get_model_version_by_alias("${target}", "production"))`;
    expect(await server.client(seen)).toEqual([
      '1',
      `models:/${model}/1`,
      first.run,
      'READY',
      {
        promotion_state: 'production_deployed',
        promotion_copy_of: `${model}/1`,
        'mlflow.source.git.commit': 'c0ffee',
      },
    ]);
    expect((await server.tags(model, '1'))['promotion_state']).toBe('production_deployed');
    expect(await server.aliases(model)).toEqual({});
    const ours = `(lambda v: [v.source, v.run_id])(client.copy_model_version("models:/${model}/1", "${target}"))`;
    expect(await server.client(ours)).toEqual([`models:/${model}/1`, first.run]);
  });

  test('the stage goes to and fro between two copies, and the newest is not taken for the holder', async () => {
    const { model, target, first, second } = await twoVersions();
    await promote(registry(), first);
    await promote(registry(), second, first);
    expect(await server.aliases(target)).toEqual({ production: '2', 'previous-production': '1' });
    await promote(registry(), first, second);
    await promote(registry(), first);
    expect(await holder(model)).toEqual(['1']);
    expect(await numbers(target)).toEqual(['2', '1']);
    expect(await server.aliases(target)).toEqual({ production: '1', 'previous-production': '2' });
    await create(target, `models:/${model}/2`);
    expect(await holder(model)).toEqual(['1']);
  });

  test('a record goes on the copies too', async () => {
    const { model, target, first } = await twoVersions();
    await promote(registry(), first);
    await registry().tag(first, new Map([['promotion_state', 'production_rejected']]));
    for (const name of [model, target])
      expect((await server.tags(name, '1'))['promotion_state']).toBe('production_rejected');
    await registry().vacate({ model, version: first, stage: 'production', tags: new Map([['promotion_state', 'x']]) });
    for (const name of [model, target]) expect((await server.tags(name, '1'))['promotion_state']).toBe('x');
    expect(await server.aliases(target)).toEqual({});
  });

  test("somebody else's copy is followed by its source, and taken for the copy", async () => {
    const { model, target, first } = await twoVersions();
    await create(target, `models:/${model}/1`);
    await server.setAlias(target, 'production', '1');
    expect(await holder(model)).toEqual(['1']);
    await server.call('DELETE', 'registered-models/alias', { name: target, alias: 'production' });
    await promote(registry(), first);
    expect(await numbers(target)).toEqual(['1']);
    expect((await server.tags(target, '1'))['promotion_copy_of']).toBe(`${model}/1`);
  });

  test.each<[string, (model: string) => readonly [string, Record<string, string>], RegExp]>([
    ['files of their own', () => ['s3://bucket/x', {}], /is no copy of a version of/],
    ['a copy of another model', () => ['models:/other-model/1', {}], /is no copy .* but of other-model\/1/],
    [
      'a tag that says otherwise than the source',
      (model) => [`models:/${model}/2`, { promotion_copy_of: `${model}/1` }],
      /of model-\d+\/1 by its tag promotion_copy_of, and of model-\d+\/2 by its source/,
    ],
    ['a tag that names no version', (model) => ['s3://x/y', { promotion_copy_of: `${model}/latest` }], /is no copy/],
  ])('a holder with %s is a conflict', async (_, forge, message) => {
    const { model, target } = await twoVersions();
    await create('other-model', 's3://bucket/x');
    const [source, tags] = forge(model);
    await server.setAlias(target, 'production', await create(target, source, tags));
    await expect(holder(model)).rejects.toMatchObject({
      code: 'REGISTRY_CONFLICT',
      message: expect.stringMatching(message),
    });
  });

  test('the copies of a model that was deleted and made again are not those of the new one', async () => {
    const { model, target, first } = await twoVersions();
    await promote(registry(), first);
    await server.call('DELETE', 'registered-models/delete', { name: model });
    const again = await fromRun(model, 0.5);
    await expect(holder(model)).rejects.toMatchObject({
      code: 'REGISTRY_CONFLICT',
      message: expect.stringContaining('deleted and made again'),
    });
    await server.call('DELETE', 'registered-models/alias', { name: target, alias: 'production' });
    await promote(registry(), again);
    expect(await server.aliases(target)).toEqual({ production: '2' });
    expect((await registry().version(target, '2')).run).toBe(again.run);
  });

  const place = async (name: string, version: string): Promise<unknown> =>
    (await server.call('GET', `model-versions/get-download-uri?name=${name}&version=${version}`))['artifact_uri'];

  /** A copy that is made while another model has the name: `models:/churn/1` is looked up once, then. */
  async function forged(model: string): Promise<string> {
    const [evil, parked] = [newName(), newName()];
    await create(evil, 's3://evil/model');
    const rename = (name: string, new_name: string): Promise<unknown> =>
      server.call('POST', 'registered-models/rename', { name, new_name });
    await rename(model, parked);
    await rename(evil, model);
    const copy = await create(`${model}-production`, `models:/${model}/1`, { promotion_copy_of: `${model}/1` });
    await rename(model, evil);
    await rename(parked, model);
    return copy;
  }

  test.each<[string, (run: string) => string]>([
    ['a logged model', (run) => `models:/${run}`],
    ["a run's files", (run) => `runs:/${run}/model`],
    ['files', () => 's3://bucket/x/'],
    ['a copy', () => 'models:/origin/1'],
  ])("MLflow tells one address for %s and for its copy's copy", async (kind, sourceIn) => {
    const model = newName();
    const run = await server.createRun({});
    if (kind === 'a copy') await create('origin', 's3://bucket/y');
    const source = sourceIn(kind === 'a logged model' ? await loggedModel(run) : run);
    const version = await register(model, { source });
    await promote(registry(), version);
    await create('copied-again', `models:/${model}-production/1`);
    const [newest] = await numbers('copied-again');
    expect(await place(`${model}-production`, '1')).toBe(await place(model, '1'));
    expect(await place('copied-again', newest!)).toBe(await place(model, '1'));
    expect(await holder(model)).toEqual(['1']);
  });

  test('a copy of what had the name for a moment is not taken, though source and tag say that it is one', async () => {
    const { model, target, first } = await twoVersions();
    expect(await forged(model)).toBe('1');
    expect(await place(target, '1')).toBe('s3://evil/model');
    await promote(registry(), first);
    expect(await server.aliases(target)).toEqual({ production: '2' });
    expect(await place(target, '2')).toBe(await place(model, '1'));
    expect(await holder(model)).toEqual(['1']);
    await server.setAlias(target, 'production', '1');
    await expect(holder(model)).rejects.toMatchObject({
      code: 'REGISTRY_CONFLICT',
      message: expect.stringMatching(
        /^Version 1 of '.*-production', which has the stage's alias, calls itself a copy of .*\/1, and is one of other files: s3:\/\/evil\/model, not mlflow-artifacts:/,
      ),
      cure: expect.stringContaining('delete the alias'),
    });
  });

  test('a holder of the same files that is said to be of another run is a conflict', async () => {
    const [model, source] = [newName(), 's3://bucket/same'];
    const [run, other] = [await server.createRun({}), await server.createRun({})];
    await register(model, { run, source });
    const target = `${model}-production`;
    for (const by of [run, other]) await create(target, source, { promotion_copy_of: `${model}/1` }, by);
    await server.setAlias(target, 'production', '1');
    expect(await holder(model)).toEqual(['1']);
    await server.setAlias(target, 'production', '2');
    await expect(holder(model)).rejects.toMatchObject({
      code: 'REGISTRY_CONFLICT',
      message: expect.stringContaining(`is of run ${other}, not of ${run}`),
    });
  });

  test('a model that takes the name while we make the copy does not get the stage', async () => {
    const { model, target, first, second } = await twoVersions();
    await promote(registry(), second);
    const calls = await through(
      (call, response) => {
        if (!call.path.endsWith('model-versions/create')) return false;
        void forged(model).then((version) =>
          response.end(JSON.stringify({ model_version: { name: target, version } })),
        );
        return true;
      },
      (proxied) =>
        expect(promote(proxied, first, second)).rejects.toMatchObject({
          code: 'REGISTRY_CONFLICT',
          message: expect.stringMatching(/^Version 2 of .* which was to be the copy, .*: the stage was not moved\.$/),
          cure: expect.stringContaining('run again'),
        }),
      'model',
    );
    expect(calls.filter(({ method, path }) => method === 'POST' && path.endsWith('alias'))).toEqual([]);
    expect(await server.aliases(target)).toEqual({ production: '1' });
    await promote(registry(), first, second);
    expect(await place(target, '3')).toBe(await place(model, '1'));
    expect(await holder(model)).toEqual(['1']);
  });

  test('nor one that has taken it before', async () => {
    const { target, first } = await twoVersions();
    const stale = { ...first, createdAt: '2020-01-01T00:00:00.000Z' };
    await expect(promote(registry(), stale)).rejects.toMatchObject({
      code: 'REGISTRY_CONFLICT',
      message: expect.stringContaining('has another source, run or time of creation than when judged'),
    });
    await expect(numbers(target)).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' });
  });

  test('a server that does not say where the files are is not believed', async () => {
    const { first } = await twoVersions();
    await through(
      (call, response) => {
        if (!call.path.includes('get-download-uri')) return false;
        response.end('{}');
        return true;
      },
      (proxied) => expect(promote(proxied, first)).rejects.toMatchObject({ code: 'REGISTRY_ANSWER' }),
      'model',
    );
  });

  test('a copy whose answer was lost is found', async () => {
    const { model, target, first } = await twoVersions();
    await through(
      (call, response) => {
        if (!call.path.endsWith('model-versions/create')) return false;
        void create(target, `models:/${model}/1`).then(() => response.destroy());
        return true;
      },
      (proxied) => promote(proxied, first),
      'model',
    );
    expect(await numbers(target)).toEqual(['1']);
    expect(await holder(model)).toEqual(['1']);
  });

  test('an unknown model is unknown, and an alias in another case is pointed out', async () => {
    await expect(holder('no-such-model')).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' });
    const { model, target } = await twoVersions();
    expect(await holder(model)).toBeUndefined();
    await server.setAlias(target, 'Production', await create(target, `models:/${model}/1`));
    await expect(holder(model)).rejects.toMatchObject({ code: 'REGISTRY_CONFLICT' });
  });

  test.each(['eu/prod', 'a:b', 'latest', '', 'v1'])('a stage %j cannot be part of it', (stage) => {
    expect(registry().refusesStage(stage)).toMatch(/\.$/);
  });
});
