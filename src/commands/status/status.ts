import { policyFor } from '../../policy/policy-for.js';
import { resolveModel } from '../../promotion/judge/resolve.js';
import { readStatus } from './read.js';
import { statusLines, statusMarkdown } from './page.js';
import type { RunContext } from '../../run/context.js';
import { openRunRegistry } from '../../run/registry.js';
import { openRepository } from '../../run/repository.js';
import { loadRunPolicy } from '../../run/policy.js';
import { publishPage } from '../../run/publish.js';

export async function showStatus(run: RunContext): Promise<void> {
  const repository = await openRepository(run);
  const { policy, source } = await loadRunPolicy(run, repository);
  const model = resolveModel(policy, run.inputs.model);
  const loaded = { policy: policyFor(policy, model), source };
  run.report.add({ policy: loaded.source, model, stages: [...loaded.policy.stages.keys()] });
  const registry = await openRunRegistry(run, loaded, repository);
  const told = run.redactor.redactDeep(await readStatus(registry, loaded.policy, model, run.inputs.on));
  await publishPage({ model, lines: statusLines(told), markdown: statusMarkdown(told) }, run);
}
