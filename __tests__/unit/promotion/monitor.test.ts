import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { monitor, type Alarm } from '../../../src/promotion/monitor.js';
import { rollback } from '../../../src/promotion/rollback.js';
import type { Report } from '../../../src/domain/report.js';
import { FakeRegistry } from '../../support/fake-registry.js';
import { LoggedFake } from '../../support/logged-registry.js';
import { underWay } from '../../support/open-operation.js';
import { outcomes, runPromote, runOperation, type Setting } from '../../support/run-promotion.js';

const policy = (then: string): string => `version: 1
registry: { type: mlflow }
model: churn
metrics:
  auc: { goal: maximize, min: 0, max: 1 }
stages:
  staging:
    checks: [{ require: auc >= 0.5 }]
  production:
    after: staging
    checks: [{ require: auc >= 0.5 }]
    monitor: { checks: [{ name: alive, run: exit "$(cat health)" }], then: ${then} }
`;

let registry: LoggedFake;
let workspace: string;
let told: string[];
beforeEach(async () => {
  workspace = mkdtempSync(join(tmpdir(), 'monitor-'));
  told = [];
  registry = new LoggedFake(new FakeRegistry().add('1', { auc: 0.8 }).add('2', { auc: 0.9 }).add('3', { auc: 0.9 }));
  await promoted('1');
  await promoted('2');
});
afterEach(() => {
  rmSync(workspace, { recursive: true, force: true });
});

const alarm: Alarm = {
  raise: ({ candidate }) => {
    told.push(`raise ${candidate?.version ?? ''}`);
    return Promise.resolve(['An issue was opened.']);
  },
  clear: ({ candidate }) => {
    told.push(`clear ${candidate?.version ?? ''}`);
    return Promise.resolve([]);
  },
};

async function promoted(version: string): Promise<void> {
  for (const stageName of ['staging', 'production']) {
    await runPromote(policy('alert'), registry, { stageName, version, workspace });
  }
}

async function watch(exitCode: number, then = 'rollback', more: Setting = {}, version?: string): Promise<Report> {
  writeFileSync(join(workspace, 'health'), String(exitCode));
  const setting: Setting = { workspace, command: 'monitor', ...more };
  return (await runOperation(policy(then), registry, setting, (work) => monitor(work, version, alarm))).report;
}
const holder = (): readonly string[] => registry.fake.holdersOf('production');

test('well: nothing moves, an open alarm is cleared', async () => {
  const report = await watch(0);
  expect(report).toMatchObject({ decision: 'promote', promoted: false, candidate: { version: '2' } });
  expect([holder(), told]).toEqual([['2'], ['clear 2']]);
});

test('bad: the last good holder is put back, and the step fails', async () => {
  const report = await watch(1);
  expect(report).toMatchObject({ decision: 'reject', promoted: true, candidate: { version: '1' } });
  expect(report.reason).toContain('2 was found bad and rolled back.');
  expect(outcomes(report)).toContain('alive: failed');
  expect(holder()).toEqual(['1']);
  expect(registry.log.lines.slice(-2)).toEqual(['production: deployed 1', 'production: rolled_back 2']);
});

test('bad, and the policy says to alert: an issue, and nothing moves', async () => {
  const report = await watch(1, 'alert');
  expect(report).toMatchObject({ decision: 'reject', promoted: false });
  expect([holder(), told, report.notes]).toEqual([['2'], ['raise 2'], ['An issue was opened.']]);
});

test('what could not be judged never rolls back', async () => {
  expect(await watch(127)).toMatchObject({ decision: 'error', promoted: false });
  expect([holder(), told]).toEqual([['2'], []]);
});

test('never twice in a row down the history', async () => {
  await promoted('3');
  await watch(1);
  expect(holder()).toEqual(['2']);
  const report = await watch(1);
  expect(report).toMatchObject({ decision: 'reject', promoted: false });
  expect(report.notes[0]).toContain('the history is not walked down twice in a row');
  expect([holder(), told]).toEqual([['2'], ['raise 2']]);
});

test('never while a promotion is under way', async () => {
  await registry.appendToLog('churn', () => [underWay('3', new Date('2026-03-01T12:10:00Z'))]);
  expect(await watch(1)).toMatchObject({ decision: 'hold', promoted: false });
  expect(holder()).toEqual(['2']);
});

test('nobody to go back to: it is told instead', async () => {
  registry = new LoggedFake(new FakeRegistry().add('1', { auc: 0.8 }));
  await promoted('1');
  const report = await watch(1);
  expect(report).toMatchObject({ decision: 'reject', promoted: false });
  expect(report.notes[0]).toContain('It was not rolled back: No version can be put back');
  expect([holder(), told]).toEqual([['1'], ['raise 1']]);
});

test('a dry run rolls nothing back and tells nobody', async () => {
  expect(await watch(1, 'rollback', { dryRun: true })).toMatchObject({ decision: 'reject', promoted: false });
  expect(await watch(1, 'alert', { dryRun: true })).toMatchObject({ decision: 'reject', promoted: false });
  expect([holder(), told]).toEqual([['2'], []]);
});

test.each<[string, string | undefined, string | RegExp]>([
  ['a stage without monitor', undefined, "Stage 'staging' has no 'monitor'"],
  ['a version that is not live', '1', 'churn 1 does not hold production; 2 does'],
])('%s is an error', async (_, version, words) => {
  await expect(watch(0, 'alert', version === undefined ? { stageName: 'staging' } : {}, version)).rejects.toThrow(
    words,
  );
});

test('an empty stage is an error', async () => {
  registry = new LoggedFake(new FakeRegistry().add('1', { auc: 0.8 }));
  await expect(watch(0)).rejects.toThrow("No version of 'churn' holds 'production'");
});

test('a rollback by hand counts as one in the row', async () => {
  await promoted('3');
  const setting: Setting = { workspace, command: 'rollback', reason: 'slow' };
  await runOperation(policy('rollback'), registry, setting, (work) => rollback(work, undefined));
  expect(await watch(1)).toMatchObject({ promoted: false });
});
