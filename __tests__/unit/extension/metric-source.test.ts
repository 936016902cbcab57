import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import type { SourceDescriptor, SourceTraits } from '../../../src/domain/metric-source.js';
import { policySchema } from '../../../src/policy/schema.js';
import { tables } from '../../../src/run/tables.js';
import { FakeRegistry } from '../../support/fake-registry.js';
import { loadPolicy, sourceOf } from '../../support/policy.js';
import { outcomes, runPromote } from '../../support/run-promotion.js';

const traits: SourceTraits = {
  from: 'board',
  phase: 'commands',
  isAskedAtOnce: false,
  canReplay: false,
  provenance: 'job',
};
const onBoard: Readonly<Record<string, number>> = { 'candidate 2': 0.9, 'champion 1': 0.7 };

/** A source in one file, as `src/evidence/metrics/NAME.ts` would be. */
const board: SourceDescriptor = {
  ...traits,
  plural: 'boards',
  keys: {
    column: { description: 'from board.', type: 'integer' },
    wall: { description: 'from board.', type: 'string' },
  },
  paths: ['wall'],
  hasCount: false,
  compile: ({ wall }, { id, add }) => {
    if (wall === undefined) add(`'${id}' is on no wall.`);
    return {
      ...traits,
      lookup: ({ role, version }) => {
        const value = onBoard[`${role} ${version.version}`];
        return value === undefined
          ? { absent: 'nobody wrote it' }
          : { reading: { value, origin: `board ${String(wall)}` } };
      },
    };
  },
};
const { column: _, ...keys } = board.keys;

/** The one line. */
const withBoard = { ...tables, sources: [...tables.sources, { ...board, keys }] };

const policy = (metric: string): string => `version: 1
registry: { type: git }
model: churn
metrics: { auc: { goal: maximize, ${metric} } }
stages: { production: { checks: [{ run: 'true' }, { require: auc >= champion + 0.1 }] } }
`;

test.each([
  ['2', 'promote', 'passed'],
  ['3', 'error', 'error'],
])('a source that the table has judges version %s: %s', async (version, decision, outcome) => {
  const registry = new FakeRegistry().add('1').add(version).hold('production', '1');
  const { report } = await runPromote(policy("from: board, wall: 'a/{model}'"), registry, {
    version,
    tables: withBoard,
  });
  expect([report.decision, outcomes(report).at(-1)]).toEqual([decision, `auc >= champion + 0.1: ${outcome}`]);
  const [, found] = report.checks.filter(({ kind }) => kind !== 'precondition');
  if (outcome === 'passed') expect(found).toMatchObject({ candidate: { origin: 'board a/churn' } });
});

test.each([
  ['from: board', /'auc' is on no wall/],
  ['from: board, wall: 7', /'metrics.auc.wall' is 7; expected text/],
  ["from: board, wall: '../{model}'", /is not inside the workspace/],
  ['from: board, wall: a, path: b', /'path' is for metrics with 'from: file'; 'auc' has 'from: board'/],
  ['from: run, wall: a', /'wall' is for metrics with 'from: board'; 'auc' has 'from: run'/],
  ["from: board, wall: a, key: 'auc/{country}'", /Slices are read from what is logged with the version/],
])('its own mistakes are told: %s', (metric, message) => {
  expect(() => loadPolicy(sourceOf('p.yml', policy(metric), 'workspace'), withBoard)).toThrow(message);
});

test('a key that another source has with another schema is refused', () => {
  expect(() => policySchema({ ...tables, sources: [...tables.sources, board] })).toThrow(/'column' has two schemas/);
});

test('the schema in the repository is what the tables say', () => {
  const written: unknown = JSON.parse(
    readFileSync(new URL('../../../schema/policy.schema.json', import.meta.url), 'utf8'),
  );
  expect(JSON.parse(JSON.stringify(policySchema(tables)))).toEqual(written);
});
