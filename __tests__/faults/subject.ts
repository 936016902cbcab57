import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGitServer, type GitServer } from '../support/git-http.js';
import type { PullRequest } from '../support/github.js';
import { policyOf, template, type Mode, type World } from './world.js';

/** One model, held by its first version, with a second to be promoted; and all that a promotion of it touches. */
export interface Subject {
  readonly mode: Mode;
  readonly model: string;
  readonly version: string;
  readonly git: GitServer;
  readonly pull: PullRequest;
  /** What is deployed. */
  readonly marker: string;
  /** Where each server is asked; see `intercept`. */
  readonly ports: Map<string, number>;
  /** The run's id, its own for each subject. */
  readonly run: string;
}

let subjects = 0;

export async function prepare(world: World, mode: Mode): Promise<Subject> {
  subjects += 1;
  const run = String(1_000 + subjects);
  const model = mode === 'git' ? 'churn' : `churn-${run}`;
  const git = await startGitServer(world.github.token);
  cpSync(template(policyOf(mode, model), mode === 'git' ? [0.8, 0.9] : []), git.folder, { recursive: true });
  // The template's configuration came along.
  execFileSync('git', ['-C', git.folder, 'config', 'http.receivepack', 'true']);
  if (mode !== 'git') await register(world, mode, model);
  const marker = join(mkdtempSync(join(tmpdir(), 'deployed-')), 'version');
  writeFileSync(marker, mode === 'git' ? 'v1.0.0' : '1');
  const pull = await world.github.openPullRequest(`change-${run}`);
  return { mode, model, version: mode === 'git' ? 'v2.0.0' : '2', git, pull, marker, ports: new Map(), run };
}

async function register({ mlflow, runs }: World, mode: Mode, model: string): Promise<void> {
  await mlflow.createModel(model);
  for (const run of runs) {
    const source = `mlflow-artifacts:/0/${run}/artifacts/model`;
    await mlflow.call('POST', 'model-versions/create', { name: model, source, run_id: run });
  }
  if (mode === 'mlflow alias') await mlflow.setAlias(model, 'production', '1');
  if (mode === 'mlflow stage')
    await mlflow.call('POST', 'model-versions/transition-stage', {
      name: model,
      version: '1',
      stage: 'Production',
      archive_existing_versions: false,
    });
  if (mode === 'mlflow model') {
    const name = `${model}-production`;
    await mlflow.createModel(name);
    await mlflow.call('POST', 'model-versions/create', {
      name,
      source: `models:/${model}/1`,
      tags: [{ key: 'promotion_copy_of', value: `${model}/1` }],
    });
    await mlflow.setAlias(name, 'production', '1');
  }
}
