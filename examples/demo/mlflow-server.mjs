// An MLflow server on loopback, with its data in the demo's temporary folder.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const own = fileURLToPath(new URL('../../.tools/venv/bin/python', import.meta.url));

/** The Python that has MLflow: the one of the tests, or the one on the PATH. */
function findPython() {
  if (existsSync(own)) return own;
  const found = ['python3', 'python'].find((name) => spawnSync(name, ['-c', 'import mlflow.server']).status === 0);
  if (found !== undefined) return found;
  const hasPython = spawnSync('python3', ['--version']).status === 0;
  throw new Error(
    `${hasPython ? 'Python is here, and MLflow is not' : 'Python is missing'}. Type one of these:\n` +
      `  ${hasPython ? 'pip install mlflow && ' : 'install Python 3.10 or later, then: pip install mlflow && '}npm run demo -- --mlflow\n` +
      '  MLFLOW_TRACKING_URI=https://mlflow.example.com npm run demo -- --mlflow    # with your own server\n' +
      '  npm run demo    # without a server: on git tags',
  );
}

/** @throws Error when MLflow is missing, or does not start */
export async function startServer(root) {
  const python = findPython();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const folders = ['--backend-store-uri', `sqlite:///${join(root, 'mlflow.db')}`];
  folders.push('--artifacts-destination', join(root, 'artifacts'));
  const place = ['--host', '127.0.0.1', '--port', String(port), '--workers', '1'];
  // A group of its own: the server has workers, and all of them are ended.
  const child = spawn(python, ['-m', 'mlflow', 'server', ...place, ...folders], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true', MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false' },
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => {
      printed = (printed + data).slice(-2000);
    });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const kill = () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL');
  };
  // Also where the demo is interrupted while the server starts.
  process.once('exit', kill);
  const stop = async () => {
    kill();
    await ended;
  };
  for (let waited = 0; !(await healthy(url)); waited += 250) {
    if (child.exitCode === null && waited < 120_000) {
      await sleep(250);
      continue;
    }
    await stop();
    throw new Error(`The MLflow server did not start: ${printed}`);
  }
  return { url, stop };
}

async function healthy(url) {
  try {
    return (await fetch(`${url}/health`)).ok;
  } catch {
    return false; // Not yet.
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
