import { describe, expect, test } from '@jest/globals';
import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runAction } from '../support/action.js';
import { checkout } from '../support/checkout.js';
import { root } from '../support/tools.js';

const thoughtless = `version: 1
registry: { type: mlflow }
model: churn
metrics:
  auc: { goal: maximize, min: 0, max: 1 }
stages:
  production:
    checks:
      - require: auc >= 0.85
      - warn: auc >= 0.80
`;

test('a remark stands at its place, and the policy is valid all the same', async () => {
  const { folder } = checkout({ '.github/model-promotion.yml': thoughtless });
  const { code, annotations } = await runAction({ workspace: folder, inputs: { command: 'lint' } });
  expect(code).toBe(0);
  expect(annotations).toMatchObject([
    { level: 'warning', properties: { file: '.github/model-promotion.yml', line: '10', col: '15' } },
    {
      level: 'notice',
      message: expect.stringContaining('is a valid policy: 1 stages, 2 checks, 1 models; 1 to think about.'),
    },
  ]);
});

const check = "{ checks: [{ run: 'true' }] }";
const whole = (registry: string, model: string, stages: string): string =>
  `version: 1\nregistry: { ${registry} }\n${model}\nmetrics: { auc: { goal: maximize } }\nstages: { ${stages} }\n`;

test.each<[string, string, string]>([
  [
    'a stage that MLflow keeps for itself',
    whole('type: mlflow', 'model: churn', `latest: ${check}`),
    "MLflow keeps the alias 'latest' for itself",
  ],
  [
    "a stage that is none of MLflow's own",
    whole('type: mlflow, stage_as: stage', 'model: churn', `canary: ${check}`),
    "'canary' needs 'stage_as: alias'",
  ],
  [
    'a state for a stage',
    whole('type: mlflow', 'model: churn', `Archived: ${check}`),
    "'Archived' is a state of its own",
  ],
  [
    'a model that GTO does not take',
    whole('type: git', 'model: my.model', `production: ${check}`),
    "'my.model' cannot be",
  ],
  ['models that are numbers', whole('type: git', 'models: { 1.10: {}, 007: {} }', `production: ${check}`), "'1.10'"],
  ["a workflow's expression", whole('type: git', "model: '${{ vars.M }}'", `production: ${check}`), '${{ vars.M }}'],
  [
    'a comparison with itself',
    whole(
      'type: git',
      'model: churn\nchampion: staging',
      `staging: ${check}, production: { after: staging, checks: [{ require: auc >= champion }] }`,
    ),
    "compares a version with itself: the champion is the version that holds 'staging'",
  ],
])('%s: lint and promote refuse it at the same line with the same words', async (_, text, message) => {
  const { folder } = checkout({ '.github/model-promotion.yml': text });
  const ran = async (inputs: Readonly<Record<string, string>>): Promise<readonly unknown[]> => {
    const { code, annotations } = await runAction({ workspace: folder, inputs });
    expect(code).toBe(1);
    return annotations.filter(({ properties }) => properties['file'] !== undefined);
  };
  const linted = await ran({ command: 'lint' });
  expect(linted[0]).toMatchObject({ level: 'error', message: expect.stringContaining(message) as unknown });
  expect(await ran({ command: 'promote', stage: 'production' })).toEqual(linted);
});

const examples = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('model-promotion.yml'),
);

test.each(examples.map((path) => [path]))('examples/%s gives nothing to think about', async (path) => {
  const { folder, git } = checkout({});
  // With the files beside it, which `trusted` may name.
  cpSync(join(root, 'examples', path.split('/')[0] ?? ''), folder, { recursive: true });
  cpSync(join(root, 'examples', path), join(folder, 'policy.yml'));
  git('add', '--all');
  git('commit', '--quiet', '--message', 'Example');
  const { code, annotations } = await runAction({
    workspace: folder,
    inputs: { command: 'lint', policy: 'policy.yml' },
  });
  expect([code, annotations.filter(({ level }) => level !== 'notice')]).toEqual([0, []]);
});

describe("what 'trusted' names", () => {
  const trusting = thoughtless.replace('metrics:', 'trusted: [judge/evaluate.py, judge, local.py]\nmetrics:');
  const files = { '.github/model-promotion.yml': trusting, 'judge/evaluate.py': '' };

  test('and no commit has is an error at its place, with the nearest path', async () => {
    const { folder, git } = checkout({ ...files, 'judge/evaluate.py': '', 'judge/locals.py': '' });
    const { code, annotations } = await runAction({ workspace: folder, inputs: { command: 'lint' } });
    expect(code).toBe(1);
    expect(annotations).toContainEqual({
      level: 'error',
      properties: expect.objectContaining({ file: '.github/model-promotion.yml', line: '4', col: '37' }),
      message: expect.stringContaining(
        `'trusted' names 'local.py', and the commit checked out, ${git('rev-parse', 'HEAD').slice(0, 8)}, has no such file or folder.`,
      ),
    });
    expect(annotations[0]?.message).toContain("'judge/locals.py'");
  });

  test('and is not committed yet is a remark; in git it is none', async () => {
    const { folder, commit } = checkout(files);
    writeFileSync(join(folder, 'local.py'), '');
    const lint = async (): Promise<readonly string[]> => {
      const { code, annotations } = await runAction({ workspace: folder, inputs: { command: 'lint' } });
      expect(code).toBe(0);
      return annotations.filter(({ message }) => message.includes('trusted')).map(({ message }) => message);
    };
    expect(await lint()).toEqual([expect.stringContaining('Commit it with the policy.')]);
    commit({});
    expect(await lint()).toEqual([]);
  });
});
