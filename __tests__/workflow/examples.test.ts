import { describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../support/tools.js';

const examples = join(root, 'examples');
const workflows = readdirSync(examples, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.github[\\/]workflows[\\/][^\\/]+\.ya?ml$/.test(path))
  .map((path) => join(examples, path));

function said(command: string, args: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (error !== undefined) throw error;
  return { status, output: status === 0 ? '' : stdout + stderr };
}

describe("the examples' workflows", () => {
  test('are found', () => expect(workflows.length).toBeGreaterThanOrEqual(2));

  test('have no mistake that actionlint knows', () => {
    // Their inputs and outputs of this action are checked by running them: actionlint knows only published actions.
    expect(said(join(root, '.tools/bin/actionlint'), ['-shellcheck=', '-pyflakes=', ...workflows])).toEqual({
      status: 0,
      output: '',
    });
  });

  test('have no weakness that zizmor knows, at its strictest', () => {
    const config = join(examples, 'zizmor.yml');
    const zizmor = join(root, '.tools/venv/bin/zizmor');
    expect(said(zizmor, ['--offline', '--pedantic', '--no-progress', '--config', config, ...workflows])).toEqual({
      status: 0,
      output: '',
    });
  });
});

describe("the repository's own workflows", () => {
  const own = readdirSync(join(root, '.github/workflows')).map((name) => join(root, '.github/workflows', name));

  test('are found', () => expect(own.length).toBeGreaterThanOrEqual(2));

  test('have no mistake that actionlint knows', () => {
    expect(said(join(root, '.tools/bin/actionlint'), ['-shellcheck=', '-pyflakes=', ...own])).toEqual({
      status: 0,
      output: '',
    });
  });

  test('have, with action.yml and dependabot.yml, no weakness that zizmor knows, at its strictest', () => {
    const zizmor = join(root, '.tools/venv/bin/zizmor');
    const paths = [join(root, '.github'), join(root, 'action.yml')];
    expect(said(zizmor, ['--offline', '--pedantic', '--no-progress', '--no-config', ...paths])).toEqual({
      status: 0,
      output: '',
    });
  });
});
