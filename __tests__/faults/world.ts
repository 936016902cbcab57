import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGithub, type GithubServer } from '../support/github.js';
import { startMlflow, type MlflowServer } from '../support/mlflow.js';

export const modes = ['mlflow alias', 'mlflow stage', 'mlflow model', 'git'] as const;
export type Mode = (typeof modes)[number];

/** The action's own settings for how long it waits for a server, in seconds; enough for these, which are near. */
export const shortTimes: Readonly<Record<string, string>> = {
  MLFLOW_HTTP_REQUEST_TIMEOUT: '6',
  PROMOTION_GITHUB_TIMEOUT: '6',
  GIT_HTTP_LOW_SPEED_TIME: '6',
};

/** The servers that all cases share; a case has a model and a repository of its own. */
export interface World {
  readonly mlflow: MlflowServer;
  readonly github: GithubServer;
  /** MLflow runs whose models hold and challenge. */
  readonly runs: readonly [old: string, better: string];
  stop(): Promise<void>;
}

/** The stage deploys into a file, so that a deployment can be told from a holder. */
export function policyOf(mode: Mode, model: string, deploys = true): string {
  const registry = mode === 'git' ? '{ type: git }' : `{ type: mlflow, stage_as: ${mode.slice('mlflow '.length)} }`;
  return `version: 1
registry: ${registry}
model: ${model}
first_promotion: allow
pass_env: [DEPLOY_MARKER]
metrics:
  auc: { goal: maximize, min: 0, max: 1 }
stages:
  production:
    environment: production
    checks:
      - require: auc >= ${deploys ? 'champion' : '0.5'}
${
  deploys
    ? `    deploy:
      run: printf '%s' "$MODEL_VERSION" > "$DEPLOY_MARKER"
      smoke_test: test "$(cat "$DEPLOY_MARKER")" = "$MODEL_VERSION"
      rollback: printf '%s' "$PREVIOUS_VERSION" > "$DEPLOY_MARKER"
`
    : ''
}`;
}

export async function startWorld(): Promise<World> {
  const [mlflow, github] = await Promise.all([startMlflow(), startGithub()]);
  return {
    mlflow,
    github,
    runs: [await mlflow.createRun({ auc: 0.8 }), await mlflow.createRun({ auc: 0.9 })],
    stop: async () => {
      await Promise.all([mlflow.stop(), github.stop()]);
    },
  };
}

/**
 * A bare repository with the policy and, in GTO's tags, a version `v<n>.0.0` of `churn` for each measure.
 * The first holds production, as GTO itself would have put it there.
 */
export function template(policy: string, measures: readonly number[], holder = true): string {
  const parent = mkdtempSync(join(tmpdir(), 'faults-'));
  const folder = join(parent, 'clone');
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=Test', '-c', 'user.email=test@example.com', ...args], {
      encoding: 'utf8',
    });
  execFileSync('git', ['init', '-q', '-b', 'main', folder]);
  mkdirSync(join(folder, '.github'));
  writeFileSync(join(folder, '.github/model-promotion.yml'), policy);
  git('add', '-A');
  git('commit', '-q', '-m', 'Begin');
  measures.forEach((auc, index) => {
    writeFileSync(join(folder, 'metrics.json'), JSON.stringify({ auc }));
    git('add', '-A');
    git('commit', '-q', '--allow-empty', '-m', `Version ${index + 1}`);
    git('tag', '-a', `churn@v${index + 1}.0.0`, '-m', 'Register');
    if (index === 0 && holder) git('tag', '-a', 'churn#production#1', '-m', 'Assign');
  });
  execFileSync('git', ['clone', '-q', '--bare', folder, join(parent, 'bare.git')]);
  return join(parent, 'bare.git');
}
