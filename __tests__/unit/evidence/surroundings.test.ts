import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { besideTrusted } from '../../../src/evidence/surroundings/changed-beside.js';
import { Surroundings } from '../../../src/evidence/surroundings/surroundings.js';
import { GitRepository } from '../../../src/git/repository.js';
import type { Command } from '../../../src/policy/policy.js';
import { checkout, type Checkout } from '../../support/checkout.js';

let repository: Checkout;
let temporary: string;
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'beside-'));
});
afterEach(() => {
  rmSync(temporary, { recursive: true, force: true });
  rmSync(dirname(repository.folder), { recursive: true, force: true });
});

type Files = Readonly<Record<string, string>>;
interface Case {
  readonly trusted: readonly string[];
  /** At the policy's commit. */
  readonly before: Files;
  /** What a change makes of it; an empty text deletes. */
  readonly change: Files;
  readonly run?: string;
  readonly workingDirectory?: string;
  readonly environment?: Files;
  readonly commit?: boolean;
}

async function beside(given: Case): Promise<readonly string[]> {
  repository = checkout(given.before);
  const commit = repository.git('rev-parse', 'HEAD');
  const path = (name: string): string => join(repository.folder, name);
  for (const [name, text] of Object.entries(given.change)) {
    mkdirSync(dirname(path(name)), { recursive: true });
    if (text === '') rmSync(path(name));
    else if (text.startsWith('-> ')) symlinkSync(text.slice(3), path(name));
    else writeFileSync(path(name), text);
  }
  if (given.commit !== false) repository.commit({});
  const command = { run: given.run ?? 'true', workingDirectory: given.workingDirectory ?? '.' } as Command;
  const around = await Surroundings.read(
    {
      workspace: repository.folder,
      trusted: given.trusted,
      commands: [command],
      environment: { PATH: process.env['PATH'] ?? '', ...given.environment },
    },
    new GitRepository({ folder: repository.folder, environment: process.env }),
    commit,
  );
  return (await besideTrusted(around, join(temporary, 'python'))).map(({ file }) => file).sort();
}

const script = { 'evaluate.py': 'import json, helpers\nfrom rules import strict\nprint(json.dumps({}))\n' };
const around = {
  ...script,
  'helpers.py': 'import deep\n',
  'rules.py': 'strict = 1\n',
  'deep.py': 'x = 1\n',
  'train.py': 'x = 1\n',
};
const trusted = ['evaluate.py'];
const tests = { 'tests/model/test_a.py': 'import churn\n', 'churn/__init__.py': '', 'churn/a.py': 'x = 1\n' };
const node = {
  'judge.mjs': "import { a } from './lib/a.js';\nimport b from 'left-pad';\n",
  'lib/a.js': 'export const a = 1\n',
  'package.json': '{"type":"module","dependencies":{"a":"1"}}',
};
const shell = {
  'ci/judge.sh':
    '#!/bin/bash\n. ci/rules.sh\nsource "$(cd "$(dirname "$0")" && pwd)/own.sh" x\n. "${BASH_SOURCE%/*}/third.sh"\n',
  'ci/rules.sh': 'true\n',
  'ci/own.sh': 'true\n',
  'ci/third.sh': 'true\n',
};

describe('what decides beside a trusted file', () => {
  test.each<readonly [string, readonly string[], Case]>([
    [
      "a new module in the place of the standard library's",
      ['json.py'],
      { trusted, before: around, change: { 'json.py': 'x = 1\n' } },
    ],
    [
      'the same, in no commit',
      ['json.py'],
      { trusted, before: around, change: { 'json.py': 'x = 1\n' }, commit: false },
    ],
    ['a link', ['json.py'], { trusted, before: around, change: { 'json.py': '-> train.py' } }],
    ['a package', ['random/__init__.py'], { trusted, before: around, change: { 'random/__init__.py': 'x = 1\n' } }],
    ['byte code', ['json.pyc'], { trusted, before: around, change: { 'json.pyc': 'x' } }],
    [
      'an extension',
      ['json.cpython-311-x86_64-linux-gnu.so'],
      { trusted, before: around, change: { 'json.cpython-311-x86_64-linux-gnu.so': 'x' } },
    ],
    [
      'a new module in the place of an installed one',
      ['pip.py'],
      { trusted, before: around, change: { 'pip.py': 'x = 1\n' } },
    ],
    [
      'a helper that the script imports',
      ['helpers.py'],
      { trusted, before: around, change: { 'helpers.py': 'import os\n' } },
    ],
    ['what a helper imports', ['deep.py'], { trusted, before: around, change: { 'deep.py': 'x = 2\n' } }],
    ['a helper that is gone', ['rules.py'], { trusted, before: around, change: { 'rules.py': '' } }],
    [
      'a package in the place of a helper',
      ['rules/__init__.py'],
      { trusted, before: around, change: { 'rules/__init__.py': 'strict = 0\n' } },
    ],
    [
      'in a folder',
      ['ci/json.py'],
      {
        trusted: ['ci/evaluate.py'],
        before: { 'ci/evaluate.py': 'import json\n' },
        change: { 'ci/json.py': 'x = 1\n' },
      },
    ],
    [
      'of a script without an ending',
      ['json.py'],
      {
        trusted: ['evaluate'],
        before: { evaluate: '#!/usr/bin/env python3\nimport json\n' },
        change: { 'json.py': 'x = 1\n' },
      },
    ],
    [
      'where python -m is started',
      ['json.py'],
      {
        trusted: ['judge'],
        before: { 'judge/a.py': 'import json\n' },
        change: { 'json.py': 'x = 1\n' },
        run: 'python3 -m judge.a',
      },
    ],
    [
      'a module in the place of the one that python -m starts',
      ['judge.py'],
      {
        trusted: ['judge'],
        before: { 'judge/a.py': 'import os\n' },
        change: { 'judge.py': 'import os; os._exit(0)\n' },
        run: 'python -m judge.a',
      },
    ],
    [
      '__init__.py above a judge',
      ['ci/__init__.py'],
      {
        trusted: ['ci/judge'],
        before: { 'ci/judge/a.py': 'import os\n' },
        change: { 'ci/__init__.py': 'import os; os._exit(0)\n' },
        run: 'python -m ci.judge.a',
      },
    ],
    [
      'where python -m is started, below',
      ['w/json.py'],
      {
        trusted: ['judge'],
        before: { 'judge/a.py': 'import json\n', 'w/x': 'x' },
        change: { 'w/json.py': 'x = 1\n' },
        run: 'python -u -m pytest ../judge',
        workingDirectory: 'w',
      },
    ],
    [
      'by PYTHONPATH of the job',
      ['lib/sitecustomize.py'],
      {
        trusted: ['judge'],
        before: { 'judge/a.py': 'import json\n' },
        change: { 'lib/sitecustomize.py': 'x = 1\n' },
        environment: { PYTHONPATH: '/usr/lib/x:lib' },
      },
    ],
    [
      'by PYTHONPATH of the command',
      ['src/usercustomize.py'],
      {
        trusted: ['judge'],
        before: { 'judge/a.py': 'import json\n' },
        change: { 'src/usercustomize.py': 'x = 1\n' },
        run: 'PYTHONPATH="$GITHUB_WORKSPACE/src" python judge/a.py',
      },
    ],
    [
      'conftest.py above',
      ['conftest.py'],
      { trusted: ['tests/model'], before: tests, change: { 'conftest.py': 'x = 1\n' } },
    ],
    [
      'conftest.py of a folder between',
      ['tests/conftest.py'],
      {
        trusted: ['tests/model'],
        before: { ...tests, 'tests/conftest.py': 'x = 1\n' },
        change: { 'tests/conftest.py': 'x = 2\n' },
      },
    ],
    [
      'a module beside an unchanged conftest.py',
      ['json.py'],
      { trusted: ['tests/model'], before: { ...tests, 'conftest.py': 'x = 1\n' }, change: { 'json.py': 'x = 2\n' } },
    ],
    [
      '__init__.py above',
      ['tests/__init__.py'],
      { trusted: ['tests/model'], before: tests, change: { 'tests/__init__.py': 'x = 1\n' } },
    ],
    ...['pytest.ini', '.pytest.ini', 'tests/pytest.ini', 'pytest.toml'].map(
      (name) => [name, [name], { trusted: ['tests/model'], before: tests, change: { [name]: '[pytest]\n' } }] as const,
    ),
    [
      'pyproject.toml, for pytest',
      ['pyproject.toml'],
      {
        trusted: ['tests/model'],
        before: { ...tests, 'pyproject.toml': '[project]\nname = "x"\n' },
        change: { 'pyproject.toml': '[tool]\npytest = { ini_options = { addopts = "-k nothing" } }\n' },
      },
    ],
    [
      'pyproject.toml that cannot be read',
      ['pyproject.toml'],
      { trusted: ['tests/model'], before: tests, change: { 'pyproject.toml': '[[\n' } },
    ],
    [
      'setup.cfg',
      ['setup.cfg'],
      { trusted: ['tests/model'], before: tests, change: { 'setup.cfg': '[x]\na=1\n[tool:pytest]\naddopts=-k x\n' } },
    ],
    [
      'tox.ini',
      ['tox.ini'],
      { trusted: ['tests/model'], before: tests, change: { 'tox.ini': '[pytest]\naddopts=-k x\n' } },
    ],
    [
      'what a script of Node imports',
      ['lib/a.js'],
      { trusted: ['judge.mjs'], before: node, change: { 'lib/a.js': 'export const a = 2\n' } },
    ],
    [
      'a package that is committed',
      ['node_modules/left-pad/index.js'],
      { trusted: ['judge.mjs'], before: node, change: { 'node_modules/left-pad/index.js': 'x\n' } },
    ],
    ['.npmrc', ['.npmrc'], { trusted: ['judge.mjs'], before: node, change: { '.npmrc': 'script-shell=./x\n' } }],
    [
      'how package.json has Node load it',
      ['package.json'],
      {
        trusted: ['judge.mjs'],
        before: node,
        change: { 'package.json': '{"type":"module","imports":{"#a":"./b.js"}}' },
      },
    ],
    [
      'the scripts of package.json',
      ['package.json'],
      {
        trusted: ['judge.mjs'],
        before: node,
        change: { 'package.json': '{"type":"module","scripts":{"judge":"true"}}' },
        run: 'npm run judge',
      },
    ],
    [
      'what a shell script sources',
      ['ci/own.sh', 'ci/rules.sh', 'ci/third.sh'],
      {
        trusted: ['ci/judge.sh'],
        before: shell,
        change: { 'ci/rules.sh': 'exit 0\n', 'ci/own.sh': 'exit 0\n', 'ci/third.sh': 'exit 0\n' },
      },
    ],
    [
      'BASH_ENV',
      ['ci/env.sh'],
      {
        trusted: ['ci/judge.sh'],
        before: shell,
        change: { 'ci/env.sh': 'exit 0\n' },
        environment: { BASH_ENV: 'ci/env.sh' },
      },
    ],
    [
      '.Rprofile',
      ['.Rprofile'],
      { trusted: ['judge.R'], before: { 'judge.R': 'q()\n' }, change: { '.Rprofile': 'q()\n' } },
    ],
  ])('%s', async (_, files, given) => {
    expect(await beside(given)).toEqual(files);
  });
});

describe('what is honest', () => {
  test.each<readonly [string, Case]>([
    [
      'a training script beside it',
      { trusted, before: around, change: { 'train.py': 'x = 2\n', 'train2.py': 'x = 2\n' } },
    ],
    [
      "a folder that takes nobody's place",
      { trusted, before: around, change: { 'json/readme.md': 'x\n', 'random/a.py': 'x = 1\n', 'pip/a.py': 'x = 1\n' } },
    ],
    [
      'the code under test',
      {
        trusted: ['tests/model'],
        before: { ...tests, 'conftest.py': 'x = 1\n' },
        change: { 'churn/a.py': 'x = 2\n' },
        run: 'python -m pytest tests/model',
      },
    ],
    [
      'a new __init__.py of the code under test',
      {
        trusted: ['tests/model'],
        before: { ...tests, 'churn/b/c.py': 'x = 1\n' },
        change: { 'churn/b/__init__.py': 'x = 2\n', 'other/__init__.py': 'x = 2\n' },
        run: 'python -m pytest tests/model',
      },
    ],
    [
      'dependencies',
      {
        trusted: ['tests/model', 'judge.mjs'],
        before: {
          ...tests,
          ...node,
          'pyproject.toml': '[project]\nname = "x"\n[tool.pytest.ini_options]\naddopts = "-q"\n',
        },
        change: {
          'pyproject.toml': '[tool.pytest.ini_options]\naddopts = "-q"\n[project]\nname = "y"\n',
          'package.json': '{"type":"module","dependencies":{"a":"2"}}',
        },
      },
    ],
    [
      'packages that an earlier step installed',
      { trusted: ['judge.mjs'], before: node, change: { 'node_modules/left-pad/index.js': 'x\n' }, commit: false },
    ],
    [
      'files that are trusted too',
      {
        trusted: ['evaluate.py', 'helpers.py', 'json.py', 'conftest.py'],
        before: { ...around, 'conftest.py': 'x\n' },
        change: { 'helpers.py': 'x = 3\n', 'json.py': 'x = 1\n', 'conftest.py': 'y\n' },
      },
    ],
    [
      'a folder of its own',
      {
        trusted: ['judge'],
        before: { 'judge/evaluate.py': 'import json, rules\n', 'judge/rules.py': '' },
        change: { 'json.py': 'x = 1\n', 'rules.py': 'x = 1\n' },
        run: 'python judge/evaluate.py',
      },
    ],
    ['nothing at all', { trusted, before: around, change: {} }],
  ])('%s is let through', async (_, given) => {
    expect(await beside(given)).toEqual([]);
  });
});

test('Python does as is expected of it: it takes the module beside the script', () => {
  repository = checkout({
    ...script,
    'json.py': 'dumps = lambda x: "planted"\n',
    'helpers.py': '',
    'rules.py': 'strict = 1\n',
  });
  expect(execFileSync('python3', ['evaluate.py'], { cwd: repository.folder, encoding: 'utf8' })).toBe('planted\n');
});

test('byte code beside a judge that no commit has is removed', async () => {
  const change = { '__pycache__/helpers.cpython-311.pyc': 'x', 'train.py': 'x = 5\n' };
  expect(await beside({ trusted, before: around, change })).toEqual([]);
  expect(existsSync(join(repository.folder, '__pycache__/helpers.cpython-311.pyc'))).toBe(false);
});
