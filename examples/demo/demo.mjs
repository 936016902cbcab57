// Three versions of a model on their way to production: what a user types, and what comes out.
// npm run demo: on git tags, with Node and git alone. -- --mlflow: on an MLflow server. -- --keep: leaves the folder.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openGitRegistry } from './git-registry.mjs';
import { openMlflowRegistry } from './mlflow-registry.mjs';
import { createRepository } from './repository.mjs';
import { bundle, runAction } from './run-action.mjs';
import { asLog, heading, said, typed } from './terminal.mjs';

const path = '.github/model-promotion.yml';
const options = process.argv.slice(2);

/** Tells the story. Throws where a version does not end as it should. */
async function tell(root, registry) {
  const { policy: file, model, environment } = registry;
  const policy = readFileSync(fileURLToPath(new URL(file, import.meta.url)), 'utf8').replace(
    /^model: churn$/m,
    `model: ${model}`,
  );
  const repository = createRepository(join(root, 'repository'), { [path]: policy });
  const reports = join(root, 'reports');
  mkdirSync(reports);
  let runs = 0;
  let versions = 0;

  async function act(inputs) {
    const name = inputs.command ?? inputs.stage;
    runs += 1;
    const report = join(reports, `${runs}-${name}.md`);
    const pairs = Object.entries(inputs).map((pair) => pair.join(': '));
    typed(`\n- uses: your-org/gated-model-promotion@v1\n  with: { ${pairs.join(', ')} }`);
    const workspace = repository.folder;
    const { code, printed, isPromoted } = await runAction({ root, workspace, inputs, environment, report });
    said(asLog(printed));
    said(`  ${code === 0 ? '✓ The step succeeds.' : '✗ The step fails.'}`);
    return { code, isPromoted };
  }

  async function train(title, metrics, expected) {
    heading(`${title} (auc ${metrics.auc})`);
    versions += 1;
    await registry.register(repository, versions, metrics);
    for (const [stage, isPromoted] of Object.entries(expected))
      if ((await act({ stage })).isPromoted !== isPromoted)
        throw new Error(`${title}: it was ${isPromoted ? 'not promoted to' : 'promoted to'} ${stage}.`);
  }

  heading('The policy: what a version must prove');
  typed(`$ cat ${path}`);
  said(policy.trimEnd());
  await train('The first version', { auc: 0.91, p99_ms: 40 }, { staging: true, production: true });
  await train(
    'A version that is worse than the champion',
    { auc: 0.88, p99_ms: 38 },
    { staging: true, production: false },
  );
  await train('A better version', { auc: 0.93, p99_ms: 41 }, { staging: true, production: true });
  heading('Which version holds which stage');
  if ((await act({ command: 'status' })).code !== 0) throw new Error("'status' failed.");
}

async function main() {
  const unknown = options.filter((option) => !['--mlflow', '--keep'].includes(option));
  if (unknown.length > 0) throw new Error(`Unknown: ${unknown.join(' ')}. Type: npm run demo [-- [--mlflow] [--keep]]`);
  if (!existsSync(bundle)) throw new Error('dist/index.js is missing. Type: npm ci && npm run build');
  const root = mkdtempSync(join(tmpdir(), 'model-promotion-demo-'));
  let close = async () => [];
  // Ctrl-C cleans up, too.
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void clean().finally(() => process.exit(130)));
  async function clean() {
    const left = await close();
    if (options.includes('--keep')) {
      left.push(`The reports, as the pull request and the job summary show them: ${join(root, 'reports')}`);
      left.push(`The repository, with its tags and its log: ${join(root, 'repository')}`);
    } else rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    return left;
  }
  try {
    const registry = await (options.includes('--mlflow') ? openMlflowRegistry(root) : openGitRegistry());
    close = registry.close;
    await tell(root, registry);
  } finally {
    const left = await clean();
    const line = "Nothing is left behind. With '-- --keep' the reports and the repository stay, to look at.";
    said(`\n${left.length === 0 ? line : left.join('\n')}`);
  }
}

await main().catch((error) => {
  console.error(`\n${error.message}`);
  process.exitCode = 1;
});
