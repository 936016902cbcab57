import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { StageAs } from '../../../src/policy/policy.js';
import { createMlflowRegistry } from '../../../src/registry/mlflow/mlflow.js';
import type { Registry } from '../../../src/registry/registry.js';
import { startMlflow, type MlflowServer } from '../../support/mlflow.js';
import { registryConformance, type RegistryFixture } from './conformance.js';

let server: MlflowServer;
let models = 0;

beforeAll(async () => {
  server = await startMlflow();
});
afterAll(async () => {
  await server.stop();
});

function open(stageAs: StageAs = 'alias'): Registry {
  return createMlflowRegistry({
    settings: { type: 'mlflow', stageAs, files: [] },
    environment: { MLFLOW_TRACKING_URI: server.url },
  });
}

async function fixture(stageAs: StageAs): Promise<RegistryFixture> {
  models += 1;
  const model = `conform-${models}`;
  await server.createModel(model);
  return {
    registry: open(stageAs),
    model,
    addVersion: (metrics) => server.createVersion(model, metrics),
    breakIn: async (stage, version) => {
      if (stageAs === 'alias') await server.setAlias(model, stage, version);
      else
        await server.call('POST', 'model-versions/transition-stage', {
          name: model,
          version,
          stage,
          archive_existing_versions: true,
        });
    },
    dispose: () => Promise.resolve(),
    oneStageAtATime: stageAs === 'stage',
  };
}

registryConformance('MLflow with aliases', () => fixture('alias'));
registryConformance('MLflow with its own stages', () => fixture('stage'));

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

  test.each([
    [{}, /No MLflow server is named/],
    [{ MLFLOW_TRACKING_URI: 'sqlite:///x.db' }, /MLFLOW_TRACKING_URI is no http/],
    [{ MLFLOW_TRACKING_URI: 'databricks' }, /no http/],
    [{ MLFLOW_TRACKING_URI: 'https://x', MLFLOW_TRACKING_INSECURE_TLS: 'true' }, /always checks certificates/],
  ])('%j is refused', (environment, message) => {
    expect(() =>
      createMlflowRegistry({ settings: { type: 'mlflow', stageAs: 'alias', files: [] }, environment }),
    ).toThrow(message);
  });
});
