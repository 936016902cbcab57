import { expect, test } from '@jest/globals';
import { CredentialNames } from '../../../src/domain/credential-names.js';
import { descriptorOf, type RegistrySettings } from '../../../src/domain/registry-descriptor.js';
import { childEnvironment, withoutRegistry } from '../../../src/evidence/exec/environment.js';
import type { RegistryAdapter, RegistryMaterials } from '../../../src/registry/adapter.js';
import { runSecrets } from '../../../src/run/secrets.js';
import { tables } from '../../../src/run/tables.js';
import { FakeRegistry } from '../../support/fake-registry.js';
import { loadPolicy, sourceOf } from '../../support/policy.js';
import { runPromote } from '../../support/run-promotion.js';

interface MemorySettings extends RegistrySettings {
  readonly shelf: string;
}

/** A registry in one file, as `src/registry/NAME/descriptor.ts` would be. */
const memory: RegistryAdapter<MemorySettings> = {
  type: 'memory',
  keys: { shelf: { description: 'memory: which shelf.', type: 'string' } },
  paths: ['shelf'],
  // Under a glob of the allow-list for commands, and a word that marks no credential.
  credentials: { secrets: ['UV_BADGE'], companions: [], handedOn: ['UV_BADGE'], addresses: [], basic: [] },
  words: { when: 'for tests', insteadOfExpression: { shelf: 'Name the shelf itself.' } },
  isInCheckout: false,
  versionsAreCommits: false,
  metricSources: ['run'],
  settings: (raw) => ({ type: 'memory', shelf: String(raw['shelf']) }),
  oneStageAtATime: () => undefined,
  refusesStage: (stage, { shelf }) => (stage === shelf ? `The stage '${stage}' is the shelf.` : undefined),
  refusesModel: () => undefined,
  collisions: () => [],
  open: ({ settings }) => Promise.resolve(new FakeRegistry(settings.shelf).add('1', { auc: 0.9 })),
};

/** The one line. */
const withMemory = { ...tables, registries: [...tables.registries, memory] };

const policy = (registry: string, stage = 'production'): string => `version: 1
registry: { type: memory, ${registry} }
model: churn
metrics: { auc: { goal: maximize } }
stages: { ${stage}: { checks: [{ require: auc >= 0.8 }] } }
`;
const load = (text: string): ReturnType<typeof loadPolicy> =>
  loadPolicy(sourceOf('p.yml', text, 'workspace'), withMemory);

test('a registry that the table has is named by a policy, which promotes with it', async () => {
  const { registry: settings } = load(policy("shelf: '{model}'"));
  expect(settings).toEqual({ type: 'memory', shelf: 'churn' });
  const adapter = descriptorOf(withMemory.registries, settings.type);
  const opened = await adapter.open({ settings } as RegistryMaterials);
  if (!(opened instanceof FakeRegistry)) throw new TypeError('The table opened another one.');
  const { report } = await runPromote(policy("shelf: '{model}'"), opened, { tables: withMemory });
  expect(report.decision).toBe('promote');
  expect(opened.transitions).toMatchObject([{ stage: 'production', version: { version: '1' } }]);
});

test.each([
  ['shelf: 7', /'registry.shelf' is 7; expected text/],
  ["shelf: 'production'", /The stage 'production' is the shelf/],
  ["shelf: '${{ vars.SHELF }}'", /Name the shelf itself\./],
  ["shelf: '../{model}'", /is not inside the workspace/],
  ['shelf: a, uri: http://h', /'uri' means nothing to a registry of type 'memory'/],
])('its own mistakes are told: %s', (registry, message) => {
  expect(() => load(policy(registry))).toThrow(message);
});

test('it is among the cures of a policy without a registry, and unknown without its line', () => {
  expect(() => load('version: 1\nmodel: churn\nstages: {}\n')).toThrow(
    "or 'registry: { type: git }' where there is no server, or 'registry: { type: memory }' for tests.",
  );
  expect(() => loadPolicy(sourceOf('p.yml', policy('shelf: a'), 'workspace'))).toThrow(
    /'registry.type' is 'memory'; allowed: 'mlflow', 'git'/,
  );
});

test('its credentials are shown nowhere and handed to no command', () => {
  const environment = { UV_BADGE: 'badge-1234', UV_CACHE_DIR: '/c' };
  const credentials = new CredentialNames(withMemory.registries);
  expect(runSecrets(environment, withMemory)).toContain('badge-1234');
  expect(credentials.without(environment)).toEqual({ UV_CACHE_DIR: '/c' });
  expect(childEnvironment(environment, [], withoutRegistry(credentials), {})).toEqual({ UV_CACHE_DIR: '/c' });
  const before = withoutRegistry(new CredentialNames(tables.registries));
  expect(childEnvironment(environment, [], before, {})).toEqual(environment);
});
