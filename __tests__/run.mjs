// `npm test`: installs what is missing, runs every test, and ends with the line `N passed, N failed`. Arguments go to
// jest: `npm test -- verdict` runs what matches.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

function end(passed, failed, skipped = 0) {
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exit(failed > 0 || passed === 0 ? 1 : 0);
}

function give(message) {
  console.error(message);
  end(0, 1);
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) give(`Node 20.19 or later is needed; this is ${process.version}.`);

const installed = join(root, 'node_modules/.package-lock.json');
const outdated =
  !existsSync(installed) || statSync(installed).mtimeMs < statSync(join(root, 'package-lock.json')).mtimeMs;
if (outdated) {
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) give("'npm ci' failed; its own words are above.");
}

try {
  const { installTools } = await import('./tools.mjs');
  await installTools();
} catch (error) {
  give(error.message);
}

// By process: two runs in one checkout must not count each other's tests.
const results = join(root, `.tools/results-${process.pid}.json`);
mkdirSync(join(root, '.tools'), { recursive: true });
const jest = join(root, 'node_modules/jest/bin/jest.js');
spawnSync(
  process.execPath,
  ['--experimental-vm-modules', '--no-warnings', jest, '--json', `--outputFile=${results}`, ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  },
);
if (!existsSync(results)) give('jest ended without results.');
const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites } = JSON.parse(
  readFileSync(results, 'utf8'),
);
rmSync(results);
end(numPassedTests, numFailedTests + numRuntimeErrorTestSuites, numPendingTests);
