import { describe, expect, test } from '@jest/globals';
import { registries } from '../../src/registry/registries.js';
import { runAction } from '../support/action.js';
import { checkout } from '../support/checkout.js';

const sample = (name: string): string => `value-of-${name.toLowerCase()}`;
const all = registries.map(({ credentials }) => credentials);
const secrets = all.flatMap((own) => own.secrets);

describe('a run', () => {
  const names = all.flatMap((own) => [...own.secrets, ...own.addresses]);
  const policy = `version: 1
registry: { type: git }
model: churn
pass_env: [registry, ${names.join(', ')}]
stages:
  live:
    checks:
      - name: shows what it has
        run: |
          for name in ${names.join(' ')}; do echo "$name=\${!name-none}"; done
`;
  const environment = Object.fromEntries(names.map((name) => [name, sample(name)]));

  test.each([
    ['workspace', 'none'],
    ['', 'hidden'],
  ])("with policy-ref '%s' shows each credential as %s", async (ref, shown) => {
    const repository = checkout({ '.github/model-promotion.yml': policy, 'metrics.json': '{}' });
    repository.git('tag', '-a', 'churn@v1.0.0', '-m', 'Register');
    const inputs = { 'dry-run': 'true', 'policy-ref': ref };
    const { log, outputs } = await runAction({ workspace: repository.folder, inputs, environment });
    expect(outputs['decision']).toBe('promote');
    for (const name of secrets) expect(log).toContain(`${name}=${shown === 'none' ? 'none' : '***'}`);
    for (const name of names) expect(log).not.toContain(sample(name));
  });
});
