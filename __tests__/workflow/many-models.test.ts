import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exampleRepository, runWorkflow, type WorkflowResult } from '../support/act.js';
import { startGithub, type GithubServer } from '../support/github.js';

let github: GithubServer;
beforeAll(async () => {
  github = await startGithub();
});
afterAll(() => github.stop());

interface Change {
  readonly result: WorkflowResult;
  /** The one comment, if any. */
  readonly comments: readonly string[];
}

async function change(files: Readonly<Record<string, string>>): Promise<Change> {
  const repository = exampleRepository('many-models');
  const { number } = await github.openPullRequest(`change-${Math.random()}`);
  github.touches(
    number,
    Object.keys(files).map((path) => ({ path })),
  );
  repository.git('switch', '-q', '-c', 'change');
  for (const [path, text] of Object.entries(files)) writeFileSync(join(repository.folder, path), text);
  repository.git('add', '-A');
  repository.git('commit', '-q', '-m', 'Change');
  const head = repository.git('rev-parse', 'HEAD');
  const repo = { full_name: 'acme/churn' };
  const result = await runWorkflow({
    repository,
    event: 'pull_request',
    payload: {
      action: 'synchronize',
      number,
      pull_request: { number, head: { sha: head, ref: 'change', repo }, base: { ref: 'main', repo } },
    },
    secrets: { GITHUB_TOKEN: github.token },
    environment: { GITHUB_API_URL: github.url },
  });
  return { result, comments: (await github.comments(number)).map(({ body }) => body) };
}

describe('examples/many-models', () => {
  test('both models are judged, each by its own bar, and told in one comment', async () => {
    const { result, comments } = await change({
      'models/churn/metrics.json': '{"auc": 0.76}\n',
      'models/fraud/metrics.json': '{"auc": 0.76}\n',
    });
    expect(result.code).not.toBe(0);
    expect(result.outputs['concerned']).toMatchObject({
      matrix: '[{"model":"churn","stage":"staging"},{"model":"fraud","stage":"staging"}]',
    });
    expect(comments).toHaveLength(1);
    expect(comments[0]).toContain('✅ Passed: churn');
    expect(comments[0]).toContain('❌ Rejected: fraud');
    expect(github.violations).toEqual([]);
  });

  test('a model that is not touched is not judged', async () => {
    const { result, comments } = await change({ 'models/churn/metrics.json': '{"auc": 0.76}\n' });
    expect(result.code).toBe(0);
    expect(result.outputs['concerned']).toMatchObject({ matrix: '[{"model":"churn","stage":"staging"}]' });
    expect(comments.join('\n')).not.toContain('fraud');
  });

  test('where none is touched, no job fails', async () => {
    const { result, comments } = await change({ 'README.md': 'Words\n' });
    expect(result).toMatchObject({ code: 0, outputs: { concerned: { matrix: '[]' } } });
    expect(comments).toEqual([]);
  });

  test('a change of the policy concerns all models', async () => {
    const { result } = await change({ '.github/model-promotion.yml': 'version: 1\n' });
    expect(result.log).toContain('The policy itself changes in pull request');
    expect(result.outputs['concerned']?.['matrix']).toContain('fraud');
  });
});
