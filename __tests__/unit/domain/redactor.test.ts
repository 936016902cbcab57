import { describe, expect, test } from '@jest/globals';
import { runSecrets } from '../../../src/run/secrets.js';
import { Redactor } from '../../../src/domain/redactor.js';

describe('what hangs over everything that is told', () => {
  test.each([
    ['as it is', 'the key is p"ss/w+rd.', 'the key is ***.'],
    ['in an address', 'https://host/?key=p%22ss%2Fw%2Brd', 'https://host/?key=***'],
    ['in JSON', '{"key":"p\\"ss/w+rd"}', '{"key":"***"}'],
    ['more than once', 'p"ss/w+rd p"ss/w+rd', '*** ***'],
    ['within another secret', 'longer-p"ss/w+rd', '***'],
    ['not at all', 'pass/word', 'pass/word'],
  ])('hides a secret %s', (_, text, expected) => {
    expect(new Redactor(['p"ss/w+rd', 'longer-p"ss/w+rd']).redact(text)).toBe(expected);
  });

  test('hides every line of a key, and no word of three letters', () => {
    const redactor = new Redactor(['-----BEGIN KEY-----\nabcdefgh\n-----END KEY-----', 'the', '  ']);
    expect(redactor.redact('got abcdefgh from the   BEGIN KEY')).toBe('got *** from the   BEGIN KEY');
  });

  test.each([
    ['s3://reader:secret@bucket/model', 's3://***@bucket/model'],
    ['https://token@host/x', 'https://***@host/x'],
    ['postgresql+psycopg2://a:b@c:5432/d', 'postgresql+psycopg2://***@c:5432/d'],
    ['see https://a:b@c and http://d:e@f', 'see https://***@c and http://***@f'],
    ['https://u:p@ss@host/x', 'https://***@host/x'],
    ['https://u:pa/ss@host', 'https://***@host'],
    ['https://host:8080/a@b', 'https://host:8080/a@b'],
    ['https://a:b@c/,https://d:e@f', 'https://***@c/,https://***@f'],
    ['ssh://git@github.com/acme/churn', 'ssh://git@github.com/acme/churn'],
    ['https://host/a@b:c', 'https://host/a@b:c'],
    ['{"a":"https://host","b":"x:y@z"}', '{"a":"https://host","b":"x:y@z"}'],
    ['mail ada:x@example.com', 'mail ada:x@example.com'],
  ])('user and password of %s', (text, expected) => {
    expect(new Redactor().redact(text)).toBe(expected);
  });

  test('is quick over whatever looks like an address for long', () => {
    const times = (size: number): number => {
      const begun = process.cpuUsage();
      for (const text of ['a.'.repeat(size), 'a://'.repeat(size / 2), `a://${'b'.repeat(size * 2)}`])
        expect(new Redactor(['secret']).redact(`${text} @`)).toBe(`${text} @`);
      expect(new Redactor().redact('a://b:c@d/'.repeat(size / 4))).toBe('a://***@d/'.repeat(size / 4));
      return process.cpuUsage(begun).user;
    };
    times(20_000);
    // Ten times the text takes ten times as long on any machine; a hundred times, where it is read again and again.
    expect(times(200_000)).toBeLessThan(40 * Math.max(times(20_000), 10_000));
  });

  test('covers data, and leaves keys, numbers and what is no plain data as they are', () => {
    const when = new Date(0);
    const data = {
      secret1: ['x secret1', 1, null],
      tags: new Map([['secret1', 'secret1']]),
      when,
      deep: { of: 'secret1' },
    };
    expect(new Redactor(['secret1']).redactDeep(data)).toEqual({
      secret1: ['x ***', 1, null],
      tags: new Map([['secret1', '***']]),
      when,
      deep: { of: '***' },
    });
  });
});

test('what the process was given to work with is secret', () => {
  const secrets = runSecrets({
    'INPUT_GITHUB-TOKEN': ' ghs_1 ',
    MLFLOW_TRACKING_USERNAME: 'ada',
    MLFLOW_TRACKING_PASSWORD: 'pass',
    HTTPS_PROXY: 'http://me:pr%20oxy@proxy:3128',
    MLFLOW_REGISTRY_URI: 'https://lone-token@host/simple',
    DATABASE_URL: 'postgres://u:production@host/db',
    HOME: '/home/ada',
    BROKEN: 'http://x:y@[',
  });
  expect(secrets).toEqual(
    expect.arrayContaining([
      'ghs_1',
      'pass',
      'pr%20oxy',
      'pr oxy',
      'lone-token',
      Buffer.from('ada:pass').toString('base64'),
      Buffer.from('x-access-token:ghs_1').toString('base64'),
    ]),
  );
  expect(secrets).not.toContain('ada');
  // Not sent anywhere by us, and a word that reports and records are full of.
  expect(secrets).not.toContain('production');
  expect(secrets).not.toContain('');
});
