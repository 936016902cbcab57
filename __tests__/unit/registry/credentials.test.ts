import { describe, expect, test } from '@jest/globals';
import { childEnvironment, secretsIn } from '../../../src/evidence/exec/environment.js';
import { createMlflowRegistry } from '../../../src/registry/mlflow/mlflow.js';
import { mlflow } from '../../../src/registry/mlflow/descriptor.js';
import { registries } from '../../../src/registry/registries.js';
import { runSecrets } from '../../../src/run/secrets.js';
import { Redactor } from '../../../src/domain/redactor.js';
import { credentials, noCredentials } from '../../support/credentials.js';

const { credentials: _, ...withoutAny } = mlflow;
// @ts-expect-error -- a registry without credentials does not compile: `npm run check` fails where this is no error
const incomplete: typeof mlflow = withoutAny;

const each = registries.map(({ type, credentials: own }) => ({ type, own }));
const secrets = each.flatMap(({ own }) => own.secrets);
const sample = (name: string): string => `value-of-${name.toLowerCase()}`;

test('the table has every registry', () => {
  expect(registries.map(({ type }) => type)).toEqual([incomplete.type, 'git']);
  expect(secrets.length).toBeGreaterThan(0);
});

describe.each(secrets)('%s', (name) => {
  test('is shown nowhere', () => {
    const redactor = new Redactor(runSecrets({ [name]: ` ${sample(name)}\n` }));
    expect(redactor.redact(`the server said ${sample(name)}!`)).toBe('the server said ***!');
  });

  test('is handed to no command that does not ask for it, and hidden from the output of one that does', () => {
    const parent = { [name]: sample(name) };
    expect(childEnvironment(parent, [], noCredentials, {})).toEqual({});
    expect(secretsIn(parent, [name], noCredentials)).toEqual([sample(name)]);
  });

  test('is denied to an untrusted policy', () => {
    expect(credentials.without({ [name]: sample(name), PATH: '/bin' })).toEqual({ PATH: '/bin' });
  });
});

describe.each(each)('$type', ({ own }) => {
  test('hands on nothing but its credentials', () => {
    expect(own.handedOn.filter((name) => !credentials.isCredential(name))).toEqual([]);
  });

  test('has no password in an address, nor as HTTP encodes it, shown', () => {
    for (const name of own.addresses) {
      const redactor = new Redactor(runSecrets({ [name]: 'https://ada:hidden-1234@host' }));
      expect(redactor.redact('hidden-1234')).toBe('***');
    }
    for (const { user, password } of own.basic) {
      const redactor = new Redactor(runSecrets({ [user]: 'ada', [password]: 'hidden' }));
      expect(redactor.redact(Buffer.from('ada:hidden').toString('base64'))).toBe('***');
    }
  });
});

test('the adapter says the same as the table', () => {
  const settings = { type: 'mlflow', stageAs: 'alias', uri: 'http://127.0.0.1:9' } as const;
  expect(createMlflowRegistry({ settings, environment: {} }).credentialNames).toEqual(mlflow.credentials.handedOn);
});
