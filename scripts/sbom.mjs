// Prints the CycloneDX bill of materials of what dist/ is built from. `npm sbom --omit dev` also leaves out a runtime package
// that a development one uses too (npm/cli#7909; here yaml and fast-deep-equal), so npm is given a lockfile without the latter.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (name) => JSON.parse(readFileSync(join(root, name), 'utf8'));

const { devDependencies: _, ...manifest } = read('package.json');
const { packages, ...lock } = read('package-lock.json');
const kept = Object.entries(packages).filter(([, { dev }]) => dev !== true);
const { devDependencies: __, ...own } = packages[''];

const temporary = mkdtempSync(join(tmpdir(), 'sbom-'));
try {
  // npm names the bill after the folder.
  const folder = join(temporary, manifest.name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(
    join(folder, 'package-lock.json'),
    JSON.stringify({ ...lock, packages: { ...Object.fromEntries(kept), '': own } }),
  );
  execFileSync('npm', ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
} finally {
  rmSync(temporary, { recursive: true });
}
