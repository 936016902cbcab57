import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runAction, type ActionResult } from '../support/action.js';
import { checkout, type Checkout } from '../support/checkout.js';
import { startMlflow, type MlflowServer } from '../support/mlflow.js';
import { startProxy, type Proxy } from '../support/proxy.js';

const policy = (model: string, type = 'mlflow'): string => `version: 1
registry: { type: ${type} }
model: ${model}
first_promotion: allow
metrics: { auc: { goal: maximize, min: 0, max: 1 } }
stages:
  staging: { checks: [{ require: auc >= 0.6 }] }
  production: { after: staging, checks: [{ require: auc >= 0.6 }, { require: auc >= champion - 0.01 }] }
`;

type Inputs = Record<string, string>;
const why = { reason: 'a test' };

/** Public reports of situations that had no way out, through the bundle; the fourth is in deleted-holder.test.ts. */
describe('on MLflow', () => {
  let server: MlflowServer;
  let proxy: Proxy;
  /** Whether the credential may delete. */
  let mayDelete = true;
  beforeAll(async () => {
    server = await startMlflow();
    proxy = await startProxy(server.url, '', ({ method }, response) => {
      if (mayDelete || method !== 'DELETE') return false;
      response
        .writeHead(403, { 'Content-Type': 'application/json' })
        .end('{"error_code":"PERMISSION_DENIED","message":"Permission denied"}');
      return true;
    });
  });
  afterAll(async () => {
    await proxy.stop();
    await server.stop();
  });

  /** A model of its own, whose versions went all the way to production, in their order. */
  async function lived(model: string, versions: number): Promise<(inputs: Inputs) => Promise<ActionResult>> {
    mayDelete = true;
    const { folder } = checkout({ '.github/model-promotion.yml': policy(model) }, { remote: true });
    const act = (inputs: Inputs): Promise<ActionResult> =>
      runAction({ workspace: folder, inputs, environment: { MLFLOW_TRACKING_URI: proxy.url } });
    await server.createModel(model);
    for (let each = 1; each <= versions; each += 1) {
      const version = await server.createVersion(model, { auc: 0.7 + each / 100 });
      for (const stage of ['staging', 'production'])
        expect((await act({ stage, version })).outputs).toMatchObject({ promoted: 'true' });
    }
    return act;
  }

  test('an archive that the credential may not do changes nothing and stops nobody', async () => {
    const act = await lived('refused', 2);
    mayDelete = false;
    const refused = await act({ command: 'archive', version: '2', ...why });
    expect([refused.code, refused.log]).toEqual([1, expect.stringContaining('nothing was changed')]);
    expect(refused.log).toContain('right to delete what belongs to that model');
    expect(await server.aliases('refused')).toMatchObject({ production: '2' });
    const version = await server.createVersion('refused', { auc: 0.8 });
    expect((await act({ stage: 'staging', version })).outputs).toMatchObject({ promoted: 'true' });
    const back = await act({ command: 'rollback', stage: 'production', ...why });
    expect([back.code, back.outputs['version']]).toEqual([0, '1']);
  });

  test('what the command archive retired comes back only where it is named', async () => {
    const act = await lived('retired', 2);
    expect((await act({ command: 'archive', version: '2', ...why })).code).toBe(0);
    const back = await act({ command: 'rollback', stage: 'production', ...why });
    expect([back.code, back.outputs['version']]).toEqual([0, '1']);
    expect(await server.aliases('retired')).toMatchObject({ production: '1' });
  });

  test('the only holder there ever was is deleted: adopt, then the override', async () => {
    const act = await lived('deleted', 1);
    const version = await server.createVersion('deleted', { auc: 0.9 });
    expect((await act({ stage: 'staging', version })).outputs).toMatchObject({ promoted: 'true' });
    await server.call('DELETE', 'model-versions/delete', { name: 'deleted', version: '1' });
    const held = await act({ stage: 'production', version });
    expect([held.code, held.outputs['decision']]).toEqual([1, 'hold']);
    expect(held.log).toContain("'command: adopt' with 'stage: production' and a reason records that nobody holds it");
    expect((await act({ command: 'adopt', stage: 'production', ...why })).code).toBe(0);
    const again = await act({ stage: 'production', version });
    expect(again.log).toContain("'command: promote' with 'stage: production', 'override: champion' and a reason");
    const lifted = await act({ stage: 'production', version, override: 'champion', ...why });
    expect([lifted.code, lifted.outputs['promoted']]).toEqual([0, 'true']);
  });
});

test('git: two version tags on one commit are refused before any write, and both are named', async () => {
  const repository: Checkout = checkout({ '.github/model-promotion.yml': policy('churn', 'git') }, { remote: true });
  repository.commit({ 'metrics.json': '{"auc": 0.9}' });
  for (const version of ['v1.0.0', 'v1.1.0']) repository.git('tag', '-a', `churn@${version}`, '-m', 'Register');
  repository.git('push', '-q', 'origin', '--tags');
  const refs = (): string => repository.git('ls-remote', 'origin');
  const before = refs();
  const act = (): Promise<ActionResult> =>
    runAction({ workspace: repository.folder, inputs: { stage: 'staging', version: 'v1.0.0' } });
  const held = await act();
  expect([held.code, held.outputs['decision'], refs()]).toEqual([1, 'hold', before]);
  expect(held.log).toContain('The tags churn@v1.0.0 and churn@v1.1.0 are on one commit');
  repository.git('push', '-q', 'origin', ':refs/tags/churn@v1.1.0');
  repository.git('tag', '-d', 'churn@v1.1.0');
  expect((await act()).outputs).toMatchObject({ promoted: 'true' });
});
