import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAction, type ActionResult } from '../support/action.js';
import { closing } from '../support/closing.js';
import { checkout, type Checkout } from '../support/checkout.js';
import { startMlflow, type MlflowServer } from '../support/mlflow.js';
import { startProxy } from '../support/proxy.js';
import { python } from '../support/tools.js';

interface Front {
  readonly url: string;
  /** The credentials that came, request by request. */
  readonly seen: (string | undefined)[];
  stop(): Promise<void>;
}

let mlflow: MlflowServer;
let folder: string;
let fronts: Readonly<Record<'right' | 'wrong', Front>>;
let repository: Checkout;

const policy = `version: 1
registry: { type: mlflow }
model: churn
first_promotion: allow
metrics: { auc: { goal: maximize, min: 0, max: 1 } }
stages: { production: { checks: [{ require: auc >= 0.5 }] } }
`;

beforeAll(async () => {
  mlflow = await startMlflow();
  await mlflow.createModel('churn');
  await mlflow.createVersion('churn', { auc: 0.9 });
  folder = mkdtempSync(join(tmpdir(), 'tls-'));
  execFileSync(python, [join(import.meta.dirname, '../support/certificates.py'), folder, '127.0.0.1', 'other.example']);
  fronts = { right: await front('127.0.0.1'), wrong: await front('other.example') };
  repository = checkout({ '.github/model-promotion.yml': policy });
});
beforeEach(() => {
  for (const { seen } of Object.values(fronts)) seen.length = 0;
});
afterAll(async () => {
  await Promise.all([mlflow.stop(), ...Object.values(fronts).map((each) => each.stop())]);
});

/** MLflow behind TLS, with the certificate of a host. */
async function front(host: string): Promise<Front> {
  const seen: (string | undefined)[] = [];
  const [key, cert] = [readFileSync(join(folder, `${host}.key`)), readFileSync(join(folder, `${host}.pem`))];
  const server = createServer({ key, cert }, (incoming, response) => {
    seen.push(incoming.headers.authorization);
    const { host: _, ...headers } = incoming.headers;
    const onward = request(`${mlflow.url}${incoming.url ?? ''}`, { method: incoming.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    stop: closing(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }),
  };
}

const act = (url: string, environment: Record<string, string>): Promise<ActionResult> =>
  runAction({
    workspace: repository.folder,
    inputs: { command: 'gate', stage: 'production' },
    environment: { MLFLOW_TRACKING_URI: url, MLFLOW_TRACKING_TOKEN: 'the-token', ...environment },
  });

describe('a registry behind TLS', () => {
  test('is trusted by an authority that the job names', async () => {
    const result = await act(fronts.right.url, { NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') });
    expect(result.outputs['decision']).toBe('promote');
    expect(new Set(fronts.right.seen)).toEqual(new Set(['Bearer the-token']));
  });

  test.each<[string, 'right' | 'wrong', boolean, RegExp]>([
    [
      'of an authority that nobody named',
      'right',
      false,
      /is of an authority that is not known here.*NODE_EXTRA_CA_CERTS/,
    ],
    ['for another host', 'wrong', true, /its certificate is for another host/],
  ])('with a certificate %s gets no credential', async (_, which, isKnown, message) => {
    const trust: Record<string, string> = isKnown ? { NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') } : {};
    const result = await act(fronts[which].url, { ...trust, MLFLOW_HTTP_REQUEST_MAX_RETRIES: '0' });
    expect(result.code).toBe(1);
    expect(result.annotations[0]?.message).toMatch(message);
    expect(fronts[which].seen).toEqual([]);
  });

  test.each([
    ['MLFLOW_TRACKING_INSECURE_TLS', 'true'],
    ['NODE_TLS_REJECT_UNAUTHORIZED', '0'],
  ])('is not asked at all where %s would have it go unchecked', async (name, value) => {
    const result = await act(fronts.wrong.url, { [name]: value });
    expect(result.code).toBe(1);
    expect(result.annotations[0]?.message).toMatch(new RegExp(`${name} is set.*NODE_EXTRA_CA_CERTS`));
    expect(fronts.wrong.seen).toEqual([]);
  });
});

test('a redirect to another port of the same host takes no credential along', async () => {
  const elsewhere = await startProxy(mlflow.url);
  const proxy = await startProxy(mlflow.url, '', (call, response) => {
    response.writeHead(307, { Location: `${elsewhere.url}${call.path}` }).end();
    return true;
  });
  const result = await act(proxy.url, {});
  await Promise.all([proxy.stop(), elsewhere.stop()]);
  expect(result.annotations[0]?.message).toMatch(/redirects .* credentials follow no redirect/);
  expect(elsewhere.calls).toEqual([]);
});
