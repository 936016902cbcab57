import { describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../support/tools.js';

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}
interface Component {
  readonly name: string;
  readonly version: string;
}

const read = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'));
const { packages } = read('package-lock.json') as { readonly packages: Readonly<Record<string, Locked>> };

/** Where Node finds `name` from the package at `from`: in its own folder, or the next one up; undefined when not installed. */
function place(from: string, name: string): string | undefined {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const path = at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    if (path in packages) return path;
    if (at === '') return undefined;
  }
}

/** `name@version` of everything that the packages in the bundle bring, sorted. */
function runtime(): readonly string[] {
  const { devDependencies } = read('package.json') as { readonly devDependencies: Readonly<Record<string, string>> };
  const licences = `\n${readFileSync(join(root, 'dist/licenses.txt'), 'utf8')}`;
  const dependencies = Object.keys(devDependencies).filter((name) => licences.includes(`\n${name} `));
  const seen = new Set<string>();
  const visit = (from: string, name: string): void => {
    const path = place(from, name);
    if (path === undefined || seen.has(path)) return;
    seen.add(path);
    const { dependencies = {}, optionalDependencies = {}, peerDependencies = {} } = packages[path] ?? {};
    for (const next of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }))
      visit(path, next);
  };
  for (const name of dependencies) visit('', name);
  return [
    ...new Set([...seen].map((path) => `${path.split('node_modules/').at(-1) ?? ''}@${packages[path]?.version ?? ''}`)),
  ].sort();
}

describe('the bill of materials', () => {
  test('lists every package that the dependencies bring, and no other', () => {
    const { stdout, stderr, status } = spawnSync('npm', ['run', '--silent', 'sbom'], { cwd: root, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    const bill = JSON.parse(stdout) as { readonly bomFormat: string; readonly components: readonly Component[] };
    expect(bill.bomFormat).toBe('CycloneDX');
    const expected = runtime();
    expect(expected.length).toBeGreaterThan(12);
    expect(bill.components.map(({ name, version }) => `${name}@${version}`).sort()).toEqual(expected);
  });
});

describe('the lockfile', () => {
  test('gives the digest of every package', () => {
    const without = Object.keys(packages).filter((path) => path !== '' && packages[path]?.integrity === undefined);
    expect(without).toEqual([]);
  });
});

describe('installing', () => {
  test('runs no script of a package', () => {
    const { stdout } = spawnSync('npm', ['config', 'get', 'ignore-scripts'], { cwd: root, encoding: 'utf8' });
    expect(stdout.trim()).toBe('true');
    expect(readFileSync(join(root, '.npmrc'), 'utf8')).toMatch(/^ignore-scripts=true$/m);
  });
});
