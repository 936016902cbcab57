// Runs the action as a runner does: inputs in the environment, summary and outputs in files.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const bundle = fileURLToPath(new URL('../../dist/index.js', import.meta.url));

/** @returns what was printed, the exit code and whether the version was promoted; the report is in `report`. */
export async function runAction({ root, workspace, inputs, environment, report }) {
  const temporary = mkdtempSync(join(root, 'runner-'));
  const output = join(temporary, 'output');
  for (const file of [output, report]) writeFileSync(file, '');
  const inherited = Object.entries(process.env).filter(([name]) => !/^(GITHUB|INPUT|ACTIONS|RUNNER)_/.test(name));
  const given = Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  const child = spawn(process.execPath, [bundle], {
    cwd: workspace,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...Object.fromEntries([...inherited, ...given]),
      ...environment,
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: workspace,
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: report,
      RUNNER_TEMP: temporary,
    },
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      printed += text;
    });
  const code = await new Promise((resolve, reject) => {
    child.once('close', resolve).once('error', reject);
  });
  const isPromoted = /^promoted<<(.+)\ntrue\n\1$/m.test(readFileSync(output, 'utf8'));
  return { code, printed, isPromoted };
}
