// `npm run bench`: one promotion on MLflow by this action, by a Python script over MLflow's client, and by bare
// requests; side by side, in turns, against one real server on this machine. Absolute times depend on the machine,
// so the ratios are what counts. Writes RESULTS.md.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { installTools } from '../__tests__/tools.mjs';

const rounds = 21;
const root = fileURLToPath(new URL('..', import.meta.url));
const tool = (path) => join(root, '.tools', path);
const folder = mkdtempSync(join(tmpdir(), 'bench-'));

const policy = (model) => `version: 1
registry: { type: mlflow }
model: ${model}
first_promotion: allow
metrics:
  auc: { goal: maximize, min: 0, max: 1 }
stages:
  production:
    checks:
      - require: auc >= 0.5
      - require: auc >= champion
`;

/** A checkout with a remote, as on a runner: the action fetches the default branch's policy from it. */
function checkout(model) {
  const clone = join(folder, model);
  const git = (...args) => execFileSync('git', ['-C', clone, ...args], { stdio: 'ignore' });
  execFileSync('git', ['init', '-q', '-b', 'main', clone]);
  execFileSync('git', ['init', '-q', '--bare', '-b', 'main', `${clone}.git`]);
  mkdirSync(join(clone, '.github'));
  writeFileSync(join(clone, '.github/model-promotion.yml'), policy(model));
  git('add', '-A');
  git('-c', 'user.name=Bench', '-c', 'user.email=bench@example.com', 'commit', '-qm', 'Policy');
  git('remote', 'add', 'origin', `${clone}.git`);
  git('push', '-q', 'origin', 'main');
  return clone;
}

const clean = { PATH: process.env.PATH, HOME: process.env.HOME, MLFLOW_DISABLE_TELEMETRY: 'true' };

/** Each way: the command line and environment that promotes a version of its own model. */
const ways = [
  {
    name: 'action',
    does: 'the whole action: fetches and validates the policy, judges, moves, reads back, writes report and evidence',
    start(version) {
      const files = mkdtempSync(join(folder, 'runner-'));
      for (const name of ['output', 'summary']) writeFileSync(join(files, name), '');
      writeFileSync(join(files, 'event.json'), '{"repository":{"default_branch":"main"}}');
      return {
        command: [tool('node24/bin/node'), join(folder, 'dist/index.js')],
        cwd: (this.clone ??= checkout('action')),
        env: {
          INPUT_COMMAND: 'promote',
          INPUT_STAGE: 'production',
          INPUT_VERSION: version,
          GITHUB_ACTIONS: 'true',
          GITHUB_WORKSPACE: this.clone,
          GITHUB_EVENT_NAME: 'workflow_dispatch',
          GITHUB_EVENT_PATH: join(files, 'event.json'),
          GITHUB_REF: 'refs/heads/main',
          GITHUB_OUTPUT: join(files, 'output'),
          GITHUB_STEP_SUMMARY: join(files, 'summary'),
          RUNNER_TEMP: files,
        },
      };
    },
  },
  {
    name: 'script',
    does: "`promote.py`, a script over MLflow's own client: reads, compares, moves the alias, sets the tags",
    start: (version) => ({ command: [tool('venv/bin/python'), join(root, 'bench/promote.py'), 'script', version] }),
  },
  {
    name: 'plain',
    does: '`plain.mjs`, bare requests from Node: the same reads and writes, nothing else',
    start: (version) => ({ command: [tool('node24/bin/node'), join(root, 'bench/plain.mjs'), 'plain', version] }),
  },
];

async function startServer() {
  const port = await freePort();
  const store = [
    '--backend-store-uri',
    `sqlite:///${folder}/mlflow.db`,
    '--artifacts-destination',
    `${folder}/artifacts`,
  ];
  const child = spawn(
    tool('venv/bin/mlflow'),
    ['server', '--host', '127.0.0.1', '--port', port, ...store, '--workers', '1'],
    {
      cwd: folder,
      stdio: 'ignore',
      detached: true,
      env: clean,
    },
  );
  const url = `http://127.0.0.1:${port}`;
  const stop = () => {
    try {
      process.kill(-child.pid, 'SIGKILL'); // The server has workers; the group ends them all.
    } catch {
      // It has ended by itself.
    }
  };
  const healthy = () =>
    fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  for (let waited = 0; !(await healthy()); waited += 250) {
    if (child.exitCode !== null || waited > 90_000) {
      stop();
      throw new Error('MLflow did not start.');
    }
    await sleep(250);
  }
  return { url, stop };
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(String(port)));
    });
  });
}

async function call(url, method, path, body) {
  const init =
    body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(`${url}/api/2.0/mlflow/${path}`, { method, ...init });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** Versions with ever better metrics, so that each can replace the one before. */
async function seed(url, name, count) {
  await call(url, 'POST', 'registered-models/create', { name });
  for (let version = 1; version <= count; version += 1) {
    const { run } = await call(url, 'POST', 'runs/create', { experiment_id: '0', start_time: Date.now() });
    const run_id = run.info.run_id;
    const value = Number((0.5 + version / 1000).toFixed(3));
    await call(url, 'POST', 'runs/log-metric', { run_id, key: 'auc', value, timestamp: Date.now(), step: 0 });
    await call(url, 'POST', 'model-versions/create', {
      name,
      source: `mlflow-artifacts:/0/${run_id}/artifacts/model`,
      run_id,
    });
  }
}

/** Runs one promotion as a process; milliseconds from start to exit. Fails unless the alias moved. */
async function promote(way, version, url, through = url) {
  const { command, cwd, env } = way.start(String(version));
  const [program, ...args] = command;
  const begun = process.hrtime.bigint();
  const child = spawn(program, args, {
    cwd: cwd ?? folder,
    env: { ...clean, ...env, MLFLOW_TRACKING_URI: through },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (log += data));
  const code = await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject));
  const took = Number(process.hrtime.bigint() - begun) / 1e6;
  const { registered_model: model } = await call(url, 'GET', `registered-models/get?name=${way.name}`);
  const held = model.aliases?.find(({ alias }) => alias === 'production')?.version;
  if (code !== 0 || held !== String(version))
    throw new Error(`${way.name} did not promote version ${version}:\n${log}`);
  return took;
}

/** How many requests one promotion makes: counted by a proxy, outside the rounds that are timed. */
async function countRequests(way, version, url) {
  let requests = 0;
  const proxy = createServer((incoming, outgoing) => {
    requests += 1;
    const { method, headers } = incoming;
    const onward = request(url + incoming.url, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  try {
    await promote(way, version, url, `http://127.0.0.1:${proxy.address().port}`);
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
  return requests;
}

function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
}

async function measure(url) {
  const times = new Map(ways.map(({ name }) => [name, []]));
  const requests = new Map();
  for (const { name } of ways) await seed(url, name, rounds + 3);
  for (const way of ways) {
    await promote(way, 1, url); // Warms caches, makes the first champion.
    await promote(way, 2, url);
    requests.set(way.name, await countRequests(way, 3, url));
  }
  for (let round = 0; round < rounds; round += 1) {
    // Another order each round: none always comes after the slowest.
    for (let turn = 0; turn < ways.length; turn += 1) {
      const way = ways[(round + turn) % ways.length];
      times.get(way.name).push(await promote(way, round + 4, url));
    }
  }
  return { times, requests };
}

function results({ times, requests }) {
  const median = (name) => quantile(times.get(name), 0.5);
  const ratio = (a, b) => (median(a) / median(b)).toFixed(2);
  const rows = ways.map(({ name }) => {
    const [low, mid, high] = [0.25, 0.5, 0.75].map((share) => Math.round(quantile(times.get(name), share)));
    return `| ${name} | ${mid} ms | ${low}–${high} ms | ${requests.get(name)} | ${ratio('action', name)} |`;
  });
  return `# One promotion on MLflow

From \`npm run bench\`: ${rounds} rounds after three to warm up and count, in turns, each promotion a process of its own, against one real
MLflow server on the same machine; each replaces a champion. Times depend on the machine, so read the ratios.

| way    | median | middle half | requests | action ÷ way |
| ------ | -----: | ----------: | -------: | -----------: |
${rows.join('\n')}

${ways.map(({ name, does }) => `- **${name}**: ${does}.`).join('\n')}

The script's time includes Python's imports, as in every job that runs one; it does not include installing MLflow.
`;
}

if (!existsSync(join(root, 'dist/index.js'))) {
  console.error('dist/index.js is missing. Build it with: npm ci && npm run build');
  process.exit(1);
}
cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true }); // A build meanwhile must not change what is measured.
await installTools();
const server = await startServer();
try {
  const text = await format(results(await measure(server.url)), { parser: 'markdown' });
  writeFileSync(join(root, 'bench/RESULTS.md'), text);
  console.log(text);
} finally {
  server.stop();
  rmSync(folder, { recursive: true, force: true });
}
