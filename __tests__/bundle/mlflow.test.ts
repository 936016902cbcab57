import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { runAction, type ActionResult } from '../support/action.js';
import { checkout, type Checkout } from '../support/checkout.js';
import { freePort, startMlflow, type MlflowServer } from '../support/mlflow.js';
import { startProxy, type Fault } from '../support/proxy.js';

let server: MlflowServer;
let models = 0;

beforeAll(async () => {
  server = await startMlflow();
});
afterAll(async () => {
  await server.stop();
});

function policy(
  model: string,
  options: { readonly stageAs?: string; readonly run?: string; readonly first?: string; readonly goal?: string } = {},
): string {
  return `version: 1
registry: { type: mlflow, stage_as: ${options.stageAs ?? 'alias'} }
model: ${model}
first_promotion: ${options.first ?? 'hold'}
metrics:
  auc: { goal: maximize, min: 0, max: 1 }
stages:
  production:
    checks:
      - name: unit tests
        run: ${JSON.stringify(options.run ?? 'true')}
      - require: auc >= champion - 0.005
`;
}

interface Scene {
  readonly model: string;
  readonly checkout: Checkout;
  promote(inputs?: Record<string, string>, environment?: Record<string, string | undefined>): Promise<ActionResult>;
}

async function scene(options: Parameters<typeof policy>[1] = {}): Promise<Scene> {
  models += 1;
  const model = `churn-${models}`;
  await server.createModel(model);
  const repository = checkout({ '.github/model-promotion.yml': policy(model, options) });
  return {
    model,
    checkout: repository,
    promote: (inputs = {}, environment = {}) =>
      runAction({
        workspace: repository.folder,
        inputs: { stage: 'production', ...inputs },
        environment: { MLFLOW_TRACKING_URI: server.url, ...environment },
      }),
  };
}

describe('promote on MLflow with aliases', () => {
  test('moves the alias, archives the old version and records both', async () => {
    const { model, promote } = await scene();
    const old = await server.createVersion(model, { auc: 0.9 });
    await server.setAlias(model, 'production', old);
    const better = await server.createVersion(model, { auc: 0.896 });

    const result = await promote();

    expect(result.log).not.toMatch(/::error/);
    expect(result.code).toBe(0);
    expect(result.outputs).toMatchObject({
      decision: 'promote',
      promoted: 'true',
      model,
      version: better,
      stage: 'production',
      'model-uri': `models:/${model}/${better}`,
      'champion-version': old,
      'previous-version': old,
      'approval-required': 'false',
    });
    expect(await server.aliases(model)).toEqual({ production: better, 'previous-production': old });
    const tags = await server.tags(model, better);
    expect(tags['promotion_state']).toBe('production_deployed');
    expect(JSON.parse(tags['promotion_production'] ?? '')).toMatchObject({
      state: 'production_deployed',
      actor: 'octocat',
      previous: old,
      policy: expect.stringMatching(/^sha256:/),
      evidence: expect.stringMatching(/^sha256:/),
    });
    expect((await server.tags(model, old))['promotion_state']).toBe('archived');
    // MLflow's own client agrees.
    expect(await server.client(`client.get_model_version_by_alias("${model}", "production").version`)).toBe(better);
    expect(result.summary).toMatch(/✅ Promoted: .* to production/);
    const evidence = JSON.parse(readFileSync(result.outputs['evidence'] ?? '', 'utf8'));
    expect(evidence).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: `models:/${model}/${better}` }],
      predicate: { decision: 'promote' },
    });
  });

  test('running again changes nothing and says so', async () => {
    const { model, promote } = await scene();
    await server.setAlias(model, 'production', await server.createVersion(model, { auc: 0.9 }));
    const better = await server.createVersion(model, { auc: 0.95 });
    await promote();
    const proxy = await startProxy(server.url);
    const again = await promote({ version: better }, { MLFLOW_TRACKING_URI: proxy.url });
    await proxy.stop();
    expect(again.code).toBe(0);
    expect(again.outputs).toMatchObject({ decision: 'promote', promoted: 'false' });
    expect(again.outputs['reason']).toContain('already');
    expect(proxy.calls.filter((call) => call.method !== 'GET')).toEqual([]);
  });

  test.each([
    [
      'a command that fails',
      { run: 'echo two tests failed; exit 1' },
      { auc: 0.95 },
      'reject',
      /unit tests: The command ended with exit code 1/,
    ],
    [
      'a worse metric',
      {},
      { auc: 0.8 },
      'reject',
      /auc >= champion - 0.005: auc is 0.8, required >= 0.895 \(missed by 0.095\)/,
    ],
    ['a command that is not found', { run: 'no-such-command-here' }, { auc: 0.95 }, 'error', /127/],
    ['a command that is killed', { run: 'kill -9 $$' }, { auc: 0.95 }, 'error', /SIGKILL|signal/],
    ['a missing metric', {}, { f1: 0.95 }, 'error', /auc has no value: run \w+ of version 2 has no metric 'auc'/],
    ['NaN', {}, { auc: NaN }, 'error', /auc is NaN, which is no measurement/],
    ['an infinity', {}, { auc: Infinity }, 'error', /auc is Infinity, which is no measurement/],
    ['a value out of range', {}, { auc: 1.2 }, 'error', /auc is 1.2, outside the range 0 to 1/],
    [
      'two values at one step',
      {},
      {
        auc: [
          { value: 0.95, step: 3 },
          { value: 0.99, step: 3 },
        ],
      },
      'error',
      /ambiguous/,
    ],
  ])(
    '%s moves nothing',
    async (_, options, metrics: Record<string, number | { value: number; step: number }[]>, decision, reason) => {
      const { model, promote } = await scene(options);
      const old = await server.createVersion(model, { auc: 0.9 });
      await server.setAlias(model, 'production', old);
      const candidate = await server.createVersion(model, metrics);
      const result = await promote();
      expect(result.outputs['decision']).toBe(decision);
      expect(result.outputs['reason']).toMatch(reason);
      expect(result.outputs['promoted']).toBe('false');
      expect(result.code).toBe(1);
      expect(result.annotations.filter(({ level }) => level === 'error')).toHaveLength(1);
      expect(result.annotations[0]?.message).toMatch(reason);
      expect(await server.aliases(model)).toEqual({ production: old });
      const state = (await server.tags(model, candidate))['promotion_state'];
      expect(state).toBe(decision === 'reject' ? 'production_rejected' : undefined);
      expect(await server.tags(model, old)).toEqual({});
      expect(result.summary).toContain(model);
    },
  );

  test('the first promotion holds unless the policy allows it', async () => {
    const first = await scene();
    await server.createVersion(first.model, { auc: 0.9 });
    const held = await first.promote();
    expect(held.outputs).toMatchObject({ decision: 'hold', promoted: 'false' });
    expect(held.outputs['reason']).toContain('first promotion');
    const allowed = await scene({ first: 'allow' });
    await server.createVersion(allowed.model, { auc: 0.9 });
    expect((await allowed.promote()).outputs).toMatchObject({
      decision: 'promote',
      promoted: 'true',
      'champion-version': '',
    });
    expect(await server.aliases(allowed.model)).toEqual({ production: '1' });
  });

  test('a champion that somebody took away does not make a first promotion', async () => {
    const { model, promote } = await scene({ first: 'allow' });
    await server.createVersion(model, { auc: 0.9 });
    await promote();
    await server.call('DELETE', 'registered-models/alias', { name: model, alias: 'production' });
    await server.createVersion(model, { auc: 0.1 });
    const result = await promote();
    expect(result.outputs).toMatchObject({ decision: 'hold', promoted: 'false' });
    expect(result.outputs['reason']).toContain('held by no version, the promotion log says 1');
  });

  test('latest passes over what was rejected; the version can be named', async () => {
    const { model, promote } = await scene();
    await server.setAlias(model, 'production', await server.createVersion(model, { auc: 0.9 }));
    const good = await server.createVersion(model, { auc: 0.91 });
    const bad = await server.createVersion(model, { auc: 0.5 });
    expect((await promote()).outputs).toMatchObject({ version: bad, decision: 'reject' });
    expect((await promote()).outputs).toMatchObject({ version: good, decision: 'promote' });
    expect((await promote({ version: bad })).outputs).toMatchObject({ version: bad, decision: 'reject' });
  });

  test.each([
    ['gate', { command: 'gate' }],
    ['a dry run', { 'dry-run': 'true' }],
  ])('%s writes nothing', async (_, inputs) => {
    const { model, promote } = await scene();
    await server.setAlias(model, 'production', await server.createVersion(model, { auc: 0.9 }));
    await server.createVersion(model, { auc: 0.95 });
    const proxy = await startProxy(server.url);
    const result = await promote(inputs, { MLFLOW_TRACKING_URI: proxy.url });
    await proxy.stop();
    expect(result.code).toBe(0);
    expect(result.outputs).toMatchObject({ decision: 'promote', promoted: 'false' });
    expect(proxy.calls.filter((call) => call.method !== 'GET')).toEqual([]);
    expect(result.summary).toMatch(/nothing was written/i);
  });
});

describe('promote on MLflow with its own stages', () => {
  test('moves the stage and archives the old version', async () => {
    const { model, promote } = await scene({ stageAs: 'stage' });
    const old = await server.createVersion(model, { auc: 0.9 });
    await server.call('POST', 'model-versions/transition-stage', {
      name: model,
      version: old,
      stage: 'Production',
      archive_existing_versions: false,
    });
    const better = await server.createVersion(model, { auc: 0.95 });
    const result = await promote();
    expect(result.outputs).toMatchObject({ decision: 'promote', promoted: 'true' });
    expect(
      await server.client(`[(v.version, v.current_stage) for v in client.search_model_versions("name='${model}'")]`),
    ).toEqual(
      expect.arrayContaining([
        [better, 'Production'],
        [old, 'Archived'],
      ]),
    );
    expect((await server.tags(model, old))['promotion_state']).toBe('archived');
  });
});

describe('wrong names', () => {
  test.each([
    [{ stage: 'Prod' }, /^Stage 'Prod' does not exist\. Existing stages: 'production'\. Did you mean 'production'\?/],
    [{ model: 'churm' }, /not for the model 'churm'\. Existing models in the policy: 'churn-/],
    [{ version: '99' }, /has no version 99.*The newest versions: 1/],
    [{ version: 'v1.2.0' }, /'v1.2.0' is no version of an MLflow model/],
    [{ version: '@chmpion' }, /has no alias 'chmpion'.*Existing aliases: 'champion'/],
    [{ version: 'stage:production' }, /No version of .* holds the stage 'production'/],
    [{ command: 'promoet' }, /Did you mean 'promote'\?/],
    [
      { policy: '.github/model-promotion.yaml' },
      /There is no policy at .*Did you mean '.github\/model-promotion.yml'\?/,
    ],
  ])('%j says what exists', async (inputs: Record<string, string>, message) => {
    const { model, promote } = await scene();
    await server.createVersion(model, { auc: 0.9 });
    await server.setAlias(model, 'champion', '1');
    const result = await promote(inputs);
    expect(result.code).toBe(1);
    expect(result.outputs).toMatchObject({ decision: 'error', promoted: 'false' });
    expect(result.annotations.map(({ message: text }) => text).join('\n')).toMatch(message);
    expect(result.summary).not.toBe('');
  });

  test('a model that the registry does not have', async () => {
    const repository = checkout({ '.github/model-promotion.yml': policy('no-such-model') });
    const result = await runAction({
      workspace: repository.folder,
      inputs: { stage: 'production' },
      environment: { MLFLOW_TRACKING_URI: server.url },
    });
    expect(result.annotations[0]?.message).toMatch(
      /Model 'no-such-model' does not exist in MLflow at .* Existing models: /,
    );
  });
});

describe('a registry that does not answer as it should', () => {
  const answer =
    (status: number, body: string, type = 'application/json'): Fault =>
    (_, response) => {
      response.writeHead(status, { 'Content-Type': type, 'Retry-After': '0' }).end(body);
      return true;
    };
  test.each<[string, Fault, RegExp]>([
    ['401', answer(401, 'Unauthorized', 'text/plain'), /refuses access \(401\).*no credential/],
    [
      '403',
      answer(403, '{"error_code":"PERMISSION_DENIED","message":"Permission denied"}'),
      /refuses access \(403\).*Permission denied/,
    ],
    ['404', answer(404, '<html>nothing</html>', 'text/html'), /404.*Check the registry's address/],
    ['429', answer(429, '{}'), /429.*Try again later/],
    ['500', answer(500, '{"error_code":"INTERNAL_ERROR","message":"boom"}'), /500.*boom/],
    ['a login page', answer(200, '<html><title>Log in</title></html>', 'text/html'), /an HTML page instead of JSON/],
    ['truncated JSON', answer(200, '{"model_versions": [{"na'), /not JSON/],
    [
      'a redirect',
      (_, response) => {
        response.writeHead(302, { Location: 'https://login.example.com/?token=secret' }).end();
        return true;
      },
      /redirects .* to https:\/\/login.example.com\/,/,
    ],
    [
      'a cut connection',
      (_, response) => {
        response.destroy();
        return true;
      },
      /could not be reached \(the connection was cut\)/,
    ],
  ])('%s is an error that says so', async (_, fault, message) => {
    const { promote } = await scene();
    const proxy = await startProxy(server.url, '', fault);
    const result = await promote({}, { MLFLOW_TRACKING_URI: proxy.url.replace('http://', 'http://user:hunter22@') });
    await proxy.stop();
    expect(result.code).toBe(1);
    expect(result.outputs['decision']).toBe('error');
    expect(result.annotations[0]?.message).toMatch(
      _ === '401' ? /refuses access \(401\).*the user and password/ : message,
    );
    expect(result.log + result.summary + JSON.stringify(result.outputs)).not.toContain('hunter22');
    expect(proxy.calls.filter((call) => call.method !== 'GET')).toEqual([]);
  });

  test('nothing listens', async () => {
    const { promote } = await scene();
    const result = await promote({}, { MLFLOW_TRACKING_URI: `http://127.0.0.1:${await freePort()}` });
    expect(result.annotations[0]?.message).toMatch(/could not be reached \(nothing listens there\)/);
  });

  test('under a sub-path, with Basic and with Bearer', async () => {
    const { model, promote } = await scene();
    await server.setAlias(model, 'production', await server.createVersion(model, { auc: 0.9 }));
    await server.createVersion(model, { auc: 0.95 });
    const proxy = await startProxy(server.url, '/mlflow');
    const basic = await promote(
      { command: 'gate' },
      {
        MLFLOW_TRACKING_URI: `${proxy.url}/`,
        MLFLOW_TRACKING_USERNAME: 'u',
        MLFLOW_TRACKING_PASSWORD: 'hunter22',
        MLFLOW_TRACKING_TOKEN: 'not-this',
      },
    );
    const bearer = await promote(
      { command: 'gate' },
      { MLFLOW_TRACKING_URI: proxy.url, MLFLOW_TRACKING_TOKEN: 'hunter23' },
    );
    await proxy.stop();
    expect([basic.outputs['decision'], bearer.outputs['decision']]).toEqual(['promote', 'promote']);
    expect(new Set(proxy.calls.map((call) => call.headers.authorization))).toEqual(
      new Set([`Basic ${Buffer.from('u:hunter22').toString('base64')}`, 'Bearer hunter23']),
    );
  });
});

test('a pull request is never promoted', async () => {
  const { checkout: repository } = await scene();
  const result = await runAction({
    workspace: repository.folder,
    inputs: { stage: 'production' },
    eventName: 'pull_request',
    environment: { MLFLOW_TRACKING_URI: server.url },
  });
  expect(result.annotations[0]?.message).toMatch(/'pull_request' event never moves a version.*gate/);
});

test('status shows who holds what, lint every mistake', async () => {
  const { model, promote, checkout: repository } = await scene({ first: 'allow' });
  await server.createVersion(model, { auc: 0.9 });
  await promote();
  const status = await promote({ command: 'status' });
  expect(status.summary).toMatch(/production \| \*\*1\*\*/);
  expect(status.log).toMatch(/production {2}1 {2}since .* by octocat/);
  repository.commit({
    '.github/model-promotion.yml':
      'version: 2\nregistry: { type: mlflw }\nmodel: churn\nstages: { production: { cheks: [] } }\n',
  });
  const lint = await promote({ command: 'lint' });
  expect(lint.code).toBe(1);
  expect(lint.annotations).toHaveLength(3);
  expect(lint.annotations.map(({ properties }) => [properties['file'], properties['line'], properties['col']])).toEqual(
    [
      ['.github/model-promotion.yml', '1', '10'],
      ['.github/model-promotion.yml', '2', '19'],
      ['.github/model-promotion.yml', '4', '25'],
    ],
  );
});

test('a run is judged before anything of it is registered', async () => {
  const { model, promote } = await scene();
  await server.setAlias(model, 'production', await server.createVersion(model, { auc: 0.9 }));
  const run = await server.createRun({ auc: 0.95 });
  const judged = await promote({ command: 'gate', version: `run:${run}` });
  expect(judged.outputs).toMatchObject({
    decision: 'promote',
    version: `run:${run}`,
    'model-uri': `runs:/${run}`,
    'champion-version': '1',
  });
  const worse = await promote({ command: 'gate', version: `run:${await server.createRun({ auc: 0.5 })}` });
  expect(worse.outputs).toMatchObject({ decision: 'reject' });
  const unknown = await promote({ command: 'gate', version: 'run:nosuchrun' });
  expect([unknown.code, unknown.outputs['reason']]).toEqual([
    1,
    expect.stringContaining("Run 'nosuchrun' does not exist"),
  ]);
});
