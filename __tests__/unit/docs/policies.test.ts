import { describe, expect, test } from '@jest/globals';
import { commandNames } from '../../../src/domain/command-name.js';
import { lintRemarks } from '../../../src/policy/lint.js';
import { loadPolicy, sourceOf } from '../../support/policy.js';
import { parseRequest } from '../../../src/policy/request-file.js';
import { blocksOf, commands, pages } from '../../support/pages.js';
import { readYamlBlock } from './yaml-block.js';

const blocks = pages
  .flatMap(blocksOf)
  .filter(({ language }) => language === 'yaml')
  .map((block) => ({ ...readYamlBlock(block), place: block.place }));
type Found = (typeof blocks)[number];
const kinds = (kind: Found['kind']): readonly Found[] => blocks.filter((block) => block.kind === kind);

describe('every policy on a page', () => {
  const policies = kinds('policy');
  test('is found', () => expect(policies.length).toBeGreaterThan(20));

  test.each(policies.map((each) => [each.place, each] as const))('%s is valid', (place, { text }) => {
    expect(() => loadPolicy(sourceOf(place, text, 'workspace'))).not.toThrow();
  });

  const whole = policies.filter((each) => 'isWhole' in each && each.isWhole);
  test.each(whole.map((each) => [each.place, each] as const))(
    '%s has nothing that lint remarks on',
    (place, { text }) => {
      expect(lintRemarks(loadPolicy(sourceOf(place, text, 'workspace')))).toEqual([]);
    },
  );
});

describe('every promotion request on a page', () => {
  const requests = kinds('promotion request');
  test('is found', () => expect(requests.length).toBeGreaterThan(0));
  test.each(requests.map((each) => [each.place, each] as const))('%s can be read', (place, { text }) => {
    expect(() => parseRequest(place, text, 'main')).not.toThrow();
  });
});

test("action.yml's description of 'command' has every command", () => expect(commands).toEqual(commandNames));
