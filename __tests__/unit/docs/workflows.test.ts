import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { action, blocksOf, commands, pages } from '../../support/pages.js';
import { readYamlBlock } from './yaml-block.js';

interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
}
interface Workflow {
  readonly permissions?: unknown;
  readonly jobs: Readonly<Record<string, { readonly steps?: readonly Step[]; readonly permissions?: unknown }>>;
}

const workflows = pages
  .flatMap(blocksOf)
  .filter(({ language }) => language === 'yaml')
  .map((block) => ({ ...readYamlBlock(block), place: block.place, whole: block.text }))
  .filter(({ kind }) => kind === 'workflow');

/** What actionlint does not know: the inputs and outputs of an action that is not published. */
describe.each(workflows.map((each) => [each.place, each] as const))('the workflow %s', (_, { text, whole }) => {
  const { jobs, permissions } = parse(text) as Workflow;
  const ours = Object.values(jobs)
    .flatMap(({ steps = [] }) => steps)
    .filter(({ uses }) => uses?.startsWith('your-org/') === true);

  test('gives this action only inputs and commands that it has', () => {
    if (whole.includes('jobs:')) expect(ours.length).toBeGreaterThan(0);
    for (const { with: given = {} } of ours) {
      expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(given)));
      expect(commands).toContain(given['command'] ?? 'promote');
    }
  });

  test('reads only outputs that this action has', () => {
    const ids = ours.flatMap(({ id }) => id ?? []);
    const read = [...text.matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)].filter(([, id = '']) => ids.includes(id));
    expect(Object.keys(action.outputs)).toEqual(expect.arrayContaining(read.map(([, , output]) => output)));
  });

  test('says what its jobs may do', () => {
    if (!whole.includes('jobs:')) return; // A part of a workflow is about something else.
    for (const own of Object.values(jobs)) expect(own.permissions ?? permissions).toBeDefined();
  });
});
