import { describe, expect, test } from '@jest/globals';
import { PromotionError } from '../../../src/domain/errors.js';
import { loadPolicy, sourceOf } from '../../support/policy.js';
import { parseRequest, type PromotionRequest } from '../../../src/policy/request-file.js';

const identity = `sha256:${'a'.repeat(64)}`;
const file = 'promotions/churn-production.yml';
const parse = (text: string): PromotionRequest => parseRequest(file, text, 'main (1a2b3c4d)');

/** Each mistake with its place, as an editor would show it. */
function problems(text: string): readonly string[] {
  try {
    parse(text);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof PromotionError) || thrown.code !== 'REQUEST_INVALID') throw thrown;
    expect(thrown.message).toMatch(new RegExp(`^${file}:\\d+:\\d+: `));
    return thrown.problems.map(
      ({ at, message }) => `${at?.file === file ? `${at.line}:${at.column}` : '?'} ${message}`,
    );
  }
}

describe('a version is the text as it is written', () => {
  test.each([
    ['12', '12'],
    ['1.10', '1.10'],
    ['007', '007'],
    ['0x1F', '0x1F'],
    ['1_000', '1_000'],
    ['1e3', '1e3'],
    ["'12'", '12'],
    ['"v1.2.0"', 'v1.2.0'],
    ['v1.2.0-rc.1+build.5', 'v1.2.0-rc.1+build.5'],
    ['12 # of Monday', '12'],
    ['null', 'null'],
    ['true', 'true'],
  ])('%s', (written, text) => {
    expect(parse(`version: ${written}\nidentity: ${identity}\n`)).toMatchObject({
      version: { text, at: { file, line: 1, column: 10 } },
      identity: { text: identity, at: { line: 2, column: 11 } },
    });
  });

  test('in any order, with comments, without an identity, with a mark at its beginning', () => {
    expect(parse(`# who asks\nidentity: ${identity}\n\nversion: 12\n`).version.text).toBe('12');
    expect(parse('version: 12').identity).toBeUndefined();
    expect(parse('\ufeffversion: 12\n').version.text).toBe('12');
    expect(parse('{ "version": 12 }').version.text).toBe('12');
  });
});

describe('mistakes, each with its line', () => {
  const shape = "Its two lines are 'version:' and 'identity:', as 'command: gate' prints them.";
  const noVersion =
    "'version' does not name one version: a promotion request names it as 'command: gate' prints it, such as 12 or v1.2.0, and nothing that may be another version later.";
  const noIdentity =
    "'identity' is not an identity: it is 'sha256:' and 64 hexadecimal digits. 'command: gate' prints it.";
  test.each<[string, readonly (string | RegExp)[]]>([
    ['', [`1:1 The file is empty. ${shape}`]],
    ['# nothing\n', [/^1:1 /]],
    ['- version: 12', [`1:1 A promotion request is a mapping. ${shape}`]],
    ['12', [`1:1 A promotion request is a mapping. ${shape}`]],
    ['\u0000\u0001binary', [/^1:1 /]],
    ['version: [', [/^1:\d+ Not YAML: /]],
    ['version: 12\n  identity: x: y', [/^1:10 Not YAML: /]],
    ['../production.yml', [/^1:1 A promotion request is a mapping/]],
    ['version: 12\n---\nversion: 13\n', [/^[23]:1 The file holds several YAML documents/]],
    [`identity: ${identity}`, [`1:1 A promotion request needs 'version'. ${shape}`]],
    ['version:\n', ["1:9 'version' is empty."]],
    ['version: 12\nversion: 13\n', ["2:1 'version' stands twice: which one counts is not known."]],
    [
      'version: 12\nstage: production\n',
      [/^2:1 Unknown key 'stage' in a promotion request\. Existing keys: 'version', 'identity'\./],
    ],
    ['verison: 12\n', [/^1:1 Unknown key 'verison' .* Did you mean 'version'\?$/]],
    ['<<: { version: 12 }\n', [/^1:1 Unknown key '<<'/]],
    ['? [a]\n: b\nversion: 12\n', [/^1:\d A key of a promotion request is no text/]],
    ['version: [12]\n', ["1:10 'version' is no plain text."]],
    ['version: { n: 12 }\n', ["1:10 'version' is no plain text."]],
    ['version: &v 12\n', [/^1:\d+ 'version' is no plain text\.$/]],
    ['version: !!int 12\n', [/^1:\d+ 'version' is no plain text\.$/]],
    [`version: &v 12\nidentity: *v\n`, [/'version' is no plain text/, /^2:\d+ 'identity' is no plain text/]],
    ['version: latest\n', [`1:10 ${noVersion}`]],
    ['version: BEST\n', [`1:10 ${noVersion}`]],
    ['version: "@champion"\n', [`1:10 ${noVersion}`]],
    ['version: stage:staging\n', [`1:10 ${noVersion}`]],
    ['version: "12 13"\n', [`1:10 ${noVersion}`]],
    ['version: "12\\n13"\n', [`1:10 ${noVersion}`]],
    ['version: 12\nidentity: 12\n', [`2:11 ${noIdentity}`]],
    [`version: 12\nidentity: SHA256:${'A'.repeat(64)}\n`, [`2:11 ${noIdentity}`]],
    [`version: 12\nidentity: ${identity}a\n`, [`2:11 ${noIdentity}`]],
    [`version: 12\n${'#'.repeat(70_000)}`, ['1:1 A promotion request is larger than 64 KiB.']],
  ])('%j', (text, expected) => {
    const found = problems(text);
    expect(found).toHaveLength(expected.length);
    expected.forEach((each, index) => {
      if (typeof each === 'string') expect(found[index]).toBe(each);
      else expect(found[index]).toMatch(each);
    });
  });
});

describe('the file belongs to one model and one stage', () => {
  const policy = (models: string, path: string): string => `version: 1
registry: { type: git }
${models}
metrics: { auc: { goal: maximize } }
stages:
  staging:
    checks: [{ require: auc >= 0.8 }]
    approval: { reviews: { request: '${path}' } }
  production:
    checks: [{ require: auc >= 0.8 }]
    approval: { reviews: { request: '${path}' } }
`;
  const mistakes = (text: string): readonly string[] => {
    try {
      loadPolicy(sourceOf('p.yml', text, 'workspace'));
      return [];
    } catch (thrown) {
      return (thrown as PromotionError).problems.map(({ at, message }) => `${at?.line ?? 0} ${message}`);
    }
  };
  const models = 'models: { churn: {}, fraud: {} }';

  test.each([
    ['model: churn', 'ask-{stage}.yml', []],
    ['model: churn', 'ask.yml', [/^11 'ask\.yml' is the promotion request of churn and staging already/]],
    ['model: churn', './ask.yml', [/^11 'ask\.yml' is the promotion request of churn and staging already/]],
    [models, '{model}-{stage}.yml', []],
    [models, '{model}.yml', [/^11 'churn\.yml' is the promotion request of churn and staging already/]],
    [
      models,
      '{stage}.yml',
      [/^8 'staging\.yml' is .* of churn and staging/, /^11 'production\.yml' is .* of churn and production/],
    ],
  ])('%s %s', (names, path, expected) => {
    const found = mistakes(policy(names, path));
    expect(found).toHaveLength(expected.length);
    expected.forEach((each, index) => expect(found[index]).toMatch(each));
  });

  test('with git, reviews need no request: the version is a commit', () => {
    expect(mistakes(policy('model: churn', 'x').replaceAll(/\{ request: 'x' \}/g, '{ min: 2 }'))).toEqual([]);
  });
});
