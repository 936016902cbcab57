import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { closing } from './closing.js';
import { mlflowFolder, newestMlflow, type MlflowVersion } from './tools.js';

export interface MlflowServer {
  readonly url: string;
  readonly version: MlflowVersion;
  /** A REST call; throws on any status but 2xx. */
  call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<Record<string, unknown>>;
  createModel(name: string): Promise<void>;
  /** A run with metrics; each a value, or points in the order they are logged. */
  createRun(metrics: Record<string, number | readonly { value: number; step: number }[]>): Promise<string>;
  /** A version of a model, from a run with these metrics. Returns its number. */
  createVersion(
    name: string,
    metrics: Record<string, number | readonly { value: number; step: number }[]>,
    tags?: Record<string, string>,
  ): Promise<string>;
  setAlias(name: string, alias: string, version: string): Promise<void>;
  aliases(name: string): Promise<Record<string, string>>;
  tags(name: string, version: string): Promise<Record<string, string>>;
  /** What MLflow's own client says: a Python expression with `client` in scope, as JSON. */
  client(expression: string): Promise<unknown>;
  stop(): Promise<void>;
}

/** A real MLflow server on loopback, with SQLite in a temporary folder. */
export async function startMlflow(
  version: MlflowVersion = newestMlflow,
  settings: Readonly<Record<string, string>> = {},
): Promise<MlflowServer> {
  const folder = await mkdtemp(join(tmpdir(), 'mlflow-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    `${mlflowFolder(version)}/mlflow`,
    [
      'server',
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--backend-store-uri',
      `sqlite:///${folder}/mlflow.db`,
      '--artifacts-destination',
      `${folder}/artifacts`,
      '--workers',
      '1',
    ],
    {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: {
        ...process.env,
        MLFLOW_DISABLE_TELEMETRY: 'true',
        // Eight more processes for jobs that no test starts.
        MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
        NODE_OPTIONS: '',
        ...settings,
      },
    },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => (said = (said + data.toString()).slice(-4_000)));
  const stop = closing(async () => {
    if (child.exitCode === null && child.pid !== undefined) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      process.kill(-child.pid, 'SIGKILL'); // The server has workers; the group ends them all.
      await ended;
    }
    await rm(folder, { recursive: true, force: true });
  });
  for (let waited = 0; !(await healthy(url)); waited += 250) {
    if (child.exitCode !== null || waited > 240_000) {
      await stop();
      throw new Error(`MLflow did not start: ${said}`);
    }
    await sleep(250);
  }
  return { url, version, stop, ...seeding(url, version) };
}

function seeding(url: string, version: MlflowVersion): Omit<MlflowServer, 'url' | 'version' | 'stop'> {
  const call: MlflowServer['call'] = async (method, path, body) => {
    const response = await fetch(`${url}/api/2.0/mlflow/${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text === '' ? '{}' : text) as Record<string, unknown>;
  };
  const createRun: MlflowServer['createRun'] = async (metrics) => {
    const { run } = (await call('POST', 'runs/create', { experiment_id: '0', start_time: Date.now() })) as {
      run: { info: { run_id: string } };
    };
    const points = Object.entries(metrics).flatMap(([key, value]) =>
      (typeof value === 'number' ? [{ value, step: 0 }] : value).map((point) => ({
        key,
        timestamp: Date.now(),
        ...point,
        value: Number.isFinite(point.value) ? point.value : String(point.value),
      })),
    );
    for (const point of points) await call('POST', 'runs/log-metric', { run_id: run.info.run_id, ...point });
    return run.info.run_id;
  };
  return {
    call,
    createRun,
    createModel: async (name) => {
      await call('POST', 'registered-models/create', { name });
    },
    createVersion: async (name, metrics, tags = {}) => {
      const run = await createRun(metrics);
      const { model_version: made } = (await call('POST', 'model-versions/create', {
        name,
        source: `mlflow-artifacts:/0/${run}/artifacts/model`,
        run_id: run,
        tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
      })) as { model_version: { version: string } };
      return made.version;
    },
    setAlias: async (name, alias, version) => {
      await call('POST', 'registered-models/alias', { name, alias, version });
    },
    aliases: async (name) => {
      const { registered_model: model } = (await call(
        'GET',
        `registered-models/get?name=${encodeURIComponent(name)}`,
      )) as {
        registered_model: { aliases?: { alias: string; version: string }[] };
      };
      return Object.fromEntries((model.aliases ?? []).map(({ alias, version }) => [alias, version]));
    },
    tags: async (name, version) => {
      const { model_version: found } = (await call(
        'GET',
        `model-versions/get?name=${encodeURIComponent(name)}&version=${version}`,
      )) as {
        model_version: { tags?: { key: string; value: string }[] };
      };
      return Object.fromEntries((found.tags ?? []).map(({ key, value }) => [key, value]));
    },
    client: async (expression) => {
      const script = `import json\nfrom mlflow import MlflowClient\nclient = MlflowClient("${url}")\nprint("\\n" + json.dumps(${expression}))`;
      const { stdout } = await promisify(execFile)(`${mlflowFolder(version)}/python`, ['-c', script]);
      return JSON.parse(stdout.trim().split('\n').at(-1) ?? 'null') as unknown;
    },
  };
}

async function healthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`)).ok;
  } catch {
    return false;
  }
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
