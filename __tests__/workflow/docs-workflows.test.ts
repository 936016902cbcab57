import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { blocksOf, pages } from '../support/pages.js';
import { root } from '../support/tools.js';
import { readYamlBlock } from '../unit/docs/yaml-block.js';

const workflows = pages
  .flatMap(blocksOf)
  .filter(({ language }) => language === 'yaml')
  .map((block) => ({ ...readYamlBlock(block), place: block.place }))
  .filter(({ kind }) => kind === 'workflow');

test('the workflows of the pages are found', () => expect(workflows.length).toBeGreaterThan(10));

test.each(workflows.map(({ place, text }) => [place, text]))('%s has no mistake that actionlint knows', (_, text) => {
  const { status, stdout, error } = spawnSync(
    join(root, '.tools/bin/actionlint'),
    ['-shellcheck=', '-pyflakes=', '-no-color', '-'],
    { encoding: 'utf8', input: text },
  );
  if (error !== undefined) throw error;
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
});
