import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runAction, type ActionResult } from '../support/action.js';
import { checkout, type Checkout } from '../support/checkout.js';
import { startMlflow, type MlflowServer } from '../support/mlflow.js';
import { mlflowLacks, mlflowVersions } from '../support/tools.js';

const policy = `version: 1
registry: { type: mlflow }
model: churn
first_promotion: allow
metrics: { auc: { goal: maximize, min: 0, max: 1 } }
stages:
  production: { checks: [{ require: auc >= 0.6 }] }
`;

const leaveAliases = mlflowVersions.filter((version) =>
  mlflowLacks[version].includes('aliases that end with their version'),
);

describe.each(leaveAliases)('a live version that was deleted, on MLflow %s, which leaves its alias', (mlflow) => {
  let server: MlflowServer;
  let repository: Checkout;
  beforeAll(async () => {
    server = await startMlflow(mlflow);
    repository = checkout({ '.github/model-promotion.yml': policy }, { remote: true });
    await server.createModel('churn');
    for (const auc of [0.7, 0.8, 0.9]) await server.createVersion('churn', { auc });
  });
  afterAll(() => server.stop());

  const act = (inputs: Record<string, string>): Promise<ActionResult> =>
    runAction({ workspace: repository.folder, inputs, environment: { MLFLOW_TRACKING_URI: server.url } });

  test('status shows it, promote names the way out, and rollback goes it', async () => {
    for (const version of ['1', '2']) expect((await act({ version })).outputs).toMatchObject({ promoted: 'true' });
    await server.call('DELETE', 'model-versions/delete', { name: 'churn', version: '2' });
    expect(await server.aliases('churn')).toMatchObject({ production: '2' });

    const shown = await act({ command: 'status' });
    expect([shown.code, shown.stdout]).toEqual([
      0,
      expect.stringMatching(/^production +2 +held by a version that no longer exists/m),
    ]);
    expect(shown.summary).toContain('2, held by a version that no longer exists');

    const held = await act({ version: '3' });
    expect([held.code, held.outputs['decision'], held.outputs['promoted']]).toEqual([1, 'hold', 'false']);
    expect(held.log).toContain("put 1 back with 'command: rollback' with 'stage: production' and a reason");

    const back = await act({ command: 'rollback', stage: 'production', reason: 'version 2 was deleted' });
    expect([back.code, back.outputs['promoted'], back.outputs['version']]).toEqual([0, 'true', '1']);
    expect(await server.aliases('churn')).toEqual({ production: '1' });
    const after = await act({ command: 'status' });
    expect([after.code, after.summary]).toEqual([0, expect.stringContaining('| production | **1** |')]);
    expect((await act({ version: '3' })).outputs).toMatchObject({ promoted: 'true' });
    expect(await server.aliases('churn')).toEqual({ production: '3', 'previous-production': '1' });
  });
});
