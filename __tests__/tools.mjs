// Installs what the tests need into .tools/, once: MLflow and GTO in a Python environment, older MLflow servers in one
// each, act, actionlint and Git LFS, the Node that runners use. What is missing on the machine is a failure with its cure, never a skipped test.
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const tools = join(root, '.tools');
const requirements = (name) => join(root, '__tests__/support', `${name}.txt`);
// `support/tools.ts` starts them.
const olderMlflow = ['2.9.2', '2.22.0'];
const node24 = '24.21.0';
const go = [
  'github.com/nektos/act@v0.2.89',
  'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12',
  'github.com/git-lfs/git-lfs/v3@v3.8.1',
];

function answers(command, args) {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

/** Everything that is missing, at once. */
function missing() {
  const python = answers('python3', ['-c', 'import sys, venv, ensurepip; print(sys.version_info >= (3, 10))']);
  return [
    python === 'True'
      ? ''
      : 'Python 3.10 or later with venv is needed (MLflow, GTO): install python3 and python3-venv.',
    answers('go', ['version']) === undefined
      ? 'Go is needed (act, actionlint, git-lfs): install it from your package manager or go.dev.'
      : '',
    answers('git', ['--version']) === undefined ? 'git is needed: install it from your package manager.' : '',
    answers('bash', ['-c', 'true']) === undefined ? 'bash is needed: install it from your package manager.' : '',
  ].filter((line) => line !== '');
}

/** Runs an install unless it was done for the same versions already. */
async function once(name, version, products, install) {
  const stamp = join(tools, `${name}.stamp`);
  const there = products.every((product) => existsSync(join(tools, product)));
  if (there && existsSync(stamp) && readFileSync(stamp, 'utf8') === version) return;
  console.log(`Installing ${name} …`);
  await install();
  writeFileSync(stamp, version);
}

const quiet = { maxBuffer: 64 * 1024 * 1024 };

async function installPython(folder, list) {
  const venv = join(tools, folder);
  await run('python3', ['-m', 'venv', '--clear', venv], quiet);
  await run(
    join(venv, 'bin/python'),
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements(list)],
    quiet,
  );
}

function oncePython(name, folder, list, commands) {
  const digest = createHash('sha256')
    .update(readFileSync(requirements(list)))
    .digest('hex');
  const products = commands.map((command) => `${folder}/bin/${command}`);
  return once(name, digest, products, () => installPython(folder, list));
}

/** One after the other: pip keeps a core busy. */
async function onceOlderMlflow() {
  for (const version of olderMlflow)
    await oncePython(`mlflow-${version}`, `mlflow-${version}`, `requirements-mlflow-${version}`, ['mlflow']);
}

async function installGo() {
  for (const module of go)
    await run('go', ['install', module], { ...quiet, env: { ...process.env, GOBIN: join(tools, 'bin'), GOFLAGS: '' } });
}

/** The npm package `node` fetches its binary in an install script; the package with the binary itself needs none. */
async function installNode() {
  const link = join(tools, 'node24/bin/node');
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const folder = join(tools, 'node24');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  mkdirSync(join(folder, 'bin'), { recursive: true });
  try {
    await run(
      'npm',
      ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', `${name}@${node24}`],
      quiet,
    );
    execFileSync('ln', ['-sfn', `../node_modules/${name}/bin/node`, link]);
    if (answers(link, ['--version']) === `v${node24}`) return;
    throw new Error(`${name} does not run here.`);
  } catch (error) {
    // Not every machine has a package; a Node as new as the runners' does as well.
    if (Number(process.versions.node.split('.')[0]) < 24)
      throw new Error(`Node ${node24} cannot be had as a package: run 'npm test' with Node 24. ${error.message}`);
    console.warn(`Warning: the bundle is run on this Node, ${process.version}, instead of ${node24}: ${error.message}`);
    execFileSync('ln', ['-sfn', process.execPath, link]);
  }
}

/** Installs the tools. Throws with the cure of everything that is missing. */
export async function installTools() {
  const lines = missing();
  if (lines.length > 0) throw new Error(lines.join('\n'));
  mkdirSync(join(tools, 'bin'), { recursive: true });
  const results = await Promise.allSettled([
    oncePython('python', 'venv', 'requirements', ['mlflow', 'gto', 'zizmor']),
    onceOlderMlflow(),
    once('go', go.join(' '), ['bin/act', 'bin/actionlint', 'bin/git-lfs'], installGo),
    once('node', node24, ['node24/bin/node'], installNode),
  ]);
  const failed = results
    .filter((result) => result.status === 'rejected')
    .map(({ reason }) => reason.stderr || reason.message);
  if (failed.length > 0)
    throw new Error(`A tool could not be installed; check the network and try again.\n${failed.join('\n')}`);
}
