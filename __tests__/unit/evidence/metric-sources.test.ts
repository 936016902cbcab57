import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PromotionError } from '../../../src/domain/errors.js';
import { readMetricInFile } from '../../../src/evidence/metrics/file.js';
import { sourceOf } from '../../../src/domain/metric-source.js';
import { sources } from '../../../src/evidence/metrics/sources.js';
import { MetricSources } from '../../../src/evidence/metrics/lookup.js';
import type { Metric } from '../../../src/policy/policy.js';
import type { Registry } from '../../../src/registry/registry.js';
import type { ModelVersion } from '../../../src/domain/version.js';
import type { Lookup } from '../../../src/domain/lookup.js';
import { FakeRegistry } from '../../support/fake-registry.js';

let folder: string;
let workspace: string;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'sources-')));
  workspace = join(folder, 'workspace');
  await mkdir(join(workspace, 'out'), { recursive: true });
  await mkdir(join(folder, 'workspace-2'));
  const write = (path: string, text: string | Uint8Array): Promise<void> => writeFile(join(workspace, path), text);
  await write('out/m.json', '{"auc": 0.91}');
  await write('out/m.yml', 'auc: 0.92');
  await write('out/m.toml', 'auc = 0.93');
  await write('out/m.csv', 'epoch,auc\n1,0.94\n2,0.95\n');
  await write('out/junit.xml', '<testsuite><testcase/></testsuite>');
  await write('out/results.txt', 'auc\n0.96');
  await write('out/lfs.json', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n');
  await write('out/utf16.json', Buffer.from('\uFEFF{"auc": 1}', 'utf16le'));
  await write('..inside.json', '{"auc": 0.97}');
  await write('large.json', '');
  await truncate(join(workspace, 'large.json'), 16 * 1024 * 1024 + 1);
  await writeFile(join(folder, 'secret.json'), '{"auc": 1}');
  await writeFile(join(folder, 'workspace-2', 'm.json'), '{"auc": 1}');
  await symlink(join(folder, 'secret.json'), join(workspace, 'link.json'));
  await symlink('..', join(workspace, 'up'));
  await symlink(join(workspace, 'out', 'm.json'), join(workspace, 'inside.json'));
  await symlink('nowhere', join(workspace, 'dangling.json'));
  await promisify(execFile)('mkfifo', [join(workspace, 'pipe.json')]);
});
afterAll(() => rm(folder, { recursive: true }));

type Declared = Record<string, unknown> & { readonly from: string };

function metric(source: Declared, key = 'auc'): Metric {
  const compiled = sourceOf(sources, source.from).compile(source, { id: 'm', key, add: () => undefined });
  return { id: 'm', key, goal: 'maximize', source: compiled, at: { file: 'p.yml', line: 1, column: 1 } };
}

const version: ModelVersion = {
  model: 'churn',
  version: '3',
  createdAt: '2026-01-01T00:00:00.000Z',
  uri: 'models:/churn/3',
  tags: new Map(),
};

function lookup(declared: Metric, registry: Registry = new FakeRegistry()): Promise<Lookup> {
  return new MetricSources(registry, workspace, [], new Map()).lookup(declared, 'candidate', version);
}

describe('a metric file', () => {
  test.each<[Record<string, unknown>, number, string]>([
    [{ path: 'out/m.json' }, 0.91, 'out/m.json at /auc'],
    [{ path: 'out/m.yml' }, 0.92, 'out/m.yml at /auc'],
    [{ path: 'out/m.toml', pointer: '/auc' }, 0.93, 'out/m.toml at /auc'],
    [{ path: 'out/m.csv' }, 0.95, 'out/m.csv, column auc, row 2 (line 3)'],
    [{ path: 'out/m.csv', pointer: '/auc', row: { epoch: 1 } }, 0.94, 'out/m.csv, column auc, row 1 (line 2)'],
    [{ path: 'out/junit.xml', count: 'passed' }, 1, 'out/junit.xml, passed'],
    [{ path: 'out/results.txt', format: 'csv' }, 0.96, 'out/results.txt, column auc, row 1 (line 2)'],
    [{ path: '..inside.json' }, 0.97, '..inside.json at /auc'],
    [{ path: 'inside.json' }, 0.91, 'inside.json at /auc'],
  ])('%j', async (declared, value, origin) => {
    expect(await lookup(metric({ from: 'file', ...declared }))).toEqual({ reading: { value, origin } });
  });

  test.each([
    ['gone.json', 'METRIC_UNREADABLE', 'The file gone.json does not exist in the workspace.'],
    ['dangling.json', 'METRIC_UNREADABLE', 'does not exist'],
    ['large.json', 'METRIC_UNREADABLE', 'large.json is larger than 16 MiB.'],
    ['out', 'METRIC_UNREADABLE', 'out is not a file.'],
    ['pipe.json', 'METRIC_UNREADABLE', 'pipe.json is not a file.'],
    ['out/lfs.json', 'METRIC_UNREADABLE', 'out/lfs.json is a Git LFS pointer, not the file itself.'],
    ['out/utf16.json', 'METRIC_UNREADABLE', 'out/utf16.json is not UTF-8 text.'],
    ['../secret.json', 'FILE_UNSAFE', '../secret.json leads out of the workspace.'],
    ['../workspace-2/m.json', 'FILE_UNSAFE', 'leads out of the workspace.'],
    ['link.json', 'FILE_UNSAFE', 'link.json leads out of the workspace.'],
    ['up/secret.json', 'FILE_UNSAFE', 'leads out of the workspace.'],
    ['/etc/hostname', 'FILE_UNSAFE', 'leads out of the workspace.'],
  ])('%s: %s', async (path, code, message) => {
    await expect(readMetricInFile(workspace, { path, key: 'auc' })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
      cure: expect.stringMatching(/\.$/),
    });
  });

  test('that cannot be read leaves the metric without a value, as part of a sentence', async () => {
    expect(await lookup(metric({ from: 'file', path: 'gone.json' }))).toEqual({
      absent: 'the file gone.json does not exist in the workspace',
      cure: "Write it before this step, or correct 'path'.",
    });
    expect(await lookup(metric({ from: 'file', path: 'link.json' }))).toMatchObject({
      absent: 'link.json leads out of the workspace',
    });
  });
});

describe('from: logged_model', () => {
  function withLoggedModels(answer: () => Promise<unknown>): Registry & { readonly asked: unknown[] } {
    const asked: unknown[] = [];
    return Object.assign(new FakeRegistry(), {
      asked,
      loggedModelMetric: (...call: unknown[]) => {
        asked.push(call);
        return answer();
      },
    });
  }

  test('asks the registry for the metric’s key and its data set', async () => {
    const reading = { value: 0.7, origin: 'logged model m-1', remark: 'The run says 0.3.' };
    const registry = withLoggedModels(() => Promise.resolve(reading));
    expect(await lookup(metric({ from: 'logged_model', dataset: 'eval' }, 'val auc'), registry)).toEqual({ reading });
    expect(registry.asked).toEqual([[version, 'val auc', 'eval']]);
  });

  test('is an absence where it cannot be read, and an error where the registry cannot', async () => {
    const failing = (code: 'METRIC_UNREADABLE' | 'REGISTRY_DENIED'): Promise<Lookup> =>
      lookup(
        metric({ from: 'logged_model' }),
        withLoggedModels(() =>
          Promise.reject(new PromotionError(code, 'The logged model is gone.', { cure: 'Find it.' })),
        ),
      );
    expect(await failing('METRIC_UNREADABLE')).toEqual({ absent: 'the logged model is gone', cure: 'Find it.' });
    await expect(failing('REGISTRY_DENIED')).rejects.toMatchObject({ code: 'REGISTRY_DENIED' });
  });

  test('is an absence where the registry has none', async () => {
    expect(await lookup(metric({ from: 'logged_model' }))).toMatchObject({
      absent: 'the fake registry has no logged models',
    });
  });
});

describe('a metric that is not there: which there are, the nearest first', () => {
  test('in the registry', async () => {
    const registry = new FakeRegistry().add('3', { loss: 0.1, val_auc: 0.9, AUC: 0.91 });
    expect(await lookup(metric({ from: 'run' }), registry)).toEqual({
      absent: "version 3 has no metric 'auc'",
      cure: "Its metrics, nearest first: 'AUC', 'val_auc', 'loss'. Where 'AUC' is meant, add 'key: AUC' to 'm'. Else log 'auc' where the model is trained.",
    });
  });

  test('in what a command wrote; nested values have their path', async () => {
    const measured = new MetricSources(new FakeRegistry(), workspace, [], new Map());
    measured.addCommand('measure', { values: new Map([['eval.auc', 0.9]]) });
    expect(await measured.lookup(metric({ from: 'command' }), 'candidate', version)).toMatchObject({
      absent: "'measure' wrote no 'auc' to METRICS_FILE",
      cure: expect.stringContaining("Where 'eval.auc' is meant, add 'key: eval.auc' to 'm'.") as unknown,
    });
    expect(await measured.lookup(metric({ from: 'command' }, 'eval.auc'), 'candidate', version)).toHaveProperty(
      'reading',
    );
  });

  test('UTF-16 is named', async () => {
    await expect(readMetricInFile(workspace, { path: 'out/utf16.json', key: 'auc' })).rejects.toMatchObject({
      cure: expect.stringContaining('It is UTF-16: write it as UTF-8') as unknown,
    });
  });
});
