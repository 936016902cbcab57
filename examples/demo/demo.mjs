// The main job on the embedded registry: git, in a temporary folder. Needs nothing but Node and git.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const action = resolve(here, '../../dist/index.js');
const root = mkdtempSync(join(tmpdir(), 'model-promotion-demo-'));
const repository = join(root, 'repository');
const reports = join(root, 'reports');
mkdirSync(join(repository, '.github'), { recursive: true });
mkdirSync(reports);

const git = (...args) =>
  execFileSync('git', ['-C', repository, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
const heading = (text) => console.log(`\n\u001b[1m━━ ${text}\u001b[0m`);

/** Trains, so to speak, a version: commits the model with its metrics and tags it as GTO does. */
function register(version, metrics) {
  writeFileSync(join(repository, 'model.json'), JSON.stringify({ weights: [metrics.auc, 1 - metrics.auc] }));
  writeFileSync(join(repository, 'metrics.json'), JSON.stringify(metrics));
  git('add', '-A');
  git('commit', '-qm', `Train churn ${version}`);
  git('tag', '-a', `churn@${version}`, '-m', `Register churn ${version}`);
}

/** Runs the action as a runner does: inputs in the environment, summary and outputs in files. */
function run(name, inputs) {
  const temporary = mkdtempSync(join(root, 'runner-'));
  const output = join(temporary, 'output');
  const summary = join(reports, `${name}.md`);
  for (const file of [output, summary]) writeFileSync(file, '');
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^(GITHUB|INPUT|ACTIONS|RUNNER)_/.test(key)),
  );
  const { status } = spawnSync(process.execPath, [action], {
    cwd: repository,
    stdio: 'inherit',
    env: {
      ...inherited,
      ...Object.fromEntries(Object.entries(inputs).map(([key, value]) => [`INPUT_${key.toUpperCase()}`, value])),
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: repository,
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
      RUNNER_TEMP: temporary,
    },
  });
  console.log(`(exit code ${status}; report in ${summary})`);
  return { status, output: readFileSync(output, 'utf8') };
}

function expect(condition, what) {
  if (condition) return;
  console.error(`\nThe demo did not end as it should: ${what}.`);
  process.exit(1);
}

if (!existsSync(action)) {
  console.error('dist/index.js is missing. Build it with: npm ci && npm run build');
  process.exit(1);
}

execFileSync('git', ['init', '-q', '-b', 'main', repository]);
git('config', 'user.name', 'Demo');
git('config', 'user.email', 'demo@example.com');
copyFileSync(join(here, 'model-promotion.yml'), join(repository, '.github/model-promotion.yml'));

heading('churn v1.0.0 (auc 0.91): the first version, to staging and production');
register('v1.0.0', { auc: 0.91, p99_ms: 40 });
expect(run('1-first-staging', { stage: 'staging' }).status === 0, 'v1.0.0 was to be promoted to staging');
expect(run('2-first-production', { stage: 'production' }).status === 0, 'v1.0.0 was to be promoted to production');

heading('churn v1.1.0 (auc 0.88): good enough for staging, worse than the champion');
register('v1.1.0', { auc: 0.88, p99_ms: 38 });
expect(run('3-worse-staging', { stage: 'staging' }).status === 0, 'v1.1.0 was to be promoted to staging');
expect(run('4-worse-production', { stage: 'production' }).status !== 0, 'v1.1.0 was to be rejected for production');

heading('churn v1.2.0 (auc 0.93): better, to staging and production');
register('v1.2.0', { auc: 0.93, p99_ms: 41 });
expect(run('5-better-staging', { stage: 'staging' }).status === 0, 'v1.2.0 was to be promoted to staging');
expect(run('6-better-production', { stage: 'production' }).status === 0, 'v1.2.0 was to be promoted to production');

heading('Who holds what now');
const status = run('7-status', { command: 'status' });
expect(status.status === 0, 'status was to succeed');
console.log(`\nThe reports, as the pull request and the job summary show them: ${reports}`);
console.log(`The repository, with its tags:                                ${repository}`);
