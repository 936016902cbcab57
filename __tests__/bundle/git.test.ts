import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { runAction, type ActionResult } from '../support/action.js';
import { checkout, type Checkout } from '../support/checkout.js';
import { gto } from '../support/tools.js';

const policy = `version: 1
registry: { type: git }
model: churn
first_promotion: allow
metrics:
  auc: { goal: maximize, min: 0, max: 1 }
stages:
  staging:
    checks:
      - name: files
        run: test -s "$MODEL_PATH/model.txt" && test "$MODEL_URI" = "churn@$MODEL_VERSION"
      - require: auc >= 0.8
  production:
    after: staging
    checks:
      - require: auc >= 0.8
      - require: auc >= champion - 0.005
`;

interface Scene {
  readonly repository: Checkout;
  register(version: string, auc: number): void;
  promote(stage: string, inputs?: Record<string, string>): Promise<ActionResult>;
  gto(...args: readonly string[]): string;
}

function scene(remote: boolean): Scene {
  const repository = checkout({ '.github/model-promotion.yml': policy }, { remote });
  return {
    repository,
    register: (version, auc) => {
      repository.commit({ 'metrics.json': JSON.stringify({ auc }), 'model.txt': version });
      repository.git('tag', '-a', `churn@${version}`, '-m', 'Register');
      if (remote) repository.git('push', '-q', 'origin', `churn@${version}`);
    },
    promote: (stage, inputs = {}) => runAction({ workspace: repository.folder, inputs: { stage, ...inputs } }),
    gto: (...args) => {
      if (remote) repository.git('fetch', '-q', '--tags', 'origin');
      return execFileSync(gto, [...args], {
        cwd: repository.folder,
        encoding: 'utf8',
        env: { ...process.env, GIT_PYTHON_REFRESH: 'quiet' },
      });
    },
  };
}

describe.each([
  ['alone', false],
  ['with a remote', true],
])('a repository %s', (_, remote) => {
  test('goes through staging to production, replaces, rejects, and GTO shows the same', async () => {
    const { register, promote, gto: show, repository } = scene(remote);
    register('v1.0.0', 0.9);
    const early = await promote('production');
    expect(early.outputs).toMatchObject({ decision: 'hold', promoted: 'false' });
    expect(early.outputs['reason']).toMatch(/has not passed staging/);

    expect((await promote('staging')).outputs).toMatchObject({
      decision: 'promote',
      promoted: 'true',
      version: 'v1.0.0',
    });
    expect((await promote('Production')).outputs).toMatchObject({
      decision: 'promote',
      promoted: 'true',
      stage: 'production',
    });

    register('v1.1.0', 0.85);
    expect((await promote('staging')).outputs).toMatchObject({ decision: 'promote', version: 'v1.1.0' });
    const worse = await promote('production');
    expect(worse.code).toBe(1);
    expect(worse.outputs).toMatchObject({ decision: 'reject', 'champion-version': 'v1.0.0' });

    register('v1.2.0', 0.93);
    await promote('staging');
    expect((await promote('production')).outputs).toMatchObject({ decision: 'promote', 'previous-version': 'v1.0.0' });
    const tags = (): string =>
      remote ? repository.git('ls-remote', '--tags', 'origin') : repository.git('tag', '--list');
    const before = tags();
    expect((await promote('production')).outputs).toMatchObject({ decision: 'none', promoted: 'false' });
    expect(tags()).toBe(before);

    const shown = show('show', 'churn');
    expect(shown).toMatch(/v1\.2\.0.*production/);
    expect(JSON.parse(show('show', 'churn#production', '--json'))).toMatchObject([{ version: 'v1.2.0' }]);
    const history = show('history', 'churn', '--plain')
      .split('\n')
      .filter((line) => line.includes('assign'));
    expect(history).toHaveLength(5);
    const status = await promote('', { command: 'status', stage: '' });
    expect(status.log).toMatch(/v1\.0\.0 +archived/);
    expect(status.log).toMatch(/v1\.1\.0 +production_rejected/);
    expect(status.log).toMatch(/v1\.2\.0 +production_deployed/);
  });
});

test('what gto assigned is read as a holder', async () => {
  const { register, promote, gto: run, repository } = scene(false);
  register('v1.0.0', 0.9);
  run('assign', 'churn', '--version', 'v1.0.0', '--stage', 'production');
  register('v1.1.0', 0.91);
  await promote('staging');
  const result = await promote('production');
  expect(result.outputs).toMatchObject({ decision: 'promote', 'champion-version': 'v1.0.0' });
  expect(repository.git('tag', '--list', 'churn#production#*').split('\n')).toHaveLength(2);
});

test('a shallow clone is named with its cure', async () => {
  const { register, repository } = scene(true);
  register('v1.0.0', 0.9);
  register('v1.1.0', 0.9);
  const remote = repository.git('remote', 'get-url', 'origin');
  const shallow = `${repository.folder}-shallow`;
  execFileSync('git', ['clone', '-q', '--depth', '1', `file://${remote}`, shallow]);
  const result = await runAction({ workspace: shallow, inputs: { stage: 'staging' } });
  expect(result.code).toBe(1);
  expect(result.annotations[0]?.message).toMatch(/fetch-depth: 0/);
});

test('the policy of the default branch counts, whatever is checked out', async () => {
  const { register, promote, repository } = scene(true);
  register('v1.0.0', 0.5);
  repository.git('switch', '-q', '-c', 'lower-the-bar');
  repository.git('config', 'push.default', 'nothing');
  execFileSync('sed', ['-i', 's/0.8$/0.1/', '.github/model-promotion.yml'], { cwd: repository.folder });
  repository.git('commit', '-qam', 'Lower the bar');
  expect((await promote('staging')).outputs).toMatchObject({ decision: 'reject' });
  const dry = await promote('staging', { 'dry-run': 'true', 'policy-ref': 'workspace', version: 'v1.0.0' });
  expect(dry.outputs).toMatchObject({ decision: 'promote', promoted: 'false' });
  const refused = await promote('staging', { 'policy-ref': 'workspace' });
  expect(refused.annotations[0]?.message).toMatch(/judges by the default branch's policy/);
});

test('a tag dated 2099 is an error that names it', async () => {
  const { register, promote, repository } = scene(false);
  register('v1.0.0', 0.9);
  execFileSync('git', ['tag', '-a', 'churn#staging#1', '-m', 'x', 'churn@v1.0.0^{}'], {
    cwd: repository.folder,
    env: { ...process.env, GIT_COMMITTER_DATE: '2099-01-01T00:00:00Z' },
  });
  const result = await promote('staging');
  expect(result.code).toBe(1);
  expect(result.annotations[0]?.message).toMatch(/churn#staging#1/);
});

test('what a pull request has just made is judged before it is registered, also as the first of its model', async () => {
  const { repository, register, promote } = scene(true);
  repository.commit({ 'metrics.json': '{"auc": 0.9}', 'model.txt': 'new' });
  const judge = (): Promise<ActionResult> => promote('staging', { command: 'gate', version: 'head' });
  // The policy's own command wants a version's address, which a commit has not.
  expect((await judge()).outputs).toMatchObject({ decision: 'reject', version: 'head' });
  register('v1.0.0', 0.9);
  await promote('staging');
  await promote('production');
  repository.commit({ 'metrics.json': '{"auc": 0.5}' });
  const worse = await promote('production', { command: 'gate', version: 'head' });
  expect(worse.outputs).toMatchObject({ decision: 'reject', 'champion-version': 'v1.0.0', promoted: 'false' });
  expect(worse.outputs['reason']).toContain('auc is 0.5');
});
