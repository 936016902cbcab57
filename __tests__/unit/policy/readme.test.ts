import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lintRemarks } from '../../../src/policy/lint.js';
import { loadPolicy, sourceOf } from '../../support/policy.js';
import { root } from '../../support/tools.js';
import { FakeRegistry } from '../../support/fake-registry.js';
import { runPromote } from '../../support/run-promotion.js';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const [, policy = ''] = /```yaml\n(# yaml-language-server[^]*?)```/.exec(readme) ?? [];

test("the README's policy is one, and there is nothing to think about", () => {
  expect(policy).toContain('stages:');
  expect(lintRemarks(loadPolicy(sourceOf('p.yml', policy, 'workspace')))).toEqual([]);
});

test("a first version comes to staging and on to production by the README's policy as it is", async () => {
  const registry = new FakeRegistry().add('1', { auc: 0.9 });
  // Its tests are the reader's own.
  const text = policy.replace('pytest -q tests/model', "'true'");
  for (const stageName of ['staging', 'production']) {
    const { report } = await runPromote(text, registry, { stageName, version: '1' });
    expect([report.decision, report.promoted, report.reason]).toEqual(['promote', true, expect.any(String)]);
  }
});
