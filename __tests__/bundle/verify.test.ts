import { describe, expect, test } from '@jest/globals';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ActionResult, runAction } from '../support/action.js';
import { parse } from 'yaml';
import { root } from '../support/tools.js';
import { startGitServer } from '../support/git-http.js';
import { checkout, type Checkout } from '../support/checkout.js';

const policy = `version: 1
registry: { type: git }
model: churn
first_promotion: allow
metrics: { auc: { goal: maximize, min: 0, max: 1 } }
stages:
  staging:
    checks: [{ require: auc >= 0.8 }]
  production:
    after: staging
    checks: [{ require: auc >= 0.8 }]
`;

/** What examples/verify-before-deploy gives the action. */
function exampleStep(): Record<string, string> {
  const path = join(root, 'examples/verify-before-deploy/.github/workflows/deploy.yml');
  const { jobs } = parse(readFileSync(path, 'utf8')) as Workflow;
  const step = jobs['deploy']?.steps.find(({ id }) => id === 'verify');
  expect(step?.with).toMatchObject({ command: 'verify', path: 'churn', 'github-token': '${{ secrets.CHURN_READ }}' });
  return step?.with ?? {};
}

interface Workflow {
  readonly jobs: Readonly<
    Record<string, { readonly steps: readonly { readonly id?: string; readonly with?: Record<string, string> }[] }>
  >;
}

interface Scene {
  readonly repository: Checkout;
  readonly evidence: string;
  readonly everything: () => string;
  readonly verify: (inputs?: Record<string, string>, environment?: Record<string, string>) => Promise<ActionResult>;
}

function register({ commit, git }: Checkout, version: string): void {
  commit({ 'metrics.json': '{"auc": 0.9}', 'model.txt': version });
  git('tag', '-a', `churn@${version}`, '-m', 'Register');
  git('push', '-q', 'origin', `churn@${version}`);
}

/** v1.0.0 holds production, by a promotion with evidence. */
async function scene(): Promise<Scene> {
  const repository = checkout({ '.github/model-promotion.yml': policy }, { remote: true });
  register(repository, 'v1.0.0');
  const run = (inputs: Record<string, string>, environment = {}): Promise<ActionResult> =>
    runAction({ workspace: repository.folder, inputs: { stage: 'production', ...inputs }, environment });
  await run({ stage: 'staging' });
  const promoted = await run({});
  expect(promoted.outputs).toMatchObject({ promoted: 'true' });
  return {
    repository,
    evidence: promoted.outputs['evidence'] ?? '',
    everything: () =>
      [repository.git('ls-remote', 'origin'), repository.git('status', '--porcelain', '--ignored')].join('\n'),
    verify: (inputs = {}, environment = {}) => run({ command: 'verify', ...inputs }, environment),
  };
}

const told = ({ outputs }: ActionResult): Record<string, unknown> =>
  JSON.parse(outputs['verification'] ?? '{}') as Record<string, unknown>;

test('the holder is verified with its evidence, in one line and as JSON, and nothing is changed', async () => {
  const { verify, evidence, everything } = await scene();
  const before = everything();
  for (const inputs of [{}, { version: 'v1.0.0' }, { evidence }]) {
    const result = await verify(inputs);
    expect(result.code).toBe(0);
    expect(result.outputs).toMatchObject({ decision: 'promote', promoted: 'false', version: 'v1.0.0' });
    expect(result.outputs['reason']).toMatch(
      /^By the promotion log churn v1\.0\.0 holds production since \S+ by octocat, with evidence sha256:\w{64}\.$/,
    );
    expect(told(result)).toMatchObject({
      verified: true,
      version: 'v1.0.0',
      stage: 'production',
      identity: expect.stringMatching(/^sha256:/),
      by: 'octocat',
      evidence: expect.stringMatching(/^sha256:/),
    });
    expect(result.annotations).toEqual([]);
  }
  expect(everything()).toBe(before);
});

describe('it refuses', () => {
  const refused = (result: ActionResult, decision: string, why: RegExp): void => {
    expect(result.code).toBe(1);
    expect(result.outputs).toMatchObject({ decision, promoted: 'false' });
    expect(result.annotations[0]?.message).toMatch(why);
    if (told(result)['verified'] !== undefined) expect(told(result)).toMatchObject({ verified: false, decision });
  };

  test('another version, an empty stage, an unknown one, other evidence', async () => {
    const { verify, repository, evidence } = await scene();
    register(repository, 'v1.1.0');
    refused(await verify({ version: 'v1.1.0' }), 'reject', /v1\.1\.0 does not hold production: .* v1\.0\.0 does/);
    refused(await verify({ stage: 'Prod' }), 'error', /Stage 'Prod' does not exist/);
    const changed = join(mkdtempSync(join(tmpdir(), 'evidence-')), 'evidence.json');
    writeFileSync(changed, readFileSync(evidence, 'utf8').replace('0.9', '0.99'));
    refused(await verify({ evidence: changed }), 'reject', /is not the evidence that the promotion log names/);
    refused(await verify({ evidence: '/nowhere.json' }), 'error', /There is no evidence at/);
    const archived = await runAction({
      workspace: repository.folder,
      inputs: { command: 'archive', version: 'v1.0.0', reason: 'old' },
    });
    expect(archived.code).toBe(0);
    refused(await verify(), 'reject', /no version of churn holds production/);
  });

  test('a tag that was moved: another identity', async () => {
    const { verify, repository } = await scene();
    repository.commit({ 'model.txt': 'another' });
    repository.git('tag', '-f', '-a', 'churn@v1.0.0', '-m', 'Moved');
    repository.git('push', '-q', '-f', 'origin', 'churn@v1.0.0');
    refused(await verify(), 'reject', /v1\.0\.0 is not the version that was promoted to production/);
    refused(await verify({ version: 'v1.0.0' }), 'reject', /deleted and recreated/);
  });

  test('a stage that was moved past the log', async () => {
    const { verify, repository } = await scene();
    register(repository, 'v1.1.0');
    repository.git('tag', '-a', 'churn#production#9', '-m', 'By hand', 'churn@v1.1.0^{}');
    repository.git('push', '-q', 'origin', 'churn#production#9');
    refused(await verify(), 'hold', /v1\.1\.0, the promotion log says v1\.0\.0/);
    refused(await verify({ version: 'v1.0.0' }), 'hold', /v1\.1\.0, the promotion log says v1\.0\.0/);
  });

  test('a model without a log', async () => {
    const repository = checkout({ '.github/model-promotion.yml': policy }, { remote: true });
    register(repository, 'v1.0.0');
    const inputs = { command: 'verify', stage: 'staging' };
    refused(await runAction({ workspace: repository.folder, inputs }), 'error', /There is no promotion log of 'churn'/);
  });

  test('an attestation that is not there, or without gh', async () => {
    const { verify, evidence } = await scene();
    const bin = mkdtempSync(join(tmpdir(), 'gh-'));
    const inputs = { evidence, attestation: 'acme/churn' };
    const say = (script: string): Record<string, string> => {
      writeFileSync(join(bin, 'gh'), `#!/bin/sh\n${script}\n`);
      chmodSync(join(bin, 'gh'), 0o755);
      return { PATH: `${bin}:${process.env['PATH'] ?? ''}` };
    };
    const good = await verify(
      inputs,
      say('[ "$GH_TOKEN" = "" ] && [ "$1 $2 $4 $5" = "attestation verify --repo acme/churn" ]'),
    );
    expect(good.outputs).toMatchObject({ decision: 'promote' });
    refused(await verify(inputs, say('echo "no attestations found" >&2; exit 1')), 'reject', /no attestations found/);
    const git = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
    const alone = mkdtempSync(join(tmpdir(), 'path-'));
    writeFileSync(join(alone, 'git'), `#!/bin/sh\nexec ${git} "$@"\n`);
    chmodSync(join(alone, 'git'), 0o755);
    refused(await verify(inputs, { PATH: alone }), 'error', /'gh' could not be started/);
    refused(await verify({ attestation: 'acme/churn' }), 'error', /needs the input 'evidence'/);
  });
});

test("a deploy job of another repository verifies by the model's own, where it names the folder", async () => {
  const { repository, evidence } = await scene();
  const workspace = mkdtempSync(join(tmpdir(), 'serving-'));
  const server = await startGitServer('reads-churn');
  try {
    const remote = repository.git('remote', 'get-url', 'origin');
    execFileSync('git', ['-C', remote, 'push', '-q', '--mirror', server.folder]);
    execFileSync('git', ['clone', '-q', remote, join(workspace, 'churn')]);
    const churn = ['-C', join(workspace, 'churn'), 'remote', 'set-url', 'origin', `${server.url}/acme/churn`];
    execFileSync('git', churn);
    mkdirSync(join(workspace, 'proof'));
    copyFileSync(evidence, join(workspace, 'proof/evidence.json'));
    const environment = { GITHUB_REPOSITORY: 'acme/serving', GITHUB_SERVER_URL: server.url };
    const inputs = {
      ...exampleStep(),
      evidence: 'proof/evidence.json',
      'github-token': 'reads-churn',
    };
    const result = await runAction({ workspace, inputs, environment });
    expect(result.outputs).toMatchObject({ decision: 'promote', version: 'v1.0.0' });
    // Any other command goes on refusing what is not the run's own.
    const other = await runAction({ workspace, inputs: { ...inputs, command: 'status' }, environment });
    expect(other.code).toBe(1);
  } finally {
    await server.stop();
  }
});
