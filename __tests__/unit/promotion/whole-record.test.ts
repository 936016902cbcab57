import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archive } from '../../../src/promotion/archive.js';
import { promote } from '../../../src/promotion/promote.js';
import { rollback } from '../../../src/promotion/rollback.js';
import type { StageAs } from '../../../src/registry/mlflow/settings.js';
import type { Report } from '../../../src/domain/report.js';
import { newWorld, removeWorlds, run, type World } from '../../support/mlflow-world.js';
import type { Setting } from '../../support/run-promotion.js';

const count = 60;
const ids = Array.from({ length: count }, (_, index) => `m${index}`);
const countries = Array.from({ length: 40 }, (_, index) => `C${index}`);

/** Sixty metrics that only the job can measure, forty slices, and a plain metric. */
const policy = `version: 1
registry: { type: mlflow }
model: churn
first_promotion: allow
metrics:
  auc: { goal: maximize }
  "auc/{country}": { goal: maximize }
${ids.map((id) => `  ${id}: { goal: maximize, from: command }`).join('\n')}
stages:
  production:
    approval: { environment: production }
    checks:
      - { name: measure, run: cp measured.json "$METRICS_FILE" }
      - { require: auc >= 0.1 }
      - { require: auc >= champion - 0.01 }
      - { require: "auc/{country} >= champion - 0.01" }
${ids.map((id) => `      - { require: ${id} >= champion - 0.01 }`).join('\n')}
`;
const reason = `because ${'of what the review board said, '.repeat(100)}at last`;
const approvers = Array.from({ length: 30 }, (_, index) => `approver-${index}`);
const approved: Setting = {
  reason,
  approval: () => Promise.resolve({ approved: true, approvers, how: `Approved by ${approvers.length}` }),
};

let world: World;
beforeEach(() => {
  world = newWorld('alias', 0);
});
afterEach(removeWorlds);

function add(auc: number): void {
  world.mlflow.add('churn', { auc, ...Object.fromEntries(countries.map((country) => [`auc/${country}`, auc])) });
}

function to(version: string, measured: number, setting: Setting = approved): Promise<Report> {
  const values = Object.fromEntries(ids.map((id) => [id, measured]));
  writeFileSync(join(world.workspace, 'measured.json'), JSON.stringify(values));
  return run(world, policy, (work) => promote(work, version), undefined, setting);
}

const tag = (version: number): string =>
  world.mlflow.models.get('churn')?.versions[version - 1]?.tags.get('promotion_production') ?? '';

describe('what a promotion records', () => {
  test('the log has it whole; the tag is shortened to what the store takes, and the report says so', async () => {
    add(0.9);
    const report = await to('1', 0.7);
    expect(report).toMatchObject({ decision: 'promote', promoted: true });
    const event = world.log.events.findLast(({ type }) => type === 'deployed');
    expect(event).toMatchObject({ reason, approvers });
    expect(Object.keys(event?.metrics ?? {})).toHaveLength(count + countries.length + 1);
    expect(event?.metrics).toMatchObject({ auc: '0.9', 'auc/C39': '0.9', m59: '0.7' });
    expect(tag(1).length).toBeLessThanOrEqual(1_000);
    expect(JSON.parse(tag(1))).toMatchObject({ state: 'production_deployed', shortened: true });
    expect(report.notes.join('\n')).toMatch(
      /The tag 'promotion_production' of version 1 holds at most 1,?000 characters, .* leaves out .*the end of the reason, \d+ of 101 metrics; only the promotion log has records whole\./,
    );
  });

  test('is what the next candidate is compared with: every one of many metrics from a command', async () => {
    add(0.9);
    add(0.9);
    await to('1', 0.7);
    expect(await to('2', 0.6)).toMatchObject({ decision: 'reject', promoted: false });
    expect(await to('2', 0.7)).toMatchObject({ decision: 'promote', promoted: true });
  });

  test('stays after a rollback, which measures nothing', async () => {
    for (const auc of [0.9, 0.9, 0.9]) add(auc);
    await to('1', 0.7);
    await to('2', 0.7);
    await run(world, policy, (work) => rollback(work, undefined), undefined, { reason: 'too slow' });
    expect(world.mlflow.alias('churn', 'production')).toBe('1');
    expect(await to('3', 0.69)).toMatchObject({ decision: 'promote', promoted: true });
  });

  test('a reason of any length is kept for an archival too', async () => {
    add(0.9);
    await to('1', 0.7);
    await run(world, policy, (work) => archive(work, '1'), undefined, { reason });
    expect(world.log.events.at(-1)).toMatchObject({ type: 'archived', reason });
    expect(tag(1).length).toBeLessThanOrEqual(1_000);
  });
});

describe.each<StageAs>(['alias', 'stage'])(
  'the slices of the champion, logged again since its promotion (%s)',
  (as) => {
    beforeEach(() => {
      world = newWorld(as, 0);
      add(0.9);
      add(0.5);
    });

    const log = (version: number, metrics: Readonly<Record<string, number>>): void => {
      const known = world.mlflow.runs.get(`run${version}`) ?? {};
      world.mlflow.runs.set(`run${version}`, { ...known, ...metrics });
    };
    const sliced = policy.replace(/.*\b(?:auc >= champion|m\d+ >= champion|measured\.json).*\n/g, '');
    const judge = async (version: string): Promise<Report> =>
      run(world, sliced, (work) => promote(work, version), undefined, approved);

    test('lower values do not lower the bar', async () => {
      expect(await judge('1')).toMatchObject({ promoted: true });
      log(1, Object.fromEntries(countries.map((country) => [`auc/${country}`, 0.2])));
      const report = await judge('2');
      expect(report).toMatchObject({ decision: 'hold', promoted: false });
      expect(report.reason).toContain("The champion's auc/{country} is 0.2 now");
      expect(report.reason).toContain(
        'and was 0.9 (recorded when 1 was promoted to production): another value was logged since',
      );
    });

    test('nor does one slice among many, also of one beyond any display', async () => {
      await judge('1');
      log(1, { 'auc/C37': 0.2 });
      log(2, Object.fromEntries(countries.map((country) => [`auc/${country}`, country === 'C37' ? 0.3 : 0.95])));
      expect(await judge('2')).toMatchObject({ decision: 'hold', promoted: false });
    });

    test('nor does a slice that it did not have then', async () => {
      await judge('1');
      log(1, { 'auc/NEW': 0.1 });
      log(2, Object.fromEntries([...countries, 'NEW'].map((country) => [`auc/${country}`, 0.95])));
      const report = await judge('2');
      expect(report).toMatchObject({ decision: 'hold', promoted: false });
      expect(report.reason).toContain('country=NEW: version 1 had no such slice when it was promoted');
    });

    test('nor does one that it has no more', async () => {
      await judge('1');
      world.mlflow.runs.set('run1', Object.fromEntries(countries.slice(1).map((country) => [`auc/${country}`, 0.9])));
      log(2, Object.fromEntries(countries.map((country) => [`auc/${country}`, 0.95])));
      const report = await judge('2');
      expect(report).toMatchObject({ decision: 'error', promoted: false });
      expect(report.reason).toContain("The champion 1 has no auc/{country}: version 1 has no metric 'auc/C0'");
    });

    test('nor after it was replaced and rolled back to', async () => {
      log(2, Object.fromEntries(countries.map((country) => [`auc/${country}`, 0.91])));
      add(0.5);
      await judge('1');
      await judge('2');
      await run(world, sliced, (work) => rollback(work, undefined), undefined, { reason: 'too slow' });
      log(1, Object.fromEntries(countries.map((country) => [`auc/${country}`, 0.2])));
      expect(await judge('3')).toMatchObject({ decision: 'hold', promoted: false });
    });
  },
);
