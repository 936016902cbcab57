import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blocksOf } from '../support/pages.js';
import { root } from '../support/tools.js';

test("README's first command rejects one version and promotes a better one, in a clone where nothing is installed", () => {
  const [command] = blocksOf('README.md').filter(({ language }) => language === 'sh');
  const parent = mkdtempSync(join(tmpdir(), 'fresh-'));
  const clone = join(parent, 'clone');
  for (const part of ['package.json', '.npmrc', 'action.yml', 'dist', 'examples'])
    cpSync(join(root, part), join(clone, part), { recursive: true });
  try {
    const { status, stdout, stderr } = spawnSync('bash', ['-euc', command?.text ?? ''], {
      cwd: clone,
      encoding: 'utf8',
      timeout: 60_000,
      env: { PATH: process.env['PATH'], HOME: parent, TMPDIR: parent },
    });
    expect({ command: command?.text, status, log: status === 0 ? '' : stdout + stderr }).toEqual({
      command: 'npm run demo\n',
      status: 0,
      log: '',
    });
    expect(stdout).toMatch(/reject/i);
    expect(stdout).toMatch(/v1\.2\.0/);
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
});
