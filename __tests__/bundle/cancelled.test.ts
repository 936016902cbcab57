import { expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { runAction, type ActionResult, type ActionRun } from '../support/action.js';
import { checkout } from '../support/checkout.js';
import { gto } from '../support/tools.js';

const served = join(mkdtempSync(join(tmpdir(), 'served-')), 'model');
const pidFile = `${served}.pid`;
/** Deploys at once and then goes on for ever where it is told to, in a session of its own. */
const policy = `version: 1
registry: { type: git }
model: churn
first_promotion: allow
metrics: { auc: { goal: maximize, min: 0, max: 1 } }
stages:
  live:
    checks: [{ require: auc >= 0.8 }]
    deploy:
      run: |
        echo "$MODEL_VERSION" > ${served}
        test "$MODEL_VERSION" != v2.0.0 || test -e ${served}.mended || {
          setsid sleep 300 &
          echo $! > ${pidFile}
          echo "deployed-$((40 + 2))"
          wait
        }
      rollback: echo "$PREVIOUS_VERSION" > ${served}
`;

interface Case {
  readonly how: string;
  readonly signal: NodeJS.Signals;
  readonly code: number | null;
}

test.each<Case>([
  { how: 'cancelled', signal: 'SIGINT', code: 1 },
  { how: 'killed', signal: 'SIGKILL', code: null },
])('$how in the midst of a deployment: the post step puts everything right', async ({ signal, code }) => {
  const repository = checkout({ '.github/model-promotion.yml': policy }, { remote: true });
  const act = (more: Partial<ActionRun> = {}): Promise<ActionResult> =>
    runAction({ workspace: repository.folder, inputs: { stage: 'live' }, ...more });
  for (const version of ['v1.0.0', 'v2.0.0']) {
    repository.commit({ 'metrics.json': '{"auc": 0.9}', 'model.txt': version });
    repository.git('tag', '-a', `churn@${version}`, '-m', 'Register');
    repository.git('push', '-q', 'origin', `churn@${version}`);
  }
  expect((await act({ inputs: { stage: 'live', version: 'v1.0.0' } })).outputs).toMatchObject({ promoted: 'true' });
  const subjects = (): string[] =>
    execFileSync(
      'git',
      ['-C', repository.git('remote', 'get-url', 'origin'), 'log', '--format=%s', 'refs/promotion/churn'],
      { encoding: 'utf8' },
    )
      .trim()
      .split('\n');

  const ended = await act({ signal: { name: signal, after: 'deployed-42' } });
  expect(ended.code).toBe(code);
  expect(readFileSync(served, 'utf8')).toBe('v2.0.0\n');
  if (signal === 'SIGINT') {
    expect(ended.outputs).toMatchObject({ decision: 'error', promoted: 'false' });
    expect(ended.outputs['reason']).toBe('The run was cancelled (SIGINT).');
    expect(subjects()[0]).toBe('live: interrupted v2.0.0');
    await expectGone();
  } else {
    expect(subjects()[0]).toBe('live: deploying v2.0.0');
  }

  const post = await act({ post: ended.state });
  expect(post).toMatchObject({ code: 0, stderr: '' });
  expect(post.annotations.map(({ message }) => message)).toEqual([
    expect.stringContaining('The deployment was undone: v1.0.0 is back. The registry is as it was.'),
  ]);
  await expectGone();
  expect(readFileSync(served, 'utf8')).toBe('v1.0.0\n');
  expect(subjects().slice(0, 2)).toEqual(['live: closed v2.0.0', 'live: failed v2.0.0']);

  // The same again has nothing to do, and the version may be promoted once its deployment is mended.
  expect(await act({ post: ended.state })).toMatchObject({ code: 0, annotations: [] });
  writeFileSync(`${served}.mended`, '');
  const again = await act();
  expect(again.outputs).toMatchObject({ decision: 'promote', promoted: 'true', version: 'v2.0.0' });
  expect(again.state['operation']).toBe('');
  expect(await act({ post: again.state })).toMatchObject({ code: 0, log: '' });
  repository.git('fetch', '-q', '--tags', 'origin');
  expect(execFileSync(gto, ['show', 'churn#live', '--version'], { cwd: repository.folder, encoding: 'utf8' })).toBe(
    'v2.0.0\n',
  );
  execFileSync('rm', [`${served}.mended`]);
});

/** What the deployment has left running is ended, although it has a session of its own. */
async function expectGone(): Promise<void> {
  const pid = readFileSync(pidFile, 'utf8').trim();
  for (let round = 0; round < 40 && existsSync(`/proc/${pid}`); round += 1) await pause(50);
  expect(existsSync(`/proc/${pid}`)).toBe(false);
}
