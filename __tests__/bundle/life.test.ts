import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAction, type ActionResult } from '../support/action.js';
import { checkout, type Checkout } from '../support/checkout.js';
import { startGithub, type GithubServer } from '../support/github.js';
import { mlflowClient, type MlflowClient } from '../support/mlflow-client.js';
import { startMlflow, type MlflowServer } from '../support/mlflow.js';
import { gto, mlflowVersions, newestMlflow, type MlflowVersion } from '../support/tools.js';

interface Mlflow {
  readonly server: MlflowServer;
  readonly client: MlflowClient;
}

const mlflow = new Map<MlflowVersion, Mlflow>();
let github: GithubServer;
beforeAll(async () => {
  [github] = await Promise.all([
    startGithub(),
    ...mlflowVersions.map(async (version) => {
      const server = await startMlflow(version);
      mlflow.set(version, { server, client: mlflowClient(server.url, version) });
    }),
  ]);
  github.environment('production', { reviewers: ['bea'] });
});
afterAll(async () => {
  for (const { client } of mlflow.values()) client.stop();
  await Promise.all([github, ...[...mlflow.values()].map(({ server }) => server)].map((each) => each.stop()));
});

const policy = (registry: string, model: string): string => `version: 1
registry: ${registry}
model: ${model}
first_promotion: allow
metrics:
  auc: { goal: maximize, min: 0, max: 1 }
stages:
  staging:
    checks: [{ require: auc >= 0.5 }]
    deploy: { run: echo "$MODEL_VERSION" > staging.txt, smoke_test: test -s staging.txt }
  production:
    after: staging
    environment: production
    checks: [{ require: auc >= 0.6 }, { require: auc >= champion - 0.1 }]
    approval: { environment: production, not_author: true }
    deploy:
      run: echo "$MODEL_VERSION" > production.txt
      smoke_test: test ! -e broken
      rollback: echo "$PREVIOUS_VERSION" > production.txt
    monitor: { checks: [{ name: healthy, run: test ! -e ill }], then: rollback }
`;

/** Where everything stands: who holds what, and every version's state. */
interface Standing {
  readonly staging: string;
  readonly production: string;
  readonly states: Readonly<Record<string, string>>;
}

interface Ledger {
  /** In the policy. */
  readonly registry: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Makes what `register` registers, and the inputs for that. */
  train(auc: number): Promise<Record<string, string>>;
  /** What the registry's own client says. */
  seen(): Promise<Standing>;
}

function onMlflow(stageAs: string, model: string, { server, client }: Mlflow): Ledger {
  const states = `{v.version: v.tags.get("promotion_state", "registered") for v in client.search_model_versions("name='${model}'")}`;
  const holder: Readonly<Record<string, (stage: string) => string>> = {
    alias: (stage) => `client.get_registered_model("${model}").aliases.get("${stage}", "")`,
    stage: (stage) =>
      `",".join(v.version for v in client.search_model_versions("name='${model}'") if v.current_stage.lower() == "${stage}")`,
    model: (stage) =>
      `next((client.get_model_version_by_alias(m.name, "${stage}").tags["promotion_copy_of"].split("/")[-1] for m in client.search_registered_models() if m.name == "${model}-${stage}" and "${stage}" in m.aliases), "")`,
  };
  const held = holder[stageAs];
  if (held === undefined) throw new Error(stageAs);
  return {
    registry: `{ type: mlflow, stage_as: ${stageAs} }`,
    environment: { MLFLOW_TRACKING_URI: server.url },
    train: async (auc) => {
      const run = await server.createRun({ auc });
      return { 'run-id': run, source: `mlflow-artifacts:/0/${run}/artifacts/model` };
    },
    seen: async () => ({
      staging: await client.ask<string>(held('staging')),
      production: await client.ask<string>(held('production')),
      states: await client.ask<Record<string, string>>(states),
    }),
  };
}

function onGit(repository: Checkout, states: () => Promise<Record<string, string>>): Ledger {
  const shown = (stage: string): string => {
    const clone = mkdtempSync(join(tmpdir(), 'clone-'));
    execFileSync('git', ['clone', '-q', repository.git('remote', 'get-url', 'origin'), clone]);
    try {
      return execFileSync(gto, ['show', `life#${stage}`, '--version'], {
        cwd: clone,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
    } catch {
      return ''; // Nobody holds it, or it does not exist yet.
    }
  };
  return {
    registry: '{ type: git, metrics_file: metrics.json }',
    environment: {},
    train: (auc) => {
      repository.commit({ 'metrics.json': JSON.stringify({ auc }) }, `Train, auc ${auc}`);
      return Promise.resolve({});
    },
    seen: async () => ({ staging: shown('staging'), production: shown('production'), states: await states() }),
  };
}

describe.each<{ mode: string; version?: MlflowVersion }>([
  { mode: 'alias' },
  { mode: 'stage' },
  { mode: 'model' },
  { mode: 'git' },
  { mode: 'alias', version: '2.22.0' },
  { mode: 'alias', version: '2.9.2' },
])('the life of a version, on %j', ({ mode, version = newestMlflow }) => {
  const model = mode === 'git' ? 'life' : `life-${mode}`;
  let repository: Checkout;
  let ledger: Ledger;
  let run = mode.length * 100;
  /** `1` as the registry writes it. */
  const name = (version: string): string => (mode === 'git' && version !== '' ? `v0.0.${version}` : version);

  const act = (inputs: Record<string, string>): Promise<ActionResult> =>
    runAction({
      workspace: repository.folder,
      inputs: { model, ...inputs },
      token: github.token,
      environment: { GITHUB_API_URL: github.url, GITHUB_RUN_ID: String(run), ...ledger.environment },
    });

  const statusStates = async (): Promise<Record<string, string>> => {
    const { stdout } = await act({ command: 'status' });
    return Object.fromEntries(
      [...stdout.matchAll(/^(v?[\d.]+) +(\w+)$/gm)].map(([, version = '', state = '']) => [version, state]),
    );
  };

  beforeAll(() => {
    repository = checkout({ 'README.md': 'A life.' }, { remote: true });
    ledger = mode === 'git' ? onGit(repository, statusStates) : onMlflow(mode, model, mlflow.get(version)!);
    repository.commit({
      '.github/model-promotion.yml': policy(ledger.registry, model),
      '.gitignore': '*.txt\nbroken\nill\n',
    });
  });

  /** What the registry's own client, the log and `status` must all say. `states` are by the versions' plain numbers. */
  async function expectStanding(staging: string, production: string, ...states: readonly string[]): Promise<void> {
    // A version has one of MLflow's own stages at a time.
    const leftStaging = mode === 'stage' && staging === production;
    const expected: Standing = {
      staging: leftStaging ? '' : name(staging),
      production: name(production),
      states: Object.fromEntries(states.map((state, index) => [name(String(index + 1)), state])),
    };
    expect(await ledger.seen()).toEqual(expected);
    const { summary, code } = await act({ command: 'status' });
    expect(code).toBe(0);
    for (const stage of ['staging', 'production'] as const) {
      const holder = expected[stage] === '' ? '(empty)' : `**${expected[stage]}**`;
      expect(summary).toContain(`| ${stage} | ${holder} |`);
    }
    expect(summary).not.toContain('somebody moved it by other means');
    expect(await statusStates()).toEqual(expected.states);
  }

  const register = async (auc: number): Promise<ActionResult> =>
    act({ command: 'register', ...(await ledger.train(auc)) });

  /** gate → approval → apply, as jobs of one run. */
  async function release(version: string, approver = 'bea'): Promise<ActionResult> {
    run += 1;
    const gated = await act({ command: 'gate', stage: 'production', version: name(version) });
    expect(gated.outputs).toMatchObject({ decision: 'promote', 'approval-required': 'true', promoted: 'false' });
    github.approve(String(run), { environment: 'production', login: approver });
    return act({
      command: 'apply',
      plan: gated.outputs['plan'] ?? '',
      'plan-digest': gated.outputs['plan-digest'] ?? '',
    });
  }
  const stage = (version: string): Promise<ActionResult> => act({ stage: 'staging', version: name(version) });
  const live = (): string => readFileSync(join(repository.folder, 'production.txt'), 'utf8').trim();
  const touch = (file: string, there: boolean): void => {
    const path = join(repository.folder, file);
    if (there) writeFileSync(path, '');
    else if (existsSync(path)) execFileSync('rm', [path]);
  };

  test('from its registration to its rollback', async () => {
    expect((await register(0.8)).outputs).toMatchObject({ decision: 'promote', version: name('1') });
    await expectStanding('', '', 'registered');
    expect((await stage('1')).outputs).toMatchObject({ promoted: 'true' });
    await expectStanding('1', '', 'staging_deployed');
    expect((await release('1')).outputs).toMatchObject({ promoted: 'true', decision: 'promote' });
    await expectStanding('1', '1', 'production_deployed');

    // A second replaces it, and the first is archived.
    await register(0.85);
    await stage('2');
    expect((await release('2')).outputs).toMatchObject({ promoted: 'true', 'previous-version': name('1') });
    await expectStanding('2', '2', 'archived', 'production_deployed');
    expect(live()).toBe(name('2'));

    // A third fails before staging, and stays where it is.
    await register(0.3);
    const third = await stage('3');
    expect([third.code, third.outputs['decision']]).toEqual([1, 'reject']);
    await expectStanding('2', '2', 'archived', 'production_deployed', 'staging_rejected');
    const around = await act({ command: 'gate', stage: 'production', version: name('3') });
    expect([around.code, around.outputs['promoted']]).toEqual([1, 'false']);

    // A fourth fails its smoke test in production: undone.
    await register(0.9);
    await stage('4');
    touch('broken', true);
    const fourth = await release('4');
    expect([fourth.code, fourth.outputs['decision'], fourth.outputs['promoted']]).toEqual([1, 'reject', 'false']);
    expect(fourth.outputs['reason']).toContain('The deployment was undone');
    expect(live()).toBe(name('2'));
    await expectStanding('4', '2', 'archived', 'production_deployed', 'staging_rejected', 'production_failed');

    // Mended, it is promoted; found bad, it is rolled back.
    touch('broken', false);
    expect((await release('4')).outputs).toMatchObject({ promoted: 'true' });
    await expectStanding('4', '4', 'archived', 'archived', 'staging_rejected', 'production_deployed');
    touch('ill', true);
    const watched = await act({ command: 'monitor', stage: 'production' });
    expect([watched.code, watched.outputs['promoted'], watched.outputs['version']]).toEqual([1, 'true', name('2')]);
    touch('ill', false);
    expect(live()).toBe(name('2'));
    const after = ['archived', 'production_deployed', 'staging_rejected', 'rolled_back'] as const;
    await expectStanding(mode === 'stage' ? '' : '4', '2', ...after);

    // What was archived is not lost: by hand to the first, which is retired in the end.
    const back = await act({ command: 'rollback', stage: 'production', version: name('1'), reason: 'a test' });
    expect(back.outputs).toMatchObject({ promoted: 'true', version: name('1') });
    expect((await act({ command: 'archive', version: name('1'), reason: 'the end' })).code).toBe(0);
    await expectStanding(mode === 'stage' ? '' : '4', '', 'archived', 'rolled_back', 'staging_rejected', 'rolled_back');

    const log = execFileSync(
      'git',
      [
        '-C',
        repository.git('remote', 'get-url', 'origin'),
        'log',
        '--reverse',
        '--format=%s',
        `refs/promotion/${model}`,
      ],
      { encoding: 'utf8' },
    );
    const lines = log.trim().split('\n');
    // Each move is an operation, from its opening to its end; the rest is what became of the versions.
    const isStep = (line: string): boolean => /^(\w+: )?(opened|deploying|verified|closed) /.test(line);
    expect(lines.filter((line) => line.includes('opened '))).toHaveLength(10);
    expect(lines.filter((line) => line.includes('closed '))).toHaveLength(10);
    expect(lines.filter((line) => line.includes('deploying '))).toHaveLength(9);
    expect(lines.filter((line) => line.includes('verified '))).toHaveLength(8);
    const [one, two, three, four] = ['1', '2', '3', '4'].map(name);
    expect(lines.filter((line) => !isStep(line))).toEqual([
      `registered ${one}`,
      `staging: approved ${one}`,
      `staging: deployed ${one}`,
      `production: approved ${one}`,
      `production: deployed ${one}`,
      `registered ${two}`,
      `staging: approved ${two}`,
      `staging: deployed ${two}`,
      `production: approved ${two}`,
      `production: deployed ${two}`,
      `production: archived ${one}`,
      `registered ${three}`,
      `staging: rejected ${three}`,
      `registered ${four}`,
      `staging: approved ${four}`,
      `staging: deployed ${four}`,
      `production: approved ${four}`,
      `production: failed ${four}`,
      `production: approved ${four}`,
      `production: deployed ${four}`,
      `production: archived ${two}`,
      `production: deployed ${two}`,
      `production: rolled back ${four}`,
      `production: deployed ${one}`,
      `production: rolled back ${two}`,
      `production: archived ${one}`,
    ]);
    expect(github.violations).toEqual([]);
  });
});
