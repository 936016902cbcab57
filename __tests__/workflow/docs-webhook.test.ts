import { expect, test } from '@jest/globals';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { runWorkflow } from '../support/act.js';
import { checkout } from '../support/checkout.js';
import { closing } from '../support/closing.js';
import { startGithub } from '../support/github.js';
import { freePort, startMlflow } from '../support/mlflow.js';
import { blocksOf, filesOf } from '../support/pages.js';
import { newestMlflow, python } from '../support/tools.js';

const page = 'docs/triggers.md';
const blockWith = (part: string): string => blocksOf(page).find((block) => block.text.includes(part))?.text ?? '';
const secret = 'long and random';

interface Dispatch {
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: { readonly event_type: string; readonly client_payload: object };
}

/** GitHub's side of one dispatch, which the emulator does not have. */
async function takeDispatch(): Promise<{ readonly url: string; readonly received: Promise<Dispatch> }> {
  const server = createServer();
  closing(() => server.close());
  const received = once(server, 'request').then(async (request): Promise<Dispatch> => {
    const [incoming, response] = request as [IncomingMessage, ServerResponse];
    const { url: path, headers } = incoming;
    const body = JSON.parse(await text(incoming)) as Dispatch['body'];
    response.writeHead(204).end();
    return { path, headers, body };
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

test('a version registered in MLflow goes to staging by webhook, relay and repository_dispatch', async () => {
  const github = await startGithub();
  const { url, received } = await takeDispatch();
  const port = await freePort();
  const relay = spawn(python, ['-c', filesOf(page)['relay.py'] ?? ''], {
    env: {
      PORT: String(port),
      GITHUB_API_URL: url,
      GITHUB_REPOSITORY: 'acme/churn',
      GITHUB_TOKEN: 'token',
      WEBHOOK_SECRET: secret,
    },
  });
  closing(() => relay.kill());
  const server = await startMlflow(newestMlflow, {
    MLFLOW_WEBHOOK_ALLOWED_SCHEMES: 'http,https',
    MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: 'true',
  });
  const setUp = blockWith('create_webhook')
    .replace('https://relay.example.com', `http://127.0.0.1:${port}`)
    .replace('the WEBHOOK_SECRET of the relay', secret);
  await promisify(execFile)(python, ['-c', setUp], {
    env: {
      ...process.env,
      MLFLOW_TRACKING_URI: server.url,
      MLFLOW_WEBHOOK_ALLOWED_SCHEMES: 'http,https',
      MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: 'true',
    },
  });

  await server.createModel('churn');
  const version = await server.createVersion('churn', { auc: 0.9 });
  const { path, headers, body } = await received;
  expect([path, headers.authorization]).toEqual(['/repos/acme/churn/dispatches', 'Bearer token']);
  expect(body).toEqual({ event_type: 'model-registered', client_payload: { model: 'churn', version } });

  const now = String(Math.floor(Date.now() / 1000));
  const forged = await fetch(`http://127.0.0.1:${port}`, {
    method: 'POST',
    body: JSON.stringify({ data: { name: 'churn', version: '9' } }),
    headers: { 'X-MLflow-Delivery-Id': '1', 'X-MLflow-Timestamp': now, 'X-MLflow-Signature': 'v1,AAAA' },
  });
  expect(forged.status).toBe(401);

  const policy = filesOf('README.md')['.github/model-promotion.yml'] ?? '';
  const repository = checkout(
    {
      '.github/workflows/promote.yml': blockWith('repository_dispatch:'),
      '.github/model-promotion.yml': policy.replace('pytest -q tests/model', "'true'"),
    },
    { remote: true },
  );
  const { code, log } = await runWorkflow({
    repository,
    event: 'repository_dispatch',
    payload: { action: body.event_type, client_payload: body.client_payload },
    vars: { MLFLOW_TRACKING_URI: server.url },
    secrets: { GITHUB_TOKEN: github.token },
    environment: { GITHUB_API_URL: github.url },
  });
  expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
  expect(await server.aliases('churn')).toMatchObject({ staging: version });
  await Promise.all([server.stop(), github.stop()]);
});
