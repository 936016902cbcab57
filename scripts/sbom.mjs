// Prints the CycloneDX bill of materials of what dist/ is built from. npm is given a lockfile with that alone: `npm sbom` itself
// knows only which packages are for development, and all are.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (name) => JSON.parse(readFileSync(join(root, name), 'utf8'));

const { devDependencies, ...manifest } = read('package.json');
const { packages, ...lock } = read('package-lock.json');
const { devDependencies: _, ...own } = packages[''];

/** The packages that the bundle is built from: all are development dependencies, so that its users install nothing. */
const bundled = [...readFileSync(join(root, 'dist/licenses.txt'), 'utf8').matchAll(/^(\S+) \d\S*: /gm)].map(
  ([, name]) => name,
);
const dependencies = Object.fromEntries(Object.entries(devDependencies).filter(([name]) => bundled.includes(name)));

/** Where Node finds `name` from the package at `from`: in its own folder, or the next one up. */
function place(from, name) {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const path = at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    if (path in packages || at === '') return path;
  }
}

const kept = new Map();
function keep(from, names) {
  for (const path of names.map((name) => place(from, name))) {
    if (kept.has(path) || packages[path] === undefined) continue;
    const { dev: __, ...entry } = packages[path];
    kept.set(path, entry);
    keep(path, Object.keys({ ...entry.dependencies, ...entry.optionalDependencies, ...entry.peerDependencies }));
  }
}
keep('', Object.keys(dependencies));

const temporary = mkdtempSync(join(tmpdir(), 'sbom-'));
try {
  // npm names the bill after the folder.
  const folder = join(temporary, manifest.name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, dependencies }));
  writeFileSync(
    join(folder, 'package-lock.json'),
    JSON.stringify({ ...lock, packages: { ...Object.fromEntries(kept), '': { ...own, dependencies } } }),
  );
  execFileSync('npm', ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
} finally {
  rmSync(temporary, { recursive: true });
}
