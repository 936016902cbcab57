import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleRepository, runWorkflow, type WorkflowResult } from '../support/act.js';
import type { Checkout } from '../support/checkout.js';
import { gto } from '../support/tools.js';

/** Trains, so to speak: commits a model with its metrics, and registers it as GTO does. */
function register(repository: Checkout, version: string, auc: number): void {
  repository.commit(
    { 'model.json': `{"weights": [${auc}]}\n`, 'metrics.json': `{"auc": ${auc}}\n` },
    `Train churn ${version}`,
  );
  repository.git('tag', '-a', `churn@${version}`, '-m', `Register churn ${version}`);
  repository.git('push', '-q', 'origin', `churn@${version}`);
}

const dispatch = (repository: Checkout, version: string): Promise<WorkflowResult> =>
  runWorkflow({ repository, event: 'workflow_dispatch', inputs: { version } });

/** Who holds the stages, as GTO reads it from a fresh clone of the remote: only what was pushed counts. */
function holders(repository: Checkout): Record<string, string> {
  const clone = mkdtempSync(join(tmpdir(), 'clone-'));
  execFileSync('git', ['clone', '-q', repository.git('remote', 'get-url', 'origin'), clone]);
  const held = (stage: string): string =>
    execFileSync(gto, ['show', `churn#${stage}`, '--version'], { cwd: clone, encoding: 'utf8' }).trim();
  return { staging: held('staging'), production: held('production') };
}

const refs = (repository: Checkout): string => repository.git('ls-remote', 'origin');

describe('examples/promote-on-dispatch', () => {
  test('promotes a first version, replaces it by a better one, and keeps that when a worse one comes', async () => {
    const repository = exampleRepository('promote-on-dispatch');

    register(repository, 'v1.0.0', 0.9);
    const first = await dispatch(repository, 'v1.0.0');
    expect(first).toMatchObject({
      code: 0,
      outputs: { staging: { promoted: 'true' }, production: { promoted: 'true', version: 'v1.0.0' } },
    });
    expect(holders(repository)).toEqual({ staging: 'v1.0.0', production: 'v1.0.0' });

    register(repository, 'v1.1.0', 0.93);
    const better = await dispatch(repository, 'latest');
    expect(better).toMatchObject({
      code: 0,
      outputs: { production: { promoted: 'true', version: 'v1.1.0', 'previous-version': 'v1.0.0' } },
    });
    expect(holders(repository)).toEqual({ staging: 'v1.1.0', production: 'v1.1.0' });

    register(repository, 'v1.2.0', 0.86);
    const worse = await dispatch(repository, 'v1.2.0');
    expect(worse.code).not.toBe(0);
    expect(worse.outputs).toMatchObject({
      staging: { promoted: 'true' },
      production: { decision: 'reject', promoted: 'false', version: 'v1.2.0' },
    });
    expect(worse.log).toContain('auc is 0.86');
    expect(holders(repository)).toEqual({ staging: 'v1.2.0', production: 'v1.1.0' });
  });

  test('goes nowhere when the version fails staging', async () => {
    const repository = exampleRepository('promote-on-dispatch');
    register(repository, 'v1.0.0', 0.7);
    const before = refs(repository)
      .split('\n')
      .filter((line) => line.includes('#'));

    const result = await dispatch(repository, 'v1.0.0');

    expect(result.code).not.toBe(0);
    expect(result.outputs['staging']).toMatchObject({ decision: 'reject', promoted: 'false' });
    expect(result.outputs).not.toHaveProperty('production');
    expect(
      refs(repository)
        .split('\n')
        .filter((line) => line.includes('#')),
    ).toEqual(before);
  });
});
