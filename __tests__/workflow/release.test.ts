import { beforeEach, describe, expect, test } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { checkout, type Checkout } from '../support/checkout.js';
import { root } from '../support/tools.js';

// The steps of the release workflows that need no GitHub, as they stand in the files, on a small repository with a remote.

interface Step {
  readonly name?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, string>>;
}
interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>>;
}
interface Ran {
  readonly status: number | null;
  readonly output: string;
}

let repository: Checkout;
let temporary: string;
let calls: string;
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'runner-'));
  calls = join(temporary, 'gh-calls');
  mkdirSync(join(temporary, 'bin'));
  // Stands in for GitHub's command line: writes down what it was asked.
  writeFileSync(join(temporary, 'bin/gh'), `#!/bin/sh\nprintf '%s\\n' "$*" >> '${calls}'\necho true\n`);
  chmodSync(join(temporary, 'bin/gh'), 0o755);
  writeFileSync(calls, '');
  const log = '# Changelog\n\n## 1.0.0 (2026-11-20)\n\nThe first release.\n';
  const manifest = { name: 'gated-model-promotion', version: '1.0.0', private: true };
  const lock = { ...manifest, lockfileVersion: 3, packages: { '': manifest } };
  repository = checkout({ 'CHANGELOG.md': log, 'package-lock.json': JSON.stringify(lock) }, { remote: true });
  const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  const { release = '' } = own.scripts;
  cpSync(join(root, '.versionrc.json'), join(repository.folder, '.versionrc.json'));
  cpSync(join(root, 'scripts/release-notes.mjs'), join(repository.folder, 'scripts/release-notes.mjs'));
  repository.commit(
    { 'package.json': JSON.stringify({ ...manifest, scripts: { release } }, null, 2), '.gitignore': 'node_modules\n' },
    'chore: begin',
  );
  symlinkSync(join(root, 'node_modules'), join(repository.folder, 'node_modules'));
});

function step(workflow: string, job: string, name: string): string {
  const { jobs } = parse(readFileSync(join(root, '.github/workflows', workflow), 'utf8')) as Workflow;
  const run = jobs[job]?.steps.find((each) => each.name === name)?.run;
  if (run === undefined) throw new Error(`${workflow} has no step '${name}' in ${job}.`);
  return run;
}

function run(text: string, environment: Readonly<Record<string, string>> = {}): Ran {
  const { status, stdout, stderr } = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', text], {
    cwd: repository.folder,
    encoding: 'utf8',
    env: {
      ...process.env,
      PATH: `${join(temporary, 'bin')}:${process.env['PATH'] ?? ''}`,
      RUNNER_TEMP: temporary,
      GITHUB_OUTPUT: join(temporary, 'outputs'),
      GITHUB_REPOSITORY: 'your-org/gated-model-promotion',
      GITHUB_SHA: repository.git('rev-parse', 'HEAD'),
      ...environment,
    },
  });
  return { status, output: stdout + stderr };
}

function tagged(tag: string, message = 'fix: mend'): void {
  repository.commit({}, message);
  repository.git('tag', tag);
  repository.git('push', '-q', 'origin', tag);
}
const remoteTag = (tag: string): string =>
  repository.git('ls-remote', 'origin', `refs/tags/${tag}`).split('\t')[0] ?? '';
const version = (): string =>
  (JSON.parse(readFileSync(join(repository.folder, 'package.json'), 'utf8')) as { version: string }).version;
const prepare = (): Ran => run(step('prepare-release.yml', 'commit', 'Commit the next version'));
const changes = (): string => readFileSync(join(repository.folder, 'CHANGELOG.md'), 'utf8');

describe('prepare-release.yml', () => {
  test.each([
    ['a patch', ['fix(policy): refuse a day that there is not', 'docs: say more'], '1.0.1'],
    ['a minor release', ['fix: mend', 'feat(registry): read more tags'], '1.1.0'],
    ['a major release', ['feat!: read policies of version 2 alone'], '2.0.0'],
    ['a major release by its footer', ['fix: mend\n\nBREAKING CHANGE: an input has another name.'], '2.0.0'],
  ])('makes %s of the commits', (_, messages, next) => {
    tagged('v1.0.0', 'chore: release');
    repository.git('tag', 'v1'); // The moving tag is no version.
    for (const message of messages) repository.commit({}, message);

    expect(prepare()).toMatchObject({ status: 0 });

    expect(version()).toBe(next);
    expect(readFileSync(join(temporary, 'outputs'), 'utf8')).toBe(`version=v${next}\n`);
    expect(repository.git('log', '-1', '--format=%s')).toBe(`chore(release): v${next}`);
    expect(repository.git('tag').split('\n')).toEqual(['v1', 'v1.0.0']);
  });

  test('writes what was added and mended above the earlier releases, and no word of tests and docs', () => {
    tagged('v1.0.0', 'chore: release');
    for (const message of ['feat(registry): read more tags', 'fix(policy): refuse a day', 'test: more', 'docs: more'])
      repository.commit({}, message);

    expect(prepare()).toMatchObject({ status: 0 });

    expect(changes()).toMatch(
      /^# Changelog\n[^]*## \[1\.1\.0\][^]*### Added\n[^]*\*\*registry:\*\* read more tags[^]*### Fixed\n[^]*\*\*policy:\*\* refuse a day[^]*\n## 1\.0\.0 \(2026-11-20\)\n\nThe first release\.\n$/,
    );
    expect(changes()).not.toMatch(/test|docs: more/i);
  });

  test('proposes nothing where no commit adds or mends anything', () => {
    tagged('v1.0.0', 'chore: release');
    repository.commit({}, 'docs: say more');
    expect(prepare()).toMatchObject({ status: 1, output: expect.stringContaining('Nothing to release') });
    expect(version()).toBe('1.0.0');
  });

  test('stops before the last version has its tag, and says what to type', () => {
    const check = step('prepare-release.yml', 'commit', 'The last version has its tag');
    expect(run(check)).toMatchObject({
      status: 1,
      output: expect.stringContaining('git push origin v1.0.0'),
    });
    tagged('v1.0.0');
    expect(run(check)).toMatchObject({ status: 0 });
  });

  test('applies a commit of the three files, and refuses one of any other', () => {
    const apply = step('prepare-release.yml', 'propose', 'Apply the commit');
    mkdirSync(join(temporary, 'patch'));
    const patch = (): void =>
      writeFileSync(join(temporary, 'patch/release.patch'), repository.git('format-patch', '-1', '--stdout') + '\n');
    tagged('v1.0.0');
    const base = repository.commit({}, 'feat: more');
    expect(prepare()).toMatchObject({ status: 0 });
    const made = repository.git('rev-parse', 'HEAD^{tree}');
    patch();
    repository.git('reset', '-q', '--hard', base);
    expect(run(apply)).toMatchObject({ status: 0 });
    expect(repository.git('rev-parse', 'HEAD^{tree}')).toBe(made);

    repository.commit({ 'dist/index.js': 'other' }, 'chore(release): v1.1.0');
    patch();
    repository.git('reset', '-q', '--hard', base);
    expect(run(apply)).toMatchObject({ status: 1, output: expect.stringContaining('dist/index.js') });
  });

  test('pushes the branch again over an earlier proposal', () => {
    const push = step('prepare-release.yml', 'propose', 'Push the branch');
    repository.git(
      'push',
      '-q',
      'origin',
      `${repository.commit({}, 'chore(release): v1.0.1')}:refs/heads/release/next`,
    );
    repository.git('reset', '-q', '--hard', 'HEAD~1');
    repository.git('commit', '-q', '--allow-empty', '-m', 'chore(release): v1.1.0');
    expect(run(push)).toMatchObject({ status: 0 });
    expect(repository.git('ls-remote', 'origin', 'refs/heads/release/next')).toContain(
      repository.git('rev-parse', 'HEAD'),
    );
  });
});

describe('release.yml', () => {
  test('takes a tag that is the version, on main, and no other', () => {
    const check = step('release.yml', 'verify', "The tag is package.json's version, on main");
    expect(run(check, { GITHUB_REF_NAME: 'v1.0.0' }).status).toBe(0);
    expect(run(check, { GITHUB_REF_NAME: 'v1.0.1' }).status).not.toBe(0);
    repository.git('commit', '-q', '--allow-empty', '-m', 'not pushed');
    expect(run(check, { GITHUB_REF_NAME: 'v1.0.0' }).status).not.toBe(0);
  });

  test('publishes with the notes of its version alone', () => {
    tagged('v1.0.0');
    repository.commit({}, 'feat: more');
    expect(prepare()).toMatchObject({ status: 0 });
    const published = run(step('release.yml', 'release', 'Publish the release'), { GITHUB_REF_NAME: 'v1.1.0' });
    expect(published).toMatchObject({ status: 0, output: 'true\n' });
    const notes = readFileSync(join(temporary, 'notes.md'), 'utf8');
    expect(notes).toMatch(/^### Added\n[^]*more/);
    expect(notes).not.toContain('The first release');
    expect(readFileSync(calls, 'utf8')).toMatch(/^release create v1\.1\.0 .*--verify-tag .*sbom\.cdx\.json\napi /);
  });

  test('fails where the change log does not have the version', () => {
    const check = step('release.yml', 'verify', 'The change log has the version');
    expect(run(check, { GITHUB_REF_NAME: 'v1.0.0' })).toMatchObject({ status: 0 });
    const missing = run(check, { GITHUB_REF_NAME: 'v1.1.0' });
    expect(missing).toMatchObject({ status: 1, output: expect.stringContaining("no section for '1.1.0'") });
  });

  test('moves the major tag with each newer release, and not back to an older one', () => {
    const move = step('release.yml', 'release', 'Move the major tag');
    for (const tag of ['v1.9.0', 'v1.10.0']) {
      tagged(tag);
      expect(run(move, { GITHUB_REF_NAME: tag })).toMatchObject({ status: 0 });
      expect(remoteTag('v1')).toBe(remoteTag(tag));
    }
    tagged('v1.9.1');
    const older = run(move, { GITHUB_REF_NAME: 'v1.9.1' });
    expect(older).toMatchObject({ status: 0, output: expect.stringContaining('stays at v1.10.0') });
    expect(remoteTag('v1')).toBe(remoteTag('v1.10.0'));

    tagged('v2.0.0');
    tagged('v1.11.0-rc.1');
    expect(run(move, { GITHUB_REF_NAME: 'v2.0.0' })).toMatchObject({ status: 0 });
    expect([remoteTag('v2'), remoteTag('v1')]).toEqual([repository.git('rev-parse', 'HEAD'), remoteTag('v1.10.0')]);
  });
});

test('what docs/versioning.md tells a reader to verify is what release.yml attests', () => {
  const { jobs } = parse(readFileSync(join(root, '.github/workflows/release.yml'), 'utf8')) as Workflow;
  const attested = jobs['attest']?.steps.flatMap(({ with: given }) => given?.['subject-path']?.split('\n') ?? []);
  const page = readFileSync(join(root, 'docs/versioning.md'), 'utf8');
  const verified = [...page.matchAll(/^gh attestation verify (\S+)/gm)].map(([, file = '']) => file);
  expect(verified.length).toBe(2);
  expect(attested).toEqual(expect.arrayContaining(verified));
});

test("this repository's change log has the version of package.json", () => {
  const { version: own } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const notes = execFileSync(process.execPath, [join(root, 'scripts/release-notes.mjs'), own], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(notes.length).toBeGreaterThan(100);
});
