// Builds dist/ from src/index.ts: one ESM file for step and post step, minified, with the licences of what it contains; byte for byte the
// same from any folder. `--check` builds elsewhere and fails when the committed dist differs.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const committed = join(root, 'dist');

function build(folder) {
  rmSync(folder, { recursive: true, force: true });
  const ncc = join(root, 'node_modules/@vercel/ncc/dist/ncc/cli.js');
  const stats = join(mkdtempSync(join(tmpdir(), 'stats-')), 'stats.json');
  const args = [
    'build',
    'src/index.ts',
    '--out',
    folder,
    '--minify',
    '--stats-out',
    stats,
    '--target',
    'es2023',
    '--no-cache',
  ];
  execFileSync(process.execPath, [ncc, ...args], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  writeFileSync(join(folder, 'licenses.txt'), licences(readFileSync(stats, 'utf8')));
  rmSync(stats);
  // The same bundle knows by the name of the file that it is the post step, or the command line.
  writeFileSync(join(folder, 'post.js'), "import './index.js';\n");
  writeFileSync(join(folder, 'cli.js'), "#!/usr/bin/env node\nimport './index.js';\n", { mode: 0o755 });
}

/** The licences of every package that a module of the bundle comes from: ncc's own list misses most of them. */
function licences(stats) {
  const packages = new Set(
    [...stats.matchAll(/node_modules\/((?:@[\w.-]+\/)?[\w.-]+(?:\/node_modules\/(?:@[\w.-]+\/)?[\w.-]+)*)\//g)].map(
      (match) => match[1],
    ),
  );
  return [...packages]
    .filter((name) => name !== '@vercel/ncc' && !name.startsWith('@vercel/ncc/'))
    .sort()
    .map((name) => {
      const folder = join(root, 'node_modules', name);
      const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
      const text =
        file === undefined ? '' : `\n${readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim()}\n`;
      return `${name} ${version}: ${license}\n${text}`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}

function files(folder) {
  return new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length + 1), readFileSync(path)]),
  );
}

if (!process.argv.includes('--check')) {
  // Built aside and moved: a build that fails leaves the old bundle where it was.
  const fresh = `${committed}.new`;
  build(fresh);
  rmSync(committed, { recursive: true, force: true });
  renameSync(fresh, committed);
} else {
  const fresh = mkdtempSync(join(tmpdir(), 'dist-'));
  build(fresh);
  const [was, is] = [files(committed), files(fresh)];
  const names = new Set([...was.keys(), ...is.keys()]);
  const different = [...names].filter((name) => !(was.get(name)?.equals(is.get(name) ?? Buffer.alloc(0)) ?? false));
  rmSync(fresh, { recursive: true });
  if (different.length > 0) {
    console.error(`dist/ is not what src/ builds (${different.join(', ')}). Run 'npm run build' and commit dist/.`);
    process.exit(1);
  }
  console.log(`dist/ is what src/ builds (${is.size} files).`);
}
